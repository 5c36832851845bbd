"""A wrong registration is refused or shown as doubtful; a right one passes."""

import numpy as np
import pytest

from rnapp.errors import PreparationError
from rnapp.geometry import resample, resample_mask
from rnapp.preprocess.quality import assess, coverage_cautions
from rnapp.types import Atlas, RegistrationQuality, SimilarityTransform


def judged(atlas: Atlas, matrix: np.ndarray) -> RegistrationQuality:
    """The atlas itself, moved, judged against the atlas."""
    transform = SimilarityTransform(matrix)
    head, mask = resample(atlas.head, atlas.head, transform), resample_mask(atlas.brain_mask, atlas.head, transform)
    return assess(head, mask, atlas.head.with_array(np.ones(atlas.head.shape, bool)), atlas)


def turn(degrees: float, axis: int) -> np.ndarray:
    """A turn about the middle of the atlas."""
    angle, (a, b) = np.radians(degrees), [n for n in range(3) if n != axis]
    matrix = np.eye(4)
    matrix[[a, a, b, b], [a, b, a, b]] = [np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)]
    centre = np.array([119.5, -119.5, 75])
    matrix[:3, 3] = centre - matrix[:3, :3] @ centre
    return matrix


def test_in_place_is_good(atlas: Atlas) -> None:
    quality = judged(atlas, np.eye(4))
    assert quality.good
    assert quality.dice > 0.99


@pytest.mark.parametrize(("degrees", "axis"), [(30, 0), (35, 1), (180, 0), (180, 1), (180, 2), (90, 2)])
def test_turned_heads_are_not_good(atlas: Atlas, degrees: float, axis: int) -> None:
    assert _verdict(atlas, turn(degrees, axis)) in ("doubtful", "refused")


def _verdict(atlas: Atlas, matrix: np.ndarray) -> str:
    try:
        return "good" if judged(atlas, matrix).good else "doubtful"
    except PreparationError:
        return "refused"


def test_a_head_upside_down_is_refused(atlas: Atlas) -> None:
    with pytest.raises(PreparationError, match="does not match the atlas"):
        judged(atlas, turn(180, 0))


def test_noise_is_refused(atlas: Atlas) -> None:
    noise = atlas.head.with_array(np.random.default_rng(0).normal(size=atlas.head.shape).astype(np.float32))
    with pytest.raises(PreparationError):
        assess(noise, atlas.brain_mask, atlas.head.with_array(np.ones(atlas.head.shape, bool)), atlas)


@pytest.mark.parametrize(("top", "good"), [(125, True), (110, False)])
def test_a_cropped_field_of_view_is_reported_and_a_large_crop_is_doubtful(atlas: Atlas, top: int, good: bool) -> None:
    covered = np.ones(atlas.head.shape, bool)
    covered[:, :, top:] = False
    mask = atlas.brain_mask.with_array(atlas.brain_mask.array & covered)
    whole = atlas.head.with_array(covered)
    assert assess(atlas.head, mask, whole, atlas).good == good
    assert [str(text)[:21] for text in coverage_cautions(whole, atlas)] == ([] if good else ["The scan covers only "])
    assert coverage_cautions(atlas.head.with_array(np.ones_like(covered)), atlas) == ()
