import bz2
import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import GeometryError, StudyError
from rnapp.geometry import to_sitk
from rnapp.io.images import image_series, is_image_name, named_kind, read_image, read_image_volume
from rnapp.io.proposal import propose
from rnapp.io.suitability import IS_MASK, NO_CONTRAST
from rnapp.types import Volume, sentences
from tests.io.io_data import content, oblique

SHAPE, SPACING = (40, 44, 36), (2.5, 2.4, 2.8)


def saved(array: np.ndarray, path: Path, spacing: tuple[float, float, float] = SPACING) -> Path:
    sitk.WriteImage(to_sitk(Volume(array, oblique(spacing, (1, -1, 1)))), str(path))
    return path


@pytest.fixture
def scan() -> np.ndarray:
    return content(SHAPE).astype(np.int16)


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz", "v.nrrd", "v.mha", "V.NII.GZ"])
def test_voxels_and_place_are_kept(name: str, scan: np.ndarray, tmp_path: Path) -> None:
    path = saved(scan, tmp_path / name.lower()).rename(tmp_path / name)
    volume = read_image(path)
    np.testing.assert_array_equal(volume.array, scan)
    np.testing.assert_allclose(volume.affine, oblique(SPACING, (1, -1, 1)), atol=1e-4)


@pytest.mark.parametrize(("name", "kind", "warned"), [
    ("sub-01_ce-gd_T1w.nii.gz", "T1CE", False), ("patient_t1c.nii.gz", "T1CE", False), ("t1n.nii", "T1", True),
    ("x_t1.nrrd", "T1", True), ("t2w.nii", "T2", False), ("flair.nii", "FLAIR", False),
    ("image.nrrd", "unknown", True)])
def test_name_tells_the_kind(name: str, kind: str, warned: bool, scan: np.ndarray, tmp_path: Path) -> None:
    series = image_series(saved(scan, tmp_path / name))
    assert (series.kind, series.unusable) == (kind, None)
    assert (NO_CONTRAST in sentences(series.cautions)) is warned
    assert series.shape == SHAPE
    np.testing.assert_allclose(series.spacing, SPACING, atol=1e-5)


def test_thick_slices_are_warned_of(tmp_path: Path, scan: np.ndarray) -> None:
    assert "5.5 mm apart" in sentences(image_series(saved(scan, tmp_path / "t1c.nii", (2.5, 2.4, 5.5))).cautions)[0]
    assert sentences(image_series(saved(scan, tmp_path / "t1c.nrrd", (2.5, 2.4, 2.9))).cautions) == ()


def test_masks_are_distinguished_from_scans(scan: np.ndarray, tmp_path: Path) -> None:
    mask = np.zeros(SHAPE, np.int32)
    mask[3:9, 4:8, 30:34] = 2
    assert image_series(saved(mask, tmp_path / "t1c.nii.gz")).unusable == IS_MASK
    smooth = (scan / scan.max()).astype(np.float32)
    assert image_series(saved(smooth, tmp_path / "lesion_mask.nii.gz")).unusable == IS_MASK
    assert image_series(saved(smooth, tmp_path / "t1c.nrrd")).unusable is None
    assert image_series(saved(scan, tmp_path / "seg_t1c.nii.gz")).unusable is None


@pytest.mark.parametrize(("shape", "spacing", "sentence"), [
    ((40, 44, 9), (2.5, 2.4, 12.0), "only 9 slice"), ((40, 44, 20), (2.5, 2.4, 3.0), "only 60.0 mm"),
    ((40, 44, 40), (2.5, 2.4, 1.999), "only 79.9 mm"),
    ((40, 44, 36), (2.5, 2.4, 20.0), "720 mm")])
def test_what_cannot_hold_a_head_is_unusable(shape: tuple[int, int, int], spacing: tuple[float, float, float],
                                             sentence: str, tmp_path: Path) -> None:
    assert sentence in (image_series(saved(content(shape), tmp_path / "t1c.nrrd", spacing)).unusable or "")


def test_blanks_are_unusable(scan: np.ndarray, tmp_path: Path) -> None:
    assert "same value" in (image_series(saved(scan * 0 + 7, tmp_path / "t1c.nii")).unusable or "")


def test_voxels_without_a_number_become_zero(scan: np.ndarray, tmp_path: Path) -> None:
    holed = scan.astype(np.float32)
    holed[1, 2, 3], holed[4, 5, 6] = np.nan, np.inf
    for name in ("t1c.nrrd", "t1c.nii.gz"):
        path = saved(holed, tmp_path / name)
        assert any("2 voxels" in warning for warning in sentences(image_series(path).cautions))
        array = read_image_volume(path).array
        assert array[1, 2, 3] == array[4, 5, 6] == 0
        np.testing.assert_array_equal(array[7:], scan[7:])


def write_4d(path: Path, frames: list[np.ndarray]) -> Path:
    sitk.WriteImage(sitk.JoinSeries([to_sitk(Volume(frame, np.diag([2.0, 2, 3, 1]))) for frame in frames]), str(path))
    return path


def test_a_single_frame_is_a_volume_and_several_are_not(scan: np.ndarray, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_image(write_4d(tmp_path / "one.nii", [scan])).array, scan)
    with pytest.raises(StudyError, match="40×44×36×2"):
        read_image(write_4d(tmp_path / "two.nii", [scan, scan]))


def test_colours_complex_numbers_and_pictures_are_refused(scan: np.ndarray, tmp_path: Path) -> None:
    image = to_sitk(Volume(scan, np.eye(4)))
    for name, odd in (("rgb.nrrd", sitk.Compose([image, image, image])), ("flat.nrrd", image[:, :, 3]),
                      ("z.nii", sitk.RealAndImaginaryToComplex(sitk.Cast(image, 8), sitk.Cast(image, 8)))):
        sitk.WriteImage(odd, str(tmp_path / name))
        with pytest.raises(StudyError):
            read_image(tmp_path / name)


def test_too_many_voxels_are_refused(scan: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnapp.io.stored.MAX_VOXELS", scan.size - 1)
    with pytest.raises(StudyError, match="million voxels"):
        read_image(saved(scan, tmp_path / "v.nrrd"))


@pytest.mark.parametrize("header", [
    "NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
    "space directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\ndata file: secret.raw\n\n",
    "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = secret.raw\n"])
def test_pointers_to_other_files_are_not_followed(header: str, tmp_path: Path) -> None:
    (tmp_path / "secret.raw").write_bytes(bytes(range(8)))
    path = tmp_path / ("v.nrrd" if header.startswith("NRRD") else "v.mha")
    path.write_text(header)
    with pytest.raises(StudyError, match="points to another file"):
        read_image(path)


def test_nrrd_without_a_space_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.nrrd"
    path.write_bytes(b"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nspacings: 1 1 1\nencoding: raw\n\n"
                     + bytes(8))
    with pytest.raises(GeometryError, match="left and right"):
        read_image(path)


def test_content_tells_the_format_not_the_name(scan: np.ndarray, tmp_path: Path) -> None:
    """Plain NIfTI named .gz, gzipped NIfTI named .nii, NRRD named .mha."""
    plain, packed = saved(scan, tmp_path / "a.nii").read_bytes(), saved(scan, tmp_path / "b.nii.gz").read_bytes()
    other = saved(scan, tmp_path / "c.nrrd").read_bytes()
    two = gzip.compress(plain[:5000], mtime=0) + gzip.compress(plain[5000:], mtime=0)
    for name, data in (("plain.nii.gz", plain), ("packed.nii", packed), ("other.mha", other), ("members.nii.gz", two)):
        (tmp_path / name).write_bytes(data)
        np.testing.assert_array_equal(read_image(tmp_path / name).array, scan)
    for data in (bz2.compress(plain), b"PK\x03\x04" + bytes(600), b"x", bytes(1000), gzip.compress(other), b"\x1f\x8b"):
        (tmp_path / "v.nii.gz").write_bytes(data)
        with pytest.raises(StudyError):
            read_image(tmp_path / "v.nii.gz")


def test_files_that_are_not_there_are_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "folder.nii").mkdir()
    (tmp_path / "empty.nii").touch()
    (tmp_path / "link.nii").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.nii")
    for name, sentence in (("none.nii", "does not exist"), ("link.nii", "does not exist"), ("folder.nii", "a folder"),
                           ("pipe.nii", "a device"), ("empty.nii", "empty")):
        with pytest.raises(StudyError, match=sentence):
            read_image(tmp_path / name)
        assert sentence in (image_series(tmp_path / name).unusable or "")


def test_what_the_system_refuses_is_said(scan: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(scan, tmp_path / "t1c.nii")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    for method, sentence in (("open", "cannot be read"), ("stat", "cannot be opened")):
        with monkeypatch.context() as patch:
            patch.setattr(Path, method, refuse)
            with pytest.raises(StudyError, match=rf"{sentence} \(Permission denied\)"):
                read_image(path)
    assert read_image(path).shape == SHAPE


def test_small_memory_is_said_before_it_is_taken(scan: np.ndarray, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(scan, tmp_path / "t1c.nii")
    monkeypatch.setattr("rnapp.limits.free_memory", lambda: 1_000_000)
    assert "of memory" in (image_series(path).unusable or "")


@pytest.mark.parametrize(("name", "word"), [
    ("a.hdr", "pair"), ("a.img", "pair"), ("A.IMG.GZ", "pair"), ("a.nhdr", "NRRD header"),
    ("a.mhd", "MetaImage header"),
    ("a.zraw", "separate file"), ("a.raw", "separate file"), ("a.mgz", "FreeSurfer"), ("a.mgh", "FreeSurfer"),
    ("a.mnc", "MINC"), ("a.dcm.gz", "packed DICOM"), ("a.nii.bz2", "compression"), ("a.tar", "archive"),
    ("a.tar.gz", "archive"),
    ("a.tgz", "archive"), ("a.7z", "archive"), ("a.rar", "archive"), ("a.PAR", "Philips"), ("a+orig.BRIK", "AFNI")])
def test_formats_that_are_not_read_are_named(name: str, word: str) -> None:
    sentence = named_kind(Path(name))
    assert sentence is not None
    assert word in sentence
    assert sentence.endswith(".")
    assert not is_image_name(Path(name))


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.seg.nrrd", "a.mha", "IM0001", "a.dcm", "a.zip",
                                  "a.txt"])
def test_formats_that_are_read_or_unknown_are_not_named(name: str) -> None:
    assert named_kind(Path(name)) is None


@pytest.mark.parametrize(("name", "proposed"), [
    ("brain_lung_met_t1ce.nii.gz", True), ("lung_met_t1ce.nii", True), ("lung_t1ce.nii", True),
    ("arm_b_t1ce.nii", True),
    ("shoulder_t1c.nii", False), ("pelvis_met_t1ce.nii", True)])
def test_a_name_with_another_region_is_a_warning(name: str, proposed: bool, scan: np.ndarray, tmp_path: Path) -> None:
    series = image_series(saved(scan, tmp_path / name))
    assert series.unusable is None
    assert any("another region" in warning for warning in sentences(series.cautions)) is (not name.startswith("brain"))
    assert (propose([series]) == series) is proposed


@pytest.mark.parametrize(("name", "kind", "contrast"), [
    ("MR_Gd.nii", "unknown", True), ("MR_ohneKM.nii", "unknown", False), ("t1_prae_KM.nii", "T1", False),
    ("t1_KM.nii", "T1CE", True), ("t1.nii", "T1", None), ("t1_gd_Subtraktion.nii", "other", True)])
def test_the_name_answers_yes_no_or_nothing(name: str, kind: str, contrast: bool | None, scan: np.ndarray,
                                            tmp_path: Path) -> None:
    series = image_series(saved(scan, tmp_path / name))
    assert (series.kind, series.contrast) == (kind, contrast)
    assert (NO_CONTRAST in sentences(series.cautions)) is (contrast is not True)


def test_a_name_that_says_only_contrast_outweighs_a_plain_t1(scan: np.ndarray, tmp_path: Path) -> None:
    both = [image_series(saved(scan, tmp_path / name)) for name in ("t1.nii", "MR_Gd.nii", "MR.nii")]
    assert propose(both) == both[1]
    assert both[1].facts == ("sequence unknown", "contrast in its name")
