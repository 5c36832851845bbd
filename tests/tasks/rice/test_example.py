"""The example of the second question: everything in it is on the side, and at the place, that its parameters say.

Drawn coarsely, which is fast; the scanners' grids are the real ones.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from rnapp.io.masks import read_mask, read_mask_file
from rnapp.io.study import read_study, read_volume
from rnapp.phantom.glioblastoma import BRAIN_MIDDLE, GlioblastomaParameters
from rnapp.pipeline.study import load_dose
from rnapp.tasks.rice import example
from rnapp.tasks.rice.question import FIELDS
from rnapp.types import Atlas, FloatArray, Series, SimilarityTransform, Study, Volume
from tests.conftest import sphere

COARSE_MM = 4.0
PLACE_MM = 3.0


@pytest.fixture(scope="module", autouse=True)
def coarse() -> Iterator[None]:
    """SRI24 is made ready for drawing once, which takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example, "GRID_MM", COARSE_MM)
        patch.setattr(example, "head_template", Once(example.head_template))
        yield


class Once:
    """What a function answered the first time."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.answers = function, list[Any]()

    def __call__(self, *given: Any) -> Any:
        self.answers = self.answers or [self.function(*given)]
        return self.answers[0]


@pytest.fixture(scope="module")
def patient(atlas: Atlas, coarse: None) -> example.ExamplePatient:
    return example.example_patient(atlas)


@pytest.fixture(scope="module")
def folder(patient: example.ExamplePatient, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    example.write_patient(patient, folder)
    return folder


@pytest.fixture(scope="module")
def study(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return read_study([folder / "study"], tmp_path_factory.mktemp("work"))


def one(study: Study, description: str) -> Series:
    found, = (series for series in study.series if series.description == description)
    return found


@pytest.fixture(scope="module")
def dose(study: Study) -> Volume:
    series, = (series for series in study.series if series.kind == "dose")
    return load_dose(study, series.uid).volume


def posed(place: tuple[float, float, float], patient: example.ExamplePatient,
          machine: example.Machine) -> FloatArray:
    """A place of the parameters in a scanner's millimetres, shape (3,)."""
    return pose(patient, machine).apply(np.array([place]))[0]


def pose(patient: example.ExamplePatient, machine: example.Machine) -> SimilarityTransform:
    return machine.pose(example.rendered_middle(patient.rendered.event))


def around(volume: Volume, place: FloatArray, radius: float) -> FloatArray:
    """The voxels within so many mm."""
    return np.asarray(volume.array[sphere(volume, place, radius).array])


def mirrored(place: tuple[float, float, float]) -> tuple[float, float, float]:
    return 2 * BRAIN_MIDDLE[0] - place[0], place[1], place[2]


def middle_of(mask: Volume) -> FloatArray:
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


def test_lesion_and_target_are_drawn_on_the_left(patient: example.ExamplePatient) -> None:
    parameters = patient.parameters
    assert min(parameters.lesion_centre[0], parameters.target_centre[0]) > BRAIN_MIDDLE[0] + 15
    for machine in (example.EVENT_SCAN, example.POST_OP_SCAN, example.PLANNING_SCAN):
        brain = posed(tuple(BRAIN_MIDDLE), patient, machine)
        assert posed(parameters.lesion_centre, patient, machine)[0] > brain[0] + 10, "left in each scanner, too"


def test_the_outline_is_where_the_event_scan_is_bright(folder: Path, study: Study,
                                                       patient: example.ExamplePatient) -> None:
    mask, scan = read_mask(folder / "lesion_mask.nii.gz"), read_volume(one(study, example.EVENT))
    assert mask.same_grid(scan)
    place = posed(patient.parameters.lesion_centre, patient, example.EVENT_SCAN)
    assert np.linalg.norm(middle_of(mask) - place) < PLACE_MM
    elsewhere = around(scan, posed(mirrored(patient.parameters.lesion_centre), patient, example.EVENT_SCAN), 12)
    assert np.percentile(scan.array[mask.array > 0], 90) > 1.3 * np.percentile(elsewhere, 90)
    radius = patient.parameters.lesion_radius
    assert mask.array.sum() * mask.voxel_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.5)


def test_the_cavity_is_where_the_scan_after_surgery_is_dark(study: Study, patient: example.ExamplePatient) -> None:
    scan = read_volume(one(study, example.AFTER_SURGERY))
    place = patient.parameters.cavity_centre
    here, there = (around(scan, posed(where, patient, example.POST_OP_SCAN), 7).mean()
                   for where in (place, mirrored(place)))
    assert here < 0.75 * there


def test_the_dose_is_highest_in_the_target_in_the_planning_scans_frame(
        study: Study, dose: Volume, folder: Path, patient: example.ExamplePatient) -> None:
    place = posed(patient.parameters.target_centre, patient, example.PLANNING_SCAN)
    assert around(dose, place, 8).min() > 57
    assert dose.array.max() < 1.15 * 60
    assert np.isfinite(dose.array).all()
    far = posed(mirrored(patient.parameters.target_centre), patient, example.PLANNING_SCAN)
    assert around(dose, far, 8).mean() < 0.9 * around(dose, place, 8).mean()
    path = folder / "study" / "radiotherapy" / "rtstruct.dcm"
    ct = one(study, example.PLANNING)
    target, brain = read_mask_file(path, read_volume(ct), ct.frame_of_reference).choices
    assert target.mask is not None
    assert brain.mask is not None
    assert np.linalg.norm(middle_of(target.mask) - place) < 2 * PLACE_MM
    assert 1000 < brain.volume_ml < 1900
    highest = dose.with_array(dose.array > 0.95 * 60)
    assert np.linalg.norm(middle_of(highest) - middle_of(target.mask)) < PLACE_MM


def test_the_planning_ct_shows_air_skull_and_brain(study: Study, patient: example.ExamplePatient) -> None:
    scan = read_volume(one(study, example.PLANNING))
    assert around(scan, scan.to_mm(np.zeros((1, 3)))[0], 20).mean() < -900, "a corner of the field of view"
    x, y, z = BRAIN_MIDDLE + np.array([-25, 0, 20])
    assert 20 < np.median(around(scan, posed((x, y, z), patient, example.PLANNING_SCAN), 6)) < 45
    assert (scan.array > 500).sum() * scan.voxel_ml > 200


def test_frames_differ_and_the_doses_is_the_planning_scans(study: Study, dose: Volume) -> None:
    scans = [one(study, name) for name in (example.EVENT, example.AFTER_SURGERY, example.PLANNING)]
    assert len({series.frame_of_reference for series in scans}) == 3
    assert dose.frame_of_reference == scans[2].frame_of_reference
    assert not dose.same_grid(read_volume(scans[2]))
    turned = [np.linalg.inv(read_volume(series).affine[:3, :3] / read_volume(series).spacing) for series in scans[:2]]
    assert all(np.abs(np.abs(one).max(axis=0) - 1).max() > 0.005 for one in turned), "oblique"


def test_days_are_in_order_and_agree_with_the_form(folder: Path, study: Study, patient: example.ExamplePatient) -> None:
    surgery, plan, event = (date.fromisoformat(one(study, name).date) for name in (
        example.AFTER_SURGERY, example.PLANNING, example.EVENT))
    assert surgery < plan < event
    form = json.loads((folder / "clinical.json").read_text())
    assert set(form) == {field.name for field in FIELDS}
    assert form["technique"] == patient.parameters.technique
    months = (event - plan - example.TREATED) / timedelta(days=30.4375)
    assert months == pytest.approx(form["months_since_radiotherapy"], abs=0.05)


def test_the_example_is_small_and_of_one_made_patient(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 32 * 1024**2
    patients = {pydicom.dcmread(path, stop_before_pixels=True).PatientID for path in files if path.suffix == ".dcm"}
    assert patients == {"PHANTOM"}


def test_the_same_bytes_are_written_again(atlas: Atlas, folder: Path, tmp_path: Path) -> None:
    example.write_example(atlas, tmp_path)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert [name for name in names if (folder / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_only_a_patient_with_everything_on_the_left_is_taken() -> None:
    taken = next(example._on_the_left(np.random.default_rng(3)))
    assert isinstance(taken, GlioblastomaParameters)
    assert taken.lesion_depth > 0
    assert taken.lesion_centre[0] > BRAIN_MIDDLE[0]
