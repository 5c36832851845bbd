"""Pieces of one outline that are too small to be read as lesions of their own, and close to a larger one."""

import numpy as np
from scipy.spatial import cKDTree

from rnapp.types import Array, FloatArray

# A ball of this volume shares three quarters of itself with its own outline 1 mm aside, which is how well one draws;
# the smallest lesion that the models of the paper's question were trained on has 0.2 ml.
LEAST_ML = 0.1
NEAR_MM = 5.0  # a gap that partial volume makes in a thin rim
NEAR_SLICES = 1.5  # slices: what touches from one slice to the next at a corner only


def joined(numbered: Array, volumes_ml: FloatArray, spacing_mm: FloatArray) -> tuple[Array, int]:
    """The pieces with each small one that is near a larger one in that one's number, and how many those were.

    numbered: labels of connected pieces from 1, 0 outside; volumes_ml: of each, in that order; spacing_mm: of the
    voxels in the patient's millimetres. A small piece with nothing larger nearby stays as it is.
    """
    big = np.append(False, volumes_ml >= LEAST_ML)[numbered]
    places, pieces = np.argwhere(big), np.argwhere((numbered > 0) & ~big)
    if not len(places) or not len(pieces):
        return numbered, 0
    near = max(NEAR_MM, NEAR_SLICES * float(spacing_mm.max())) * (1 + 1e-9)  # the bound is exclusive
    distances, nearest = cKDTree(places * spacing_mm).query(pieces * spacing_mm, distance_upper_bound=near)
    order = np.argsort(distances, kind="stable")
    labels = numbered[tuple(pieces.T)]
    # The closest voxel of each piece comes first.
    own, first = np.unique(labels[order], return_index=True)
    closest = order[first]
    reached = np.isfinite(distances[closest])
    into = np.arange(len(volumes_ml) + 1)
    into[own[reached]] = numbered[tuple(places[nearest[closest[reached]]].T)]
    return into[numbered], int(reached.sum())
