"""What is proposed on seeded heads: lesions first, what every head shows of contrast hardly, and on which side."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from rnapp.geometry import resample, resample_mask
from rnapp.lesion.find import find_lesions
from rnapp.lesion.propose import MOST_CANDIDATES, BrightnessProposer, outlines, with_origin
from rnapp.phantom.lesion import LesionParameters, apply_lesion, render_lesion
from rnapp.preprocess.normalise import z_score
from rnapp.types import Array, Atlas, Candidate, Lesion, Prepared, Volume
from tests.conftest import dice, sphere, with_channel

RING = LesionParameters(radius_mm=11.0, irregularity=0.1, rim_mm=3.5, gap_fraction=0.2, nodules=1, bubbles=2,
                        enhancement=0.9, core_darkening=0.45, oedema_mm=8.0, oedema_darkening=0.15)
SOLID = replace(RING, radius_mm=4.0, rim_mm=4.0, gap_fraction=0.0, nodules=0, bubbles=0)
LEFT, RIGHT = (151.0, 128.0, 90.0), (86.0, 150.0, 62.0)  # voxels of SRI24; larger i is further left
LEFT_MM = np.array([151.0, -111.0, 90.0])


def head(turned: Prepared, atlas: Atlas, *lesions: tuple[LesionParameters, tuple[float, float, float]],
         bright: Array | None = None) -> tuple[Prepared, list[Array]]:
    """SRI24 with noise, lesions and something else that is bright, and the lesions' masks."""
    rng = np.random.default_rng(5)
    brain = atlas.brain_mask
    white = float(np.percentile(atlas.head.array[brain.array], 80))
    image, masks = atlas.head.array.astype(np.float32), []
    for look, centre in lesions:
        patch = render_lesion(image.shape, centre, look, rng)
        image = apply_lesion(image, patch, white)
        masks.append(patch.mask & brain.array)
    if bright is not None:
        image = image + white * ndimage.gaussian_filter(bright.astype(np.float32), 0.7)
    image += rng.normal(0, 0.03 * white, image.shape).astype(np.float32)
    whole = atlas.head.with_array(image)
    return replace(with_channel(turned, head=whole, image=z_score(whole, brain)), brain_mask=brain), masks


def propose(prepared: Prepared) -> tuple[Candidate, ...]:
    return BrightnessProposer().propose(prepared)


def tube(shape: tuple[int, int, int]) -> Array:
    """A vessel of 3 mm across, 50 mm long, in the white matter of the right."""
    i, j, k = np.ogrid[: shape[0], : shape[1], : shape[2]]
    return ((i - 92) ** 2 + (k - 92) ** 2 <= 1.5**2) & (j > 100) & (j < 150)


def sheet(atlas: Atlas) -> Array:
    """Thick dura over the left convexity: the outer 2.5 mm inside the brain mask."""
    depth = ndimage.distance_transform_edt(atlas.brain_mask.array)
    i, j, k = np.ogrid[: depth.shape[0], : depth.shape[1], : depth.shape[2]]
    return (depth > 0) & (depth < 2.5) & (i > 150) & (np.abs(j - 120) < 40) & (k > 70) & (k < 120)


def sinus(atlas: Atlas) -> Array:
    """The superior sagittal sinus, 7 mm wide and deep, inside a loosely cut brain mask."""
    depth = ndimage.distance_transform_edt(atlas.brain_mask.array)
    i, _, k = np.ogrid[: depth.shape[0], : depth.shape[1], : depth.shape[2]]
    return (depth > 0) & (depth < 7) & (np.abs(i - 119.5) < 3.5) & (k > 60)


def test_a_ring_is_one_filled_candidate_on_its_side(turned: Prepared, atlas: Atlas) -> None:
    prepared, (ring,) = head(turned, atlas, (RING, LEFT))
    first, *others = propose(prepared)
    assert dice(first.mask.array, ring) >= 0.7
    assert (first.number, first.side) == (1, "left")
    assert "ring" in first.words
    assert not any((other.mask.array & ring).any() for other in others), "one lesion, one candidate"
    ml = ring.sum() / 1000 / prepared.to_atlas.scale**3
    assert first.volume_ml == pytest.approx(ml, rel=0.3), "in the patient's own millilitres"


def test_a_small_solid_lesion_is_found_next_to_a_large_one(turned: Prepared, atlas: Atlas) -> None:
    prepared, masks = head(turned, atlas, (RING, LEFT), (SOLID, RIGHT))
    found = propose(prepared)[:2]
    overlaps = [[dice(one.mask.array, mask) for mask in masks] for one in found]
    assert np.max(overlaps, axis=0).min() >= 0.7
    assert {one.side for one in found} == {"left", "right"}
    assert any(one.words.startswith("solid") for one in found)


@pytest.mark.parametrize("kind", ["tube", "sheet", "sinus"])
def test_what_every_head_shows_does_not_come_first(turned: Prepared, atlas: Atlas, kind: str) -> None:
    other = {"tube": tube(atlas.head.shape), "sheet": sheet(atlas), "sinus": sinus(atlas)}[kind]
    prepared, (solid,) = head(turned, atlas, (SOLID, RIGHT), bright=other)
    assert prepared.image.array[other].mean() > 2, "it is bright indeed"
    found = propose(prepared)
    assert dice(found[0].mask.array, solid) >= 0.5
    assert not any(dice(one.mask.array, other) > 0.3 for one in found)


def test_an_empty_head_gives_hardly_any(turned: Prepared, atlas: Atlas) -> None:
    prepared, _ = head(turned, atlas)
    found = propose(prepared)
    assert len(found) <= 2
    assert all(one.score < 0.3 for one in found)


def test_a_head_full_of_lesions_gives_a_list_that_can_be_read(turned: Prepared, atlas: Atlas) -> None:
    places = [(i, j, k) for i in (90.0, 150.0) for j in (90.0, 120.0, 150.0) for k in (80.0, 105.0)]
    prepared, _ = head(turned, atlas, *((SOLID, place) for place in places))
    found = propose(prepared)
    assert len(found) == MOST_CANDIDATES
    assert [one.number for one in found] == list(range(1, MOST_CANDIDATES + 1))
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_on_an_oblique_flipped_study_it_lies_where_it_is_in_the_patient(turned: Prepared, atlas: Atlas) -> None:
    whole, (ring,) = head(turned, atlas, (RING, LEFT))
    back = turned.to_atlas.inverse()
    native = resample(whole.head, turned.native, back)
    moved = resample(native, atlas.head, turned.to_atlas)
    prepared = with_channel(turned, native=native, head=moved, image=z_score(moved, turned.brain_mask))
    first = propose(prepared)[0]
    assert first.side == "left"
    assert np.linalg.norm(np.array(first.centre_mm) - LEFT_MM) < 4
    on_scan = find_lesions(prepared, first.mask, drawn=True).native.array > 0
    truth = resample_mask(whole.head.with_array(ring), turned.native, back)
    assert dice(on_scan, truth.array) > 0.7


def candidate(mask: Volume, number: int = 1, proposer: str = "a test") -> Candidate:
    return Candidate(number, mask, 0.5, 1.0, (0.0, 0.0, 0.0), "left", "solid", proposer)


def origins(lesion: Lesion) -> list[str]:
    return [str(one) for one in lesion.cautions if one.code == "from_proposal"]


def test_the_origin_of_a_lesion_is_reported_and_whether_it_was_changed(turned: Prepared) -> None:
    ball, other = sphere(turned.head, LEFT_MM, 6), sphere(turned.head, np.array([85.0, -130, 80]), 6)
    both = find_lesions(turned, turned.head.with_array(ball.array | other.array), drawn=True)
    left, right = sorted(with_origin(both, (candidate(ball),)).lesions, key=lambda lesion: lesion.side)
    assert origins(left) == ["The outline was proposed by a test and accepted by the reader."]
    assert origins(right) == [], "drawn by hand"
    less = find_lesions(turned, ball.with_array(ball.array & (np.arange(240) < 151)[:, None, None]), drawn=True)
    assert "who then changed it" in origins(with_origin(less, (candidate(ball),)).lesions[0])[0]


def test_two_candidates_that_meet_make_one_lesion_of_both(turned: Prepared) -> None:
    first, second = (sphere(turned.head, LEFT_MM + np.array([shift, 0, 0]), 6) for shift in (0, 8))
    found = find_lesions(turned, first.with_array(first.array | second.array), drawn=True)
    taken = candidate(first), candidate(second, 2, "another test")
    assert origins(with_origin(found, taken).lesions[0]) == [
        "The outline was proposed by a test and by another test and accepted by the reader."]


def test_outlines_hide_nothing_of_a_candidate(turned: Prepared) -> None:
    ball = sphere(turned.head, LEFT_MM, 6)
    lines = outlines((ball,), turned.head)
    assert lines.array.dtype == np.uint8
    assert set(np.unique(lines.array)) == {0, 1}
    assert not lines.array[ball.array].any()
    middle = int(LEFT_MM[2])
    assert np.array_equal(ndimage.binary_fill_holes(lines.array[:, :, middle]) & (lines.array[:, :, middle] == 0),
                          ball.array[:, :, middle])
    assert not outlines((), turned.head).array.any()
