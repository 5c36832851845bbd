"""The approximate position of the head: a search over rotations and shifts that needs no good starting point.

Thousands of poses are scored at once by the mutual information (Viola and Wells 1997; Maes et al. 1997) of about two
thousand points; the best are varied in ever smaller steps. Gradient descent does the rest (registration.py).
"""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy.spatial.transform import Rotation
from scipy.stats import qmc

from rnapp.geometry import from_sitk, shrunk, to_sitk
from rnapp.types import Array, CancelToken, FloatArray, Volume

POINTS_MM = 8.0  # distance between the atlas points that are compared
MOVING_MM = 4.0
SMOOTHING_MM = 4.0
MOST_POINTS = 2000
MARGIN_MM = 16.0  # skull and scalp help as much as the brain
BINS = 24
LARGEST_TURN = 55.0  # degrees about each axis
LARGEST_SHIFT = 60.0  # mm from the middle of the head
FIRST_POSES = 2**13
KEPT, CHILDREN = 48, 48
ROUNDS = ((12.0, 14.0), (6.0, 7.0), (3.0, 4.0), (1.5, 2.0))  # degrees and mm of each round's variation
LEAST_COVERED = 0.5  # share of the atlas points that the scan must reach
APART = (12.0, 15.0)  # two poses are different if they differ by at least so many degrees or mm
SEED = 20251


@dataclass(frozen=True, eq=False)
class Pose:
    """Atlas point p ↦ scan point turn·(p − centre) + place. centre, place: LPS mm; score: larger is better."""

    turn: FloatArray
    centre: FloatArray
    place: FloatArray
    score: float


def find_poses(atlas_head: Volume, atlas_brain_mask: Volume, head: Volume, count: int,
               cancel: CancelToken) -> list[Pose]:
    """The best poses that differ clearly, best first. head: with skull, any grid. Raises Cancelled."""
    comparison = _Comparison.of(atlas_head, atlas_brain_mask, head)
    poses = qmc.Sobol(6, rng=np.random.default_rng(SEED)).random(FIRST_POSES) * 2 - 1
    poses = poses * ([LARGEST_TURN] * 3 + [LARGEST_SHIFT] * 3)
    scores = comparison.scores(poses, cancel)
    rng = np.random.default_rng(SEED)
    for degrees, mm in ROUNDS:
        best = np.argsort(-scores)[:KEPT]
        varied = np.repeat(poses[best], CHILDREN, axis=0)
        varied += rng.normal(size=varied.shape) * ([degrees] * 3 + [mm] * 3)
        poses = np.concatenate([poses[best], varied])
        scores = np.concatenate([scores[best], comparison.scores(varied, cancel)])
    order = np.argsort(-scores)
    return [Pose(_turns(poses[index][None])[0], comparison.centre, comparison.middle + poses[index][3:],
                 float(scores[index])) for index in _apart(poses, order, count)]


@dataclass(frozen=True, eq=False)
class _Comparison:
    """points: of the atlas, relative to centre, mm, shape (3, N); bins: theirs; moving: bins of the scan, with a border
    of the value BINS, which means outside; to_voxels: 3×4, scan mm to its voxels; middle: of the head in the scan.
    """

    points: FloatArray
    bins: Array
    centre: FloatArray
    moving: Array
    to_voxels: FloatArray
    middle: FloatArray

    @staticmethod
    def of(atlas_head: Volume, atlas_brain_mask: Volume, head: Volume) -> "_Comparison":
        """Both smoothed, thinned out and sorted into bins of equal width between robust ends."""
        fixed = _small(atlas_head, POINTS_MM)
        near = sitk.BinaryDilate(shrunk(atlas_brain_mask, POINTS_MM) > 0, [round(MARGIN_MM / POINTS_MM)] * 3)
        where = np.argwhere(from_sitk(near).array > 0)
        where = np.random.default_rng(SEED).permutation(where)[:MOST_POINTS]
        moving = _small(head, MOVING_MM)
        inside = from_sitk(sitk.OtsuThreshold(to_sitk(moving), 0, 1, 200)).array > 0
        positions = fixed.to_mm(where.astype(float))
        centre = positions.mean(axis=0)
        inverse = np.linalg.inv(moving.affine)
        return _Comparison(
            points=(positions - centre).T.astype(np.float32), bins=_binned(fixed.array)[tuple(where.T)], centre=centre,
            moving=np.pad(_binned(moving.array), 1, constant_values=BINS), to_voxels=inverse[:3],
            middle=moving.to_mm(np.argwhere(inside).mean(axis=0)[None])[0])

    def scores(self, poses: FloatArray, cancel: CancelToken) -> FloatArray:
        """Mutual information for each pose, shape (N, 6): degrees about x, y, z, and mm from the middle."""
        parts = []
        for part in np.array_split(poses, max(1, len(poses) // 512)):
            cancel.check()
            parts.append(self._scores(part))
        return np.concatenate(parts)

    def _scores(self, poses: FloatArray) -> FloatArray:
        linear = self.to_voxels[:, :3] @ _turns(poses)
        # Half a voxel for rounding, one for the border.
        shift = (self.middle + poses[:, 3:]) @ self.to_voxels[:, :3].T + self.to_voxels[:, 3] + 1.5
        flat = np.zeros((len(poses), self.points.shape[1]), np.int32)
        for axis, side in enumerate(self.moving.shape):
            along = linear[:, axis].astype(np.float32) @ self.points + shift[:, axis, None].astype(np.float32)
            flat = flat * side + np.clip(along, 0, side - 1).astype(np.int32)
        joint = self.moving.ravel()[flat] + self.bins * (BINS + 1)
        joint += np.arange(len(poses), dtype=np.int32)[:, None] * (BINS * (BINS + 1))
        counts = np.bincount(joint.ravel(), minlength=len(poses) * BINS * (BINS + 1)).reshape(-1, BINS, BINS + 1)
        counts = counts[:, :, :BINS]
        share = counts.sum(axis=(1, 2)) / len(self.bins)
        return np.where(share >= LEAST_COVERED, _mutual_information(counts) * np.sqrt(share), 0.0)


def _mutual_information(counts: Array) -> FloatArray:
    """Of each joint histogram, shape (N, BINS, BINS), nats."""
    total = np.maximum(counts.sum(axis=(1, 2)), 1)

    def entropy(part: Array) -> FloatArray:
        share = part.reshape(len(part), -1) / total[:, None]
        return np.asarray(-np.sum(share * np.log(share, out=np.zeros_like(share), where=share > 0), axis=1))

    return np.asarray(entropy(counts.sum(axis=1)) + entropy(counts.sum(axis=2)) - entropy(counts))


def _turns(poses: FloatArray) -> FloatArray:
    return np.asarray(Rotation.from_euler("xyz", poses[:, :3], degrees=True).as_matrix())


def _small(volume: Volume, spacing_mm: float) -> Volume:
    smooth = sitk.SmoothingRecursiveGaussian(shrunk(volume, spacing_mm), SMOOTHING_MM)
    return from_sitk(smooth, volume.frame_of_reference)


def _binned(array: FloatArray) -> Array:
    low, high = np.percentile(array, (1, 99))
    scaled = (array - low) / max(float(high - low), 1e-6) * BINS
    return np.asarray(np.clip(scaled, 0, BINS - 1).astype(np.int32))


def _apart(poses: FloatArray, order: Array, count: int) -> list[int]:
    """The indices of the first poses in this order that each differ from all chosen before."""
    chosen: list[int] = []
    for index in order:
        difference = np.abs(poses[chosen] - poses[index])
        if not ((difference[:, :3] < APART[0]).all(axis=1) & (difference[:, 3:] < APART[1]).all(axis=1)).any():
            chosen.append(int(index))
        if len(chosen) == count:
            break
    return chosen
