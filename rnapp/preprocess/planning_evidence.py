"""The evidence for and against a registered planning scan, without the correlation of intensities.

Mutual information (Maes et al. 1997): of the head as found, of its mirror image, of displaced ones, of its parts; the
outlines of both heads; the size that fits best; and, of a CT, that the skull is around the brain and not in it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from rnapp.geometry import IDENTITY, from_sitk, resample_mask, shrunk
from rnapp.preprocess.planned_head import Planned, Upright, filled, skin
from rnapp.preprocess.quality import dice
from rnapp.preprocess.registration import nudge_rigid
from rnapp.types import Array, CancelToken, FloatArray, SimilarityTransform, Volume

STEP_MM = 2.0  # voxels on which the heads are compared
REACH_MM = 26.0  # from the brain out to the skin
NEAR_MM = 10.0  # from the brain out to where intensities are compared
EVERY = 8  # one in this many voxels there is used
BINS = 32
PARTS = 8
SHIFTS_MM = tuple(float(one) for one in np.arange(-7.5, 7.6, 1.5))
SIZES = tuple(float(one) for one in np.arange(0.90, 1.101, 0.02))
DISPLACED = (5.0, 5.0)  # degrees and mm
SKULL_MM = 12.0  # the skull begins nearer to the brain than this
CORE_MM = 4.0  # from the brain's edge inwards: what the skull never reaches


@dataclass(frozen=True)
class Evidence:
    """information: mutual information, nats; mirrored: of the mirrored head; displaced: the mean of poses DISPLACED
    from the one found; outline: Dice of both heads; size: as MatchQuality.size_ratio; local_mm: as _local_mm has it;
    bone_inside: share of the brain that is bone in the CT, enclosed: share of the brain's upper surface that has bone
    near it; both None for an MRI."""

    information: float
    mirrored: float
    displaced: float
    outline: float
    size: float
    local_mm: float
    bone_inside: float | None = None
    enclosed: float | None = None


def evidence_of(scan: Upright, head: Planned, cancel: CancelToken) -> Evidence:
    """All the evidence for a planning scan in its registered position. Raises Cancelled."""
    compared = Compared.of(scan)
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = 2 * scan.middle[0]
    image = Volume(head.picture.array, mirror @ head.picture.affine)
    turned = nudge_rigid(scan.head, image, scan.brain, cancel)
    return Evidence(
        information=compared.information(head.picture, IDENTITY), mirrored=compared.information(image, turned),
        displaced=float(np.mean([compared.information(head.picture, one) for one in _displaced(scan.middle)])),
        outline=_outline(scan, head), size=_size(compared, head.picture, scan.middle),
        local_mm=_local_mm(compared, head.picture), bone_inside=_bone_inside(scan, head.bone),
        enclosed=_enclosed(scan, head.bone))


@dataclass(frozen=True, eq=False)
class Compared:
    """Points near the brain, LPS mm, shape (N, 3); the bin of the reference scan's intensity there, and which of the
    PARTS eighths of the brain it is in, shape (N,)."""

    points: FloatArray
    bins: Array
    parts: Array

    @staticmethod
    def of(scan: Upright) -> "Compared":
        """Every few voxels of the region with brain and skull."""
        small, brain = (from_sitk(shrunk(one, STEP_MM)) for one in (scan.head, scan.brain))
        seen = resample_mask(scan.seen, small).array
        near = ndimage.distance_transform_edt(brain.array < 0.5, sampling=brain.spacing) < NEAR_MM
        where = np.argwhere(near & seen)[::EVERY]
        points = small.to_mm(where.astype(float))
        return Compared(points, _binned(small.array[tuple(where.T)]), (points > scan.middle) @ np.array([4, 2, 1]))

    def information(self, picture: Volume, transform: SimilarityTransform) -> float:
        """Mutual information of the reference scan and a picture, nats. transform: the picture's mm → the scan's."""
        return _information(self.bins, self._seen(picture, transform))

    def by_part(self, picture: Volume, transform: SimilarityTransform) -> FloatArray:
        """The same in each eighth of the brain, shape (PARTS,)."""
        seen = self._seen(picture, transform)
        return np.array([_information(self.bins[self.parts == one], seen[self.parts == one]) for one in range(PARTS)])

    def _seen(self, picture: Volume, transform: SimilarityTransform) -> Array:
        places = picture.to_voxels(transform.inverse().apply(self.points)).T
        return _binned(ndimage.map_coordinates(picture.array, places, order=1, mode="constant", cval=0.0))


def _information(one: Array, other: Array) -> float:
    counts = np.bincount(one * BINS + other, minlength=BINS * BINS).reshape(BINS, BINS)
    joint = counts / max(counts.sum(), 1)
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    both = joint > 0
    return float(np.sum(joint[both] * np.log(joint[both] / apart[both])))


def _local_mm(compared: Compared, picture: Volume) -> float:
    """How far an eighth of the brain would move if registered by itself, the median of all eighths, mm."""
    wanted = np.zeros((PARTS, 3))
    for axis in range(3):
        shifted = []
        for mm in SHIFTS_MM:
            matrix = np.eye(4)
            matrix[axis, 3] = mm
            shifted.append(compared.by_part(picture, SimilarityTransform(matrix)))
        wanted[:, axis] = np.array(SHIFTS_MM)[np.argmax(shifted, axis=0)]
    return float(np.median(np.linalg.norm(wanted, axis=1)))


def _binned(values: FloatArray) -> Array:
    low, high = np.percentile(values, (0.5, 99.5))
    return np.asarray(np.clip((values - low) / max(float(high - low), 1e-6) * BINS, 0, BINS - 1).astype(np.int64))


def _size(compared: Compared, picture: Volume, middle: FloatArray) -> float:
    """Length in the scan per length in the picture: the scale about the middle of the brain that fits best."""
    scaled = []
    for ratio in SIZES:
        matrix = np.diag([ratio, ratio, ratio, 1.0])
        matrix[:3, 3] = (1 - ratio) * middle
        scaled.append(compared.information(picture, SimilarityTransform(matrix)))
    best = int(np.argmax(scaled))
    if best in (0, len(SIZES) - 1):
        return SIZES[best]
    left, here, right = scaled[best - 1:best + 2]
    return float(SIZES[best] + (SIZES[1] - SIZES[0]) * (left - right) / (2 * (left - 2 * here + right)))


def _displaced(middle: FloatArray) -> list[SimilarityTransform]:
    """DISPLACED degrees about each axis through the middle of the brain, and as many mm along it, both ways."""
    degrees, shift = DISPLACED
    poses = []
    for axis in np.eye(3):
        for sign in (-1.0, 1.0):
            turn, move = np.eye(4), np.eye(4)
            turn[:3, :3] = Rotation.from_rotvec(sign * degrees * axis, degrees=True).as_matrix()
            turn[:3, 3] = middle - turn[:3, :3] @ middle
            move[:3, 3] = sign * shift * axis
            poses += [SimilarityTransform(turn), SimilarityTransform(move)]
    return poses


def _outline(scan: Upright, head: Planned) -> float:
    """Dice of both heads near the upper two thirds of the brain, where both scans have voxels."""
    small = from_sitk(shrunk(scan.head, STEP_MM))
    brain = resample_mask(scan.brain, small).array
    cut = skin(small.array)
    own = filled(brain if cut is None else brain | (small.array > cut))
    where = ndimage.distance_transform_edt(~brain, sampling=small.spacing) < REACH_MM
    levels = np.flatnonzero(brain.any(axis=(0, 1)))
    where[:, :, :levels[0] + len(levels) // 3] = False
    whole = head.body.with_array(np.ones(head.body.shape, bool))
    where &= resample_mask(scan.seen, small).array & resample_mask(whole, small).array
    return dice(own & where, resample_mask(head.body, small).array & where)


def _bone_inside(scan: Upright, bone: Volume | None) -> float | None:
    if bone is None:
        return None
    brain = _small_brain(scan)
    core = ndimage.distance_transform_edt(brain.array, sampling=brain.spacing) > CORE_MM
    return float(resample_mask(bone, brain).array[core].mean())


def _enclosed(scan: Upright, bone: Volume | None) -> float | None:
    if bone is None:
        return None
    brain = _small_brain(scan)
    edge = brain.array & ~ndimage.binary_erosion(brain.array)
    levels = np.flatnonzero(brain.array.any(axis=(0, 1)))
    edge[:, :, :levels[0] + len(levels) // 2] = False
    hard = resample_mask(bone, brain).array
    return float((ndimage.distance_transform_edt(~hard, sampling=brain.spacing) < SKULL_MM)[edge].mean())


def _small_brain(scan: Upright) -> Volume:
    brain = from_sitk(shrunk(scan.brain, STEP_MM))
    return brain.with_array(brain.array > 0.5)
