"""Which series a task reads for each of its scans."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.errors import StudyError
from rnapp.io.patients import study_of
from rnapp.pipeline.study import chosen_series, proposed_series, study_cautions, with_proposed
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Proposed, Role, Series, Study, note, sentences

ROLES = (Role("after", "After surgery"), Role("event", "At the event"))


def series(uid: str, **more: object) -> Series:
    made = Series(uid, f"t1 gd {uid}", "MR", "T1CE", (Path(uid),), (200, 200, 160), (1.0, 1.0, 1.0), contrast=True)
    return replace(made, **more)  # type: ignore[arg-type]


def first_and_last(found: object) -> dict[str, Proposed]:
    """A task of two scans: the first series and, if there are several, the last."""
    listed = list(found)  # type: ignore[call-overload]
    event = Proposed(listed[-1].uid, "Proposed: the last.") if len(listed) > 1 else Proposed(None, "Only one scan.")
    return {"after": Proposed(listed[0].uid, "Proposed: the first."), "event": event}


TWO = replace(METASTASIS, question=replace(QUESTION, roles=ROLES), propose=first_and_last)


def opened(*found: Series) -> Study:
    return with_proposed(study_of(found), TWO)


def uids(chosen: dict[str, Series]) -> dict[str, str]:
    return {role: one.uid for role, one in chosen.items()}


def test_every_scan_has_its_proposal_unless_it_is_named() -> None:
    study = opened(series("1"), series("2"), series("3"))
    assert uids(chosen_series(study, TWO)[1]) == {"after": "1", "event": "3"}
    assert uids(chosen_series(study, TWO, {"event": "2"})[1]) == {"after": "1", "event": "2"}
    assert proposed_series(study) == "1"
    assert proposed_series(study, "event") == "3"


def test_a_scan_that_is_missing_says_why() -> None:
    study = opened(series("1"))
    assert [(one.code, str(one)) for one in study.cautions] == [("no_series_proposed", "Only one scan.")]
    with pytest.raises(StudyError, match=r"^Only one scan\.$"):
        chosen_series(study, TWO)
    assert uids(chosen_series(study, TWO, {"event": "1"})[1]) == {"after": "1", "event": "1"}


@pytest.mark.parametrize(("named", "sentence"), [({"before": "1"}, "after or event, but got one for 'before'"),
                                                 ({"event": "9"}, "not part of this study")])
def test_what_is_not_there_cannot_be_named(named: dict[str, str], sentence: str) -> None:
    with pytest.raises(StudyError, match=sentence):
        chosen_series(opened(series("1"), series("2")), TWO, named)


def test_of_several_patients_one_is_chosen_and_proposed_for() -> None:
    study = opened(series("1", patient="A"), series("2", patient="A"), series("3", patient="B"))
    assert study.proposed == {}
    with pytest.raises(StudyError, match="2 different patients"):
        chosen_series(study, TWO)
    found, chosen = chosen_series(study, TWO, patient="a")
    assert (uids(chosen), len(found.others)) == ({"after": "1", "event": "2"}, 1)
    assert found.pseudonym == opened(series("1", patient="A")).pseudonym
    assert uids(chosen_series(study, TWO, {"after": "2"})[1]) == {"after": "2", "event": "2"}
    with pytest.raises(StudyError, match="not part of this study"):
        chosen_series(study, TWO, {"after": "1", "event": "3"})


def test_cautions_of_a_series_that_is_used_twice_are_said_once() -> None:
    study = opened(series("1", cautions=(note("thick_slices", "Thick."),)),
                   series("2", cautions=(note("a", "Other."),)))
    assert sentences(study_cautions(study, ["1", "1"])) == ("Thick.",)
    assert sentences(study_cautions(study, ["1", "2"])) == ("Thick.", "Other.")


def test_the_metastasis_task_proposes_as_ever() -> None:
    study = with_proposed(study_of([series("1"), series("2", kind="T1", contrast=False)]), METASTASIS)
    assert study.proposed["t1ce"] == Proposed("1", "Proposed: T1CE; the only T1 with contrast.")
    none = with_proposed(study_of([series("2", kind="FLAIR")]), METASTASIS)
    assert proposed_why(none).startswith("This series is a FLAIR, not a T1 after contrast")


def proposed_why(study: Study) -> str:
    with pytest.raises(StudyError) as refused:
        proposed_series(study)
    assert study.cautions[-1].code == "no_series_proposed"
    return str(refused.value)
