"""The scan without its bias field (N4: Tustison et al. 2010; Gomaa et al. 2025, Data Preprocessing)."""

import numpy as np
import SimpleITK as sitk

from rnapp.errors import GeometryError
from rnapp.geometry import cut_out, from_sitk, shrink_factors, to_lps, to_sitk
from rnapp.preprocess.n4 import LogField, fit_bias_field
from rnapp.types import BiasField, CancelToken, FloatArray, Volume

# The field is smooth: fitted on every other voxel it correlates with the one from all voxels at 0.998 or better,
# in a tenth of the time (docs/preparation.md). Averaging voxels instead would change the histogram, and the field.
FIT_SPACING_MM = 2.0
ITERATIONS_PER_LEVEL = (50, 50, 50, 50)
OTSU_BINS = 200
_AROUND = 2  # voxels: linear interpolation asks for one


def estimate_bias_field(volume: Volume, cancel: CancelToken) -> BiasField:
    """The bias field of these voxels, in their order. Raises Cancelled."""
    image = _not_negative(volume)
    i, j, k = shrink_factors(volume, FIT_SPACING_MM)
    # Chosen by index, not by position: rounding in a header could change which of two voxels is nearer to the middle.
    first = (i // 2, j // 2, k // 2)
    small = image.array[first[0]::i, first[1]::j, first[2]::k]
    mask = from_sitk(sitk.OtsuThreshold(to_sitk(Volume(small, np.eye(4))), 0, 1, OTSU_BINS)).array > 0
    field = fit_bias_field(small.astype(np.float64), mask, ITERATIONS_PER_LEVEL, cancel)
    # The field is evaluated in single precision, so storing it so loses nothing.
    return BiasField(field.lattice.astype(np.float32), field.shape, first, (i, j, k))


def without_bias(volume: Volume, field: BiasField) -> Volume:
    """The volume divided by its bias field, float32, same grid. field: estimated on these voxels in this order."""
    return _divided(_not_negative(volume), field, (0, 0, 0))


def lps_scan(native: Volume) -> Volume:
    """A scan as read, in the form that the preparation works on: float32, axes in LPS order."""
    return to_lps(native.with_array(native.array.astype(np.float32)))


def corrected_scan(native: Volume, field: BiasField | None, cancel: CancelToken) -> Volume:
    """A scan as read without its bias field, float32, axes in LPS order. field: of lps_scan(native); if None (not kept)
    it is estimated again, which takes seconds. Raises Cancelled."""
    scan = lps_scan(native)
    return without_bias(scan, field or estimate_bias_field(scan, cancel))


def corrected_around(native: Volume, field: BiasField | None, points: FloatArray, cancel: CancelToken) -> Volume:
    """The part of corrected_scan in whose field of view these points (LPS mm, shape (N, 3)) and all between them are,
    with two voxels around; the nearest part of the scan where none of them is in it. Raises Cancelled."""
    scan = lps_scan(native)
    used = field or estimate_bias_field(scan, cancel)
    voxels = scan.to_voxels(points)
    last = np.array(scan.shape) - 1
    low = np.clip(np.floor(voxels.min(axis=0)).astype(int) - _AROUND, 0, last)
    high = np.clip(np.ceil(voxels.max(axis=0)).astype(int) + _AROUND, 0, last)
    part = cut_out(_not_negative(scan), low, high)
    if part is None:  # low and high are in the scan
        raise GeometryError("Expected a part of the scan, but got none; prepare the study again.")
    return _divided(part, used, (int(low[0]), int(low[1]), int(low[2])))


def _divided(image: Volume, field: BiasField, at: tuple[int, int, int]) -> Volume:
    """at: the scan's voxel that is the image's first."""
    positions = [(np.arange(begin, begin + side) - start) / step for side, begin, start, step in
                 zip(image.shape, at, field.first, field.step, strict=True)]
    log_field = LogField(field.lattice, field.shape).at(positions)
    return image.with_array((image.array * np.exp(-log_field)).astype(np.float32))


def _not_negative(volume: Volume) -> Volume:
    """N4 works on logarithms: shifted so that the darkest voxel is zero, float32."""
    return volume.with_array((volume.array - volume.array.min()).astype(np.float32))
