"""The dose of a kept case comes back with its way, its confirmation and its figures; older cases have none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnapp.case.case import Case
from rnapp.case.kept import NAMELESS, KeptCase, read_kept, to_keep, with_files
from rnapp.store.case_file import write_case
from rnapp.types import (
    BrainDose,
    Confirmation,
    Curve,
    Dose,
    DoseFigures,
    DosePath,
    LesionDose,
    MatchQuality,
    PlacedDose,
    Prescription,
    SimilarityTransform,
    Volume,
    note,
)
from tests.case.test_kept import FILES, opened, read  # noqa: F401 - fixtures
from tests.store.kept_files import Parts, labelled, reschemed


def dosed(case: Case) -> Case:
    """With a confirmed dose that is unknown in part, and its figures in the reading."""
    prepared, reading = case.prepared, case.reading
    assert prepared is not None
    assert reading is not None
    grid = np.full((5, 6, 4), 60, np.float32)
    grid[0] = np.nan
    affine = np.diag([2.0, 2.5, -3.0, 1.0])
    dose = Dose(Volume(grid, affine, "1.2.3"), (Prescription("PTV", 60.0, 30, "proton"),),
                ("1.2.840.1", "doe_jane_dose.nii.gz"), (note("dose_summed", "Two beams."),))
    gray = np.full(prepared.head.shape, np.nan, np.float32)
    gray[40:90] = 33.25
    path = DosePath("planning_scan", ("One.", "Two."), SimilarityTransform(np.eye(4)),
                    MatchQuality(0.8, 0.6, 0.97, 1.01, True, "They match.", "mutual_information"))
    placed = PlacedDose(dose, path, prepared.head.with_array(gray), Confirmation("2026-01-01T12:00:00", "oncologist"),
                        (note("brain_shift", "Rigid."),))
    lesion = LesionDose(1, 55.0, 20.0, 61.0, 40.5, 0.75, 1.0, -3.5, None, 0.1, Curve((0.0, 60.0), (1.0, 0.25)))
    figures = DoseFigures(60.0, 30, "proton", 62.5, "planning_scan", (lesion,),
                          (BrainDose("V12 Gy", 12.0, 81.5, "Said.", "Somebody 2020"),), 7.5)
    with_dose = case.with_dose(replace(prepared, dose=placed), pictures={"dose": b"PNG"})
    return with_dose.with_reading(replace(reading, dose=figures))


def test_a_kept_dose_is_there_for_newly_prepared_scans_and_for_its_own_reference_scan_alone(
        read: tuple[Case, dict[str, Any]]) -> None:  # noqa: F811
    case = dosed(read[0])
    kept = with_files(to_keep(case, "metastasis").case, {}).kept_dose
    assert kept is not None
    assert case.prepared is not None
    assert kept.placed.path is case.prepared.dose.path
    assert kept.fits(case.chosen, list(case.chosen))
    assert not kept.fits({**case.chosen, "t1ce": "another"}, ["t1ce"])
    again = to_keep(replace(case, kept_dose=kept), "metastasis")
    assert again.case.kept_dose is None, "it is in the preparation, or it was left out"
    assert with_files(to_keep(read[0], "metastasis").case, {}).kept_dose is None


def test_a_dose_its_way_its_confirmation_and_its_figures_are_kept_bit_for_bit(
        read: tuple[Case, dict[str, Any]], tmp_path: Path) -> None:  # noqa: F811
    case = dosed(read[0])
    file = tmp_path / "ab12cd34.rnapp"
    write_case(file, to_keep(case, "metastasis"), case_id="ab12cd34")
    again = read_kept(file)[1].case
    assert case.prepared is not None
    assert again.prepared is not None
    before, after = case.prepared.dose, again.prepared.dose
    assert before is not None
    assert after is not None
    for one, other in ((before.on_atlas, after.on_atlas), (before.dose.volume, after.dose.volume)):
        assert one.array.tobytes() == other.array.tobytes()
        assert other.same_grid(one)
        assert one.frame_of_reference == other.frame_of_reference
    assert (after.confirmed, after.cautions, after.dose.prescriptions, after.dose.cautions) == (
        before.confirmed, before.cautions, before.dose.prescriptions, before.dose.cautions)
    assert (after.path.via, after.path.steps, after.path.match) == (
        before.path.via, before.path.steps, before.path.match)
    assert np.array_equal(after.path.to_scan.matrix, before.path.to_scan.matrix)
    assert again.reading is not None
    assert case.reading is not None
    assert again.reading.dose == case.reading.dose
    assert again.preparation is not None
    assert again.preparation.pictures == {"dose": b"PNG"}
    assert after.dose.sources == ("1.2.840.1", NAMELESS), "a file's name may be a patient's"


def test_a_case_that_was_kept_before_there_were_doses_has_none(
        opened: tuple[KeptCase, dict[str, Any]]) -> None:  # noqa: F811
    case = opened[0].case
    assert case.prepared is not None
    assert case.preparation is not None
    assert (case.prepared.dose, dict(case.preparation.pictures)) == (None, {})
    assert case.reading is None or case.reading.dose is None


def test_a_case_of_the_schema_before_doses_opens_without_the_new_fields(
        read: tuple[Case, dict[str, Any]], tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "ab12cd34.rnapp"
    write_case(file, to_keep(read[0], "metastasis"), case_id="ab12cd34")

    def older(parts: Parts) -> None:
        new = {"Preparation": ("pictures",), "Prepared": ("dose",), "Reading": ("dose", "confirmed"),
               "Study": ("radiotherapy",), "Answer": ("inputs", "occlusion", "trust"), "Outline": ("confirmed",),
               "MatchQuality": ("measure",), "ModelCard": ("calibration",)}
        for record in parts["case.json"]["document"]["records"]:
            for name in new.get(record["kind"], ()):
                del record["fields"][name]

    reschemed(file, older)
    labelled(file, schema=[2, 0])
    again = read_kept(file)[1].case
    assert again.reading is not None
    assert (again.reading.answers[0].inputs, again.reading.answers[0].trust, again.confirmed) == ((), None, ())
    assert again.earlier[0].followed.quality.measure == "correlation"
    assert again.prepared is not None
    assert again.prepared.dose is None
