import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from rnapp.errors import GeometryError, StudyError
from rnapp.io.images import read_image
from rnapp.io.volumes import nifti_bytes
from rnapp.types import Volume
from tests.io.io_data import content, oblique

QFAC, QFORM, SFORM, SROW_X = 76, 252, 254, 280


def nifti(flips: tuple[int, int, int] = (1, 1, 1)) -> bytearray:
    return bytearray(gzip.decompress(nifti_bytes(Volume(content((8, 9, 10)).astype(np.int16),
                                                        oblique((1, 1.5, 4), flips)))))


def saved(data: bytes, path: Path) -> Path:
    path.write_bytes(data)
    return path


def test_no_orientation_at_all_is_refused(tmp_path: Path) -> None:
    data = nifti()
    struct.pack_into("<2h", data, QFORM, 0, 0)
    with pytest.raises(GeometryError, match="neither qform nor sform"):
        read_image(saved(data, tmp_path / "v.nii"))


@pytest.mark.parametrize("codes", [(1, 0), (0, 2), (1, 4)])
def test_one_orientation_is_enough(codes: tuple[int, int], tmp_path: Path) -> None:
    data = nifti()
    struct.pack_into("<2h", data, QFORM, *codes)
    np.testing.assert_allclose(read_image(saved(data, tmp_path / "v.nii")).affine, oblique((1, 1.5, 4)), atol=1e-4)


def test_contradicting_sides_are_refused(tmp_path: Path) -> None:
    data = nifti()
    row = struct.unpack_from("<4f", data, SROW_X)
    struct.pack_into("<4f", data, SROW_X, *(-value for value in row))
    with pytest.raises(GeometryError, match="disagree"):
        read_image(saved(data, tmp_path / "v.nii"))


@pytest.mark.parametrize("packed", [False, True])
def test_files_cut_short_are_refused(packed: bool, tmp_path: Path) -> None:
    data = gzip.compress(nifti()) if packed else bytes(nifti())
    name = "v.nii.gz" if packed else "v.nii"
    assert read_image(saved(data, tmp_path / name)).shape == (8, 9, 10)
    for cut in (len(data) - 6, len(data) // 2, 200, 3, 0):
        with pytest.raises(StudyError):
            read_image(saved(data[:cut], tmp_path / name))


def test_damaged_checksum_is_refused(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(nifti()))
    data[-6] ^= 0xFF
    with pytest.raises(StudyError, match="damaged"):
        read_image(saved(data, tmp_path / "v.nii.gz"))
