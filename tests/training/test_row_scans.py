"""The scan of a row may be a case that the app kept: its preparation and its outlines are used as they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnapp import pipeline
from rnapp.case.kept import KeptCase, read_kept
from rnapp.errors import InputError
from rnapp.phantom.dicom_write import Acquired, write_dicom_series
from rnapp.phantom.rt_write import Therapy, write_radiotherapy
from rnapp.pipeline.cluster import BatchOptions
from rnapp.store.case_file import write_case
from rnapp.tasks.metastasis.crop import crop_around
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.tasks.rice.task import RICE
from rnapp.types import Volume
from training import prepare as module
from training.cohort_row import EVERY, Row
from training.cohort_table import check, file_problems, read_cohort_table
from training.prepare import gather, prepare_rows
from training.records import read_crop
from training.row_scans import NOT_ACCEPTED, prepared_scan, row_lesions, row_series

CASE = Path(__file__).resolve().parents[1] / "fixtures" / "before_tasks" / "case.rnapp"


@pytest.fixture(scope="module")
def kept() -> KeptCase:
    return read_kept(CASE)[1]


def row(path: Path = CASE, labels: frozenset[int] = frozenset(), lesion: str = "1", mask: Path | None = None) -> Row:
    return Row(2, "key", "p", lesion, "X", path, mask or path, QUESTION.unknown, mask_labels=labels)


def changed(kept: KeptCase, folder: Path, **preparation: object) -> Path:
    """The case with another preparation, kept in a file."""
    assert kept.case.preparation is not None
    other = replace(kept.case, preparation=replace(kept.case.preparation, **preparation))
    write_case(folder / "changed.rnapp", replace(kept, case=other), case_id="ab12cd34")
    return folder / "changed.rnapp"


def test_a_kept_lesion_is_the_one_that_was_outlined_in_the_app(kept):
    lesions = kept.case.preparation.outline.lesions
    for number in (1, 2, 3):
        found = row_lesions(prepared_scan(row()), row(labels=frozenset({number})))
        assert found.lesions == (lesions.lesion(number),)
        assert np.array_equal(found.mask(number).array, lesions.mask(number).array)
    assert len(row_lesions(prepared_scan(row()), row(lesion=EVERY)).lesions) == 3


def test_its_scan_is_the_preparation_that_was_accepted(kept, tmp_path):
    found = prepared_scan(row())
    assert np.array_equal(found.image.array, kept.case.prepared.image.array)
    doubtful = replace(kept.case.prepared, quality=replace(kept.case.prepared.quality, good=False))
    accepted = changed(kept, tmp_path, prepared=doubtful)
    assert not prepared_scan(row(accepted)).quality.good, "a person trusts it"
    with pytest.raises(InputError, match=NOT_ACCEPTED):
        prepared_scan(row(changed(kept, tmp_path, prepared=doubtful, accepted=False)))


def test_what_does_not_fit_a_kept_case_is_refused(kept, tmp_path):
    with pytest.raises(InputError, match="3 separate parts"):
        row_lesions(kept.case.prepared, row())
    with pytest.raises(InputError, match="lesions of the kept case as mask_labels, 1 to 3"):
        row_lesions(kept.case.prepared, row(labels=frozenset({1, 9})))
    with pytest.raises(InputError, match="the same kept case as image and mask"):
        row_lesions(kept.case.prepared, row(tmp_path / "brain.nii.gz", mask=CASE))
    other = changed(kept, tmp_path, outline=replace(kept.case.preparation.outline, current=False))
    with pytest.raises(InputError, match="nothing is outlined"):
        row_lesions(kept.case.prepared, row(other))
    write_case(tmp_path / "dose.rnapp", replace(kept, question="dose"), case_id="ab12cd34")
    with pytest.raises(InputError, match="question 'metastasis', but got one of 'dose'"):
        prepared_scan(row(tmp_path / "dose.rnapp"))


def test_a_table_of_kept_cases_becomes_crops(kept, tmp_path, monkeypatch):
    """The work itself, without worker processes."""
    (tmp_path / "case.rnapp").write_bytes(CASE.read_bytes())
    (tmp_path / "cut.rnapp").write_bytes(CASE.read_bytes()[:5000])
    (tmp_path / "list.csv").write_text("patient,lesion,centre,image,mask,mask_labels\np,1,X,case.rnapp,case.rnapp,1\n"
                                       "p,2,X,case.rnapp,case.rnapp,2\nq,1,X,cut.rnapp,cut.rnapp,1\n")
    table = read_cohort_table(tmp_path / "list.csv", QUESTION)
    assert check(table) == ()
    assert [str(one) for one in file_problems(table.rows)] == [
        f"line 4: the {name} cut.rnapp cannot be read; it may be damaged." for name in ("image", "mask")]
    monkeypatch.setattr(module, "run_each", lambda _options, _load, work, jobs: (
        (number, work(*job)) for number, job in enumerate(jobs)))
    out = tmp_path / "out"
    measured = prepare_rows(table.rows, out, BatchOptions(device="cpu"), lambda line, one, left: None)
    lesions = kept.case.preparation.outline.lesions
    assert [one.sentence == "" for one in measured] == [True, True, False]
    assert [one.lesions[0].volume_ml for one in measured[:2]] == [lesions.lesion(n).volume_ml for n in (1, 2)]
    crops = [read_crop(one.file) for one in gather(table.rows, measured, out).unlabelled]
    for number, crop in enumerate(crops, 1):
        expected = crop_around(kept.case.prepared.image, lesions.mask(number))
        assert np.array_equal(crop.mask.array, expected.mask.array)
        assert np.array_equal(crop.t1ce.array, expected.t1ce.array.astype(np.float16))
    assert len(crops) == 2


PATIENT = ("patient", "centre", "image", "image_post_op", "image_dose", "image_planning")


def study_files(folder: Path) -> Path:
    """An event scan, and a planning study with a CT, an MRI after contrast, a plan and a dose."""
    grid = Volume(np.random.default_rng(4).integers(0, 900, (40, 40, 40)).astype(float), np.diag([4.0, 4, 4, 1]))
    write_dicom_series(grid, folder / "event", "AX T1 POST GD", 1, Acquired(date="20220301"))
    write_dicom_series(grid, folder / "planning" / "mr", "AX T1 POST GD", 2, Acquired(date="20190601"))
    write_dicom_series(grid, folder / "planning" / "ct", "CT", 3, Acquired("CT", "20190603"))
    part = Volume(np.full((10, 10, 10), 0.9, np.float32), np.diag([8.0, 8, 8, 1]))
    write_radiotherapy(Therapy(3, "20190603", "PTV", 60.0, 30), {"PTV": part}, part.with_array(part.array * 66),
                       folder / "planning" / "rt")
    return folder


def rice_row(folder: Path, *cells: str, **more: str) -> Row:
    """The row of a table with these places, event first."""
    named = dict(zip(PATIENT, ("p", "X", *cells), strict=False)) | more
    (folder / "list.csv").write_text(f"{','.join(named)}\n{','.join(named.values())}\n")
    found = read_cohort_table(folder / "list.csv", RICE.question)
    assert check(found) == ()
    return found.rows[0]


def test_each_input_of_a_row_comes_from_its_own_place(tmp_path):
    row = rice_row(study_files(tmp_path), "event", "planning", "planning", "planning")
    assert list(file_problems([row])) == []
    study = pipeline.open_study([tmp_path], tmp_path / "work", RICE)
    chosen = {role: study.find(uid) for role, uid in row_series(row, RICE).items()}
    assert {role: (one.kind, one.date) for role, one in chosen.items()} == {
        "event": ("T1CE", "2022-03-01"), "post_op": ("T1CE", "2019-06-01"), "dose": ("dose", "2019-06-03"),
        "planning": ("CT", "2019-06-03")}
    alone = rice_row(tmp_path, "event")
    assert row_series(alone, RICE) == {}, "what is proposed is read"
    named = rice_row(tmp_path, "event", "planning", series_post_op="1.2.3")
    assert row_series(named, RICE)["post_op"] == "1.2.3"


def test_a_place_without_the_input_or_with_several_is_reported(tmp_path):
    study_files(tmp_path)
    with pytest.raises(InputError, match="in event, but found 0; name it in the column series_dose"):
        row_series(rice_row(tmp_path, "event", "planning", "event"), RICE)
    write_dicom_series(Volume(np.ones((40, 40, 40)), np.diag([4.0, 4, 4, 1])), tmp_path / "planning" / "ct2", "CT", 9,
                       Acquired("CT"))
    with pytest.raises(InputError, match="in planning, but found 2"):
        row_series(rice_row(tmp_path, "event", "planning", "planning", "planning"), RICE)


def test_crops_of_lesions_need_no_dose_that_lies_in_the_same_folder():
    assert {role.name for role in METASTASIS.question.roles_of("dose")} <= set(row_series(row(), METASTASIS))
    assert set(row_series(row(), METASTASIS).values()) <= {"none"}
