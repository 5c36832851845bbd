"""From what size on the texture of a lesion can be read; known before PyRadiomics is there."""

import numpy as np

from rnapp.types import Volume

LEAST_VOXELS = 27  # 0.027 ml at 1 mm: a texture needs neighbours
LEAST_SIDE = 3  # voxels along each axis


def too_small(mask: Volume, scale: float = 1.0, volume_ml: float | None = None) -> str:
    """What a lesion (bool, a crop's 1 mm voxels) lacks for its texture to be read; "" where it lacks nothing.

    The sentence gives the patient's own size: scale: millimetres of the crop's grid in one of the patient's; volume_ml:
    as the lesion was measured, where it was, so that one figure stands everywhere.
    """
    places = np.argwhere(mask.array)
    if not len(places):
        return "Its mask is empty where the lesion should be; draw it again."
    thinnest = int((np.ptp(places, axis=0) + 1).min())
    if thinnest < LEAST_SIDE:
        return (f"It is only {thinnest / scale:.1f} mm thick in one direction, but its texture can be read only from "
                f"{LEAST_SIDE / scale:.1f} mm upwards; draw it on every slice that shows it, or remove it.")
    if len(places) < LEAST_VOXELS:
        measured = len(places) / scale**3 / 1000 if volume_ml is None else volume_ml
        least = LEAST_VOXELS / scale**3 / 1000
        return (f"It measures {measured:.3f} ml, but its texture can be read only from {least:.3f} ml upwards; "
                "draw it on every slice that shows it, or remove it.")
    return ""
