"""The same head in a slightly different position on SRI24, sampled again from its own voxels.

One interpolation, from the scan itself, as the sample had: a second one of what already lies on SRI24 would smooth it,
and the answer would move because of that rather than of the position.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from rnapp.geometry import IDENTITY, empty_grid, resample, resample_mask
from rnapp.preprocess.bias_field import corrected_around
from rnapp.preprocess.normalise import Level, level_of
from rnapp.types import CancelToken, FloatArray, Prepared, SimilarityTransform, Volume

TURN_DEGREES, MOVE_MM = 2.0, 2.0
AXES = {"left-right": (1.0, 0.0, 0.0), "front-back": (0.0, 1.0, 0.0), "head-foot": (0.0, 0.0, 1.0)}


def turns(centre: FloatArray) -> Iterator[tuple[str, SimilarityTransform]]:
    """In words, and what moves SRI24 LPS mm; centre: the point that stays, shape (3,)."""
    for name, axis in AXES.items():
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_rotvec(np.radians(TURN_DEGREES) * np.array(axis)).as_matrix()
        matrix[:3, 3] = centre - matrix[:3, :3] @ centre
        yield f"head turned 2° about the {name} axis", SimilarityTransform(matrix)


def slanted() -> tuple[str, SimilarityTransform]:
    """A move to the left, back and up at once: one along an axis is a whole number of voxels and would sample nothing
    between them."""
    matrix = np.eye(4)
    matrix[:3, 3] = MOVE_MM / np.sqrt(3)
    return "head moved 2 mm", SimilarityTransform(matrix)


def moves(centre: FloatArray) -> dict[str, SimilarityTransform]:
    """All of them."""
    return dict((*turns(centre), slanted()))


@dataclass(frozen=True, eq=False)
class Scene:
    """A part of a prepared scan that can be sampled in other positions. scan: without its bias field, in the patient's
    own voxels; level: of its z-score, which stays as it is, for the brain moves along."""

    grid: Volume
    scan: Volume
    to_atlas: SimilarityTransform
    brain: Volume
    level: Level

    @staticmethod
    def of(prepared: Prepared, role: str, grid: Volume, cancel: CancelToken) -> "Scene":
        """grid: what is to be sampled, on voxels of SRI24, and may reach beyond it. Raises Cancelled."""
        channel = prepared.channels[role]
        reach = [move.inverse().apply(grid.corners_mm)
                 for move in (IDENTITY, *moves(_middle(grid)).values())]
        needed = channel.to_atlas.inverse().apply(np.concatenate(reach))
        scan = corrected_around(channel.native, channel.bias, needed, cancel)
        return Scene(grid, scan, channel.to_atlas, prepared.brain_mask,
                     level_of(channel.head, prepared.brain_mask))

    def moves(self) -> dict[str, SimilarityTransform]:
        """In words, and what moves SRI24 LPS mm; turns are about the middle of the grid."""
        return moves(_middle(self.grid))

    def image(self, move: SimilarityTransform) -> Volume:
        """The z-scored scan after the head moved, 0 outside the brain, float32, on the grid."""
        head = resample(self.scan, self.grid, move.after(self.to_atlas))
        return head.with_array(self.level.scored(head.array, resample_mask(self.brain, self.grid, move).array))

    def outline(self, mask: Volume, from_native: bool, move: SimilarityTransform) -> Volume:
        """An outline after the head moved, bool, on the grid. mask: on the scan's own grid or SRI24's (from_native)."""
        return resample_mask(mask, self.grid, move.after(self.to_atlas) if from_native else move)


def middle_of(mask: Volume) -> FloatArray:
    """The middle of a mask (bool, not empty), LPS mm, shape (3,)."""
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


def _middle(grid: Volume) -> FloatArray:
    return np.asarray(grid.corners_mm.mean(axis=0))


def around(mask: Volume, side: int) -> Volume:
    """A cube of so many voxels of the mask's own grid about the middle of its bounding box (bool, not empty); it may
    reach beyond the grid. Its voxels are all False and take no memory."""
    places = np.argwhere(mask.array)
    start = np.rint((places.min(axis=0) + places.max(axis=0)) / 2).astype(int) - side // 2
    affine = mask.affine.copy()
    affine[:3, 3] = mask.to_mm(start[None].astype(float))[0]
    return empty_grid((side, side, side), affine, mask.frame_of_reference)
