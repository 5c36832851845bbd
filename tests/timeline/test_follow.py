"""An earlier study is registered to the current one, whatever the grids; another head is refused."""

from collections.abc import Iterator

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from rnapp.errors import Cancelled, PreparationError
from rnapp.geometry import grid_like
from rnapp.lesion.find import find_lesions
from rnapp.timeline.courses import courses
from rnapp.timeline.follow import follow
from rnapp.timeline.growth import growth
from rnapp.timeline.match import moved_labels
from rnapp.types import Atlas, CancelToken, Followed, Prepared, Scan, SimilarityTransform, Volume
from tests.conftest import sphere, with_channel
from tests.timeline.synthetic import EARLIER, LEFT, PRESENT, RIGHT, SCALE, errors, head, replace, study

BEFORE_MM, NOW_MM = 6.0, 11.0  # radii of the growing lesion, on the patient's left
STEADY_MM = 7.0


@pytest.fixture(scope="module")
def present(atlas: Atlas) -> Scan:
    prepared, mask, _ = study(atlas, PRESENT, [(LEFT, NOW_MM), (RIGHT, STEADY_MM)], fitted=True)
    return Scan(6.0, prepared, find_lesions(prepared, mask), complete=True)


@pytest.fixture(scope="module")
def earlier(atlas: Atlas) -> tuple[Scan, SimilarityTransform]:
    prepared, mask, true = study(atlas, EARLIER, [(LEFT, BEFORE_MM), (RIGHT, STEADY_MM)], fitted=True)
    return Scan(0.0, prepared, find_lesions(prepared, mask), complete=True), true


@pytest.fixture(scope="module")
def followed(earlier: tuple[Scan, SimilarityTransform], present: Scan) -> Followed:
    return follow(earlier[0], present)


def brain_without_lesions(atlas: Atlas) -> np.ndarray:
    near = sphere(atlas.head, LEFT, 25).array | sphere(atlas.head, RIGHT, 20).array
    return atlas.brain_mask.array & ~near


def alike(one: Volume, other: Volume, inside: np.ndarray) -> float:
    return float(np.corrcoef(one.array[inside], other.array[inside])[0, 1])


def test_a_moved_head_comes_back(atlas: Atlas, earlier: tuple[Scan, SimilarityTransform], followed: Followed) -> None:
    scan, true = earlier
    before_mm, before_degrees = errors(scan.prepared.to_atlas, true, atlas)
    assert before_mm > 5
    assert before_degrees > 3
    mm, degrees = errors(followed.to_present, true, atlas)
    assert mm < 0.5
    assert degrees < 0.5
    assert followed.quality.good
    assert followed.quality.size_ratio == pytest.approx(1, abs=0.01)
    again = followed.between.after(scan.prepared.to_atlas)
    assert np.allclose(again.matrix, followed.to_present.matrix)


def test_the_scale_is_the_present_studys_though_the_earlier_one_found_another(
        earlier: tuple[Scan, SimilarityTransform], present: Scan, followed: Followed) -> None:
    assert earlier[0].prepared.to_atlas.scale == pytest.approx(SCALE * 1.012)
    assert followed.to_present.scale == pytest.approx(present.prepared.to_atlas.scale, abs=1e-6)


def test_the_way_back_is_found_too_and_turns_the_difference(
        atlas: Atlas, earlier: tuple[Scan, SimilarityTransform], present: Scan) -> None:
    """The oblique, flipped, thick grids in the other roles; the current study's own error now stays where it is."""
    scan, true = earlier
    back = follow(present, scan)
    off = scan.prepared.to_atlas.after(true.inverse())
    mm, degrees = errors(back.to_present, off.after(present.prepared.to_atlas), atlas)
    assert mm < 0.5
    assert degrees < 0.5
    assert scan.lesion_set is not None
    assert present.lesion_set is not None
    larger = moved_labels(present.lesion_set, back.between, scan.prepared.head).array == 1
    smaller = scan.lesion_set.atlas.array > 0
    shell = ndimage.binary_erosion(larger, iterations=2) & ~ndimage.binary_dilation(smaller, iterations=2)
    assert np.median(back.difference.array[shell]) < -3


def test_left_stays_left(atlas: Atlas, present: Scan, followed: Followed) -> None:
    inside = brain_without_lesions(atlas)
    mirrored = followed.head.with_array(followed.head.array[::-1])
    assert alike(followed.head, present.prepared.head, inside) > 0.95
    assert abs(alike(mirrored, present.prepared.head, inside & inside[::-1])) < 0.3
    core = sphere(atlas.head, LEFT, BEFORE_MM - 2).array
    assert np.median(followed.head.array[core]) > np.median(followed.head.array[core[::-1]]) + 150


def test_the_difference_shows_growth_and_nothing_else(atlas: Atlas, followed: Followed) -> None:
    difference = followed.difference.array
    shell = sphere(atlas.head, LEFT, NOW_MM * SCALE - 1.5).array & ~sphere(atlas.head, LEFT, BEFORE_MM + 1.5).array
    steady = sphere(atlas.head, RIGHT, STEADY_MM - 2).array
    assert np.median(difference[shell]) > 3
    assert abs(np.median(difference[steady])) < 0.8
    assert np.median(np.abs(difference[brain_without_lesions(atlas)])) < 0.2
    assert not difference[~atlas.brain_mask.array].any()
    assert difference.dtype == followed.head.array.dtype == np.float32


def test_a_lesion_of_known_size_has_it_on_both_scans(
        earlier: tuple[Scan, SimilarityTransform], present: Scan, followed: Followed) -> None:
    grown, steady = courses(present, [(earlier[0], followed)])
    for course, radii in ((grown, (BEFORE_MM, NOW_MM)), (steady, (STEADY_MM, STEADY_MM))):
        for found, radius, scanner in zip(course.measurements, radii, (EARLIER, PRESENT), strict=True):
            assert found.volume_ml == pytest.approx(4 / 3 * np.pi * (radius / 10) ** 3, rel=0.02)
            assert found.longest_diameter_mm == pytest.approx(2 * radius, abs=max(scanner.spacing))
    assert [one.number for one in grown.measurements] == [2, 1], "each scan numbers its lesions by size"
    assert (growth(grown).met, growth(steady).met) == (True, False)


def test_a_lesion_that_grows_huge_does_not_move_the_head(
        atlas: Atlas, earlier: tuple[Scan, SimilarityTransform]) -> None:
    prepared, mask, _ = study(atlas, PRESENT, [(LEFT, 22.0)])
    found = follow(earlier[0], Scan(6.0, prepared, find_lesions(prepared, mask)))
    mm, degrees = errors(found.to_present, earlier[1], atlas)
    assert mm < 0.5
    assert degrees < 0.5
    assert found.quality.good


def test_another_head_is_refused_and_a_half_alike_one_doubted(atlas: Atlas, present: Scan) -> None:
    with pytest.raises(PreparationError, match="Expected an earlier T1CE of the same patient"):
        follow(Scan(0.0, study(atlas, EARLIER, whole=head(atlas, 2, 0.0))[0]), present)
    doubtful = follow(Scan(0.0, study(atlas, EARLIER, whole=head(atlas, 2, 0.72))[0]), present).quality
    assert not doubtful.good
    assert doubtful.sentence.startswith("Intensities agree poorly (correlation 0.")


def test_a_head_with_swapped_sides_is_refused_however_even_it_is(atlas: Atlas) -> None:
    """Such a head is so much like its mirror image that the correlation alone would let it pass."""
    even = head(atlas, even=0.95)
    present = Scan(6.0, study(atlas, PRESENT, whole=even)[0])
    straight = follow(Scan(0.0, study(atlas, EARLIER, whole=even)[0]), present).quality
    assert straight.good
    assert 0.85 < straight.mirrored < straight.correlation
    swapped = even.with_array(np.ascontiguousarray(even.array[::-1]))
    with pytest.raises(PreparationError, match="fits better mirrored"):
        follow(Scan(0.0, study(atlas, EARLIER, whole=swapped)[0]), present)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Several threads add up the registration's sums in any order, so that its last digits change from run to run."""
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    yield
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


@pytest.mark.usefixtures("one_thread")
def test_the_kept_bias_field_gives_the_same_head_as_a_new_one(
        earlier: tuple[Scan, SimilarityTransform], present: Scan) -> None:
    scan = earlier[0]
    kept = follow(scan, present)
    again = follow(replace(scan, prepared=with_channel(scan.prepared, bias=None)), present)
    assert np.array_equal(again.head.array, kept.head.array)
    other = present.prepared.reference.bias
    wrong = follow(replace(scan, prepared=with_channel(scan.prepared, bias=other)), present)
    assert not np.array_equal(wrong.head.array, kept.head.array)


def test_a_scanner_with_wrong_millimetres_is_doubted(atlas: Atlas, present: Scan) -> None:
    found = follow(Scan(0.0, study(atlas, replace(EARLIER, size=1.06))[0]), present).quality
    assert found.size_ratio == pytest.approx(1 / 1.06, abs=0.015)
    assert not found.good
    assert "sizes differ by about" in found.sentence


def test_only_what_both_scans_show_is_compared(
        atlas: Atlas, earlier: tuple[Scan, SimilarityTransform], present: Scan) -> None:
    """An earlier slab of the upper half of the head, in a study whose preparation could still place it."""
    scan, true = earlier
    slab = _slab(scan.prepared, 0.5)
    found = follow(Scan(0.0, slab), present)
    mm, _ = errors(found.to_present, true, atlas)
    assert mm < 0.7
    brain = atlas.brain_mask.array
    assert 0.3 < found.covered.array[brain].mean() < 0.7
    assert not found.difference.array[~found.covered.array].any()
    assert found.difference.array[found.covered.array & brain].any()
    assert not found.head.array[brain & ~found.covered.array].any()


def test_two_scans_that_share_hardly_anything_are_refused(
        earlier: tuple[Scan, SimilarityTransform], present: Scan) -> None:
    with pytest.raises(PreparationError, match="show the same part of the brain"):
        follow(Scan(0.0, _slab(earlier[0].prepared, 0.93)), present)


def _slab(whole: Prepared, share: float) -> Prepared:
    """The study without the lower part of its slices (its third axis runs upwards)."""
    start = int(whole.native.shape[2] * share)
    affine = np.array(whole.native.affine)
    affine[:3, 3] = whole.native.to_mm(np.array([[0, 0, start]], float))[0]
    native = Volume(whole.native.array[:, :, start:].copy(), affine)
    upper = np.arange(whole.head.shape[2])[None, None] * np.ones(whole.head.shape) > whole.head.shape[2] * share
    brain = whole.brain_mask.array & upper
    upper_head = grid_like(whole.head, np.where(upper, whole.head.array, 0))
    return replace(with_channel(whole, native=native, head=upper_head, bias=None),
                   brain_mask=whole.brain_mask.with_array(brain))


def test_cancel_stops_it(earlier: tuple[Scan, SimilarityTransform], present: Scan) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        follow(earlier[0], present, token)
