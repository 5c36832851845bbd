"""What each button does to the case. Nothing here uses Gradio, so it can be tested fast."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any

from rnapp.case.case import Case, Preparation
from rnapp.case.form import Form, checked_pseudonym
from rnapp.errors import StudyError
from rnapp.types import BrainMaskMode, CancelToken, LesionSet, ProgressCallback, Question, Reading, Study, part_of
from rnapp.ui.flow import OUTDATED, doubtful, lacking, next_step, readable, unmeasured, waits_for_dose
from rnapp.ui.form import from_json
from rnapp.ui.opinions import with_opinions
from rnapp.ui.placing import Placing
from rnapp.ui.ports import Model, Pipeline, role_problem, study_of_patient
from rnapp.ui.questions import Questions
from rnapp.ui.trust_actions import centre_prior
from rnapp.ui.views import made_views
from rnapp.ui.worker import Worker, moved
from rnapp.ui.workspace import Message, Page, Step, Workspace, same_page

REJECTED = ("The registration was rejected. Choose another series, or check that this one shows the whole head and is "
            "the right one for “{label}”, then prepare again.")
DOUBTFUL = Message("error", "This registration is doubtful: tick the box to accept it anyway, or reject it.")
OPENING, LOOKING = "Opening the study", "Looking through the files"
WAIT = "Another step is still running; wait for it or cancel it, then choose {}."
CHANGED = Message("warning", "The case was changed while it was being read; start the reading again.")
NO_LESION = Message("error", "Draw or upload a lesion first; then it can be read.")
NOT_MEASURED = Message("info", "What is drawn is being measured; read the study in a moment.")
NOT_ACCEPTED = Message("error", "Prepare the study and accept it first; then it can be read.")


class Actions:
    """The buttons of study, preparation, form and reading (others: lesion_actions.py, timeline_actions.py).

    Every error ends as a message on its screen; the case is only changed by what succeeded.
    """

    def __init__(self, pipeline: Pipeline, models: Sequence[Model], workspace: Workspace,
                 log: Path | None = None) -> None:
        """models: at most one for each question; the app starts with the question of the first."""
        self.pipeline = pipeline
        self.questions = Questions(models, workspace)
        self.workspace = workspace
        self.worker = Worker(workspace, log)
        self._folder: Path | None = None
        self._warmed: dict[str, Event] = {}  # question → set once what it needs is loaded
        self.before_clearing: Callable[[], None] = lambda: None  # called while the old case is still open

    @property
    def model(self) -> Model:
        """The model that answers the question of the open case."""
        return self.questions.asked

    @property
    def question(self) -> Question:
        """The question of the open case."""
        return self.model.question

    @property
    def resources(self) -> Any:
        """What the pipeline's functions need. Raises WeightsError where it cannot be loaded."""
        return self.model.resources()

    def warm_up(self) -> None:
        """Load in the background, once, what the first study of this question would otherwise wait for. Called once the
        first page is shown, so as not to delay it."""
        model = self.model
        if model.question.id not in self._warmed:
            self._warmed[model.question.id] = self.worker.in_background(
                Step.STUDY, lambda: self.pipeline.warm_up(model.resources()))

    @property
    def warming(self) -> bool:
        """Whether that is still running; any message comes when it ends."""
        return any(not one.is_set() for one in tuple(self._warmed.values()))

    # Study

    def ask(self, task: str) -> bool:
        """Switch to another question (its id), with an empty case; nothing of the open one stays."""
        def work() -> None:
            if self.workspace.job is not None:
                raise StudyError(WAIT.format("the question"))
            if task != self.question.id:
                self.put(None, Case(), task=self.questions.find(task).question.id)
                self.warm_up()

        return self.worker.now(Step.STUDY, work)

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

    def choose(self, name: str, index: int | None) -> bool:
        """Use the series at this index of the table for a role of the question; None leaves an optional role empty."""
        def work() -> None:
            study = self.workspace.case.study
            role = next((one for one in self.question.roles if one.name == name), None)
            if study is None or role is None or (index is None and not role.optional) or (
                    index is not None and not 0 <= index < len(study.series)):
                raise StudyError("That series is no longer in the list; choose one that is.")
            series = None if index is None else study.series[index]
            if problem := role_problem(series, role) if series else None:
                raise StudyError(problem)
            uid = series.uid if series else ""
            self.workspace.update(
                lambda case: replace(case, chosen=MappingProxyType({**case.chosen, name: uid})),
                only_if=lambda case: case.study is study)

        return self.worker.now(Step.STUDY, work)

    def choose_patient(self, patient: str) -> bool:
        """Choose the patient (an ID, or NO_ID) if the files belong to several; nothing of any other patient stays."""
        def work() -> None:
            study = self.workspace.case.study
            if study is None or self.workspace.job is not None:
                raise StudyError(WAIT.format("the patient"))
            self.put(self._folder, self._fresh(study_of_patient(study, patient, self.resources.task)))

        return self.worker.now(Step.STUDY, work)

    def prepare(self, mode: BrainMaskMode | None = None) -> bool:
        """Prepare the chosen series in the background, with HD-BET in this mode; whether it was started."""
        case = self.workspace.case
        if (reason := lacking(case, self.workspace.page, self.question)) or case.study is None:
            self.workspace.say(Step.STUDY, Message("error", reason))
            return False
        study, chosen, told = case.study, case.chosen, self.workspace.page.dose_told

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Reading the images", 0.0)
            self.pipeline.warm_up(self.resources)  # usually done already; errors come before anyone draws
            inputs = {role.name: self.pipeline.load_series(study, chosen[role.name], cancel)
                      for role in self.question.roles_of("scan") if case.chosen_for(role.name)}
            cautions = study.cautions + tuple(one for loaded in inputs.values() for one in loaded.series.cautions)
            prepared = self.pipeline.prepare(inputs, self.resources, progress, cancel, cautions, mode)
            placing = Placing(self.pipeline, self.question, told)
            prepared, pictures, trouble = placing.all(case, prepared, progress, cancel)
            picture = self.pipeline.quality_picture(prepared, self.resources)
            cancel.check()
            fresh = Preparation(prepared, chosen, picture, pictures=pictures)
            self.workspace.update(lambda now: now.with_preparation(fresh),
                                  lambda page: replace(page, placed_told=told), only_if=lambda now: now.study is study)
            if trouble:
                self.workspace.say(Step.PREPARATION, Message("warning", trouble))

        self.workspace.say(Step.LESIONS, None)
        return self.worker.later(Step.PREPARATION, "Preparing the series", work)

    # Preparation

    def accept(self, despite_doubt: bool = False) -> bool:
        """The user trusts the registration; a doubtful one must be accepted explicitly."""
        preparation = self.workspace.case.preparation
        if preparation is None:
            return False
        if doubtful(preparation.prepared) and not despite_doubt:
            self.workspace.say(Step.PREPARATION, DOUBTFUL)
            return False
        self.workspace.say(Step.PREPARATION, None)
        step = next_step(preparation.prepared, self.question)
        return self.workspace.update(_accepted, lambda page: replace(page, step=step),
                                     only_if=lambda case: case.prepared is preparation.prepared) is not None

    def reject(self) -> None:
        """The user does not trust the registration: back to the study."""
        self.workspace.update(lambda case: case.with_preparation(None), lambda page: replace(page, step=Step.STUDY))
        self.workspace.say(Step.PREPARATION, None)
        self.workspace.say(Step.STUDY, Message("warning", REJECTED.format(label=self.question.roles[0].label)))

    # Clinical and reading

    def keep_form(self, form: Form) -> None:
        """Remember the form as it stands, valid or not; a reading made from another form is dropped."""
        if form != self.workspace.case.form:
            self.outdated()
            self.workspace.update(lambda case: case.with_form(form))

    def analyse(self) -> bool:
        """Read the lesions, or the study, in the background; whether it was started."""
        case, about_study = self.workspace.case, self.question.unit == "study"
        prepared, form, shown = case.prepared, case.form, self.workspace.page.shown_answer
        if prepared is None or not readable(case, self.question):
            study_reason = NOT_MEASURED if unmeasured(case) else NOT_ACCEPTED
            reason = waits_for_dose(case) or (study_reason if about_study else NO_LESION)
            self.workspace.say(Step.CLINICAL, reason)
            return False
        lesions = case.lesions if case.lesions is not None else self.pipeline.no_lesions(prepared)
        self.workspace.say(Step.CLINICAL, None)
        checked = self.worker.attempt(Step.CLINICAL, lambda: (
            checked_pseudonym(form), self.pipeline.parse_clinical(self.question, form.values)))
        if checked is None:
            return False

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            reading = self.pipeline.analyse(prepared, lesions, checked[1], self.resources, progress, cancel,
                                            confirmed=case.confirmed, prior=centre_prior(self.question))
            progress("Making the pictures", 1.0)
            views = made_views(self.pipeline, _read(case, lesions, reading).result(self.question))
            cancel.check()
            reader_first = self.workspace.page.reader_first
            if not self.workspace.update(
                    lambda now: _read(now, lesions, reading, not reader_first),
                    lambda page: replace(page, views=views, shown_answer=shown),
                    only_if=lambda now: now.lesions is case.lesions and now.form is form and now.prepared is prepared):
                self.workspace.say(Step.READING, CHANGED)

        return self.worker.later(Step.READING, "Reading the study" if about_study else "Reading the lesions", work)

    def opine(self, opinions: Sequence[tuple[int, str]]) -> bool:
        """Note what the board thinks (a lesion's number or STUDY, leaning); refused once it has seen the answer."""
        def work() -> None:
            self.workspace.update(lambda case: with_opinions(case, self.question, opinions))

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

    def put(self, folder: Path | None, case: Case, page: Callable[[Page], Page] = same_page, task: str = "") -> None:
        """Open another case. folder: holds its files; that of the previous case is removed. task: id of its question,
        "" for the same as before."""
        self.before_clearing()
        self.workspace.put(case, lambda fresh: page(replace(fresh, task=task or fresh.task)))
        self.questions.told(self.question.id)
        old, self._folder = self._folder, folder
        if old is not None and old != folder:
            shutil.rmtree(old, ignore_errors=True)

    # Inner parts

    def _open(self, paths: Sequence[Path], folder: Path, progress: ProgressCallback, cancel: CancelToken) -> Study:
        study = self.pipeline.open_study(paths, folder, self.resources.task, progress, cancel)
        cancel.check()
        self.put(folder, self._fresh(study))
        return study

    def _fresh(self, study: Study) -> Case:
        """A case with nothing but its study. A role without a proposal has no series chosen."""
        proposed = {one.name: study.proposed.get(one.name) for one in self.question.roles}
        chosen = {role: (found.uid or "") if found else "" for role, found in proposed.items()}
        return Case(study, MappingProxyType(chosen), Form(study.pseudonym))


def _accepted(case: Case) -> Case:
    return case if case.preparation is None else case.with_same_prepared(replace(case.preparation, accepted=True))


def _read(case: Case, lesions: LesionSet, reading: Reading, revealed: bool = False) -> Case:
    """The case with this reading of its lesions; a question about the study may have none."""
    outline = case.outline if case.lesions is lesions else case.outline.measured_as(lesions)
    return case.with_same_outline(outline).with_reading(reading, revealed)
