"""What the models of this task see: volumes on the SRI24 grid, cut and averaged. Training and app share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rnapp.errors import GeometryError
from rnapp.models.resnet_ensemble import CROP_MM
from rnapp.tasks.rice.question import EVENT, POST_OP
from rnapp.tasks.roles import DOSE
from rnapp.types import FloatArray, Prepared, Volume

__all__ = ["CHANNELS", "DOSE", "EVENT", "POST_OP", "RiceSample", "dose_units", "model_volume", "sample_of",
           "stack_channels"]
CHANNELS = (EVENT, POST_OP, DOSE)  # what a network may see, in the order of its channels
GY_PER_UNIT = 30.0  # 60 Gy, the usual prescription, becomes 1 and no dose -1; a z-score would lose the level
_MM_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class RiceSample:
    """What there is for the models. volumes: role → SRI24 grid, as stack_channels takes them, in the order of CHANNELS;
    brain: bool, the same grid."""

    volumes: Mapping[str, Volume]
    brain: Volume


def sample_of(prepared: Prepared) -> RiceSample:
    """The scans that were prepared, and the dose where it may be used."""
    found = {role: prepared.channels[role].image for role in CHANNELS if role in prepared.channels}
    if prepared.dose is not None and prepared.dose.usable:
        found[DOSE] = prepared.dose.on_atlas
    return RiceSample(MappingProxyType(found), prepared.brain_mask)


def model_volume(volume: Volume, side: int, spacing_um: int) -> Volume:
    """The middle CROP_MM of a volume, averaged over cubes of whole voxels, float32, shape (side, side, side), with its
    affine; 0 beyond the grid.

    volume: voxels of 1 mm (the SRI24 grid); spacing_um: of the result, micrometres. Raises GeometryError where the
    voxels are others or do not fill the cube.
    """
    factor = spacing_um // 1000
    if side * spacing_um != 1000 * CROP_MM or factor * side != CROP_MM:
        raise GeometryError(f"Expected voxels of whole millimetres that fill {CROP_MM} mm, but got {side} of "
                            f"{spacing_um / 1000:g} mm.")
    if np.abs(volume.spacing - 1).max() > _MM_TOLERANCE:
        raise GeometryError(f"Expected voxels of 1 mm, but got {volume.spacing.round(3).tolist()}; prepare the study "
                            "again.")
    start = (np.array(volume.shape) - CROP_MM) // 2  # negative where the grid is smaller than the cube
    cube = _cut(volume.array, start)
    blocks = cube.reshape(side, factor, side, factor, side, factor)
    affine = volume.affine.copy()
    affine[:3, :3] *= factor
    affine[:3, 3] = volume.to_mm(start[None] + (factor - 1) / 2)[0]
    return Volume(np.ascontiguousarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32)), affine,
                  volume.frame_of_reference)


def stack_channels(volumes: Mapping[str, Volume], inputs: Sequence[str], side: int, spacing_um: int) -> FloatArray:
    """The network's input without its batch, float32, shape (channels, side, side, side), in the order of inputs.

    volumes: role → SRI24 grid: a scan z-scored inside the brain and 0 outside, the dose in Gy with NaN where it is
    unknown. Raises GeometryError as model_volume does.
    """
    return np.stack([_channel(name, volumes[name], side, spacing_um) for name in inputs])


def dose_units(gray: FloatArray) -> FloatArray:
    """Dose as the networks see it, float32: Gy / 30 − 1. gray: finite."""
    return np.asarray(gray / GY_PER_UNIT - 1, dtype=np.float32)


def _channel(name: str, volume: Volume, side: int, spacing_um: int) -> FloatArray:
    if name != DOSE:
        return model_volume(volume, side, spacing_um).array
    known = volume.with_array(np.nan_to_num(volume.array, nan=0.0))
    return dose_units(model_volume(known, side, spacing_um).array)


def _cut(array: FloatArray, start: FloatArray) -> FloatArray:
    """The cube of CROP_MM voxels from start on, 0 beyond the array."""
    cube = np.zeros((CROP_MM,) * 3, np.float32)
    low, high = np.maximum(start, 0), np.minimum(start + CROP_MM, array.shape)
    inside = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
    cube[inside] = array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    return cube
