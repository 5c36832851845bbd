"""What each button does to the case, without a word of Gradio: the part of the screens that can be tested fast."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any

from rnapp.case.case import Case, Preparation
from rnapp.case.form import Form, checked_pseudonym
from rnapp.errors import RnappError, StudyError
from rnapp.types import (
    STUDY,
    BoardOpinion,
    BrainMaskMode,
    CancelToken,
    CaseResult,
    LesionSet,
    ProgressCallback,
    Question,
    Reading,
    Study,
    part_of,
)
from rnapp.ui.flow import OUTDATED, doubtful
from rnapp.ui.form import from_json
from rnapp.ui.ports import Model, Pipeline, study_of_patient
from rnapp.ui.worker import Worker, moved
from rnapp.ui.workspace import Message, Page, Step, View, Workspace, same_page

REJECTED = ("The registration was rejected. Choose another series, or check that this one shows the whole head and is "
            "the right one for “{label}”, then prepare again.")
OPENING, LOOKING = "Opening the study", "Looking through the files"
CHANGED = Message("warning", "The case was changed while it was being read; start the reading again.")
NO_LESION = Message("error", "Draw or upload a lesion first; then it can be read.")
NOT_ACCEPTED = Message("error", "Prepare the study and accept it first; then it can be read.")


class Actions:
    """The buttons of study, preparation, form and reading (others: lesion_actions.py, timeline_actions.py).

    Every error ends as a message on its screen; the case is only changed by what succeeded.
    """

    def __init__(self, pipeline: Pipeline, model: Model, workspace: Workspace, log: Path | None = None) -> None:
        self.pipeline = pipeline
        self.model = model
        self.workspace = workspace
        self.worker = Worker(workspace, log)
        self._folder: Path | None = None
        self._warmed: Event | None = None
        self.before_clearing: Callable[[], None] = lambda: None  # who keeps cases is told while the old one is open

    @property
    def question(self) -> Question:
        """What the model in use answers."""
        return self.model.question

    @property
    def resources(self) -> Any:
        """What the pipeline's functions need. Raises WeightsError where it cannot be loaded."""
        return self.model.resources()

    def warm_up(self) -> None:
        """Load in the background, once, what the first study would wait for; only when the first page is there, which
        would wait for it too."""
        if self._warmed is None:
            self._warmed = self.worker.in_background(Step.STUDY, lambda: self.pipeline.warm_up(self.resources))

    @property
    def warming(self) -> bool:
        """Whether that is still going on; what it has to say comes at its end."""
        return self._warmed is not None and not self._warmed.is_set()

    # Study

    def open_study(self, paths: Sequence[Path]) -> bool:
        """Read what the user gave, in the background; whether it was started. The old case stays if it fails."""
        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress(LOOKING, 0.0)
            with self.workspace.folder() as folder:
                self._open(paths, folder, progress, cancel)

        return self.worker.later(Step.STUDY, OPENING, work)

    def open_uploads(self, uploads: Sequence[Path]) -> bool:
        """The same for uploaded files, which are moved into the case's own folder."""
        def work(files: Sequence[Path], progress: ProgressCallback, cancel: CancelToken) -> None:
            progress(LOOKING, 0.0)
            with self.workspace.folder() as folder:
                self._open(moved(files, folder / "upload"), folder, progress, cancel)

        return self.worker.on_files(Step.STUDY, OPENING, uploads, work, temporary=True)

    def load_example(self) -> None:
        """Write and open the example study, in the background."""
        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Making the example study", 0.1)
            with self.workspace.folder() as folder:
                self.pipeline.example_study(self.resources, folder)
                study = self._open([folder / "study"], folder, part_of(progress, 0.8, 1.0), cancel)
            form = from_json(folder / "clinical.json", study.pseudonym, self.question)
            self.workspace.update(lambda case: replace(case, example_mask=folder / "lesion_mask.nii.gz", form=form))

        self.worker.later(Step.STUDY, "Loading the example", work)

    def choose(self, role: str, index: int) -> bool:
        """Take the series with this index in the table for a role of the question."""
        def work() -> None:
            study = self.workspace.case.study
            known = {one.name for one in self.question.roles}
            if study is None or not 0 <= index < len(study.series) or role not in known:
                raise StudyError("That series is no longer in the list; choose one that is.")
            series = study.series[index]
            if series.unusable:
                raise StudyError(series.unusable)
            self.workspace.update(
                lambda case: replace(case, chosen=MappingProxyType({**case.chosen, role: series.uid})),
                only_if=lambda case: case.study is study)

        return self.worker.now(Step.STUDY, work)

    def choose_patient(self, patient: str) -> bool:
        """Whose scan it is, where the files belong to several patients (an ID, or NO_ID); nothing of another patient
        stays."""
        def work() -> None:
            study = self.workspace.case.study
            if study is None or self.workspace.job is not None:
                raise StudyError("Wait until the files are read, then choose the patient.")
            self.put(self._folder, self._fresh(study_of_patient(study, patient, self.resources.task)))

        return self.worker.now(Step.STUDY, work)

    def prepare(self, mode: BrainMaskMode | None = None) -> bool:
        """Prepare the chosen series in the background, with HD-BET in this mode; whether it was started."""
        case = self.workspace.case
        if (missing := self.missing(case)) or case.study is None:
            self.workspace.say(Step.STUDY, Message("error", missing))
            return False
        study, chosen = case.study, case.chosen

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Reading the images", 0.0)
            self.pipeline.warm_up(self.resources)  # long done; what cannot be loaded is told before anybody draws
            inputs = {role.name: self.pipeline.load_series(study, chosen[role.name], cancel)
                      for role in self.question.roles}
            cautions = study.cautions + tuple(one for loaded in inputs.values() for one in loaded.series.cautions)
            prepared = self.pipeline.prepare(inputs, self.resources, progress, cancel, cautions, mode)
            picture = self.pipeline.quality_picture(prepared, self.resources)
            cancel.check()
            self.workspace.update(lambda now: now.with_preparation(Preparation(prepared, chosen, picture)),
                                  only_if=lambda now: now.study is study)

        self.workspace.say(Step.LESIONS, None)
        return self.worker.later(Step.PREPARATION, "Preparing the series", work)

    def missing(self, case: Case) -> str:
        """The sentence on the first role for which no series is chosen, "" where each has one."""
        roles = self.question.roles
        label = next((role.label for role in roles if case.chosen_for(role.name) is None), None)
        if label is None:
            return ""
        return "Choose a series first." if len(roles) == 1 else f"Choose a series for “{label}” first."

    # Preparation

    def accept(self, despite_doubt: bool = False) -> bool:
        """The user trusts the registration; a doubtful one needs to be accepted expressly."""
        preparation = self.workspace.case.preparation
        if preparation is None:
            return False
        if doubtful(preparation.prepared) and not despite_doubt:
            self.workspace.say(Step.PREPARATION, Message(
                "error", "This registration is doubtful: tick the box to accept it anyway, or reject it."))
            return False
        self.workspace.say(Step.PREPARATION, None)
        step = Step.CLINICAL if self.question.unit == "study" else Step.LESIONS
        return self.workspace.update(_accepted, lambda page: replace(page, step=step),
                                     only_if=lambda case: case.prepared is preparation.prepared) is not None

    def reject(self) -> None:
        """The user does not trust the registration: back to the study."""
        self.workspace.update(lambda case: case.with_preparation(None), lambda page: replace(page, step=Step.STUDY))
        self.workspace.say(Step.PREPARATION, None)
        self.workspace.say(Step.STUDY, Message("warning", REJECTED.format(label=self.question.roles[0].label)))

    # Clinical and reading

    def turn(self, step: Step) -> None:
        """The user looks at another screen."""
        self.workspace.turn(step)

    def keep_form(self, form: Form) -> None:
        """Remember the form as it stands, valid or not; a reading made from another form is dropped."""
        if form != self.workspace.case.form:
            self.outdated()
            self.workspace.update(lambda case: case.with_form(form))

    def analyse(self) -> bool:
        """Read the lesions, or the study, in the background; whether it was started."""
        case, about_study = self.workspace.case, self.question.unit == "study"
        prepared, form = case.prepared, case.form
        if prepared is None or not case.accepted or (case.lesions is None and not about_study):
            self.workspace.say(Step.CLINICAL, NOT_ACCEPTED if about_study else NO_LESION)
            return False
        lesions = case.lesions if case.lesions is not None else self.pipeline.no_lesions(prepared)
        self.workspace.say(Step.CLINICAL, None)
        checked = self.worker.attempt(Step.CLINICAL, lambda: (
            checked_pseudonym(form), self.pipeline.parse_clinical(self.question, form.values)))
        if checked is None:
            return False

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            reading = self.pipeline.analyse(prepared, lesions, checked[1], self.resources, progress, cancel)
            progress("Making the pictures", 1.0)
            views = self.views(_read(case, lesions, reading).result(self.question))
            cancel.check()
            reader_first = self.workspace.page.reader_first
            if not self.workspace.update(
                    lambda now: _read(now, lesions, reading, not reader_first), lambda page: replace(page, views=views),
                    only_if=lambda now: now.lesions is case.lesions and now.form is form and now.prepared is prepared):
                self.workspace.say(Step.READING, CHANGED)

        return self.worker.later(Step.READING, "Reading the study" if about_study else "Reading the lesions", work)

    def opine(self, opinions: Sequence[tuple[int, str]]) -> bool:
        """Note what the board thinks (a lesion's number or STUDY, leaning); not once it has seen the answer."""
        def work() -> None:
            noted = datetime.now().astimezone().isoformat("T", "seconds")
            self.workspace.update(lambda case: self._with_opinions(case, opinions, noted))

        return self.worker.now(Step.READING, work)

    def reveal(self) -> None:
        """Show the answer; the board's opinions go with it."""
        reading = self.workspace.case.reading
        if reading is not None:
            self.workspace.update(lambda case: case.with_reading(reading, revealed=True),
                                  only_if=lambda case: case.reading is reading)

    def outdated(self) -> None:
        """Say that the reading, if there is one, no longer belongs to what is on the screen."""
        if self.workspace.case.reading is not None:
            self.workspace.say(Step.READING, OUTDATED)

    def put(self, folder: Path | None, case: Case, page: Callable[[Page], Page] = same_page) -> None:
        """Open another case. folder: with its files; that of the last one is removed."""
        self.before_clearing()
        self.workspace.put(case, page)
        old, self._folder = self._folder, folder
        if old is not None and old != folder:
            shutil.rmtree(old, ignore_errors=True)

    def views(self, result: CaseResult) -> tuple[View, ...]:
        """How each answer of a reading is shown."""
        return tuple(self._view(result, index) for index in range(len(result.reading.answers)))

    # Inner parts

    def _view(self, result: CaseResult, index: int) -> View:
        pipeline = self.pipeline
        return View(pipeline.lesion_picture(result, index) or b"", pipeline.attention_picture(result, index) or b"",
                    pipeline.waterfall(result, index), pipeline.scene(result, index))

    def _open(self, paths: Sequence[Path], folder: Path, progress: ProgressCallback, cancel: CancelToken) -> Study:
        study = self.pipeline.open_study(paths, folder, self.resources.task, progress, cancel)
        cancel.check()
        self.put(folder, self._fresh(study))
        return study

    def _fresh(self, study: Study) -> Case:
        """A case of which nothing but its study is known. Of a role without a proposal no series is chosen."""
        proposed = {role.name: study.proposed.get(role.name) for role in self.question.roles}
        chosen = {role: (found.uid or "") if found else "" for role, found in proposed.items()}
        return Case(study, MappingProxyType(chosen), Form(study.pseudonym))

    def _with_opinions(self, case: Case, opinions: Sequence[tuple[int, str]], noted: str) -> Case:
        """Raises RnappError for what nobody can have an opinion on (any more)."""
        numbers = {STUDY} if self.question.unit == "study" else {
            one.number for one in (case.lesions.lesions if case.lesions else ())}
        leanings = self.question.leanings
        if case.revealed or any(lesion not in numbers or leaning not in leanings for lesion, leaning in opinions):
            raise RnappError("This opinion cannot be noted (any more); reload the page.")
        changed = {lesion: BoardOpinion(lesion, leaning, noted, case.former.informed) for lesion, leaning in opinions
                   if lesion not in case.opinions or case.opinions[lesion].leaning != leaning}
        both: Mapping[int, BoardOpinion] = MappingProxyType({**case.opinions, **changed})
        return case.with_same_outline(replace(case.outline, opinions=both))


def _accepted(case: Case) -> Case:
    return case if case.preparation is None else case.with_same_prepared(replace(case.preparation, accepted=True))


def _read(case: Case, lesions: LesionSet, reading: Reading, revealed: bool = False) -> Case:
    """The case with this reading of its lesions, which for a question about the study may be none."""
    outline = case.outline if case.lesions is lesions else case.outline.measured_as(lesions)
    return case.with_same_outline(outline).with_reading(reading, revealed)
