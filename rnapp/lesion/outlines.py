"""What a careful second reader might have drawn instead: an outline a little larger, smaller, or aside."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from rnapp.types import Array, Volume

ASIDE_VOXELS = 2
# Axis and direction of the SRI24 grid (LPS) → where the outline goes.
_SIDES = {(0, 1): "to the patient's left", (0, -1): "to the patient's right", (1, 1): "backwards",
          (1, -1): "forwards", (2, 1): "upwards", (2, -1): "downwards"}


def other_outlines(mask: Volume, room: Array) -> Iterator[tuple[str, Volume]]:
    """What was changed, in words, and the outline; those that vanish are left out, for nobody would draw them.

    mask: one lesion, bool, SRI24 grid (a voxel of which is a millimetre); room: bool, the same shape, where another
    reader could have drawn: the brain, without other lesions. What was drawn outside it stays where it is.
    """
    array, allowed = mask.array, room | mask.array
    ball = ndimage.generate_binary_structure(3, 1)
    shapes = {"outline 1 mm larger": ndimage.binary_dilation(array, ball) & allowed,
              "outline 1 mm smaller": ndimage.binary_erosion(array, ball)}
    for (axis, direction), words in _SIDES.items():
        step = direction if mask.affine[axis, axis] > 0 else -direction
        shapes[f"outline 2 mm {words}"] = _aside(array, axis, step * ASIDE_VOXELS) & allowed
    yield from ((what, mask.with_array(shape)) for what, shape in shapes.items() if shape.any())


def _aside(array: Array, axis: int, by: int) -> Array:
    """Moved by so many voxels; what leaves the grid is lost."""
    moved = np.roll(array, by, axis)
    lost = [slice(None)] * 3
    lost[axis] = slice(0, by) if by > 0 else slice(by, None)
    moved[tuple(lost)] = False
    return moved
