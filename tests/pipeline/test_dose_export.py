"""rnapp dose: Gy on the image's grid, unknown outside, through the frames of reference; all files or none."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from rnapp import cli
from rnapp.errors import InputError
from rnapp.io.images import read_image
from rnapp.io.rt_read import Answers
from rnapp.io.volumes import write_nifti
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.pipeline.dose_export import COLUMNS, DoseRequest, export_dose
from rnapp.types import Volume
from tests.io.dicom_masks import Ellipsoid, write_structure_set
from tests.io.io_data import content, oblique
from tests.io.rt_files import FOLLOW_UP, OBLIQUE, PATIENT, PLANNING, linear, write_dose, write_registration
from tests.io.test_rt_registration import MOVED

GRID = Volume(content((12, 10, 9)), oblique((2.1, 1.7, 2.3)))
RADII = (4.0, 5.0, 6.0)
NEAR = MOVED.copy()
NEAR[:3, 3] = (2.0, -1.5, 1.0)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A dose about the origin, and an oblique image there as NIfTI and as DICOM in the follow-up's frame."""
    centred = GRID.affine.copy()
    centred[:3, 3] = -(centred[:3, :3] @ (np.array(GRID.shape) - 1) / 2)
    image = Volume(GRID.array, centred)
    write_nifti(image, tmp_path / "image.nii.gz")
    write_dicom_series(image, tmp_path / "mr", "t1", seed=3)
    for path in (tmp_path / "mr").iterdir():
        file = pydicom.dcmread(path)
        file.PatientID, file.FrameOfReferenceUID = PATIENT, FOLLOW_UP
        file.save_as(path)
    write_dose(tmp_path / "dose", OBLIQUE)
    write_registration(tmp_path / "reg", NEAR)
    return tmp_path


def request(place: Path, **changed: Any) -> DoseRequest:
    return replace(DoseRequest((place / "dose",), place / "image.nii.gz", place / "out.nii.gz"), **changed)


def planning_frame(place: Path) -> Path:
    for path in (place / "mr").iterdir():
        file = pydicom.dcmread(path)
        file.FrameOfReferenceUID = PLANNING
        file.save_as(path)
    return place / "mr"


def worst(volume: Volume, to_dose: Callable[[np.ndarray], np.ndarray] = lambda points: points) -> float:
    """The largest error in Gy where the dose is known; to_dose: the image's LPS mm → the dose's."""
    known = np.argwhere(np.isfinite(volume.array))
    assert 100 < len(known) < volume.array.size, "some of it is outside the dose"
    places = to_dose(volume.to_mm(known.astype(float)))
    return float(np.abs(volume.array[np.isfinite(volume.array)] - linear(places)).max())


def test_the_dose_on_an_image_file(place: Path) -> None:
    found = export_dose(request(place))
    assert [one.code for one in found.cautions] == ["image_without_frame"]
    written = read_image(place / "out.nii.gz")
    assert written.same_grid(read_image(place / "image.nii.gz"))
    assert written.array.dtype == np.float32
    assert worst(written) < 2e-3
    assert "of the image's voxels have a dose" in found.said


def test_the_dose_on_a_scan_in_its_frame(place: Path) -> None:
    found = export_dose(request(place, like=planning_frame(place)))
    assert found.cautions == ()
    assert worst(read_image(place / "out.nii.gz")) < 2e-3


def back(points: np.ndarray) -> np.ndarray:
    """LPS mm of the follow-up's frame → of the dose's."""
    inverse = np.linalg.inv(NEAR)
    return points @ inverse[:3, :3].T + inverse[:3, 3]


def test_a_registration_leads_to_another_frame(place: Path) -> None:
    there = request(place, like=place / "mr", registration=place / "reg")
    assert export_dose(there).cautions == ()
    written = read_image(place / "out.nii.gz")
    assert worst(written, back) < 2e-3
    assert worst(written) > 0.2, "the way is not ignored"
    same = export_dose(request(place, like=planning_frame(place), registration=place / "reg"))
    assert [one.code for one in same.cautions] == ["registration_unused"]
    image = export_dose(request(place, registration=place / "reg"))
    assert [one.code for one in image.cautions] == ["image_without_frame"]
    assert worst(image.on_image, back) < 2e-3


def structures(place: Path, frame: str = PLANNING, patient: str = PATIENT) -> Path:
    body = Ellipsoid(np.zeros(3), RADII)
    contours = body.contours(np.array([0.0, 0, 1]), np.arange(-6.5, 7, 1.0))
    far = [contour + np.array([400.0, 0, 0]) for contour in contours]
    path = write_structure_set(place / "set", [("GTV, left", contours), ("Point", []), ("Far", far)], [frame] * 3)
    file = pydicom.dcmread(path)
    file.PatientID = patient
    file.save_as(path)
    return path


def table(place: Path) -> list[dict[str, str]]:
    with (place / "dvh.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_dose_in_structures(place: Path) -> None:
    both = {"structures": structures(place), "dvh": place / "dvh.csv"}
    export_dose(request(place, **both))
    first, point, far = table(place)
    assert tuple(first) == COLUMNS
    assert [first[name] for name in ("number", "structure", "unknown_percent", "note")] == ["1", "GTV, left", "0.0", ""]
    assert float(first["volume_ml"]) == pytest.approx(4 / 3 * np.pi * np.prod(RADII) / 1000, rel=0.05)
    # A body that is symmetric about a point has the dose there as its mean and median.
    assert float(first["mean_gy"]) == pytest.approx(30, abs=0.05)
    assert float(first["d50_gy"]) == pytest.approx(30, abs=0.1)
    in_order = [float(first[name]) for name in ("min_gy", "d95_gy", "d50_gy", "d2_gy", "max_gy")]
    assert in_order == sorted(in_order)
    assert (point["volume_ml"], point["note"]) == ("", "“Point” has no closed contours.")
    assert (far["mean_gy"], far["unknown_percent"]) == ("", "100.0")
    assert "not known anywhere" in far["note"]


def test_structures_drawn_on_the_image_are_taken_back_to_the_dose(place: Path) -> None:
    export_dose(request(place, like=place / "mr", registration=place / "reg", structures=structures(place, FOLLOW_UP),
                        dvh=place / "dvh.csv"))
    middle = np.linalg.inv(NEAR) @ [0, 0, 0, 1]
    assert float(table(place)[0]["mean_gy"]) == pytest.approx(float(linear(middle[None, :3])[0]), abs=0.1)


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"like": "mr"}, "different frames of reference; give the registration"),
    ({"out": "out.nrrd"}, "ends in .nii.gz"), ({"out": "missing/out.nii.gz"}, "write to"),
    ({"structures": "set"}, "give both or neither"), ({"dvh": "dvh.csv"}, "give both or neither"),
    ({"registration": "nowhere"}, "does not exist"), ({"registration": "dose"}, "no spatial registration"),
    ({"structures": "set", "dvh": "missing/dvh.csv"}, "write to"), ({"structures": "image.nii.gz", "dvh": "dvh.csv"},
                                                                   "no DICOM file"),
    ({"structures": "dose", "dvh": "dvh.csv"}, ""), ({"series": "9"}, "None of the given files"),
    ({"like": "dose"}, "Expected one image for the grid, but found 0"), ({"doses": ("mr",)}, "but found 0"),
    ({"answers": Answers(relative_gy=60)}, "This dose is in Gy")])
def test_what_cannot_be_used_is_refused_and_nothing_is_written(changed: dict[str, Any], sentence: str,
                                                               place: Path) -> None:
    structures(place)
    before = sorted(path.name for path in place.rglob("*"))
    asked = {name: tuple(place / one for one in value) if isinstance(value, tuple)
             else place / value if isinstance(value, str) and name != "series" else value
             for name, value in changed.items()}
    if sentence:
        with pytest.raises(InputError, match=sentence):
            export_dose(request(place, **asked))
        assert sorted(path.name for path in place.rglob("*")) == before
    else:
        assert export_dose(request(place, **asked)).rows == (), "a file without structures has none"


@pytest.mark.parametrize("what", ["image", "structure set"])
def test_another_patient_is_refused(what: str, place: Path) -> None:
    if what == "image":
        write_dose(place / "dose", PatientID="Somebody-Else")
        asked = request(place, like=planning_frame(place))
    else:
        asked = request(place, structures=structures(place, patient="Somebody-Else"), dvh=place / "dvh.csv")
    with pytest.raises(InputError, match=f"The {what} and the dose belong to different patients"):
        export_dose(asked)
    assert not (place / "out.nii.gz").exists()


def test_several_doses_need_a_name_and_a_far_one_is_refused(place: Path) -> None:
    shutil.copy(write_dose(place / "more", share=0.5, SOPInstanceUID="1.2.77"), place / "second")
    with pytest.raises(InputError, match=r"Expected one dose, but found 2: .*give --series UID"):
        export_dose(request(place, doses=(place / "dose", place / "more")))
    found = export_dose(request(place, doses=(place / "dose", place / "more"), series="1.2.77"))
    assert found.dose.sources == ("1.2.77",)
    write_dose(place / "far", ImagePositionPatient=[900, 0, 0])
    with pytest.raises(InputError, match="does not reach the image"):
        export_dose(request(place, doses=(place / "far",)))


def test_the_command(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_dose(place / "percent", share=1 / 60, DoseUnits="RELATIVE")
    asked = ["dose", str(place / "percent"), "--like", str(place / "image.nii.gz"), "--out", str(place / "out.nii.gz")]
    assert cli.run(asked) == 2
    said = capsys.readouterr()
    assert "Say which dose is 100 %" in said.err
    assert not (place / "out.nii.gz").exists()
    assert cli.run([*asked, "--relative-gy", "60", "--structures", str(structures(place)),
                    "--dvh", str(place / "dvh.csv")]) == 0
    said = capsys.readouterr()
    assert "of the image's voxels have a dose" in said.out
    assert "100 % was taken for 60 Gy" in said.err
    assert "Traceback" not in said.err
    assert worst(read_image(place / "out.nii.gz")) < 2e-3
    assert len(table(place)) == 3
