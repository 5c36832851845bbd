"""Cases that the program before the tasks kept (tests/fixtures/before_tasks) open whole, and give the same answers."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnapp.case.case import Case
from rnapp.case.form import Form
from rnapp.case.kept import NOTHING_TO_KEEP, KeptCase, read_kept, to_keep, with_files
from rnapp.errors import CaseError
from rnapp.store.case_file import read_case, write_case
from rnapp.types import (
    SRI24,
    Lesion,
    LesionSet,
    Series,
    Study,
    Volume,
    sentences,
)

BEFORE = Path(__file__).resolve().parents[1] / "fixtures" / "before_tasks"
EXPECTED = json.loads((BEFORE / "expected.json").read_text(encoding="utf-8"))
FILES = ["case", "case_not_read"]


@pytest.fixture(scope="module", params=FILES)
def opened(request: pytest.FixtureRequest) -> tuple[KeptCase, dict[str, Any]]:
    expected = EXPECTED[request.param]
    return read_kept(BEFORE / expected["file"]["name"])[1], expected


@pytest.fixture(scope="module")
def read() -> tuple[Case, dict[str, Any]]:
    """The one that was read."""
    return read_kept(BEFORE / "case.rnapp")[1].case, EXPECTED["case"]


def same_volume(found: Volume, expected: dict[str, Any]) -> bool:
    return (list(found.shape) == expected["shape"] and str(found.array.dtype) == expected["dtype"]
            and np.allclose(found.affine, expected["affine"], atol=1e-9)
            and hashlib.sha256(np.ascontiguousarray(found.array).tobytes()).hexdigest() == expected["sha256"])


def check_lesions(found: LesionSet, expected: dict[str, Any]) -> None:
    assert same_volume(found.atlas, expected["atlas"])
    assert same_volume(found.native, expected["native"])
    assert sentences(found.cautions) == tuple(expected["warnings"])
    for lesion, old in zip(found.lesions, expected["lesions"], strict=True):
        for name in (field for field in Lesion.__dataclass_fields__ if field != "cautions"):
            assert np.all(np.equal(getattr(lesion, name), old[name])), name
        assert sentences(lesion.cautions) == tuple(old["warnings"])
        assert found.names.get(lesion.number, "") == old["name"]
        assert same_volume(found.mask(lesion.number), old["mask"])


def test_the_scan_its_series_and_its_preparation_are_those_that_were_kept(
        opened: tuple[KeptCase, dict[str, Any]]) -> None:
    kept, expected = opened
    case, old = kept.case, expected["prepared"]
    prepared = case.prepared
    assert prepared is not None
    volumes = {"native": prepared.native, "head": prepared.head, "t1ce": prepared.image,
               "brain_mask": prepared.brain_mask}
    assert [name for name, volume in volumes.items() if not same_volume(volume, old[name])] == []
    assert prepared.head.frame_of_reference == prepared.brain_mask.frame_of_reference == SRI24
    assert np.array_equal(prepared.to_atlas.matrix, old["to_atlas"])
    assert prepared.brain_volume_ml == old["brain_volume_ml"]
    assert (prepared.quality.dice, prepared.quality.good) == (old["quality"]["dice"], old["quality"]["good"])
    assert (prepared.mask_source, dict(prepared.timings_s)) == (old["mask_source"], old["timings_s"])
    assert sentences(prepared.cautions) == tuple(old["warnings"])
    series = case.series
    assert series is not None
    assert series == prepared.reference.series
    for name in ("uid", "description", "kind", "date", "time", "patient", "study", "frame_of_reference"):
        assert getattr(series, name) == expected["series"][name]
    assert case.study is not None
    assert sentences(case.study.cautions) == tuple(expected["study_warnings"])
    assert case.accepted is expected["accepted"]


def test_outlines_names_form_and_the_board_are_those_that_were_kept(opened: tuple[KeptCase, dict[str, Any]]) -> None:
    kept, expected = opened
    case = kept.case
    assert case.lesions is not None
    assert case.mask is not None
    check_lesions(case.lesions, expected["lesions"])
    assert same_volume(case.mask, expected["mask"])
    assert (case.outline.given is None) == (expected["given"] is None)
    if case.outline.given is not None:
        check_lesions(case.outline.given, expected["given"])
    assert [one.number for one in case.outline.taken] == [one["number"] for one in expected["taken"]]
    assert case.form.pseudonym == expected["form"]["pseudonym"]
    for name, value in expected["form"].items():
        if name != "pseudonym":
            assert case.form.value(name) == (None if value == "" else value)
    assert {str(number): one.leaning for number, one in case.opinions.items()} == {
        number: one["leaning"] for number, one in expected["opinions"].items()}
    assert [one.noted for one in case.former.opinions] == [one["noted"] for one in expected["former_opinions"]]
    assert (case.revealed, case.former.informed) == (expected["revealed"], expected["informed"])
    assert (kept.reader_first, kept.shown_answer) == (expected["reader_first"], expected["shown_lesion"])


def test_the_answers_are_those_that_were_kept(read: tuple[Case, dict[str, Any]]) -> None:
    case, expected = read
    reading = case.reading
    assert reading is not None
    for answer, old in zip(reading.answers, expected["reading"]["lesions"], strict=True):
        assert answer.lesion == old["number"]
        assert answer.prediction.probability == old["probability_rn"]
        assert list(answer.prediction.folds) == old["folds"]
        assert list(answer.prediction.imaging_folds) == old["imaging_folds"]
        assert answer.baseline_log_odds == old["baseline_log_odds"]
        assert [one.effect for one in answer.contributions] == [one["effect"] for one in old["contributions"]]
        assert [one.highest for one in answer.what_if] == [one["highest"] for one in old["what_if"]]
        assert answer.attention is not None
    assert dict(reading.clinical) == expected["reading"]["clinical"]
    assert reading.model.sha256 == expected["reading"]["model"]["sha256"]


def test_time_is_as_it_was_kept(read: tuple[Case, dict[str, Any]]) -> None:
    case, expected = read
    assert (case.timeline.present_day, case.timeline.all_drawn) == (expected["present_day"], expected["all_drawn"])
    assert [one.words for one in case.timeline.treatments] == [one["words"] for one in expected["treatments"]]
    assert len(case.earlier) == len(expected["earlier"])
    assert case.earlier[0].scan.lesion_set is not None
    assert str(case.earlier[0].scan.when) == expected["earlier"][0]["scan"]["when"]


def test_it_is_kept_again_in_the_present_schema_and_nothing_changes(
        opened: tuple[KeptCase, dict[str, Any]], tmp_path: Path) -> None:
    kept, expected = opened
    again = to_keep(kept.case, kept.question, kept.reader_first, kept.shown_answer)
    label = write_case(tmp_path / "ab12cd34.rnapp", again, case_id="ab12cd34")
    after = read_kept(tmp_path / "ab12cd34.rnapp")[1]
    assert label.schema[0] == 3
    assert after.case.lesions is not None
    check_lesions(after.case.lesions, expected["lesions"])
    assert after.case.form == kept.case.form
    assert after.case.former == kept.case.former
    assert (after.case.reading is None) == (kept.case.reading is None)


def test_without_the_upgrade_an_old_case_is_refused() -> None:
    with pytest.raises(CaseError, match="older way"):
        read_case(BEFORE / "case_not_read.rnapp", KeptCase)


def test_a_part_that_is_missing_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from rnapp.case import upgrade

    whole = upgrade.nested

    def without(document: dict[str, Any]) -> dict[str, Any]:
        del document["records"][document["content"]["record"]]["fields"]["prepared"]
        return whole(document)

    copy = shutil.copy(BEFORE / "case_not_read.rnapp", tmp_path)
    with pytest.raises(CaseError, match="a part of it is missing"):
        read_case(Path(copy), KeptCase, {1: without})


def test_nothing_that_names_a_patient_or_waits_for_somebody_is_kept(read: tuple[Case, dict[str, Any]]) -> None:
    case, _ = read
    assert case.study is not None
    assert case.series is not None
    assert case.preparation is not None
    named = replace(case.series, patient="DOE^JANE", files=(Path("jane.dcm"),))
    other = replace(named, uid="9.9", description="not prepared")
    channels = {"t1ce": replace(case.preparation.prepared.reference, series=named)}
    prepared = replace(case.preparation.prepared, channels=channels)
    open_case = replace(case, study=replace(case.study, series=(named, other)), example_mask=Path("mask.nii.gz"),
                        preparation=replace(case.preparation, prepared=prepared, dismissed=frozenset({1})))
    kept = to_keep(open_case, "metastasis").case
    assert kept.study is not None
    assert kept.preparation is not None
    for series in (*kept.study.series, kept.preparation.prepared.reference.series):
        assert series.files == ()
        assert "DOE" not in series.patient
        assert series.patient.startswith("hidden:")
    assert [one.uid for one in kept.study.series] == [named.uid]
    assert kept.example_mask is None
    assert kept.preparation.dismissed == frozenset()
    assert kept.reading is case.reading


def test_its_files_are_those_that_it_can_be_prepared_from_again(read: tuple[Case, dict[str, Any]]) -> None:
    case, _ = read
    again = with_files(case, {"t1ce": Path("native.nii.gz")})
    assert again.series is not None
    assert again.series.files == (Path("native.nii.gz"),)
    assert case.series is not None
    assert case.series.files == ()


def test_a_case_without_a_preparation_is_not_kept() -> None:
    series = Series("1", "", "MR", "T1CE", (), (1, 1, 1), (1.0, 1.0, 1.0))
    with pytest.raises(CaseError, match="nothing to keep yet"):
        to_keep(Case(Study("P", (series,)), {"t1ce": "1"}, Form()), "metastasis")
    assert NOTHING_TO_KEEP.startswith("There is nothing to keep yet")
