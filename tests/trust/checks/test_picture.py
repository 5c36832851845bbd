"""A picture that is no T1 after contrast is noticed without its name, with skull or stripped; one that is passes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from rnapp.phantom.head import with_vessels
from rnapp.trust.checks.picture import (
    BRIGHT_EXPECTED,
    FLUID_DOUBTFUL,
    FLUID_WRONG,
    GREY_DOUBTFUL,
    GREY_WRONG,
    SINUS_EXPECTED,
    Picture,
    Tissues,
    look_at,
    picture_cautions,
    tissues,
)
from rnapp.types import Atlas, Caution, Volume

# SRI24's T1 intensities: fluid, grey matter, white matter; and what they become in another kind of scan.
T1 = (150.0, 500.0, 740.0)
KINDS = {"t1": (300.0, 600.0, 720.0), "flair": (100.0, 520.0, 400.0), "t2": (900.0, 480.0, 350.0)}
WHITE_NOISE = 25.0
GOOD = Picture(grey=-1.2, fluid=-9.0, bright=0.02, sinus=5.0)


@pytest.fixture(scope="module")
def where(atlas: Atlas) -> Tissues:
    return tissues(atlas)


def scan(atlas: Atlas, kind: str, enhances: bool, slices: int = 1, stripped: bool = False) -> Volume:
    """SRI24 in other intensities, with veins at the brain's edge and in its midline where they enhance, noise of the
    grain of a real scan, and slices of so many mm."""
    rng = np.random.default_rng(7)
    head, brain = atlas.head.array.astype(np.float32), atlas.brain_mask.array
    picture = np.interp(np.where(brain, atlas.brain.array, np.minimum(head, 900)), (0, *T1, 900),
                        (0, *KINDS[kind], KINDS[kind][2] * 1.1)).astype(np.float32)
    if enhances:
        depth = ndimage.distance_transform_edt(brain)
        i, j, k = np.ogrid[:brain.shape[0], :brain.shape[1], :brain.shape[2]]
        veins = brain & (((np.abs(i - 119.5) < 2) & (k > 60) & (depth < 25)) | ((depth < 2) & (k > 60) & (j > 120)))
        picture = picture + 0.9 * KINDS[kind][2] * ndimage.gaussian_filter(veins.astype(np.float32), 0.7)
    if slices > 1:
        picture = np.repeat(ndimage.uniform_filter1d(picture, slices, axis=2)[:, :, slices // 2::slices], slices,
                            axis=2)[:, :, :picture.shape[2]]
        picture = np.pad(picture, ((0, 0), (0, 0), (0, brain.shape[2] - picture.shape[2])), mode="edge")
    grain = ndimage.gaussian_filter(rng.standard_normal(picture.shape).astype(np.float32), 1.0)
    picture = picture + WHITE_NOISE * grain / grain.std()
    return atlas.head.with_array(np.where(brain, picture, 0) if stripped else picture)


def codes(found: tuple[Caution, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.level) for one in found]


@pytest.mark.parametrize("stripped", [False, True])
@pytest.mark.parametrize("slices", [1, 5])
@pytest.mark.parametrize(("kind", "enhances", "expected"), [
    ("t1", True, []),
    ("t1", False, [("picture_without_contrast", "confirm")]),
    ("flair", False, [("picture_not_t1", "stop")]),
    ("t2", False, [("picture_not_t1", "stop")]),
])
def test_kinds_are_told_apart_without_a_name(atlas: Atlas, where: Tissues, kind: str, enhances: bool,
                                             expected: list[tuple[str, str]], slices: int, stripped: bool) -> None:
    picture = look_at(scan(atlas, kind, enhances, slices, stripped), atlas.brain_mask, where)
    assert codes(picture_cautions(picture, None)) == expected


def test_a_subtraction_is_no_t1(atlas: Atlas, where: Tissues) -> None:
    difference = scan(atlas, "t1", True).array - scan(atlas, "t1", False).array
    noise = np.random.default_rng(3).normal(0, WHITE_NOISE, difference.shape)
    picture = look_at(atlas.head.with_array((difference + noise).astype(np.float32)), atlas.brain_mask, where)
    assert codes(picture_cautions(picture, True)) == [("picture_not_t1", "stop")]


def test_shift_and_scale_of_the_intensities_do_not_matter(atlas: Atlas, where: Tissues) -> None:
    head = scan(atlas, "t1", True)
    plain, scored = (look_at(one, atlas.brain_mask, where) for one in (head, head.with_array(head.array / 300 - 2)))
    assert plain is not None
    assert scored is not None
    assert scored.grey == pytest.approx(plain.grey, abs=0.01)
    assert scored.bright == pytest.approx(plain.bright, rel=0.01)


@pytest.mark.parametrize(("measure", "limit", "level"), [
    ("fluid", FLUID_DOUBTFUL, "confirm"), ("fluid", FLUID_WRONG, "stop"),
    ("grey", GREY_DOUBTFUL, "confirm"), ("grey", GREY_WRONG, "stop")])
def test_both_sides_of_each_threshold(measure: str, limit: float, level: str) -> None:
    above = picture_cautions(replace(GOOD, **{measure: limit + 0.01}), True)
    below = picture_cautions(replace(GOOD, **{measure: limit - 0.01}), True)
    assert [one.level for one in above] == [level]
    assert [one.level for one in below] == ([] if level == "confirm" else ["confirm"])


@pytest.mark.parametrize(("agent", "level", "words"), [
    (None, "confirm", "nothing says that a contrast agent was given"), (True, "confirm", "although its header"),
    (False, "stop", "no contrast agent was given")])
def test_without_enhancement_the_header_decides_how_much_is_asked(agent: bool | None, level: str, words: str) -> None:
    none = replace(GOOD, bright=BRIGHT_EXPECTED * 0.99, sinus=SINUS_EXPECTED - 0.01)
    (one,) = picture_cautions(none, agent)
    assert (one.code, one.level) == ("picture_without_contrast", level)
    assert words in one.sentence
    assert picture_cautions(replace(none, bright=BRIGHT_EXPECTED * 1.01), agent) == ()
    assert picture_cautions(replace(none, sinus=SINUS_EXPECTED + 0.01), agent) == ()


def test_a_sinus_is_enough_where_hardly_anything_in_the_brain_enhances(atlas: Atlas, where: Tissues) -> None:
    for head, expected in ((with_vessels(atlas), []), (atlas.head, [("picture_without_contrast", "confirm")])):
        picture = look_at(head, atlas.brain_mask, where)
        assert picture is not None
        assert picture.bright < BRIGHT_EXPECTED
        assert codes(picture_cautions(picture, None)) == expected


def test_a_picture_without_tissue_must_be_looked_at(atlas: Atlas, where: Tissues) -> None:
    flat = atlas.head.with_array(np.full(atlas.head.shape, 5.0, np.float32))
    assert look_at(flat, atlas.brain_mask, where) is None
    nowhere = atlas.brain_mask.with_array(np.zeros(atlas.head.shape, bool))
    assert look_at(atlas.head, nowhere, where) is None
    assert codes(picture_cautions(None, True)) == [("picture_unclear", "confirm")]
