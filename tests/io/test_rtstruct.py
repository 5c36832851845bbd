"""Structure sets land where they were drawn: in the scan's slices exactly, on other planes within half a voxel."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from rnapp.errors import MaskError
from rnapp.io.masks import chosen_mask
from tests.conftest import dice
from tests.io.dicom_masks import FRAME, Ellipsoid, write_structure_set
from tests.io.io_data import rotation
from tests.io.structure_sets import GRIDS, assert_same_body, ellipsoid, framed, grid, only, read, slices


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_contours_in_the_scans_own_slices_are_exact(name: str, axis: int, tmp_path: Path) -> None:
    scan = grid(GRIDS[name])
    body = ellipsoid(scan)
    write_structure_set(tmp_path / "RS", [("GTV", body.contours(*slices(scan, axis)))])
    found, truth = only(tmp_path / "RS", scan), body.mask(scan)
    assert_same_body(found, truth, 0.99)
    assert read(tmp_path / "RS", scan).structures[0].note == ""


@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), (0.4, -0.3, 0.2), (1.4, 0.1, 0.6)])
@pytest.mark.parametrize("gap", [1.0, 2.5])
def test_contours_of_another_series_are_moved_to_the_scan(turn: tuple[float, float, float], gap: float,
                                                           tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    body = ellipsoid(scan)
    normal = rotation(*turn)[:, 2]
    depths = body.centre @ normal + np.arange(-30, 30, gap) + 0.37
    write_structure_set(tmp_path / "RS", [("GTV", body.contours(normal, depths))])
    assert_same_body(only(tmp_path / "RS", scan), body.mask(scan))
    assert f"moved to its voxels, each {gap:.1f} mm thick" in read(tmp_path / "RS", scan).structures[0].note


def test_uneven_planes_of_another_series_leave_no_gap(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    body = ellipsoid(scan)
    normal = rotation(0.4, -0.3, 0.2)[:, 2]
    depths = body.centre @ normal + np.cumsum(np.random.default_rng(3).uniform(1.7, 2.0, 30)) - 27
    write_structure_set(tmp_path / "RS", [("GTV", body.contours(normal, depths))])
    assert_same_body(only(tmp_path / "RS", scan), body.mask(scan))


def test_contours_on_every_second_slice_are_one_body_and_it_is_reported(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    body = ellipsoid(scan)
    write_structure_set(tmp_path / "RS", [("GTV", body.contours(*slices(scan, 2, step=2)))])
    found = only(tmp_path / "RS", scan)
    numbers = np.flatnonzero(found.any(axis=(0, 1)))
    assert (np.diff(numbers) == 1).all()
    assert dice(found, body.mask(scan)) >= 0.95
    assert "each of its contours was taken as 3.0 mm thick" in read(tmp_path / "RS", scan).structures[0].note


@pytest.mark.parametrize(("left_out", "said"), [
    ([], ""), ([3], "no contour on 1 slice between"), ([3, 4], "no contour on 2 slices between"), ([0], ""),
    ([2, 5], "no contour on 2 slices between"), ([2, 3, 4, 5], "")])
def test_a_missing_contour_within_a_structure_is_reported(left_out: list[int], said: str, tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    contours = ellipsoid(scan).contours(*slices(scan, 2))
    kept = [contour for number, contour in enumerate(contours) if number not in left_out]
    assert len(contours) > 9
    write_structure_set(tmp_path / "RS", [("GTV", kept)])
    note = read(tmp_path / "RS", scan).structures[0].note
    assert said in note
    assert ("no contour" in note) == bool(said)


def test_one_contour_is_one_slice(tmp_path: Path) -> None:
    scan = grid(GRIDS["thick"])
    normal, depths = slices(scan, 2)
    body = ellipsoid(scan)
    write_structure_set(tmp_path / "RS", [("GTV", body.contours(normal, depths[27:28]))])
    found = only(tmp_path / "RS", scan)
    assert np.flatnonzero(found.any(axis=(0, 1))).tolist() == [27]
    assert dice(found[:, :, 27], body.mask(scan)[:, :, 27]) > 0.99


def test_two_lesions_in_one_slice_each_stay_apart(tmp_path: Path) -> None:
    """Two planes of a structure may be two lesions; the other structures show that every slice was drawn."""
    scan = grid(GRIDS["oblique"])
    normal, depths = slices(scan, 2)
    body = ellipsoid(scan)
    write_structure_set(tmp_path / "RS", [("Two", body.contours(normal, depths[[25, 29]])),
                                          ("Brain", body.contours(normal, depths))])
    assert np.flatnonzero(only(tmp_path / "RS", scan).any(axis=(0, 1))).tolist() == [25, 29]
    write_structure_set(tmp_path / "RS", [("Two", body.contours(normal, depths[[24, 26]]))])
    assert np.flatnonzero(only(tmp_path / "RS", scan).any(axis=(0, 1))).tolist() == [24, 26]


def test_two_contours_are_as_thick_as_those_of_the_other_structures(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    normal, depths = slices(scan, 2)
    body = ellipsoid(scan)
    write_structure_set(tmp_path / "RS", [("Two", body.contours(normal, depths[[25, 27]])),
                                          ("Brain", body.contours(normal, depths[1::2]))])
    assert np.flatnonzero(only(tmp_path / "RS", scan).any(axis=(0, 1))).tolist() == [25, 26, 27, 28]


def test_contours_of_one_slice_may_be_rounded_differently(tmp_path: Path) -> None:
    scan = grid(GRIDS["thick"])
    normal, depths = slices(scan, 2)
    one = ellipsoid(scan)
    other = Ellipsoid(one.centre + 25 * scan.affine[:3, 0] / scan.spacing[0], (5.0, 6.0, 7.0))
    moved = [contour + 0.4 * normal for contour in other.contours(normal, depths)]
    write_structure_set(tmp_path / "RS", [("Both", one.contours(normal, depths) + moved)])
    assert dice(only(tmp_path / "RS", scan), one.mask(scan) | other.mask(scan)) > 0.97


def test_a_ring_has_a_hole(tmp_path: Path) -> None:
    scan = grid(GRIDS["left-handed"])
    outer = ellipsoid(scan)
    inner = Ellipsoid(outer.centre, (4.0, 6.0, 8.0))
    normal, depths = slices(scan, 2)
    write_structure_set(tmp_path / "RS", [("Ring", outer.contours(normal, depths) + inner.contours(normal, depths))])
    truth = outer.mask(scan) & ~inner.mask(scan)
    assert dice(only(tmp_path / "RS", scan), truth) > 0.98


def test_structures_are_united_and_those_without_closed_contours_cannot_be_chosen(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    one = ellipsoid(scan)
    other = Ellipsoid(one.centre + np.array([6, 0, 0]), (7.0, 7.0, 7.0))
    normal, depths = slices(scan, 2)
    far = [contour + np.array([900, 0, 0]) for contour in one.contours(normal, depths)]
    write_structure_set(tmp_path / "RS", [("A", one.contours(normal, depths)), ("Isocentre", []),
                                          ("B", other.contours(normal, depths)), ("Far", far)])
    file = read(tmp_path / "RS", scan)
    assert [(structure.number, structure.name) for structure in file.choices] == [(1, "A"), (3, "B")]
    assert [structure.note for structure in file.structures if structure.mask is None] == [
        "“Isocentre” has no closed contours.", "“Far” lies outside this scan."]
    both = chosen_mask(file, file.choices).array
    assert dice(both, one.mask(scan) | other.mask(scan)) > 0.98
    with pytest.raises(MaskError, match="“Isocentre” has no closed contours"):
        chosen_mask(file, file.structures[:2])


def test_what_reaches_beyond_the_scan_is_cut_and_told(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    body = ellipsoid(scan)
    write_structure_set(tmp_path / "RS", [("GTV", body.contours(*slices(scan, 2)))])
    half = grid(GRIDS["oblique"], (90, 84, 28))
    file = read(tmp_path / "RS", half)
    assert "cut off at its edge" in file.structures[0].note
    np.testing.assert_array_equal(chosen_mask(file, file.choices).array, only(tmp_path / "RS", scan)[:, :, :28])


def test_open_contours_and_points_are_nothing(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    for kind in ("OPEN_PLANAR", "POINT", "OPEN_NONPLANAR"):
        write_structure_set(tmp_path / "RS", [("GTV", ellipsoid(scan).contours(*slices(scan, 2)))], kind=kind)
        with pytest.raises(MaskError, match=r"nothing in this file .* “GTV” has no closed contours"):
            read(tmp_path / "RS", scan)
    write_structure_set(tmp_path / "RS", [])
    with pytest.raises(MaskError, match=r"nothing in this file .* It lists no structures"):
        read(framed(tmp_path / "RS"), scan)


def test_another_frame_of_reference_is_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    contours = ellipsoid(scan).contours(*slices(scan, 2))
    write_structure_set(tmp_path / "RS", [("GTV", contours)], frames=[FRAME + ".5"])
    with pytest.raises(MaskError, match=r"structure set was drawn on another scan: its frame of reference is \S+\.5,"):
        read(tmp_path / "RS", scan)
    write_structure_set(tmp_path / "RS", [("GTV", contours), ("Other", contours)], frames=[FRAME, FRAME + ".5"])
    with pytest.raises(MaskError, match="lie in 2 different frames of reference"):
        read(tmp_path / "RS", scan)
    write_structure_set(tmp_path / "RS", [("GTV", contours), ("Nothing", [])], frames=[FRAME, FRAME + ".5"])
    assert len(read(tmp_path / "RS", scan).choices) == 1


def test_without_a_frame_of_reference_a_structure_set_is_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_structure_set(tmp_path / "RS", [("GTV", ellipsoid(scan).contours(*slices(scan, 2)))])
    with pytest.raises(MaskError, match=r"scan names no frame of reference .*; open the DICOM series"):
        read(tmp_path / "RS", scan, "")


def test_damaged_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    contours = ellipsoid(scan).contours(*slices(scan, 2))
    whole = write_structure_set(tmp_path / "RS", [("A", contours), ("B", contours)]).read_bytes()
    for length in [0, 100, 140, *np.random.default_rng(2).integers(300, len(whole) - 1, 40), len(whole) - 1]:
        (tmp_path / "cut").write_bytes(whole[:int(length)])
        with pytest.raises(MaskError):
            read(tmp_path / "cut", scan)


@pytest.mark.parametrize(("place", "tag", "value", "note"), [
    ("contour", "NumberOfContourPoints", 7, "“B” cannot be used: its contours are damaged"),
    ("contour", "ContourData", ["1", "2"], "“B” cannot be used: its contours are damaged"),
    ("contour", "ContourData", ["1e200"] * 540, "“B” cannot be used: its contours are damaged"),
    ("contour", "ContourData", ["1e999"] * 540, "“B” cannot be used: its contours are damaged"),
    ("drawn", "ReferencedROINumber", None, "“B” has no closed contours"),
    ("drawn", "ReferencedROINumber", 77, "“B” has no closed contours"),
    ("roi", "ROINumber", None, "“B” cannot be used: its number is missing or used twice"),
    ("roi", "ROINumber", 3, "“B” cannot be used: its number is missing or used twice")])
def test_a_damaged_structure_is_listed_and_does_not_stop_the_others(place: str, tag: str, value: object, note: str,
                                                                    tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    contours = ellipsoid(scan).contours(*slices(scan, 2))
    write_structure_set(tmp_path / "RS", [("A", contours), ("B", contours), ("C", contours)])
    expected = only(tmp_path / "RS", scan)
    file = pydicom.dcmread(tmp_path / "RS")
    drawn = file.ROIContourSequence[1]
    setattr({"contour": drawn.ContourSequence[4], "drawn": drawn, "roi": file.StructureSetROISequence[1]}[place], tag,
            value)
    file.save_as(tmp_path / "RS")
    found = read(tmp_path / "RS", scan)
    assert [one.name for one in found.structures] == ["A", "B", "C"]
    assert [one.name for one in found.choices] == (["A"] if value == 3 else ["A", "C"])
    assert found.structures[1].note.startswith(note)
    np.testing.assert_array_equal(chosen_mask(found, found.choices).array, expected)


def test_the_patients_name_is_not_read(tmp_path: Path) -> None:
    from rnapp.io.dicom_header import open_dicom
    from rnapp.io.rtstruct import _TAGS

    write_structure_set(tmp_path / "RS", [("GTV", [])])
    assert "PatientName" not in open_dicom(tmp_path / "RS", _TAGS, pixels=False)
