"""Two heads of a patient: the verdict on their registration, and its words."""

import pytest

from rnapp.errors import PreparationError
from rnapp.preprocess.coregister import Wording, _assess

WORDING = Wording(same_part="two scans", expected="an earlier T1CE of the same patient", moving="the earlier head",
                  choose="another study", before="comparing anything")


def test_the_verdict() -> None:
    assert _assess(0.85, 0.7, 0.96, 1.029, WORDING).good
    for doubtful in ((0.84, 0.7, 0.96, 1.0), (0.85, 0.7, 0.95, 1.0), (0.85, 0.7, 0.96, 0.96)):
        assert not _assess(*doubtful, WORDING).good
    for refused, words in (((0.59, 0.3, 0.99, 1.0), "same patient"), ((0.9, 0.3, 0.84, 1.0), "same patient"),
                           ((0.87, 0.98, 0.98, 1.0), "mirrored"), ((0.5, 0.9, 0.98, 1.0), "mirrored"),
                           ((0.3, 0.4, 0.98, 1.0), "same patient")):
        with pytest.raises(PreparationError, match=words):
            _assess(*refused, WORDING)
