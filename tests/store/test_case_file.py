"""A case in a file: whole and as it was, or refused with a sentence; in older and newer schemas alike."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from rnapp import __version__
from rnapp.errors import CaseError
from rnapp.store import case_file
from rnapp.store.case_file import SCHEMA, read_case, read_label, write_case
from tests.store.kept_files import Parts, labelled, reschemed, rewritten
from tests.store.values import CASE_ID, Desk, Head, desk, head


def test_a_case_comes_back_as_it_was_kept(kept: Path) -> None:
    label, after = read_case(kept, Desk)
    assert after.first is after.second
    assert after.notes == desk().notes
    assert after.picture == desk().picture
    assert after.first.scan.array.tobytes() == head().scan.array.tobytes()
    assert after.first.scan.affine.tobytes() == head().scan.affine.tobytes()
    assert (label.id, label.title, label.summary) == (CASE_ID, "P-07", "Two lesions, one reading.")
    assert (label.program, label.schema) == (__version__, SCHEMA)
    assert read_label(kept) == label


def test_nothing_of_the_patient_is_in_names(kept: Path) -> None:
    with ZipFile(kept) as found:
        assert set(found.namelist()) == {"label.json", "case.json", *(f"arrays/{n}.npy" for n in range(5))}


def test_a_document_or_label_that_was_exchanged_is_refused(kept: Path) -> None:
    before = kept.read_bytes()
    for name in ("case.json", "label.json"):
        rewritten(kept, lambda members, name=name: members.update({name: members[name].replace(b"P-07", b"P-08")}))
        with pytest.raises(CaseError, match="damaged"):
            read_case(kept, Desk)
        kept.write_bytes(before)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": "rnapp case"}', '{"format": "another"}',
                                  "[" * 99999, '{"format": "rnapp case", "label": 3, "schema": [1, 0], "sha256": ""}',
                                  "\xff", '{"format": "rnapp case", "label": {}, "schema": [1, 0], "sha256": ""}'])
def test_labels_that_are_not_labels_are_refused(kept: Path, text: str) -> None:
    rewritten(kept, lambda members: members.update({"label.json": text.encode("latin-1")}))
    with pytest.raises(CaseError):
        read_label(kept)


@pytest.mark.parametrize("fields", [{"id": "../../abcdef01"}, {"id": ""}, {"saved": "yesterday"}, {"title": None},
                                    {"schema": [1]}, {"schema": ["1", "0"]}, {"schema": 1}])
def test_labels_with_unexpected_values_are_refused(kept: Path, fields: dict[str, Any]) -> None:
    labelled(kept, title="another")
    assert read_case(kept, Desk)[0].title == "another"
    labelled(kept, **fields)
    with pytest.raises(CaseError):
        read_label(kept)


def test_a_newer_minor_schema_opens_without_what_is_new(kept: Path) -> None:
    def newer(parts: Parts) -> None:
        parts["case.json"]["document"]["records"][0]["fields"]["added"] = {"new kind": [1]}
        parts["label.json"]["added"] = "outside"
    labelled(kept, schema=[SCHEMA[0], SCHEMA[1] + 1], program="9.9.9", added="in the label")
    reschemed(kept, newer)
    label, after = read_case(kept, Desk)
    assert label.schema == (SCHEMA[0], SCHEMA[1] + 1)
    assert after.count == 7


def test_a_newer_major_schema_is_refused_and_its_label_is_read(kept: Path) -> None:
    labelled(kept, schema=[SCHEMA[0] + 1, 0], program="9.9.9")
    reschemed(kept, lambda parts: parts["case.json"].clear())
    assert read_label(kept).program == "9.9.9"
    with pytest.raises(CaseError, match=r"rnapp 9\.9\.9 wrote it in a newer way"):
        read_case(kept, Desk)


def test_an_older_major_schema_is_upgraded_step_by_step(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = SCHEMA[0]

    def renamed(document: dict[str, Any]) -> dict[str, Any]:
        document["records"][0]["fields"]["accepted"] = document["records"][0]["fields"].pop("agreed")
        return document

    def counted(document: dict[str, Any]) -> dict[str, Any]:
        document["records"][0]["fields"]["count"] += 100 * document["records"][0]["fields"]["accepted"]
        return document

    def older(parts: Parts) -> None:
        held = parts["case.json"]["document"]["records"][0]["fields"]
        held["agreed"] = held.pop("accepted")
    reschemed(kept, older)
    monkeypatch.setattr(case_file, "SCHEMA", (first + 2, 0))
    with pytest.raises(CaseError, match="older way"):
        read_case(kept, Desk, {first + 1: counted})
    after = read_case(kept, Desk, {first: renamed, first + 1: counted})[1]
    assert (after.accepted, after.count) == (True, 107)


def test_a_schema_before_the_first_is_refused(kept: Path) -> None:
    labelled(kept, schema=[0, 9])
    with pytest.raises(CaseError, match="older way"):
        read_case(kept, Desk)


def test_another_case_than_asked_for_is_refused(kept: Path) -> None:
    with pytest.raises(CaseError):
        read_case(kept, Head)


def test_a_programmers_error_touches_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_case(tmp_path / "a", "text", case_id=CASE_ID)
    assert not list(tmp_path.iterdir())
