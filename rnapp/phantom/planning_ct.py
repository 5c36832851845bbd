"""A planning CT of a synthetic patient, made from the T1 scan after surgery."""

import numpy as np
from scipy import ndimage

from rnapp.phantom.glioblastoma_render import Rendered
from rnapp.types import Array, FloatArray, Volume

AIR_HU, SCALP_HU, BONE_HU = -1000.0, 20.0, 900.0
# T1 signal by white matter → Hounsfield units: fluid, grey matter, white matter, and what enhances.
_SIGNAL, _TISSUE_HU = (0.25, 0.5, 0.8, 1.0, 1.3), (5.0, 12.0, 38.0, 29.0, 36.0)
BONE_MM = (2.5, 8.5)  # from the brain
HEAD_SIGNAL = 0.12
NOISE_HU = 5.0


def planning_ct(patient: Rendered, rng: np.random.Generator) -> Volume:
    """Hounsfield units, float32, on the patient's grid: air, scalp, skull and brain."""
    scan = ndimage.gaussian_filter(patient.post_op.array, 0.6)
    brain = patient.brain.array >= 0.5
    distance = ndimage.distance_transform_edt(~brain, sampling=patient.brain.spacing)
    tissue = np.where(brain, np.interp(scan, _SIGNAL, _TISSUE_HU), SCALP_HU)
    tissue[(distance > BONE_MM[0]) & (distance < BONE_MM[1])] = BONE_HU
    hounsfield = np.where(_head(scan, brain), tissue, AIR_HU)
    noise = rng.normal(0, NOISE_HU, hounsfield.shape)
    return patient.brain.with_array(np.asarray(ndimage.gaussian_filter(hounsfield, 0.5) + noise, np.float32))


def _head(scan: FloatArray, brain: Array) -> Array:
    """The largest part that is not air, with its holes: skull and air cells are dark on MRI."""
    seen = (ndimage.gaussian_filter(scan, 1.5) > HEAD_SIGNAL) | brain
    labels, count = ndimage.label(ndimage.binary_opening(ndimage.binary_closing(seen, iterations=3), iterations=5))
    largest = labels == np.bincount(labels.ravel())[1:].argmax() + 1 if count else brain
    for axis in range(3):
        for one in np.moveaxis(largest, axis, 0):
            one[...] = ndimage.binary_fill_holes(one)
    return np.asarray(largest)
