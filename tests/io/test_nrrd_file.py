import bz2
import gzip
import zlib
from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import GeometryError, InputError, StudyError
from rnapp.io.images import open_image, read_image
from rnapp.limits import MAX_HEADER_BYTES
from tests.io.io_data import content, oblique

SHAPE = (5, 6, 7)
TO_LPS = {"left-posterior-superior": (1, 1, 1), "LPS": (1, 1, 1), "right-anterior-superior": (-1, -1, 1),
          "RAS": (-1, -1, 1), "left-anterior-superior": (1, -1, 1), "LAS": (1, -1, 1)}
PACKED = {"raw": bytes, "gzip": lambda data: gzip.compress(data, mtime=0), "bzip2": bz2.compress}
AFFINE = oblique((1, 1.5, 4), (-1, 1, 1))


def vectors(affine: np.ndarray) -> list[str]:
    return [f"({','.join(repr(float(x)) for x in axis)})" for axis in affine[:3].T]


def written(path: Path, array: np.ndarray | None = None, packing: str = "raw", affine: np.ndarray = AFFINE,
            extra: str = "", **fields: str | None) -> Path:
    """A NRRD file written out by hand. fields: other values, None leaves one out; extra: more lines."""
    array = content(SHAPE).astype(np.int16) if array is None else array
    *axes, origin = vectors(affine)
    kind = {"float32": "float", "float64": "double"}.get(array.dtype.name, array.dtype.name)
    header = {"type": kind, "dimension": str(array.ndim), "space": "left-posterior-superior",
              "sizes": " ".join(map(str, array.shape)), "space directions": " ".join(axes),
              "kinds": "domain domain domain", "endian": "big" if array.dtype.byteorder == ">" else "little",
              "encoding": packing, "space origin": origin}
    header |= {name.replace("_", " "): value for name, value in fields.items()}
    lines = ["NRRD0004", "# a comment", *(f"{name}: {value}" for name, value in header.items() if value is not None)]
    path.write_bytes(("\n".join(lines) + "\n" + extra + "\n").encode() + PACKED[packing](array.tobytes(order="F")))
    return path


@pytest.mark.parametrize("dtype", ["int8", "uint8", "<i2", ">u2", "<i4", ">i4", "<u8", "<f4", ">f8"])
@pytest.mark.parametrize("packing", PACKED)
def test_voxels_and_place_are_pynrrds(dtype: str, packing: str, tmp_path: Path) -> None:
    for space, signs in TO_LPS.items():
        flips = (1, 1 - 2 * (space in ("LPS", "LAS")), 1)
        path = written(tmp_path / "v.nrrd", content(SHAPE).astype(dtype), packing, oblique((1, 1.5, 4), flips),
                       space=space)
        array, header = nrrd.read(str(path))
        volume = read_image(path)
        np.testing.assert_array_equal(volume.array, array)
        assert volume.array.dtype == np.dtype(dtype).newbyteorder("=")
        turn = np.diag(signs)
        np.testing.assert_allclose(volume.affine[:3, :3], turn @ header["space directions"].T, rtol=1e-12)
        np.testing.assert_allclose(volume.affine[:3, 3], turn @ header["space origin"], rtol=1e-12)


@pytest.mark.parametrize("space", TO_LPS)
def test_place_is_itks(space: str, tmp_path: Path) -> None:
    path = written(tmp_path / "v.nrrd", space=space)
    image = sitk.ReadImage(str(path))
    for place in ((0, 0, 0), (4, 0, 3), (1, 5, 6)):
        np.testing.assert_allclose(read_image(path).to_mm(np.array([place], float))[0],
                                   image.TransformIndexToPhysicalPoint(place), atol=1e-5)


@pytest.mark.parametrize("space", ["3D-left-handed", "3D-right-handed", "scanner-xyz", "scanner-xyz-time",
                                   "3D-left-handed-time", "left-posterior-superior-time", "RAST", "RPS", "nonsense"])
def test_spaces_without_left_and_right_are_refused(space: str, tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="left and right"):
        read_image(written(tmp_path / "v.nrrd", space=space))


@pytest.mark.parametrize("fields", [{"space": None}, {"space_directions": None}, {"space_origin": None},
                                    {"space": None, "space_dimension": "3"}])
def test_a_place_that_is_not_told_is_refused(fields: dict[str, str | None], tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="left and right"):
        read_image(written(tmp_path / "v.nrrd", **fields))


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"sizes": "5 6 8"}, "cut short"), ({"sizes": "5 6 7.5"}, "damaged"), ({"sizes": "5 6 nan"}, "damaged"),
    ({"sizes": "0 6 7"}, "impossible"), ({"sizes": "90000 90000 90000"}, "million voxels"),
    ({"sizes": "5 6"}, "damaged"),
    ({"sizes": "5 6 3"}, "more voxels"), ({"type": "block"}, "greyscale"), ({"type": None}, "damaged"),
    ({"endian": None}, "byte order"), ({"endian": "middle"}, "byte order"), ({"encoding": "ascii"}, "text"),
    ({"encoding": "hex"}, "text"), ({"encoding": None}, "damaged"), ({"kinds": "vector domain domain"}, "vectors"),
    ({"kinds": "domain"}, "damaged"), ({"dimension": "4"}, "damaged"), ({"dimension": "x"}, "damaged"),
    ({"space_origin": "(1,2)"}, "damaged"), ({"space_origin": "(a,2,3)"}, "damaged"), ({"space_origin": ""}, "damaged"),
    ({"space_origin": "(nan,2,3)"}, "not a number"), ({"space_directions": "(1,0,0) (0,1,0) none"}, "vectors"),
    ({"space_directions": "(1,0,0) (0,1,0) (0,0,0)"}, "zero"),
    ({"space_directions": "(1,0,0) (0,1,0) (0,1,1)"}, "angles"),
    ({"space_directions": "(1,0,0) (0,1,0) (0,0,nan)"}, "not a number"), ({"line_skip": "2"}, "not match"),
    ({"byte_skip": "-1"}, "not match"), ({"data_file": "other.raw"}, "another file"),
    ({"DATAFILE": "LIST"}, "another file"),
    ({"space_units": '"furlong" "furlong" "furlong"'}, "unit"), ({"space_units": '"mm'}, "damaged")])
def test_damaged_headers_are_refused(fields: dict[str, str | None], sentence: str, tmp_path: Path) -> None:
    if fields.get("sizes") == "5 6 3":
        array = content((5, 600, 7)).astype(np.int16)
        fields = {"sizes": "5 600 3"}
    else:
        array = None
    with pytest.raises(InputError, match=sentence):
        read_image(written(tmp_path / "v.nrrd", array, **fields))


def test_units_become_millimetres(tmp_path: Path) -> None:
    scaled = AFFINE.copy()
    scaled[:3] /= 1000
    path = written(tmp_path / "v.nrrd", affine=scaled, space_units='"m" "m" "m"')
    np.testing.assert_allclose(read_image(path).affine, AFFINE)
    np.testing.assert_allclose(read_image(written(path, space_units='"mm" "mm" "mm"')).affine, AFFINE)


def test_one_time_point_is_a_volume_and_several_are_not(tmp_path: Path) -> None:
    *axes, _ = vectors(AFFINE)
    for name, shape, directions, kinds in (
            ("first", (1, *SHAPE), f"none {' '.join(axes)}", "list domain domain domain"),
            ("last", (*SHAPE, 1), f"{' '.join(axes)} none", "domain domain domain list")):
        array = content(SHAPE).astype(np.int16).reshape(shape, order="F")
        path = written(tmp_path / f"{name}.nrrd", array, space_directions=directions, kinds=kinds)
        np.testing.assert_array_equal(read_image(path).array, content(SHAPE))
        np.testing.assert_allclose(read_image(path).affine, AFFINE)
    two = np.stack([content(SHAPE).astype(np.int16)] * 2)
    with pytest.raises(StudyError, match="2×5×6×7"):
        read_image(written(path, two, space_directions=f"none {' '.join(axes)}", kinds="vector domain domain domain"))


@pytest.mark.parametrize("length", [1_300, 60_000, 1_000_000, 3_000_000])
def test_long_header_lines_do_no_harm(length: int, tmp_path: Path) -> None:
    """1,300 bytes and more in one line overflow ITK's own buffer."""
    for extra in (f"tag:={'x' * length}\n", f"{'y' * length}: 3\n", f"# {'z' * length}\n", "x" * length + "\n"):
        path = written(tmp_path / "v.nrrd", extra=extra)
        if length < 65_000:
            assert read_image(path).shape == SHAPE
        else:
            with pytest.raises(StudyError, match="header of the image file has no end"):
                read_image(path)


def test_headers_without_an_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.nrrd"
    for content_ in (b"NRRD", b"NRRD0004\n" + b"a: b\n" * 400_000, b"NRRD0004\n" + b"#\n" * MAX_HEADER_BYTES,
                     b"NRRD0004\n" + bytes(10_000_000)):
        path.write_bytes(content_)
        with pytest.raises(StudyError, match="no end" if len(content_) > 4 else "damaged or incomplete"):
            read_image(path)
    path.write_bytes(b"NRRD9999\n\n")
    with pytest.raises(StudyError, match="damaged"):
        read_image(path)


@pytest.mark.parametrize("packing", ["gzip", "bzip2"])
def test_flipped_and_missing_bytes_of_packed_voxels_are_seen(packing: str, tmp_path: Path) -> None:
    path = written(tmp_path / "v.nrrd", packing=packing)
    whole = path.read_bytes()
    start = whole.index(b"\n\n") + 2
    for place in np.linspace(start + 12, len(whole) - 1, 60).astype(int):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1:])
        with pytest.raises(StudyError):
            read_image(path)
        path.write_bytes(whole[:place])
        with pytest.raises(StudyError):
            read_image(path)


def test_a_bomb_is_left_after_what_was_announced(tmp_path: Path) -> None:
    """The voxels, and a hundred megabytes more: refused after a block."""
    path = written(tmp_path / "v.nrrd", np.zeros(SHAPE, np.int16))
    whole = path.read_bytes()
    start = whole.index(b"\n\n") + 2
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    bomb = b"".join([packer.compress(bytes(1 << 24)) for _ in range(6)]) + packer.flush()
    path.write_bytes(whole[:start].replace(b"encoding: raw", b"encoding: gzip") + bomb)
    with pytest.raises(StudyError, match="more voxels"):
        read_image(path)


def test_segments_are_known_by_name(tmp_path: Path) -> None:
    extra = ("Segment0_ID:=Segment_1\nSegment0_Name:=Ödem links\nSegment0_LabelValue:=2\nSegment0_Layer:=0\n"
             "Segment1_ID:=Segment_7\nSegment1_LabelValue:=5\nSegment1_Layer:=0\nSegment1_Tags:=a:b|c\n")
    image = open_image(written(tmp_path / "v.seg.nrrd", extra=extra))
    assert [(one.layer, one.value, one.name) for one in image.segments] == [(0, 2, "Ödem links"), (0, 5, "Segment_7")]
    assert open_image(written(tmp_path / "v.nrrd")).segments == ()
    with pytest.raises(StudyError, match="damaged"):
        open_image(written(tmp_path / "v.nrrd", extra="Segment0_LabelValue:=one\n"))
