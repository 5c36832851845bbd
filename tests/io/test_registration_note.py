"""A registration survives the 80 letters of a NIfTI header; anything else there is no registration."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rnapp.io.masks import read_mask_file
from rnapp.io.registration_note import read_registration_note, registration_note
from rnapp.io.volumes import nifti_bytes, write_nifti
from rnapp.types import SimilarityTransform, Volume

CORNERS = np.array([[x, y, z] for x in (0.0, 239) for y in (-239.0, 0) for z in (0.0, 154)])


def transform(degrees: tuple[float, ...], scale: float, shift: tuple[float, ...]) -> SimilarityTransform:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() * scale
    matrix[:3, 3] = shift
    return SimilarityTransform(matrix)


@pytest.mark.parametrize("one", [
    transform((0, 0, 0), 1, (0, 0, 0)), transform((-31.3, 14.7, 55), 0.7512345, (-123.4567, 98.7654, -210.111)),
    transform((179, -60, -170), 1.3412, (-999.9, -999.9, -999.9))])
def test_the_note_says_the_registration_to_a_hundredth_of_a_millimetre(one: SimilarityTransform) -> None:
    note = registration_note(one)
    assert len(note) <= 79
    assert note.isascii()
    back = read_registration_note(note)
    assert back is not None
    assert np.linalg.norm(back.inverse().apply(one.apply(CORNERS)) - CORNERS, axis=1).max() < 0.01


@pytest.mark.parametrize("text", [
    "", "FSL6.0", "TE=2.3;Time=101112.000", "rnapp", "rnapp 0 0 0 0 0 0", "rnapp 0 0 0 0 0 0 1 1",
    "rnapp 0 0 0 0 0 0 nan", "rnapp 0 0 0 0 0 0 0", "rnapp 0 0 0 0 0 0 -1", "rnapp 0 0 0 0 0 0 9",
    "rnapp inf 0 0 0 0 0 1", "rnapp 0 0 0 1e30 0 0 1", "rnapp a b c d e f g", "other 0 0 0 0 0 0 1"])
def test_other_descriptions_are_no_registration(text: str) -> None:
    assert read_registration_note(text) is None


def test_a_mask_file_carries_it(tmp_path: Path) -> None:
    mask = Volume(np.pad(np.ones((3, 3, 3), np.uint8), 4), np.eye(4))
    one = transform((4, 5, 6), 0.95, (1, 2, 3))
    (tmp_path / "m.nii.gz").write_bytes(nifti_bytes(mask, registration_note(one)))
    write_nifti(mask, tmp_path / "n.nii.gz")
    found = read_mask_file(tmp_path / "m.nii.gz", mask).registration
    assert found is not None
    np.testing.assert_allclose(found.matrix, one.matrix, atol=2e-3)
    assert read_mask_file(tmp_path / "n.nii.gz", mask).registration is None
