import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import WeightsError
from rnapp.geometry import to_sitk
from rnapp.io.atlas import BRAIN_FILE, HEAD_FILE, atlas_grid, read_atlas
from rnapp.types import Atlas, Volume


def write_weights(folder: Path, shape: tuple[int, int, int] = (240, 240, 155), shift: float = 0.0) -> Path:
    """An atlas of ones with an asymmetric mark; the head is stored flipped along i."""
    (folder / "atlas").mkdir()
    affine = np.eye(4)
    affine[:3, 3] = (0, -239, 0)
    array = np.zeros(shape, np.uint8)
    array[20:60, 100:200, 30:50] = 7
    flipped = affine.copy()
    flipped[0, 0], flipped[0, 3] = -1, shape[0] - 1 + shift
    entries = []
    for file, volume in ((BRAIN_FILE, Volume(array, affine)), (HEAD_FILE, Volume(array[::-1], flipped))):
        sitk.WriteImage(to_sitk(volume), str(folder / file))
        digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        entries.append({"file": file, "sha256": digest})
    (folder / "manifest.json").write_text(json.dumps({"schema_version": 1, "files": entries}))
    return folder


def test_flipped_files_land_on_one_lps_grid(tmp_path: Path) -> None:
    atlas = read_atlas(write_weights(tmp_path))
    assert atlas.head.same_grid(atlas.brain)
    np.testing.assert_array_equal(atlas.head.array, atlas.brain.array)
    np.testing.assert_allclose(atlas.brain.affine[:3, 3], (0, -239, 0), atol=1e-4)
    assert atlas.brain_mask.array.sum() == 40 * 100 * 20


def test_altered_file_is_refused(tmp_path: Path) -> None:
    folder = write_weights(tmp_path)
    sitk.WriteImage(sitk.ReadImage(str(folder / HEAD_FILE)) + 1, str(folder / HEAD_FILE))
    with pytest.raises(WeightsError, match="altered"):
        read_atlas(folder)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    folder = write_weights(tmp_path)
    (folder / BRAIN_FILE).unlink()
    with pytest.raises(WeightsError, match="missing"):
        read_atlas(folder)


def test_foreign_or_shifted_grids_are_refused(tmp_path: Path) -> None:
    for name, options, sentence in (("small", {"shape": (230, 240, 155)}, "not SRI24"),
                                    ("shifted", {"shift": 2.0}, "different grids")):
        (tmp_path / name).mkdir()
        with pytest.raises(WeightsError, match=sentence):
            read_atlas(write_weights(tmp_path / name, **options))


@pytest.mark.parametrize("text", ["{", "[]", '{"files": [{}]}'])
def test_damaged_manifest_is_refused(text: str, tmp_path: Path) -> None:
    folder = write_weights(tmp_path)
    (folder / "manifest.json").write_text(text)
    with pytest.raises(WeightsError, match="manifest"):
        read_atlas(folder)


def test_the_grid_is_known_without_the_atlas(atlas: Atlas) -> None:
    assert atlas_grid().same_grid(atlas.head)
    assert atlas_grid().affine.tolist() == atlas.head.affine.tolist()
