"""The two heads of a planning scan's registration, upright, with everything else removed."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rnapp.errors import PreparationError
from rnapp.geometry import from_sitk, resample_mask, shrunk
from rnapp.preprocess.cut_off import air_and_head
from rnapp.types import Array, FloatArray, LoadedSeries, Prepared, SimilarityTransform, Volume

THIN_MM = 2.5  # of the planning scan: finer voxels are averaged to about this
# Hounsfield units: fat to dense bone, so that brain and fluid still differ.
SOFT_HU, BONE_HU = (-100.0, 300.0), 250.0
BODY_HU = -300.0
CT_AIR_HU = -500.0  # no MRI has such values in so many voxels
HEAD_MM = 220.0  # from the top of the head downwards: what lies below is neck and shoulders
SKIN = 0.2  # share of the step from air to head: skin and muscle are dark in many MRI
LEAST_HEAD_ML = 1000.0


@dataclass(frozen=True, eq=False)
class Upright:
    """The reference scan along SRI24's axes, but in the patient's own millimetres; nothing is resampled for it.

    head: with the skull; brain, seen: bool, the brain and where the scan has voxels; all on one grid. to_native: these
    LPS mm → the scan's own, rigid.
    """

    head: Volume
    brain: Volume
    seen: Volume
    to_native: SimilarityTransform

    @staticmethod
    def of(prepared: Prepared) -> "Upright":
        """From the prepared scans."""
        smaller = np.diag([*[1 / prepared.to_atlas.scale] * 3, 1.0])
        to_native = SimilarityTransform(np.linalg.inv(smaller @ prepared.to_atlas.matrix))
        head, brain = (Volume(one.array, smaller @ one.affine) for one in (prepared.head, prepared.brain_mask))
        native = Volume(np.ones(prepared.native.shape, bool), prepared.native.affine)
        return Upright(head, brain, resample_mask(native, head, to_native.inverse()), to_native)

    @property
    def middle(self) -> FloatArray:
        """Of the brain, LPS mm."""
        return np.asarray(self.brain.to_mm(np.argwhere(self.brain.array).mean(axis=0)[None])[0])


@dataclass(frozen=True, eq=False)
class Planned:
    """The head in a planning scan, at about STEP_MM. picture: float32, air around it; body: bool, the head without
    holes; bone: bool, None for an MRI."""

    picture: Volume
    body: Volume
    bone: Volume | None

    @staticmethod
    def of(planning: LoadedSeries) -> "Planned":
        """Raises PreparationError if nothing has the size of a head."""
        small = from_sitk(shrunk(planning.volume, THIN_MM))
        is_ct = planning.series.modality == "CT" or float(np.percentile(small.array, 5)) < CT_AIR_HU
        cut = BODY_HU if is_ct else skin(small.array)
        body = _top(small, _largest(small.array > cut)) if cut is not None else np.zeros(small.shape, bool)
        if body.sum() * small.voxel_ml < LEAST_HEAD_ML:
            raise PreparationError("Expected a head in the planning scan, but it shows none; choose another one.")
        low, high = SOFT_HU if is_ct else (float(small.array.min()), float(small.array.max()))
        picture = np.where(body, np.clip(small.array, low, high), low).astype(np.float32)
        bone = small.with_array(body & (small.array > BONE_HU)) if is_ct else None
        return Planned(small.with_array(picture - low), small.with_array(filled(body)), bone)

    def placed(self, rigid: SimilarityTransform) -> "Planned":
        """The same voxels moved; nothing is resampled."""
        def moved(one: Volume) -> Volume:
            return Volume(one.array, rigid.matrix @ one.affine)

        return Planned(moved(self.picture), moved(self.body), moved(self.bone) if self.bone else None)


def skin(values: Array) -> float | None:
    """A level between air and the darkest skin of an MRI; None where all values are the same."""
    means = air_and_head(values)
    return None if means is None else means[0] + SKIN * (means[1] - means[0])


def _largest(mask: Array) -> Array:
    """The largest part, without objects that only touch it (the couch, a fixation mask)."""
    labels, count = ndimage.label(ndimage.binary_opening(mask, iterations=2))
    if count == 0:
        return np.zeros(mask.shape, bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_dilation(labels == sizes.argmax(), iterations=2) & mask)


def _top(volume: Volume, body: Array) -> Array:
    """The part of the body within HEAD_MM of its highest point."""
    i, j, k = np.ogrid[:volume.shape[0], :volume.shape[1], :volume.shape[2]]
    a, b, c, origin = volume.affine[2]
    height = a * i + b * j + c * k + origin
    return np.asarray(body & (height > np.where(body, height, -np.inf).max() - HEAD_MM))


def filled(body: Array) -> Array:
    """A mask without holes in any slice, in any slice direction: skull and air cells are dark on MRI."""
    filled = body
    for axis in range(3):
        in_plane = ndimage.generate_binary_structure(3, 1)
        in_plane[tuple(slice(None, None, 2) if one == axis else slice(None) for one in range(3))] = False
        labels, _ = ndimage.label(~filled, in_plane)
        edges = [np.take(labels, end, axis=one) for one in range(3) if one != axis for end in (0, -1)]
        outside = np.unique(np.concatenate([one.ravel() for one in edges]))
        filled = ~np.isin(labels, outside[outside > 0])
    return filled
