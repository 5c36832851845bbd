"""A brain that goes on beyond the scan is noticed, at the vertex, at the base and at the side; a whole one is not."""

import numpy as np
import pytest

from rnapp.trust.checks.field_of_view import CUT_CM2, cut_cm2, field_of_view_cautions
from rnapp.types import Atlas


def covered(shape: tuple[int, ...], axis: int, low: int, high: int) -> np.ndarray:
    """A scan that covers this range of an axis."""
    found = np.zeros(shape, bool)
    np.moveaxis(found, axis, 0)[low:high] = True
    return found


def test_a_whole_head_says_nothing(atlas: Atlas) -> None:
    brain = atlas.brain_mask.array
    ends = np.flatnonzero(brain.any(axis=(0, 1)))
    assert field_of_view_cautions(brain, np.ones(brain.shape, bool)) == ()
    assert field_of_view_cautions(brain, covered(brain.shape, 2, 0, ends[-1] + 2)) == ()


@pytest.mark.parametrize(("axis", "top", "base"), [(2, 5, 0), (2, 0, 5), (2, 5, 5), (0, 5, 0), (1, 0, 5)])
def test_five_millimetres_of_brain_that_are_missing_are_asked_about(atlas: Atlas, axis: int, top: int,
                                                                    base: int) -> None:
    brain = atlas.brain_mask.array
    ends = np.flatnonzero(brain.any(axis=tuple(n for n in range(3) if n != axis)))
    (one,) = field_of_view_cautions(brain, covered(brain.shape, axis, ends[0] + base if base else 0,
                                                   ends[-1] + 1 - top if top else brain.shape[axis]))
    assert (one.code, one.level) == ("brain_cut_off", "confirm")


@pytest.mark.parametrize(("side", "said"), [(31, 0), (32, 1)])
def test_both_sides_of_the_threshold(side: int, said: int) -> None:
    """A square section of 9.6 or 10.2 cm² at the end of the scan."""
    brain = np.zeros((40, 40, 40), bool)
    brain[:side, :side, :20] = True
    scan = covered(brain.shape, 2, 0, 20)
    assert cut_cm2(brain, scan) == pytest.approx(side**2 / 100)
    assert (cut_cm2(brain, scan) >= CUT_CM2) == bool(said)
    assert len(field_of_view_cautions(brain, scan)) == said
