"""A scan or an outline that the model does not know: the whole way to no number, and the right one beside it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnapp import pipeline
from rnapp.pipeline.resources import Resources
from rnapp.tasks.metastasis.question import QUESTION, T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Atlas, Evidence, Prepared, Reading, Volume
from tests.conftest import loaded
from tests.trust.checks.test_picture import scan

BOX_VOXELS = 16


def read(prepared: Prepared, mask: Volume, resources: Resources, may_run: bool = False) -> Reading:
    """The reading of what is drawn on the prepared head. may_run: whether a network may."""
    never: Any = lambda *_: pytest.fail("no network may run")  # noqa: E731
    task = replace(METASTASIS, evidence=lambda *_: Evidence()) if may_run else replace(METASTASIS, answer=never,
                                                                                       evidence=never)
    found = pipeline.find_lesions(prepared, mask, METASTASIS, drawn=True)
    return pipeline.analyse(prepared, found, QUESTION.unknown, replace(resources, task=task))


def because(reading: Reading) -> list[list[str]]:
    """The codes that withhold each answer."""
    return [[one.code for one in answer.trust.because] for answer in reading.answers if answer.trust]


def box(head: Volume, place: np.ndarray) -> np.ndarray:
    """A cube with its middle at a voxel."""
    drawn = np.zeros(head.shape, bool)
    drawn[tuple(slice(at - BOX_VOXELS // 2, at + BOX_VOXELS // 2) for at in place)] = True
    return drawn


def test_a_box_in_normal_brain_gets_no_number_and_the_lesion_opposite_gets_one(
        prepared_example: Prepared, example_folder: Any, resources: Resources) -> None:
    head = prepared_example.head
    file = pipeline.read_mask_file(example_folder / "lesion_mask.nii.gz", prepared_example.native)
    lesion = pipeline.find_structures(prepared_example, file, file.choices, METASTASIS).atlas
    place = np.argwhere(lesion.array > 0).mean(axis=0).round().astype(int)
    place[0] = head.shape[0] - 1 - place[0]
    reading = read(prepared_example, head.with_array(box(head, place)), resources)
    assert because(reading) == [["lesion_not_enhancing"]]
    assert [answer.prediction for answer in reading.answers] == [None]
    shown = read(prepared_example, lesion.with_array(lesion.array > 0), resources, may_run=True)
    assert because(shown) == [[]]
    assert 0 < shown.answers[0].given.probability < 1


@pytest.mark.parametrize(("kind", "enhances", "stops"), [("flair", False, True), ("t1", True, False)])
def test_an_unnamed_flair_gets_no_number(kind: str, enhances: bool, stops: bool, atlas: Atlas,
                                         resources: Resources) -> None:
    made = loaded(scan(atlas, kind, enhances, stripped=True))
    prepared = pipeline.prepare({T1CE: made}, resources)
    assert ("picture_not_t1" in [one.code for one in prepared.cautions]) == stops
    reading = read(prepared, prepared.head.with_array(box(prepared.head, np.array([150, 130, 85]))), resources)
    assert ("picture_not_t1" in because(reading)[0]) == stops


def test_a_piece_of_a_thirtieth_of_a_millilitre_gets_no_number(prepared_example: Prepared,
                                                               resources: Resources) -> None:
    head = prepared_example.head
    drawn = np.zeros(head.shape, bool)
    drawn[140:143, 150:153, 100:104] = True  # 0.036 ml, three voxels thick: inside the example's lesion or beside it
    reading = read(prepared_example, head.with_array(drawn), resources)
    assert "lesion_too_small" in because(reading)[0]
