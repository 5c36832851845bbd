"""The paper's augmentations (elastic deformation, rotation, scaling, noise, brightness, gamma), from MONAI."""

import numpy as np
import torch
from monai.transforms import (
    Compose,
    Rand3DElastic,
    RandAdjustContrast,
    RandAffine,
    RandGaussianNoise,
    RandScaleIntensity,
)
from monai.utils import convert_to_tensor

from rnapp.tasks.rice.sample import CHANNELS, DOSE
from rnapp.types import FloatArray

TURN = (float(np.deg2rad(12)),) * 3  # radians about each axis
ZOOM = (0.1,) * 3
SCANS = [place for place, name in enumerate(CHANNELS) if name != DOSE]


def _spatial(side: int) -> Compose:
    """Of all channels together; three in ten are also deformed."""
    voxels = side / 56
    # The edge of a head's input is air: no signal, and practically no dose.
    here = {"mode": "bilinear", "padding_mode": "border"}
    return Compose([
        RandAffine(prob=0.7, rotate_range=TURN, scale_range=ZOOM, **here),
        Rand3DElastic((3 * voxels, 5 * voxels), (10 * voxels, 40 * voxels), prob=0.3, **here),
    ])


def _signal() -> Compose:
    """Augmentation of one scan; never of the dose, whose scale is fixed."""
    return Compose([
        RandGaussianNoise(prob=0.3, std=0.1), RandScaleIntensity(prob=0.3, factors=0.2),
        RandAdjustContrast(prob=0.3, gamma=(0.7, 1.4), retain_stats=True),
    ])


def augmented(values: FloatArray, seed: int) -> FloatArray:
    """The input changed at random, float32, shape (3, side, side, side); outside the brain scans stay 0."""
    spatial, signal = _spatial(values.shape[-1]), _signal()
    spatial.set_random_state(seed)
    signal.set_random_state(seed + 1)
    moved: torch.Tensor = convert_to_tensor(spatial(torch.from_numpy(values)), track_meta=False)
    for place in SCANS:
        air = moved[place] == 0
        moved[place] = convert_to_tensor(signal(moved[place][None]), track_meta=False)[0]
        moved[place][air] = 0
    return np.asarray(moved.numpy(), np.float32)
