"""Templates: every one is used, escapes what it is given, and fails where it is given too little."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from jinja2 import UndefinedError

from rnapp.case.case import Case, Preparation
from rnapp.case.outline import Outline
from rnapp.case.pending import DoubtfulMask
from rnapp.geometry import IDENTITY
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.timeline.growth import growth
from rnapp.trust.audit import Audited, audit
from rnapp.types import (
    Benefit,
    Bin,
    BrainDose,
    Calibration,
    CardWords,
    CaseResult,
    Caution,
    Confirmation,
    Contribution,
    Dose,
    DoseFigures,
    DosePath,
    KnownOutcome,
    LeftOut,
    LesionDose,
    MaskFile,
    ModelCard,
    PlacedDose,
    Prescription,
    Proposed,
    Structure,
    Study,
    Treatment,
    Volume,
    note,
)
from rnapp.ui.html import card, common, dose, lesions, page, preparation, reading, render, report, study, time
from rnapp.ui.kept_ports import Entry, Label
from rnapp.ui.ports import Installed, Model
from rnapp.ui.work import Progress, Stage
from rnapp.ui.workspace import Message
from tests.explain.synthetic import moved_by_networks, without_number
from tests.ui.html import made
from tests.ui.html.made import HOSTILE, HOSTILE_NOTE, HOSTILE_QUESTION
from tests.ui.html.test_preparation import with_second
from tests.ui.html.test_time import earlier

SOURCES = [*render.FOLDER.parent.glob("html/*.py"), *render.FOLDER.parent.glob("screens/*.py")]
CALL = re.compile(r'\b(?:render|words|fixed)\("(\w+)"')
PART = re.compile(r"""{% include ['\"](\w+)\.html['\"] %}""")
GRID = Volume(np.ones((2, 2, 2), bool), np.eye(4))


def hostile_case() -> Case:
    """Two lesions under names of a user."""
    outline = Outline(measured=made.hostile_lesions(), current=True)
    return Case(preparation=Preparation(made.hostile_result().prepared, {}, outline=outline))


def hostile_study() -> Study:
    """Of untrusted files."""
    proposed = {role.name: Proposed("1", HOSTILE) for role in HOSTILE_QUESTION.roles}
    return Study(HOSTILE, (made.series(cautions=(HOSTILE_NOTE,)), made.series(uid="2", unusable=HOSTILE)), proposed,
                 (HOSTILE_NOTE,), (LeftOut(1, HOSTILE),))


def hostile_dose() -> PlacedDose:
    """Confirmed by somebody, of a plan with a target."""
    dose = Dose(GRID, (Prescription(HOSTILE, 60.0, 30),))
    confirmed = Confirmation("2026-11-21T14:05:33", HOSTILE)
    return PlacedDose(dose, DosePath("as_given", (HOSTILE,), IDENTITY), GRID, confirmed)


def hostile_dose_result() -> CaseResult:
    """With figures of a dose, and inputs that the model saw."""
    result = made.hostile_result()
    caution = note("made_up", HOSTILE)
    numbers = [one.number for one in result.lesions.lesions]
    lesion_doses = tuple(LesionDose(number, 50.0, 40.0, 60.0, 45.0, 0.5, None, -1.0, None, 0.0, None, (caution,))
                         for number in numbers)
    brain = (BrainDose(HOSTILE, 12.0, 3.0, HOSTILE, HOSTILE),)
    figures = DoseFigures(60.0, 30, "photon", 63.0, "same_frame", lesion_doses, brain)
    answers = tuple(replace(one, inputs=("t1ce",)) for one in result.reading.answers)
    question = replace(HOSTILE_QUESTION, map_meaning=HOSTILE)
    return replace(result, question=question, reading=replace(result.reading, dose=figures, answers=answers))


def hostile_withheld() -> CaseResult:
    """Without a number."""
    return without_number(made.hostile_result(), Caution("odd", "confirm", HOSTILE, HOSTILE))


def entries() -> list[Entry]:
    label = Label("ab" * 16, HOSTILE, "2026-11-21T14:05:33+01:00", HOSTILE, HOSTILE, (2, 0))
    return [Entry(made.FOLDER, label, None, 1, 1.0), Entry(made.FOLDER, None, HOSTILE, 1, 1.0)]


def hostile_card() -> ModelCard:
    """Calibrated, with names of cohorts and sentences of nobody knows whom."""
    measures = {"n": 9.0, "coverage": 0.5, "coverage_low": 0.4, "coverage_high": 0.6, "raw_ece": 0.2, "ece": 0.1}
    calibration = Calibration(0.3, 1.0, 0.0, (0.2, 0.6), 0.9, 9, True, {HOSTILE: measures},
                              {HOSTILE: (Bin(0.5, 0.5, 0.2, 0.8, 9),)}, {HOSTILE: (Benefit(0.5, 0.2, 0.1),)})
    return replace(made.CARD, calibration=calibration, about=CardWords((HOSTILE,), (HOSTILE,), (HOSTILE,)))


def hostile_audit() -> str:
    """Of enough kept cases for its curves."""
    rows = [Audited(HOSTILE, "2026-01-01", 1, n / 60, "first", n % 2, model=HOSTILE) for n in range(60)]
    return card.audit(audit(rows), HOSTILE_QUESTION, 1)


def hostile_names() -> CaseResult:
    """Features with names of whoever made the model."""
    result = made.hostile_result()
    answers = tuple(replace(one, contributions=(Contribution(HOSTILE, HOSTILE, "radiomics", None, 0.1),))
                    for one in result.reading.answers)
    return replace(result, reading=replace(result.reading, answers=answers))


SHOWN: dict[str, Callable[[], str]] = {
    "notice": lambda: common.notice(Message("error", HOSTILE), "x"),
    "warnings": lambda: common.warnings((HOSTILE_NOTE,), "x"),
    "progress": lambda: common.progress(HOSTILE, Progress((Stage(HOSTILE, 1.0, True),), 0.5), "x"),
    "facts": lambda: common.facts(((HOSTILE, HOSTILE),), "x"),
    "picture": lambda: common.picture("quality", 1, HOSTILE),
    "header": lambda: page.header([Model(made.CARD, HOSTILE_QUESTION, lambda: None)], HOSTILE_QUESTION),
    "task_choice": lambda: study.task_choice([HOSTILE_QUESTION, replace(QUESTION, about=HOSTILE)], QUESTION, False),
    "pair_pictures": lambda: dose.pair_pictures(with_second(good=True), HOSTILE_QUESTION, 1),
    "dose_beside": lambda: dose.beside(hostile_dose_result()),
    "lesion_doses": lambda: dose.lesion_doses(hostile_dose_result().reading.dose, made.hostile_lesions()),
    "inputs_seen": lambda: reading.inputs_seen(hostile_dose_result(), 0),
    "occlusion": lambda: reading.occlusion(hostile_dose_result(), 0),
    "dose_way": lambda: dose.way(hostile_dose(), True, True),
    "series_heading": lambda: study.heading(HOSTILE_QUESTION),
    "series_table": lambda: study.series_table(hostile_study(), {}, HOSTILE_QUESTION),
    "why_proposed": lambda: study.why_proposed(hostile_study(), {}, HOSTILE_QUESTION),
    "files_left_out": lambda: study.files_left_out(hostile_study()),
    "kept_cases": lambda: study.kept_cases(entries(), None, HOSTILE),
    "models": lambda: study.models([Installed(made.FOLDER, "a" * 64, made.CARD, "", True),
                                    Installed(made.FOLDER, "b" * 64, None, HOSTILE, True)], ""),
    "model_card": lambda: card.model_card(hostile_card(), HOSTILE_QUESTION),
    "audit": hostile_audit,
    "known_outcomes": lambda: card.known_outcomes({1: KnownOutcome(1, 0, "histology", HOSTILE)}, HOSTILE_QUESTION),
    "quality": lambda: preparation.quality(with_second(good=False), HOSTILE_QUESTION),
    "lesion_table": lambda: lesions.lesion_table(made.hostile_lesions()),
    "doubtful_mask": lambda: lesions.doubtful_mask(DoubtfulMask(MaskFile((), GRID), (), GRID, HOSTILE)),
    "structures_left_out": lambda: lesions.left_out((Structure(1, HOSTILE, None, HOSTILE),)),
    "proposals": lambda: lesions.proposals(HOSTILE, (made.candidate(1, HOSTILE),), ()),
    "answer": lambda: reading.answer(made.hostile_result(), 0),
    "withheld": lambda: reading.answer(hostile_withheld(), 0),
    "cautions": lambda: reading.cautions(hostile_withheld(), 0),
    "prior": lambda: reading.prior(HOSTILE_QUESTION, 0.2),
    "where_it_looked": lambda: reading.where_it_looked(moved_by_networks(made.hostile_result(), 0.01), 0),
    "exact_names": lambda: reading.names_of_bars(hostile_names(), 0),
    "sources": lambda: reading.sources(made.hostile_result(), 0),
    "what_ifs": lambda: reading.what_ifs(made.hostile_result(), 0),
    "overview": lambda: reading.overview(made.hostile_result(), 0),
    "board_form": lambda: reading.board_form(HOSTILE_QUESTION, hostile_case(), 1),
    "downloads": lambda: report.downloads(1, HOSTILE),
    "summary": lambda: report.summary(made.hostile_result()),
    "scan_table": lambda: time.scan_table((earlier(description=HOSTILE),), 0),
    "treatments": lambda: time.treatment_table((Treatment(date(2026, 1, 5), "other", HOSTILE),)),
    "course_table": lambda: time.course_table([made.course()], [growth(made.course())], [HOSTILE]),
}
# Only what can stand in a file's name is left of the pseudonym; of a map that is too weak a number is said.
OWN_WORDS = {"downloads", "where_it_looked"}


@pytest.mark.parametrize("name", SHOWN)
def test_what_others_wrote_is_shown_and_not_obeyed(name: str) -> None:
    shown = SHOWN[name]()
    assert "<script" not in shown
    assert "<img src=x" not in shown
    assert ("&lt;script&gt;alert(&#39;x&#39;)" in shown) == (name not in OWN_WORDS)


def included() -> set[str]:
    """Those that are parts of others, and tried with them."""
    return {name for file in render.FOLDER.glob("*.html") for name in PART.findall(file.read_text(encoding="utf-8"))}


def test_every_template_is_used_and_every_used_one_is_there() -> None:
    used = {name for file in SOURCES for name in CALL.findall(file.read_text(encoding="utf-8"))} | included()
    there = {file.stem for file in render.FOLDER.glob("*.html")}
    assert used == there
    assert {"lesions_heading", "answer", "nothing_read"} <= used, "the pattern finds them in all three ways"


def test_every_template_with_values_is_tried_with_hostile_ones() -> None:
    with_values = {file.stem for file in render.FOLDER.glob("*.html") if "{{" in file.read_text(encoding="utf-8")}
    assert with_values <= {*SHOWN, "help", *included()}, "help is a part of header"


def test_a_value_that_is_missing_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError, match="message"):
        render.render("notice", elem_id="x")


def test_numbers_are_written_in_one_way() -> None:
    assert str(render._ml(1.234)) == "1.23&nbsp;ml"
    assert str(render._mm(11.46)) == "11.5&nbsp;mm"
    assert str(render._mm(11.46, 9.0)) == "11.5&nbsp;×&nbsp;9.0&nbsp;mm"
    assert str(render._side("left")) == "patient's&nbsp;left"
    assert str(render._side("midline")) == "midline"
    assert render._minute("2026-11-21T14:05:33+01:00") == "2026-11-21 14:05"
