"""z-score inside the brain, zero outside."""

import numpy as np
import pytest

from rnapp.errors import PreparationError
from rnapp.preprocess.normalise import z_score
from rnapp.types import Volume


def test_mean_zero_deviation_one_inside() -> None:
    rng = np.random.default_rng(0)
    head = Volume(rng.normal(800, 90, (20, 20, 20)).astype(np.float32), np.eye(4))
    mask = head.with_array(rng.random((20, 20, 20)) > 0.5)
    t1ce = z_score(head, mask)
    inside = t1ce.array[mask.array]
    assert inside.mean() == pytest.approx(0, abs=1e-4)
    assert inside.std() == pytest.approx(1, abs=1e-4)
    assert not t1ce.array[~mask.array].any()
    assert t1ce.array.dtype == np.float32


@pytest.mark.parametrize("brain", [False, True])
def test_no_contrast_or_no_brain_is_refused(brain: bool) -> None:
    head = Volume(np.full((5, 5, 5), 7, np.float32), np.eye(4))
    with pytest.raises(PreparationError):
        z_score(head, head.with_array(np.full((5, 5, 5), brain)))
