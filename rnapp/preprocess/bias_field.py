"""The scan without its bias field (N4: Tustison et al. 2010; Gomaa et al. 2025, Data Preprocessing)."""

import numpy as np
import SimpleITK as sitk

from rnapp.geometry import from_sitk, shrink_factors, to_lps, to_sitk
from rnapp.preprocess.n4 import LogField, fit_bias_field
from rnapp.types import BiasField, CancelToken, Volume

# The field is smooth: fitted on every other voxel it correlates with the one from all voxels at 0.998 or better,
# in a tenth of the time (docs/preparation.md). Averaging voxels instead would change the histogram, and the field.
FIT_SPACING_MM = 2.0
ITERATIONS_PER_LEVEL = (50, 50, 50, 50)
OTSU_BINS = 200


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
    image = _not_negative(volume)
    positions = [(np.arange(side) - start) / step
                 for side, start, step in zip(volume.shape, field.first, field.step, strict=True)]
    log_field = LogField(field.lattice, field.shape).at(positions)
    return image.with_array((image.array * np.exp(-log_field)).astype(np.float32))


def lps_scan(native: Volume) -> Volume:
    """A scan as read, in the form that the preparation works on: float32, axes in LPS order."""
    return to_lps(native.with_array(native.array.astype(np.float32)))


def corrected_scan(native: Volume, field: BiasField | None, cancel: CancelToken) -> Volume:
    """A scan as read without its bias field, float32, axes in LPS order. field: of lps_scan(native); if None (not kept)
    it is estimated again, which takes seconds. Raises Cancelled."""
    scan = lps_scan(native)
    return without_bias(scan, field or estimate_bias_field(scan, cancel))


def _not_negative(volume: Volume) -> Volume:
    """N4 works on logarithms: shifted so that the darkest voxel is zero, float32."""
    return volume.with_array((volume.array - volume.array.min()).astype(np.float32))
