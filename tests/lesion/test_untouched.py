"""What a drawing left untouched keeps the measures of its file; what it changed does not."""

import numpy as np

from rnapp.lesion.find import find_lesions
from rnapp.lesion.untouched import with_untouched
from rnapp.types import Prepared, Volume
from tests.conftest import sphere

LEFT_MM, RIGHT_MM = np.array([150.0, -110, 85]), np.array([85.0, -130, 80])  # SRI24, LPS


def file_mask(turned: Prepared) -> Volume:
    """Two lesions on the scan's own grid with thick slices."""
    to_native = turned.to_atlas.inverse()
    arrays = [sphere(turned.native, to_native.apply(centre[None])[0], radius).array
              for centre, radius in ((LEFT_MM, 10), (RIGHT_MM, 8))]
    return turned.native.with_array(arrays[0] | arrays[1])


def shown(turned: Prepared, array: np.ndarray) -> Volume:
    return turned.head.with_array(array)


def test_a_drawing_that_was_undone_has_the_files_lesions_again(turned: Prepared) -> None:
    given = find_lesions(turned, file_mask(turned))
    drawn = find_lesions(turned, shown(turned, given.atlas.array > 0), drawn=True)
    assert drawn.lesions[0].volume_ml != given.lesions[0].volume_ml, "else there is nothing to keep"
    kept = with_untouched(drawn, given)
    for one, old in zip(kept.lesions, given.lesions, strict=True):
        assert (one.volume_ml, one.axial_perpendicular_mm) == (old.volume_ml, old.axial_perpendicular_mm)
    assert np.array_equal(kept.native.array, given.native.array)


def test_only_the_untouched_lesion_is_kept_whatever_its_number_becomes(turned: Prepared) -> None:
    given = find_lesions(turned, file_mask(turned))
    array = given.atlas.array > 0
    large = given.atlas.array == 1
    cut = np.argwhere(large)[:, 0].max() - 6
    array[cut:][large[cut:]] = False
    array |= sphere(turned.head, np.array([120.0, -60, 95]), 14).array
    drawn = find_lesions(turned, shown(turned, array), drawn=True)
    kept = with_untouched(drawn, given)
    old = given.lesions[1]
    (same,) = [one for one in kept.lesions
               if np.array_equal(kept.mask(one.number).array, given.mask(old.number).array)]
    assert (len(kept.lesions), same.number, old.number) == (3, 3, 2)
    assert same.volume_ml == old.volume_ml
    assert np.array_equal(kept.native.array == same.number, given.native.array == old.number)
    for one, before in zip(kept.lesions, drawn.lesions, strict=True):
        if one.number != same.number:
            assert one is before


def test_without_a_file_nothing_changes(turned: Prepared) -> None:
    drawn = find_lesions(turned, shown(turned, sphere(turned.head, LEFT_MM, 8).array), drawn=True)
    assert with_untouched(drawn, None) is drawn


def test_an_edited_lesion_is_measured_on_the_scans_own_slices(turned: Prepared) -> None:
    """An oblique plate: an axial slice of the atlas would give it other diameters."""
    array = np.zeros(turned.native.shape, bool)
    place = np.round(turned.native.to_voxels(turned.to_atlas.inverse().apply(LEFT_MM[None]))[0]).astype(int)
    array[tuple(slice(at - side, at + side + 1) for at, side in zip(place, (14, 2, 7), strict=True))] = True
    given = find_lesions(turned, turned.native.with_array(array)).lesions[0]
    atlas = find_lesions(turned, turned.native.with_array(array)).atlas.array > 0
    drawn = find_lesions(turned, shown(turned, atlas), drawn=True).lesions[0]
    assert abs(drawn.axial_diameter_mm - given.axial_diameter_mm) < 2 * max(turned.native.spacing[::2])
    assert abs(drawn.axial_perpendicular_mm - given.axial_perpendicular_mm) < 2 * max(turned.native.spacing[::2])
