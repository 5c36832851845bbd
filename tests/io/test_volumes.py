import gzip
import resource
import signal
import struct
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import StudyError
from rnapp.io.volumes import nifti_bytes, read_nifti_bytes, write_nifti
from rnapp.types import Volume
from tests.io.io_data import content, oblique

FLIPS = [(1, 1, 1), (-1, 1, 1), (1, -1, 1), (-1, -1, -1)]


@pytest.mark.parametrize("flips", FLIPS)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
def test_bytes_bring_voxels_and_place_back(flips: tuple[int, int, int], dtype: str) -> None:
    volume = Volume(content((7, 9, 11)).astype(dtype), oblique((0.7, 1.1, 5.5), flips))
    back = read_nifti_bytes(nifti_bytes(volume))
    np.testing.assert_array_equal(back.array, volume.array)
    assert back.array.dtype == dtype
    assert volume.same_grid(back)
    np.testing.assert_allclose(back.affine, volume.affine, atol=1e-4)


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
def test_file_is_read_alike_by_others(name: str, tmp_path: Path) -> None:
    volume = Volume(content((7, 9, 11)).astype(np.int16), oblique((0.7, 1.1, 5.5), (1, -1, 1)))
    write_nifti(volume, tmp_path / name)
    image = sitk.ReadImage(str(tmp_path / name))
    assert image.GetPixel(3, 1, 7) == volume.array[3, 1, 7]
    np.testing.assert_allclose(image.TransformIndexToPhysicalPoint((3, 1, 7)), volume.to_mm(np.array([[3, 1, 7]]))[0],
                               atol=1e-3)


def test_bool_and_long_numbers_become_what_readers_know() -> None:
    affine = oblique((1, 2, 3))
    mask = content((5, 6, 7)) > 100
    back = read_nifti_bytes(nifti_bytes(Volume(mask, affine)))
    assert back.array.dtype == np.uint8
    np.testing.assert_array_equal(back.array, mask)
    assert read_nifti_bytes(nifti_bytes(Volume(content((5, 6, 7)), affine))).array.dtype == np.int32


def test_numbers_beyond_32_bits_are_refused() -> None:
    with pytest.raises(StudyError, match="32 bits"):
        nifti_bytes(Volume(np.full((2, 3, 4), 2**40), np.eye(4)))


def test_same_volume_same_bytes() -> None:
    volume = Volume(content((5, 6, 7)), np.eye(4))
    assert nifti_bytes(volume) == nifti_bytes(volume)


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="ends in"):
        write_nifti(Volume(content((5, 6, 7)), np.eye(4)), tmp_path / "v.img")


@pytest.mark.parametrize("cut", [0, 100, 400, -20])
def test_damaged_bytes_are_refused(cut: int) -> None:
    data = nifti_bytes(Volume(content((20, 20, 20)), np.eye(4)))
    with pytest.raises(StudyError):
        read_nifti_bytes(data[:cut])


@pytest.mark.parametrize("flips", FLIPS)
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint16", "int32", "float32", "float64", ">i2", ">f4"])
def test_nibabel_reads_the_same(flips: tuple[int, int, int], dtype: str, tmp_path: Path) -> None:
    volume = Volume((content((7, 9, 11)) % 200).astype(dtype), oblique((0.7, 1.1, 5.5), flips))
    write_nifti(volume, tmp_path / "v.nii")
    image = nib.load(tmp_path / "v.nii")
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), volume.array)
    for ras in (image.get_qform(), image.get_sform()):
        np.testing.assert_allclose(np.diag([-1, -1, 1, 1]) @ ras, volume.affine, atol=2e-5)
    assert (image.header["qform_code"], image.header["sform_code"], image.header.get_xyzt_units()[0]) == (1, 1, "mm")
    assert (tmp_path / "v.nii").stat().st_size == 352 + volume.array.size * image.get_data_dtype().itemsize
    assert gzip.decompress(nifti_bytes(volume)) == (tmp_path / "v.nii").read_bytes()


def test_arrays_in_any_order_of_memory_are_written_alike() -> None:
    array = content((7, 9, 11)).astype(np.int16)
    expected = nifti_bytes(Volume(array, np.eye(4)))
    assert nifti_bytes(Volume(np.asfortranarray(array), np.eye(4))) == expected
    assert nifti_bytes(Volume(np.repeat(array, 2, axis=1)[:, ::2], np.eye(4))) == expected


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
def test_a_full_disk_leaves_no_cut_file(name: str, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the old file stays, and the failure is not silent."""
    noise = np.random.default_rng(3).integers(0, 30_000, (40, 40, 40)).astype(np.int16)
    write_nifti(Volume(noise[:5], np.eye(4)), tmp_path / name)
    before = (tmp_path / name).read_bytes()
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r".+"):
            write_nifti(Volume(noise, np.eye(4)), tmp_path / name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / name).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_bytes_are_read_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a patient is put into a temporary folder."""
    data = nifti_bytes(Volume(content((5, 6, 7)), np.eye(4)))
    monkeypatch.setattr("tempfile.mkdtemp", None)
    monkeypatch.setattr("tempfile.mkstemp", None)
    np.testing.assert_array_equal(read_nifti_bytes(data).array, content((5, 6, 7)))
    plain = bytearray(gzip.decompress(data))
    struct.pack_into("<f", plain, 80, float("nan"))
    np.testing.assert_array_equal(read_nifti_bytes(bytes(plain)).array, content((5, 6, 7)))
