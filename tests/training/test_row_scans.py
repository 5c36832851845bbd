"""The scan of a row may be a case that the app kept: its preparation and its outlines are used as they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnapp.case.kept import KeptCase, read_kept
from rnapp.errors import InputError
from rnapp.pipeline.cluster import BatchOptions
from rnapp.store.case_file import write_case
from rnapp.tasks.metastasis.crop import crop_around
from rnapp.tasks.metastasis.question import QUESTION
from training import prepare as module
from training.cohort_table import EVERY, Row, check, file_problems, read_cohort_table
from training.prepare import gather, prepare_rows
from training.records import read_crop
from training.row_scans import NOT_ACCEPTED, prepared_scan, row_lesions

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
