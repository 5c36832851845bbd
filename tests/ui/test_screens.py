"""Every screen at every point of a case, painted without a browser."""

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from rnapp.types import STUDY, Answer, Prepared, ProgressCallback
from rnapp.ui.actions import Actions
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.screens.all import SCREENS
from rnapp.ui.screens.common import components
from rnapp.ui.timeline_actions import TimelineActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, drawn, finish, opened, prepared, uploaded
from tests.ui.fake_models import TWO_SCANS
from tests.ui.painted import MakePage


def read(actions: Actions) -> Actions:
    """The drawn example, read; its answer is hidden."""
    drawn(actions)
    assert actions.analyse()
    finish(actions)
    return actions


def revealed(actions: Actions) -> Actions:
    """The same with its answer shown."""
    read(actions)
    assert actions.opine([(1, "undecided")])
    actions.reveal()
    return actions


def with_earlier(actions: Actions, folder: Path) -> Actions:
    """The same with an earlier scan with a lesion and a treatment."""
    revealed(actions)
    timeline_actions, mask = TimelineActions(actions), actions.workspace.case.example_mask
    actions.pipeline.day = "2026-01-05"  # other images: the current scan again would be refused
    assert timeline_actions.add([folder])
    finish(actions)
    assert mask is not None
    assert timeline_actions.mask(0, mask)
    finish(actions)
    assert timeline_actions.treat("2025-12-01", "radiosurgery", "1 × 20 Gy")
    return actions


def test_the_screens_stand_in_the_order_of_their_steps(actions: Actions, page: MakePage) -> None:
    made = page(actions)
    assert [screen.step for screen in made.painter.screens] == list(Step) == [plan.step for plan in SCREENS]
    ids = [part.elem_id for screen in made.painter.screens for part in components(screen) if part.elem_id]
    assert len(ids) == len(set(ids)), "no two elements have one name"
    assert len(made.painter.outputs) == len(set(made.painter.outputs))


def test_nothing_is_open(actions: Actions, page: MakePage) -> None:
    shown = page(actions).shown()
    assert "No study is open yet" in shown["series-table"]["value"]
    assert "Nothing is prepared yet" in shown["preparation-progress"]["value"]
    assert "No lesion yet" in shown["lesion-table"]["value"]
    assert "Nothing has been read yet" in shown["reading-progress"]["value"]
    assert "nothing to report yet" in shown["downloads"]["value"]
    assert "No earlier scan yet" in shown["earlier-scans"]["value"]
    for button in ("prepare", "to-clinical", "propose", "analyse", "add-earlier"):
        assert shown[button]["interactive"] is False, button


def test_a_study_is_open(actions: Actions, tmp_path: Path, page: MakePage) -> None:
    opened(actions, tmp_path)
    shown = page(actions).shown()
    assert "&lt;b&gt;mprage" in shown["series-table"]["value"]
    assert shown["prepare"]["interactive"] is True
    assert shown["patient"]["visible"] is False
    assert shown["early-mask-file"]["visible"] is True
    assert "Made up by a test." in shown["study-warnings"]["value"]
    assert shown["pseudonym"]["value"] == "case-1"


def test_it_is_prepared_and_doubtful(make_actions: MakeActions, page: MakePage) -> None:
    actions = make_actions(quality_good=False)
    actions.load_example()
    finish(actions)
    assert actions.prepare()
    finish(actions)
    shown = page(actions).shown()
    assert shown["quality"]["visible"] is True
    assert shown["accept-doubt"]["visible"] is True
    assert "DOUBTFUL" in shown["quality-numbers"]["value"]
    assert shown["brain-mask-mode"]["value"] == "balanced"
    assert shown["propose"]["interactive"] is False, "nobody has accepted it"
    assert actions.accept(despite_doubt=True)
    accepted = page(actions).shown()
    assert accepted["accept-doubt"]["visible"] is False
    assert accepted["propose"]["interactive"] is True


def test_lesions_are_drawn(actions: Actions, page: MakePage) -> None:
    drawn(actions)
    shown = page(actions).shown()
    assert "patient's&nbsp;left" in shown["lesion-table"]["value"]
    assert shown["to-clinical"]["interactive"] is True
    assert shown["analyse"]["interactive"] is True
    assert shown["example-mask"]["visible"] is True


def test_an_answer_that_is_hidden_is_nowhere_on_the_page(actions: Actions, page: MakePage) -> None:
    shown = page(read(actions)).shown()
    assert shown["board-row"]["visible"] is True
    assert shown["result"]["visible"] is False
    assert "opinion-1-undecided" in shown["opinions"]["value"]
    assert shown["reveal"]["interactive"] is False
    assert "nothing to report yet" in shown["downloads"]["value"]
    for name in ("answer", "overview", "sources-panel", "what-if-panel", "attention-picture"):
        assert shown[name]["value"] == "", name
    assert shown["waterfall"]["value"] is None
    assert "73" not in str({name: one for name, one in shown.items() if name not in ("bridge", "model-list")})


def test_an_answer_is_revealed(actions: Actions, page: MakePage) -> None:
    shown = page(revealed(actions)).shown()
    assert shown["result"]["visible"] is True
    assert ">73 %<" in shown["answer"]["value"]
    assert shown["lesion-choice"]["visible"] is False, "there is one"
    assert "report.pdf" in shown["downloads"]["value"]
    assert "undecided" in shown["report-summary"]["value"]
    assert shown["waterfall"]["value"] is not None


def test_an_earlier_scan_is_there(actions: Actions, tmp_path: Path, page: MakePage) -> None:
    shown = page(with_earlier(actions, tmp_path)).shown()
    assert "2026-01-05" in shown["earlier-scans"]["value"]
    assert "2026-01-05" in shown["courses"]["value"]
    assert "1 × 20 Gy" in shown["treatments"]["value"]
    assert shown["course-plot"]["visible"] is True
    assert shown["earlier-mask"]["visible"] is True


@pytest.mark.parametrize(("step", "title"), [
    (Step.STUDY, "Opening"), (Step.PREPARATION, "Preparing"), (Step.READING, "Reading"), (Step.TIME, "Adding")])
def test_a_job_is_shown_on_its_own_screen_and_locks_what_would_start_another(
        actions: Actions, page: MakePage, step: Step, title: str) -> None:
    revealed(actions)
    begun, may_end = Event(), Event()

    def work(progress: ProgressCallback, _: object) -> None:
        progress("A stage", 0.25)
        begun.set()
        assert may_end.wait(30)

    made = page(actions)
    assert actions.worker.later(step, title, work)
    assert begun.wait(30)
    shown, ticked = made.shown(), made.painter.tick()
    may_end.set()
    finish(actions)
    panel = made.screen(step).progress
    assert panel is not None
    assert "A stage" in shown[panel.elem_id]["value"]
    assert "A stage" in ticked[panel]
    locked = {"prepare", "study-open-path", "strip-again", "propose", "analyse", "add-earlier"}
    for button in locked if step != Step.PREPARATION else locked - {"strip-again"}:  # hidden meanwhile
        assert shown[button]["interactive"] is False, button
    others = [one.progress.elem_id for one in made.painter.screens if one.progress is not None and one.step != step]
    assert "A stage" not in str([shown[name] for name in others])


def test_a_question_about_a_study_with_two_scans_goes_all_the_way(
        make_actions: MakeActions, tmp_path: Path, page: MakePage) -> None:
    actions = make_actions(TWO_SCANS, second=True)
    made = page(actions)
    assert "Prepare these series" in str(made.screen(Step.STUDY).prepare.value)  # type: ignore[attr-defined]
    opened(actions, tmp_path)
    shown = made.shown()
    assert shown["series-after"]["visible"] is True
    assert shown["series-after"]["value"] == "2", "the second usable one, by its place in the table"
    assert shown["early-mask-file"]["visible"] is False, "no lesion is asked for"
    assert actions.prepare()
    finish(actions)
    assert actions.accept()
    assert made.shown()["analyse"]["interactive"] is True
    assert actions.analyse()
    finish(actions)
    hidden = made.shown()
    assert "This study" in hidden["opinions"]["value"]
    assert "opinion-0-probably_better" in hidden["opinions"]["value"]
    assert actions.opine([(STUDY, "better")])
    actions.reveal()
    shown = made.shown()
    assert "Favours better" in shown["answer"]["value"]
    assert shown["lesion-choice"]["visible"] is False
    assert shown["overview"]["value"] == ""
    assert "necrosis" not in str(shown)


def test_an_answer_without_attention_shows_no_place_for_it(
        make_actions: MakeActions, page: MakePage, monkeypatch: pytest.MonkeyPatch) -> None:
    actions = make_actions()
    analyse = actions.pipeline.analyse

    def without(given: Prepared, *more: Any, **said: Any) -> Any:
        reading = analyse(given, *more, **said)
        answers: tuple[Answer, ...] = tuple(replace(one, attention=None) for one in reading.answers)
        return replace(reading, answers=answers)

    made = page(actions)
    looked = made.screen(Step.READING).looked  # type: ignore[attr-defined]
    revealed(actions)
    assert made.painter.paint_all()[looked]["visible"] is True
    monkeypatch.setattr(actions.pipeline, "analyse", without)
    actions.workspace.update(lambda case: case.with_reading(None))
    assert actions.analyse()
    finish(actions)
    actions.reveal()
    assert made.painter.paint_all()[looked]["visible"] is False
    assert made.shown()["attention-picture"]["value"] == ""


def test_a_mask_that_a_person_must_look_at_waits_for_an_answer(
        make_actions: MakeActions, page: MakePage) -> None:
    actions = prepared(make_actions(doubt="It was drawn on another registration."))
    mask = actions.workspace.case.example_mask
    assert mask is not None
    assert uploaded(actions, mask)
    made = page(actions)
    shown = made.shown()
    assert shown["mask-doubt"]["visible"] is True
    assert "It was drawn on another registration." in shown["mask-doubt-words"]["value"]
    assert shown["to-clinical"]["interactive"] is False
    assert LesionActions(actions).confirm(True)
    shown = made.shown()
    assert shown["mask-doubt"]["visible"] is False
    assert shown["to-clinical"]["interactive"] is True
