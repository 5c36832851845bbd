"""What is proposed of a study is added to it, and what is missing is said last."""

from pathlib import Path

from rnapp.io.patients import pseudonym, study_of, with_proposals
from rnapp.types import LeftOut, Proposed, Series, sentences


def series(uid: str, study: str = "") -> Series:
    return Series(uid, uid, "MR", "T1CE", (Path(uid),), (200, 200, 160), (1.0, 1.0, 1.0), study=study)


def test_the_pseudonym_is_that_of_the_proposed_reference() -> None:
    study = study_of([series("1", "A"), series("2", "B")])
    assert study.pseudonym == pseudonym(study.series[0])
    proposed = {"post": Proposed("2", "Proposed: it."), "before": Proposed("1", "Proposed: too.")}
    found = with_proposals(study, proposed)
    assert found.pseudonym == pseudonym(study.series[1]) != study.pseudonym
    assert found.proposed == proposed
    assert found.cautions == study.cautions


def test_why_nothing_is_proposed_is_the_last_caution() -> None:
    study = study_of([series("1")], [LeftOut(3, "3 files are cut short.", serious=True)])
    found = with_proposals(study, {"t1ce": Proposed(None, "There is no T1.")})
    assert [(one.code, one.level) for one in found.cautions] == [("files_left_out", "note"),
                                                                ("no_series_proposed", "note")]
    assert sentences(found.cautions) == ("3 files are cut short.", "There is no T1.")
    assert found.pseudonym == study.pseudonym


def test_several_studies_and_files_have_codes_of_their_own() -> None:
    study = study_of([series("1", "A"), series("2", "B")], [LeftOut(1, "A text.")])
    assert [one.code for one in study.cautions] == ["several_studies"]
