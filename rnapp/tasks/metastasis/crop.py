"""The 64×64×64 mm cube around a lesion that the models of this task see (Gomaa et al. 2025, Data Preprocessing)."""

from dataclasses import dataclass

import numpy as np

from rnapp.errors import MaskError
from rnapp.lesion.measure import bounding_centre
from rnapp.models.card_fields import BundleCard
from rnapp.models.vit_stacker import other_input
from rnapp.tasks.metastasis.question import T1CE
from rnapp.types import Array, Volume

CROP_SIDE = 64  # voxels of 1 mm
CHANNELS = (T1CE, "lesion mask")


@dataclass(frozen=True, eq=False)
class Crop:
    """t1ce (float32, z-scored) and mask (bool), both CROP_SIDE³ at 1 mm, axes (i, j, k) in LPS."""

    t1ce: Volume
    mask: Volume

    @property
    def channels(self) -> tuple[Volume, Volume]:
        """In the order of CHANNELS."""
        return self.t1ce, self.mask


def check_input(card: BundleCard) -> None:
    """Raises WeightsError for a bundle that was trained on other crops than these."""
    if card.channels != CHANNELS or card.sizes.get("crop") != CROP_SIDE:
        raise other_input(card)


def crop_around(t1ce: Volume, mask: Volume) -> Crop:
    """T1CE and lesion mask in the cube around the lesion; 0 beyond the grid. Raises MaskError for an empty mask."""
    start = cube_start(mask)
    return Crop(cut_cube(t1ce, start), cut_cube(mask, start))


def cube_start(mask: Volume) -> Array:
    """First voxel, shape (3,), may be negative, of the cube whose middle is that of the lesion's bounding box; mask:
    bool. Raises MaskError where it is empty."""
    if not mask.array.any():
        raise MaskError("The lesion's mask is empty where the lesion should be; draw it again.")
    return np.round(bounding_centre(mask)).astype(int) - CROP_SIDE // 2


def cut_cube(volume: Volume, start: Array) -> Volume:
    """The cube of CROP_SIDE voxels from index start (shape (3,), may be negative), with its own affine."""
    low = np.maximum(start, 0)
    high = np.minimum(start + CROP_SIDE, volume.shape)
    cube = np.zeros((CROP_SIDE,) * 3, dtype=volume.array.dtype)
    if (high > low).all():
        inside = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
        cube[inside] = volume.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_mm(start[None].astype(float))[0]
    return Volume(cube, affine, volume.frame_of_reference)
