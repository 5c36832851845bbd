"""An outline on something that enhances is told from one on normal tissue, and from vessels and dura."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from rnapp.phantom.lesion import apply_lesion, render_lesion, sample_parameters
from rnapp.trust.checks.outline import (
    AT_EDGE,
    LONG,
    RISE_EXPECTED,
    RISE_NEEDED,
    SPREAD,
    STEP_EXPECTED,
    STEP_NEEDED,
    THIN_MM,
    Outlined,
    look_at,
    outline_cautions,
)
from rnapp.types import Atlas, Caution

GOOD = Outlined(step=0.95, rise=2.5, half_width_mm=7.0, roundness=0.8, fullness=0.8, at_edge=0.0)


def codes(found: tuple[Caution, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.level) for one in found]


@pytest.fixture(scope="module")
def brain(atlas: Atlas) -> tuple[np.ndarray, np.ndarray]:
    """SRI24's own brain with the noise of a scan, z-scored; and where it is."""
    inside = atlas.brain_mask.array
    noise = np.random.default_rng(5).normal(0, 25, inside.shape)
    values = atlas.brain.array + noise
    scored = (values - values[inside].mean()) / values[inside].std()
    return np.where(inside, scored, 0).astype(np.float32), inside


def labelled(mask: np.ndarray) -> np.ndarray:
    return mask.astype(np.int16)


def test_a_box_in_normal_brain_is_no_lesion(brain: tuple[np.ndarray, np.ndarray]) -> None:
    """Anywhere in it: of 200 boxes and balls, hardly one may pass."""
    image, inside = brain
    rng = np.random.default_rng(11)
    places = np.argwhere(inside)
    given = stopped = 0
    for _ in range(200):
        sides, centre = rng.integers(5, 20, 3), places[rng.integers(len(places))]
        mask = np.zeros(inside.shape, bool)
        mask[tuple(slice(max(a - side // 2, 0), a + side // 2 + 1) for a, side in zip(centre, sides, strict=True))] = 1
        found = outline_cautions(look_at(image, inside, labelled(mask), 1))
        given += not found
        stopped += any(one.level == "stop" for one in found)
    assert given <= 2
    assert stopped >= 150


@pytest.mark.parametrize("kind", ["progression", "necrosis"])
def test_a_lesion_is_one_solid_or_a_ring(brain: tuple[np.ndarray, np.ndarray], kind: str) -> None:
    image, inside = brain
    rng = np.random.default_rng(2)
    deep = np.argwhere(ndimage.distance_transform_edt(inside) > 12)
    said = []
    for _ in range(20):
        centre = deep[rng.integers(len(deep))]
        patch = render_lesion(image.shape, tuple(centre.astype(float)), sample_parameters(kind, rng), rng)
        with_it = apply_lesion(image + 4.0, patch, 5.0) - 4.0  # white matter has 1 above a mean of 0
        said += codes(outline_cautions(look_at(with_it, inside, labelled(patch.mask & inside), 1)))
    assert [one for one in said if one[1] == "stop"] == []
    assert len(said) <= 3


def test_a_vessel_and_dura_are_asked_about(brain: tuple[np.ndarray, np.ndarray]) -> None:
    image, inside = brain
    tube = np.zeros(inside.shape, bool)
    tube[118:122, 90:130, 78:82] = True
    found = outline_cautions(look_at(np.where(tube, 6.0, image), inside, labelled(tube), 1))
    assert codes(found) == [("lesion_like_vessel", "confirm")]
    depth = ndimage.distance_transform_edt(inside)
    i, j, k = np.ogrid[:inside.shape[0], :inside.shape[1], :inside.shape[2]]
    edge = inside & (depth < 4) & ((i - 120) ** 2 + (j - 120) ** 2 < 300) & (k > 90)
    assert edge.sum() > 500
    found = outline_cautions(look_at(np.where(edge, 6.0, image), inside, labelled(edge), 1))
    assert codes(found) == [("lesion_like_dura", "confirm")]


@pytest.mark.parametrize(("change", "expected"), [
    ({"step": STEP_EXPECTED}, []), ({"step": STEP_EXPECTED - 0.01}, ["lesion_hardly_enhances"]),
    ({"rise": RISE_EXPECTED}, []), ({"rise": RISE_EXPECTED - 0.01}, ["lesion_hardly_enhances"]),
    ({"step": STEP_NEEDED - 0.01, "rise": RISE_NEEDED}, ["lesion_hardly_enhances"]),
    ({"step": STEP_NEEDED, "rise": RISE_NEEDED - 0.01}, ["lesion_hardly_enhances"]),
    ({"step": STEP_NEEDED - 0.01, "rise": RISE_NEEDED - 0.01}, ["lesion_not_enhancing"]),
    ({"fullness": SPREAD}, []), ({"fullness": SPREAD - 0.01}, ["lesion_like_vessel"]),
    ({"at_edge": AT_EDGE}, ["lesion_like_dura"]), ({"at_edge": AT_EDGE - 0.01}, []),
    ({"half_width_mm": THIN_MM - 0.1, "roundness": LONG - 0.01}, ["lesion_like_vessel"]),
    ({"half_width_mm": THIN_MM, "roundness": LONG - 0.01}, []),
    ({"half_width_mm": THIN_MM - 0.1, "roundness": LONG}, []),
])
def test_both_sides_of_each_threshold(change: dict[str, float], expected: list[str]) -> None:
    assert [one.code for one in outline_cautions(replace(GOOD, **change))] == expected


def test_another_lesion_beside_it_is_not_what_it_is_compared_with(brain: tuple[np.ndarray, np.ndarray]) -> None:
    image, inside = brain
    labels = np.zeros(inside.shape, np.int16)
    labels[85:97, 115:127, 90:102] = 1
    labels[98:110, 115:127, 90:102] = 2
    bright = np.where(labels > 0, 6.0, image)
    alone = look_at(bright, inside, labels, 1)
    joined = look_at(bright, inside, np.where(labels == 1, 1, 0), 1)
    assert alone is not None
    assert joined is not None
    assert alone.step > 0.99 > joined.step


def test_without_voxels_or_brain_around_it(brain: tuple[np.ndarray, np.ndarray]) -> None:
    image, inside = brain
    labels = np.zeros(inside.shape, np.int16)
    assert look_at(image, inside, labels, 1) is None
    assert outline_cautions(None) == ()
    labels[2:8, 2:8, 2:8] = 1
    outside = look_at(image, inside, labels, 1)
    assert outside is not None
    assert (outside.step, outside.rise, outside.at_edge) == (0.0, 0.0, 1.0)
    assert codes(outline_cautions(outside)) == [("lesion_not_enhancing", "stop")]
