"""Lesion masks from files: whole-number labels on their own grid."""

from pathlib import Path

import numpy as np

from rnapp.errors import MaskError, StudyError
from rnapp.io.images import MAX_MASK_LABELS, SUFFIXES, is_image_name, read_image
from rnapp.types import Array, Volume

# Whole numbers saved as scaled floats come back with rounding of about 1e-6.
WHOLE_NUMBER_TOLERANCE = 1e-3


def read_mask(path: Path) -> Volume:
    """The labels of a mask file (.nii, .nii.gz, .nrrd, .mha): int16, 0 is background, on the mask's own grid.

    Raises MaskError for a file that cannot be read, an empty mask, negative or fractional values, or more than
    MAX_MASK_LABELS labels (a scan given as a mask).
    """
    if not is_image_name(path):
        raise MaskError(f"A mask must be one of {', '.join(SUFFIXES)}; save it in one of these formats.")
    try:
        volume = read_image(path)
    except StudyError as error:
        raise MaskError(f"The mask cannot be read: {error}") from error
    return volume.with_array(_labels(volume.array))


def _labels(array: Array) -> Array:
    """The voxels as int16 labels."""
    whole = np.rint(array)
    if not np.isfinite(array).all() or np.abs(array - whole).max() > WHOLE_NUMBER_TOLERANCE:
        raise MaskError("The mask holds fractions, but whole-number labels are needed; threshold it, or check that it "
                        "is a mask and not a scan.")
    if whole.min() < 0 or whole.max() > np.iinfo(np.int16).max:
        raise MaskError(f"The mask holds values from {whole.min():.0f} to {whole.max():.0f}, but labels from 0 are "
                        "needed; check that it is a mask and not a scan.")
    labels = whole.astype(np.int16)
    count = np.count_nonzero(np.bincount(labels.ravel())[1:])
    if count == 0:
        raise MaskError("The mask is empty; draw at least one lesion, or choose another file.")
    if count > MAX_MASK_LABELS:
        raise MaskError(f"The mask holds {count} different labels, but at most {MAX_MASK_LABELS} are expected; check "
                        "that it is a mask and not a scan.")
    return labels
