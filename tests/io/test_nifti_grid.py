"""Every variant of a NIfTI header is read as nibabel reads it, or refused; never anything in between."""

import itertools
import logging
import struct
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nibabel.spatialimages import HeaderDataError

from rnapp.errors import InputError
from rnapp.io.images import open_image, read_image
from tests.io.io_data import content, oblique

FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
SHAPE = (5, 6, 7)
# Offsets of the fields (NIfTI-1, NIfTI-2) and the format of each number.
FIELDS = {"qfac": ((76, "f"), (104, "d")), "pixdim": ((80, "f"), (112, "d")), "vox_offset": ((108, "f"), (168, "q")),
          "slope": ((112, "f"), (176, "d")), "inter": ((116, "f"), (184, "d")), "qform": ((252, "h"), (344, "i")),
          "sform": ((254, "h"), (348, "i")), "units": ((123, "b"), (500, "i")), "srow_x": ((280, "f"), (400, "d")),
          "quatern": ((256, "f"), (352, "d")), "dim": ((40, "h"), (16, "q"))}
MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}


def nifti(version: int = 1, order: str = "<", dtype: str = "int16", shape: tuple[int, ...] = SHAPE,
          flips: tuple[int, int, int] = (1, 1, 1), codes: tuple[int, int] = (1, 1)) -> bytearray:
    """A whole file as nibabel writes it."""
    kind = {1: nib.Nifti1Image, 2: nib.Nifti2Image}[version]
    header = kind.header_class(endianness=order)
    header.set_data_dtype(dtype)
    array = content((*shape, 1, 1)[:3]).astype(dtype).reshape(shape)
    image = kind(array, FLIP @ oblique((1, 1.5, 4), flips), header)
    image.set_qform(image.affine, codes[0])
    image.set_sform(image.affine, codes[1])
    return bytearray(image.to_bytes())


def put(data: bytearray, field: str, *values: float, version: int = 1, order: str = "<") -> bytearray:
    place, layout = FIELDS[field][version - 1]
    struct.pack_into(f"{order}{len(values)}{layout}", data, place, *values)
    return data


def by_nibabel(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Affine (RAS, as nibabel gives it) and voxels; further axes of length one dropped."""
    logging.getLogger("nibabel.global").setLevel(logging.CRITICAL + 1)
    image = nib.load(path)
    array = np.asanyarray(image.dataobj)
    return image.affine, array.reshape(array.shape[:3]) if array.ndim > 3 else array


def outcome(data: bytes, path: Path, unit: float = 1.0) -> str:
    """"same" as nibabel, or the sentence of the refusal."""
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            volume = read_image(path)
        except InputError as error:
            return str(error)
    affine, array = by_nibabel(path)
    scale = np.diag([unit, unit, unit, 1.0])
    np.testing.assert_allclose(volume.affine, FLIP @ scale @ affine, rtol=1e-6, atol=1e-6 * max(1.0, unit))
    np.testing.assert_allclose(volume.array, array, rtol=1e-6)
    return "same"


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "int32", "int64", "float32", "float64"])
def test_versions_byte_orders_and_types(version: int, order: str, dtype: str, tmp_path: Path) -> None:
    for flips in ((1, 1, 1), (-1, 1, 1), (1, -1, -1)):
        data = nifti(version, order, dtype, flips=flips)
        assert outcome(data, tmp_path / "v.nii") == "same"
        assert read_image(tmp_path / "v.nii").array.dtype == np.dtype(dtype)


@pytest.mark.parametrize("version", [1, 2])
def test_codes_signs_and_zeros(version: int, tmp_path: Path) -> None:
    """Codes of both forms, voxel sizes and qfac: equal to nibabel wherever read, and refused only for these reasons."""
    reasons = ("left and right cannot be known", "disagree about", "size that is zero or not a number")
    sizes = ((1, 1.5, 4), (-1, 1.5, 4), (0, 1.5, 4), (1, 1, 1), (float("nan"), 1.5, 4))
    read, refused = set(), set()
    for codes, pixdim, qfac in itertools.product(itertools.product((0, 1, 4, 9), (0, 1, 3, -1)), sizes,
                                                 (1, -1, 0, -2, float("nan"))):
        data = put(nifti(version, codes=(1, 1)), "qform", *codes, version=version)
        put(put(data, "pixdim", *pixdim, version=version), "qfac", qfac, version=version)
        found = outcome(data, tmp_path / "v.nii")
        assert found == "same" or any(reason in found for reason in reasons), (codes, pixdim, qfac, found)
        (read if found == "same" else refused).add((codes, pixdim, qfac))
    assert {(codes, sizes[0], 1) for codes in itertools.product((0, 1, 4), (1, 3))} <= read
    assert {((0, 1), size, 1) for size in sizes} <= read  # sform alone: pixdim says nothing
    assert {((1, 1), size, 1) for size in sizes[:3]} <= read
    assert ((1, 1), sizes[3], 1) in refused  # two sizes of one voxel
    assert ((1, 0), sizes[2], 1) in refused  # nibabel makes 1 mm of 0
    assert {((0, 0), sizes[0], 1), ((9, 0), sizes[0], 1), ((1, 1), sizes[0], -1), ((1, 0), sizes[0], -2)} <= refused


@pytest.mark.parametrize("unit", [0, 1, 2, 3])
def test_metres_and_micrometres_become_millimetres(unit: int, tmp_path: Path) -> None:
    for version in (1, 2):
        data = put(nifti(version), "units", unit | 8, version=version)
        assert outcome(data, tmp_path / "v.nii", MM_PER_UNIT[unit]) == "same"


def test_undefined_units_are_millimetres(tmp_path: Path) -> None:
    assert outcome(put(nifti(), "units", 7), tmp_path / "v.nii") == "same"


@pytest.mark.parametrize(("slope", "inter"), [(0, 5), (1, 0), (2, 0), (0.25, -3), (1, 7), (float("nan"), 1),
                                              (float("inf"), 0)])
def test_scaling_is_nibabels(slope: float, inter: float, tmp_path: Path) -> None:
    for dtype in ("uint8", "int16", "int32", "float32", "float64"):
        data = put(put(nifti(dtype=dtype), "slope", slope), "inter", inter)
        assert outcome(data, tmp_path / "v.nii") == "same"


def test_a_scaling_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    data = put(put(nifti(), "slope", 2), "inter", float("nan"))
    assert "scaling" in outcome(data, tmp_path / "v.nii")
    with pytest.raises(HeaderDataError):
        by_nibabel(tmp_path / "v.nii")


@pytest.mark.parametrize(("shape", "read"), [((5, 6, 7), True), ((5, 6, 7, 1), True), ((5, 6, 7, 1, 1), True),
                                             ((5, 6, 1), True), ((5, 6, 7, 2), False), ((5, 6), False), ((5,), False),
                                             ((5, 6, 7, 1, 3), False)])
def test_two_three_and_four_axes(shape: tuple[int, ...], read: bool, tmp_path: Path) -> None:
    data = bytearray(nifti(shape=(*shape, 1, 1, 1)[:3]))
    put(data, "dim", len(shape), *shape, *[1] * (7 - len(shape)))
    data += bytes(2 * int(np.prod(shape)))
    found = outcome(data[:352 + 2 * int(np.prod(shape))], tmp_path / "v.nii")
    assert found == "same" if read else f"shape {'×'.join(map(str, shape))}," in found


@pytest.mark.parametrize("dim", [(0, 5, 6, 7), (8, 5, 6, 7), (-1, 5, 6, 7), (3, 0, 6, 7), (3, -5, 6, 7), (3, 5, 6, 9),
                                 (3, 500, 600, 700), (3, 5, 6, 3), (4, 5, 6, 7)])
def test_sizes_that_are_none_or_not_those_of_the_file_are_refused(dim: tuple[int, ...], tmp_path: Path) -> None:
    data = nifti(shape=(5, 600, 7)) if dim[-1] == 3 else nifti()
    dim = (3, 5, 600, 3) if dim[-1] == 3 else dim
    assert outcome(put(data, "dim", *dim, *[0] * (8 - len(dim))), tmp_path / "v.nii") != "same"


@pytest.mark.parametrize("offset", [0, 16, 348, 351, 352.5, -352, float("nan"), float("inf"), 1e30, 2e6])
def test_an_offset_inside_the_header_or_nowhere_is_refused(offset: float, tmp_path: Path) -> None:
    assert "where its voxels begin" in outcome(put(nifti(), "vox_offset", offset), tmp_path / "v.nii")


def test_voxels_behind_extensions_are_found(tmp_path: Path) -> None:
    data = nifti()
    data[348:352] = bytes((1, 0, 0, 0))
    extension = struct.pack("<2i", 32, 6) + b"a comment of 24 bytes..."
    data[352:352] = extension
    assert outcome(put(data, "vox_offset", 352 + 32), tmp_path / "v.nii") == "same"


@pytest.mark.parametrize("codes", [(0, 1), (1, 1)])
def test_sheared_forms_are_refused(codes: tuple[int, int], tmp_path: Path) -> None:
    data = put(nifti(), "qform", *codes)
    affine = FLIP @ oblique((1, 1.5, 4))
    affine[:3, 1] += 0.2 * affine[:3, 0]
    put(data, "srow_x", *affine[:3].ravel())
    assert "not at right angles" in outcome(data, tmp_path / "v.nii")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0])
def test_positions_without_a_number_are_refused(value: float, tmp_path: Path) -> None:
    assert "damaged (zero" in outcome(put(nifti(), "srow_x", *[value] * 12), tmp_path / "v.nii")
    assert "left and right" in outcome(put(put(nifti(codes=(1, 0)), "sform", 0), "quatern", *[value or 9.0] * 3),
                                       tmp_path / "v.nii")


def test_two_places_of_one_hand_are_the_sforms_and_said(tmp_path: Path) -> None:
    data = nifti()
    moved = FLIP @ oblique((1, 1.5, 4))
    moved[:3, 3] += 25
    assert outcome(put(data, "srow_x", *moved[:3].ravel()), tmp_path / "v.nii") == "same"
    assert "sform is used" in open_image(tmp_path / "v.nii").notes[0]
    assert outcome(nifti(), tmp_path / "v.nii") == "same"
    assert open_image(tmp_path / "v.nii").notes == ()


@pytest.mark.parametrize("code", [1, 32, 128, 1536, 1792, 2048, 2304, 77])
def test_colours_complex_numbers_and_unknown_types_are_refused(code: int, tmp_path: Path) -> None:
    data = nifti()
    struct.pack_into("<h", data, 70, code)
    assert outcome(data, tmp_path / "v.nii") != "same"


def test_one_half_of_a_pair_is_named(tmp_path: Path) -> None:
    data = nifti()
    data[344:348] = b"ni1\0"
    assert "pair" in outcome(data, tmp_path / "v.nii")
    data[344:348] = b"\0\0\0\0"
    assert "no NIfTI header" in outcome(data, tmp_path / "v.nii")
