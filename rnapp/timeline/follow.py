"""An earlier study registered to the current one, resampled, in the same intensities, and the difference.

What the lesions do must not move the head, so they are left out of the registration, with a margin.
"""

import numpy as np
import SimpleITK as sitk

from rnapp.geometry import from_sitk, grid_like, to_sitk
from rnapp.preprocess.bias_field import corrected_scan
from rnapp.preprocess.coregister import Head, Wording, coregister
from rnapp.types import Array, CancelToken, Followed, LesionSet, Prepared, Scan, Volume

LESION_MARGIN_MM = 8.0  # enhancement blurs and oedema swells the brain around a lesion
WORDING = Wording(same_part="two scans that show the same part", expected="an earlier T1CE of the same patient",
                  moving="the earlier head", choose="another earlier study", before="comparing anything")


def follow(earlier: Scan, present: Scan, cancel: CancelToken | None = None) -> Followed:
    """The earlier study on the current one's SRI24 grid, with a verdict. Which scan is the older one does not matter.

    Raises PreparationError where the two heads do not match (another patient, sides swapped) or share too little of the
    brain, GeometryError where their sizes differ beyond all heads, Cancelled.
    """
    token = cancel or CancelToken()
    old, new = earlier.prepared, present.prepared
    corrected = corrected_scan(old.native, old.reference.bias, token)
    match = coregister(_head(earlier, corrected), _head(present, new.native), WORDING, token)
    head = match.matched_head
    return Followed(match.to_fixed, match.between, head, _difference(new, head, match.covered.array), match.covered,
                    match.quality)


def _head(scan: Scan, native: Volume) -> Head:
    """native: the scan on its own grid."""
    prepared = scan.prepared
    compared = prepared.brain_mask.array & ~_near_lesions(scan.lesion_set, prepared)
    return Head(native, prepared.to_atlas, prepared.head, prepared.brain_mask,
                grid_like(prepared.head, compared))


def _near_lesions(lesion_set: LesionSet | None, prepared: Prepared) -> Array:
    """Lesions and LESION_MARGIN_MM (of the patient) around them, bool, on the study's own SRI24 grid."""
    if lesion_set is None or not lesion_set.atlas.array.any():
        return np.zeros(prepared.head.shape, bool)
    lesions = lesion_set.all_mask
    reach = np.ceil(LESION_MARGIN_MM * prepared.to_atlas.scale / lesions.spacing).astype(int).tolist()
    return np.asarray(from_sitk(sitk.BinaryDilate(to_sitk(lesions), reach)).array > 0)


def _difference(present: Prepared, head: Volume, covered: Array) -> Volume:
    """Current − earlier in standard deviations of the current brain, float32, 0 where they cannot be compared."""
    inside = present.brain_mask.array & covered
    spread = float(present.head.array[present.brain_mask.array].std())
    return head.with_array(np.where(inside, (present.head.array - head.array) / spread, 0).astype(np.float32))
