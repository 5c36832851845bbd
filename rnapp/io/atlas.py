"""The SRI24 atlas, checked against the manifest of the weights."""

import hashlib
import json
from pathlib import Path

import numpy as np

from rnapp.errors import StudyError, WeightsError
from rnapp.geometry import empty_grid, to_lps
from rnapp.io.images import read_image
from rnapp.types import SRI24, Atlas, Volume

ATLAS_SHAPE = (240, 240, 155)
# The centre of SRI24's first voxel, LPS mm.
ATLAS_ORIGIN_MM = (0.0, -239.0, 0.0)
HEAD_FILE = "atlas/sri24_t1_head.nii.gz"
BRAIN_FILE = "atlas/sri24_t1_brain.nii.gz"


def atlas_grid() -> Volume:
    """SRI24's grid without its voxels, for use before the atlas is read."""
    affine = np.eye(4)
    affine[:3, 3] = ATLAS_ORIGIN_MM
    return empty_grid(ATLAS_SHAPE, affine, SRI24)


def read_atlas(weights: Path) -> Atlas:
    """SRI24 with and without skull from the weights folder, float32, axes in LPS order, 240×240×155 at 1 mm.

    Raises WeightsError where a file is missing, differs from its SHA-256 in manifest.json, or is not SRI24's grid.
    """
    expected = _hashes(weights / "manifest.json")
    head, brain = (_read(weights / file, expected.get(file)) for file in (HEAD_FILE, BRAIN_FILE))
    if not head.same_grid(brain):
        raise WeightsError("The two atlas images are on different grids; install rnapp again.")
    return Atlas(head, brain)


def _hashes(manifest: Path) -> dict[str, str]:
    """File name → SHA-256, empty if there is no manifest."""
    if not manifest.is_file():
        return {}
    try:
        return {str(entry["file"]): str(entry["sha256"]).lower() for entry in json.loads(manifest.read_text())["files"]}
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError("The manifest of the weights is damaged; install rnapp again.") from error


def _read(path: Path, sha256: str | None) -> Volume:
    if not path.is_file():
        raise WeightsError(f"The atlas file {path.name} is missing; install rnapp again.")
    if sha256 is not None and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise WeightsError(f"The atlas file {path.name} has been altered (its SHA-256 does not match the manifest); "
                           "install rnapp again.")
    try:
        volume = to_lps(read_image(path))
    except StudyError as error:
        raise WeightsError(f"The atlas file {path.name} cannot be read; install rnapp again.") from error
    if volume.shape != ATLAS_SHAPE or not np.allclose(volume.spacing, 1.0, atol=1e-3):
        raise WeightsError(f"The atlas file {path.name} is not SRI24's grid of 240×240×155 voxels of 1 mm; "
                           "install rnapp again.")
    return Volume(volume.array.astype(np.float32), volume.affine, SRI24)
