"""Each folder of the real scans does what its README row says, or gives one clear sentence."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import GeometryError, MaskError, StudyError
from rnapp.geometry import resample
from rnapp.io.dicom_header import DICOM_ERRORS
from rnapp.io.dicom_seg import read_segmentation
from rnapp.io.dicom_volume import decode, read_dicom_volume
from rnapp.io.images import read_image
from rnapp.io.masks import read_mask, read_mask_file
from rnapp.io.patients import of_patient, patients
from rnapp.io.proposal import propose
from rnapp.io.study import read_study, read_volume
from rnapp.io.suitability import IS_MASK, NO_CONTRAST
from rnapp.types import Series, Study, Volume, sentences

pytestmark = pytest.mark.realdata


def proposed(study: Study) -> Series:
    series = propose(study.series)
    assert series is not None
    return series


def assert_same_place(one: Volume, other: Volume) -> None:
    """Every voxel of one lies within 0.01 mm of a voxel of the other, and has its value; shapes may be permuted."""
    indices = np.argwhere(np.ones(one.shape, bool))
    found = other.to_voxels(one.to_mm(indices.astype(float)))
    nearest = np.rint(found).astype(int)
    assert np.abs((found - nearest) * other.spacing).max() < 0.01
    assert sorted(one.shape) == sorted(other.shape)
    np.testing.assert_allclose(other.array[tuple(nearest.T)], one.array.ravel(), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(("folder", "description", "kind", "warned"), [
    ("t1ce_head_two_lesions", "brain1_image", "unknown", (NO_CONTRAST, "6.5 mm")),
    ("t1ce_head_thick_slices", "tcia_example_t1c", "T1CE", ("5.5 mm",)),
    ("t1ce_sri24_ring", "t1c", "T1CE", ()),
    ("dicom_mprage", "SAG MPRAGE 220 FOV", "T1", (NO_CONTRAST,)),
    ("dicom_orientation/HFS", "t1_fl2d_sag", "T1", (NO_CONTRAST, "4.8 mm")),
    ("dicom_orientation/HFDR", "t1_fl2d_sag", "T1", (NO_CONTRAST, "4.8 mm"))])
def test_heads_are_proposed(folder: str, description: str, kind: str, warned: tuple[str, ...], shared_data: Path,
                            tmp_path: Path) -> None:
    series = proposed(read_study([shared_data / folder], tmp_path))
    assert (series.description, series.kind) == (description, kind)
    assert len(sentences(series.cautions)) == len(warned)
    assert all(part in warning for part, warning in zip(warned, sentences(series.cautions), strict=True))
    assert read_volume(series).shape == series.shape


def test_t1_without_contrast_is_distinguished_from_t1ce(shared_data: Path, tmp_path: Path) -> None:
    series = {one.description: one for one in read_study([shared_data / "t1ce_head_thick_slices"], tmp_path).series}
    assert series["tcia_example_t1"].kind == "T1"
    assert NO_CONTRAST in sentences(series["tcia_example_t1"].cautions)


@pytest.mark.parametrize(("file", "labels"), [
    ("t1ce_head_two_lesions/brain1_label.nrrd", {0, 1}), ("t1ce_sri24_ring/seg-BraTS23_1.nii.gz", {0, 1, 2, 3}),
    ("t1ce_head_thick_slices/bet_tcia_example_t1c_mask.nii.gz", {0, 1})])
def test_masks_are_masks(file: str, labels: set[int], shared_data: Path, tmp_path: Path) -> None:
    assert read_study([shared_data / file], tmp_path).series[0].unusable == IS_MASK
    assert set(np.unique(read_mask(shared_data / file).array)) == labels


@pytest.mark.parametrize("kind", ["binary", "binary_overlap", "binary_single_frame", "binary_fractional",
                                  "true_fractional"])
def test_segmentations_lie_where_highdicom_puts_them(kind: str, shared_data: Path) -> None:
    import highdicom as hd

    path = shared_data / "dicom_seg" / f"seg_image_ct_{kind}.dcm"
    expected = hd.seg.segread(path).get_volume(rescale_fractional=False)
    half = 127.5 if "fractional" in kind else 0.5
    file = read_segmentation(path, Volume(np.zeros((9, 9, 9)), np.eye(4)))
    assert len(file.structures) == expected.array.shape[3]
    for place, structure in enumerate(file.structures):
        theirs = np.argwhere(expected.array[..., place] >= half) @ expected.affine[:3, :3].T + expected.affine[:3, 3]
        ours = structure.mask.to_mm(np.argwhere(structure.mask.array).astype(float))
        assert ours.shape == theirs.shape
        order = [np.lexsort(points.round(3).T) for points in (ours, theirs)]
        np.testing.assert_allclose(ours[order[0]], theirs[order[1]], atol=1e-6)


@pytest.mark.parametrize(("file", "sentence"), [
    ("dicom_seg/seg_image_cr_binary.dcm", "does not say where its images lie"),
    ("dicom_seg/seg_image_ct_binary.dcm", "drawn on another scan"), ("dicom_seg/ct_image.dcm", "This is a CT"),
    ("dicom_seg/sr_document.dcm", "This is a structured report"), ("dicom_seg/frame_rgb.jpeg", "must be one of"),
    ("rt_dose_phantom/DOSE GRIDS/Linear_SupInf_3mm_Aligned.dcm", "This is a dose distribution"),
    ("rt_dose_phantom/STRUCTURES/Sphere_30_0.dcm", "structure set was drawn on another scan")])
def test_what_is_no_mask_of_the_scan_gets_a_sentence(file: str, sentence: str, shared_data: Path) -> None:
    with pytest.raises(MaskError, match=sentence):
        read_mask_file(shared_data / file, Volume(np.zeros((9, 9, 9)), np.eye(4)), "1.2.3")


@pytest.mark.parametrize(("name", "millilitres"), [("Sphere_30_0", 7.24), ("Sphere_10_0", 7.24),
                                                   ("Cylinder_30_0", 12.21)])
def test_structures_of_the_phantom_have_their_analytical_volume_and_centre(name: str, millilitres: float,
                                                                           shared_data: Path) -> None:
    folder = shared_data / "rt_dose_phantom"
    scan = read_dicom_volume(sorted((folder / "CT_3mm").iterdir()))
    file = read_mask_file(folder / "STRUCTURES" / f"{name}.dcm", scan, "1.3.6.1.4.1.22213.2.6291.1.1")
    point, body = file.structures
    assert point.mask is None
    assert body.volume_ml == pytest.approx(millilitres, rel=0.03)
    centre = body.mask.to_mm(np.argwhere(body.mask.array).mean(axis=0)[None])[0]
    assert centre == pytest.approx((0, -6, 6), abs=0.1)


@pytest.mark.parametrize("name", ["ge/anatomical/001", "ge/anatomical/001_implicit", "siemens/anatomical/001",
                                  "siemens/anatomical/001_implicit", "philips_enhanced/anatomical/001",
                                  "philips_enhanced/anatomical/001_implicit", "failing/slicecount/001"])
def test_affine_and_voxels_equal_the_ground_truth(name: str, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "dicom_geometry"
    (series,) = read_study([folder / name], tmp_path).series
    assert "slice(s)" in (series.unusable or "")
    volume = read_volume(replace(series, unusable=None))
    for ending in ("ground_truth", "ground_truth_reoriented"):
        assert_same_place(read_image(folder / f"{name}_{ending}.nii.gz"), volume)


def test_mprage_lies_where_itk_puts_it(shared_data: Path, tmp_path: Path) -> None:
    series = proposed(read_study([shared_data / "dicom_mprage"], tmp_path))
    volume = read_volume(series)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in series.files])
    image = reader.Execute()
    corners = np.array([[a, b, c] for a in (0, 255) for b in (0, 255) for c in (0, 191)])
    expected = [image.TransformContinuousIndexToPhysicalPoint(corner.astype(float).tolist()) for corner in corners]
    np.testing.assert_allclose(volume.to_mm(corners.astype(float)), expected, atol=0.01)
    np.testing.assert_array_equal(volume.array, sitk.GetArrayViewFromImage(image).T)


@pytest.mark.parametrize(("path", "sentence"), [
    ("dicom_geometry/failing/notavolume/001", "same position"),
    ("dicom_geometry/failing/sliceincrement/001", "missing"), ("dicom_geometry/failing/sliceincrement/002", "missing"),
    ("dicom_geometry/failing/sliceorientation/001", "different directions"),
    ("dicom_geometry/failing/slicecount/001", r"only 2 slice\(s\)"),
    ("dicom_geometry/ge/anatomical/001_single_slice", "only one slice"),
    ("dicom_transfer_syntaxes", "mosaic"),
    ("dicom_edge/MR-SIEMENS-DICOM-WithOverlays.dcm", "abdomen"), ("dicom_edge/MR2_J2KI.dcm", "only one slice"),
    ("dicom_edge/MR2_J2KR.dcm", "only one slice"), ("dicom_edge/MR2_UNCR.dcm", "only one slice"),
    ("dicom_edge/emri_small.dcm", "does not say where"), ("dicom_edge/emri_small_RLE.dcm", "does not say where"),
    ("dicom_edge/emri_small_big_endian.dcm", "does not say where"),
    ("dicom_edge/emri_small_jpeg_2k_lossless.dcm", "does not say where"),
    ("dicom_edge/emri_small_jpeg_ls_lossless.dcm", "does not say where"),
    ("dicom_seg/ct_image.dcm", "only one slice"), ("dicom_seg/dx_image.dcm", "X-ray"),
    ("dicom_seg/seg_image_ct_binary.dcm", "segmentation"),
    ("dicom_seg/seg_image_ct_true_fractional.dcm", "segmentation"),
    ("dicom_seg/sr_document.dcm", "structured report"), ("rt_dose_phantom/CT_3mm", "only 60.0 mm"),
    ("rt_dose_phantom/DOSE GRIDS", "dose distribution"),
    ("rt_dose_edge", "dose distribution")])
def test_the_rest_is_refused_with_a_sentence(path: str, sentence: str, shared_data: Path, tmp_path: Path) -> None:
    study = read_study([shared_data / path], tmp_path)
    assert propose(study.series) is None
    for series in study.series:
        with pytest.raises(StudyError, match=sentence):
            read_volume(series)


def test_structure_sets_alone_are_refused(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="Only radiotherapy plans, structure sets or registrations"):
        read_study([shared_data / "rt_dose_phantom" / "STRUCTURES"], tmp_path)


@pytest.mark.parametrize("folder", ["dicom_edge", "dicom_seg", "."])
def test_of_several_patients_one_has_to_be_chosen(folder: str, shared_data: Path, tmp_path: Path) -> None:
    study = read_study([shared_data / folder], tmp_path)
    assert (study.series, study.proposed) == ((), {})
    assert "different patients" in sentences(study.cautions)[-1]
    for patient, count in patients(study):
        assert len(of_patient(study, patient).series) == count


@pytest.mark.parametrize(("folder", "sentence"), [("notavolume/001", "at the same position as another slice"),
                                                  ("sliceincrement/001", "missing"), ("sliceincrement/002", "missing"),
                                                  ("sliceorientation/001", "different directions")])
def test_geometry_is_refused_whatever_the_modality(folder: str, sentence: str, shared_data: Path) -> None:
    with pytest.raises(GeometryError, match=sentence):
        read_dicom_volume(sorted((shared_data / "dicom_geometry/failing" / folder).iterdir()))


@pytest.mark.parametrize("group", [
    [f"dicom_transfer_syntaxes/{number}.dcm" for number in range(1, 10)],
    ["dicom_edge/MR2_UNCR.dcm", "dicom_edge/MR2_J2KR.dcm"],
    [f"dicom_edge/emri_small{end}.dcm" for end in ("", "_RLE", "_big_endian", "_jpeg_2k_lossless",
                                                   "_jpeg_ls_lossless")]])
def test_lossless_syntaxes_decode_identically(group: list[str], shared_data: Path) -> None:
    first, *others = (decode(shared_data / file)[0] for file in group)
    for other in others:
        np.testing.assert_array_equal(other, first)


@pytest.mark.filterwarnings("ignore:End of file reached")
def test_truncated_pixels_are_noticed(shared_data: Path) -> None:
    with pytest.raises(DICOM_ERRORS):
        decode(shared_data / "dicom_edge/emri_small_jpeg_2k_lossless_too_short.dcm")


def test_a_truncated_file_is_named_as_such(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="1 of 1 DICOM files is cut short and could not be read"):
        read_study([shared_data / "dicom_edge/emri_small_jpeg_2k_lossless_too_short.dcm"], tmp_path)


def test_two_positions_of_one_head_agree_best_unflipped(shared_data: Path, tmp_path: Path) -> None:
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = -128
    grid = Volume(np.zeros((64, 64, 64), np.uint8), affine)
    heads = []
    for position in ("HFS", "HFDR"):
        volume = read_volume(proposed(read_study([shared_data / "dicom_orientation" / position], tmp_path)))
        centred = volume.affine.copy()
        centred[:3, 3] -= volume.to_mm(np.argwhere(volume.array > 100).astype(float)).mean(axis=0)
        heads.append(resample(Volume(volume.array, centred), grid).array)
    agreement = {(x, y, z): np.corrcoef(heads[0].ravel(), heads[1][::x, ::y, ::z].ravel())[0, 1]
                 for x, y, z in itertools.product((1, -1), repeat=3)}
    assert max(agreement, key=lambda flips: agreement[flips]) == (1, 1, 1)
