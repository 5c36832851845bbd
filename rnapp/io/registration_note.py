"""Which registration a mask on SRI24 was drawn on, in the 80 letters of a NIfTI header that are free for a description.

A mask in the atlas fits the scan only through the transform it was drawn on; rnapp writes that into the masks it makes.
"""

import math

import numpy as np
from scipy.spatial.transform import Rotation

from rnapp.errors import GeometryError
from rnapp.types import SimilarityTransform

_MARK = "rnapp"
_NUMBERS = 7  # rotation vector, shift in mm, scale
_LONGEST = 79


def registration_note(to_atlas: SimilarityTransform) -> str:
    """Turn, shift and scale in ASCII, at most 79 letters: a thousandth of a millimetre at the head."""
    scale = to_atlas.scale
    turn = Rotation.from_matrix(to_atlas.matrix[:3, :3] / scale).as_rotvec()
    parts = [*(f"{part:.6f}" for part in turn), *(f"{part:.3f}" for part in to_atlas.matrix[:3, 3]), f"{scale:.6f}"]
    note = " ".join((_MARK, *parts))
    return note if len(note) <= _LONGEST else ""


def read_registration_note(text: str) -> SimilarityTransform | None:
    """The transform in such a note, None where it is another description or a damaged one."""
    parts = text.split()
    if len(parts) != _NUMBERS + 1 or parts[0] != _MARK:
        return None
    try:
        numbers = [float(part) for part in parts[1:]]
    except ValueError:
        return None
    if not all(math.isfinite(number) and abs(number) < 1e6 for number in numbers):
        return None
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(numbers[:3]).as_matrix() * numbers[6]
    matrix[:3, 3] = numbers[3:6]
    try:
        return SimilarityTransform(matrix)
    except GeometryError:
        return None
