"""How much a bright part of the brain is like a metastasis, and unlike a vessel, a sinus, dura or choroid plexus."""

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from rnapp.lesion.bright import Part, Scene
from rnapp.types import Array

EDGE_MM = 4.0  # dura and the large sinuses are this near to the edge of the brain
MIDLINE_MM = 6.0  # half-width of the bell around the midline in which falx and sinuses lie
# In standard deviations: beyond these, a part is no more like a lesion (or like a vessel in fluid) than at them.
BRIGHTEST, AROUND, DARKEST = 12.0, (-6.0, 3.0), (-15.0, 0.0)
# A logistic regression on the parts of the development heads (python -m tests.benchmarks.proposals --fit): each part
# counts as a lesion by its Dice coefficient with one. Synthetic lesions mostly; see docs/proposal.md.
INTERCEPT = -9.38
WEIGHTS = {"thickness": 2.59, "roundness": 5.22, "brightness": 0.28, "goes_on": -6.02, "around": -0.48, "darkest": 0.19,
           "edge": -4.25, "middle": -1.67}


def likeness(values: Mapping[str, float]) -> float:
    """The Dice coefficient with a lesion that a part with these measures may be expected to have, 0 to 1."""
    return float(1 / (1 + np.exp(-INTERCEPT - sum(weight * values[name] for name, weight in WEIGHTS.items()))))


def measures(scene: Scene, part: Part, midline: float) -> dict[str, float]:
    """What distinguishes a lesion from normal enhancement. midline: its position along the scene's first axis, voxels.

    thickness: logarithm of the radius, mm, of the largest ball inside; roundness: shortest by longest axis of inertia;
    brightness: mean of what is bright; goes_on: share of the surroundings that the part's own level holds too; around,
    darkest: median and 10th percentile of the surroundings; edge: share of the part within EDGE_MM of the edge of the
    brain; middle: 1 in the midline, towards 0 away from it. Brightness in the scene's standard deviations;
    surroundings: brain 2 to 3 voxels away.
    """
    level, filled = scene.level[part.box], part.filled
    close = ndimage.binary_dilation(filled)
    near = ndimage.binary_dilation(close, iterations=2) & ~close & scene.brain[part.box]
    around = level[near] if near.any() else np.zeros(1, np.float32)
    tenth, median = np.percentile(around, (10, 50))
    voxels = np.argwhere(filled)
    start = np.array([cut.start for cut in part.box])
    depth = scene.depth[tuple((voxels + start).T // 2)]
    return {
        "thickness": float(np.log(_inscribed(filled, voxels))),
        "roundness": _roundness(voxels),
        "brightness": min(float(level[part.core].mean()), BRIGHTEST),
        "goes_on": float((around > part.held).mean()),
        "around": float(np.clip(median, *AROUND)),
        "darkest": float(np.clip(tenth, *DARKEST)),
        "edge": float((depth < EDGE_MM).mean()),
        "middle": float(np.exp(-abs(voxels[:, 0].mean() + start[0] - midline) / MIDLINE_MM)),
    }


def _inscribed(filled: Array, voxels: Array) -> float:
    """Radius of the largest ball inside, mm."""
    low, high = voxels.min(axis=0), voxels.max(axis=0) + 1
    tight = filled[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    return float(ndimage.distance_transform_edt(np.pad(tight, 1)).max())


def _roundness(voxels: Array) -> float:
    """Shortest by longest axis of inertia, 0 to 1; a twelfth is the variance inside a voxel."""
    variances = np.linalg.eigvalsh(np.cov(voxels.T) + np.eye(3) / 12)
    return float(np.sqrt(variances[0] / variances[-1]))
