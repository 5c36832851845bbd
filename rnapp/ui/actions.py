"""What each button does to the case, without a word of Gradio: the part of the screens that can be tested fast."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any, cast

from rnapp.errors import RnappError, StudyError
from rnapp.io.patients import of_patient
from rnapp.types import BoardOpinion, BrainMaskMode, CancelToken, Leaning, ProgressCallback, Reading, Study, part_of
from rnapp.ui.flow import OUTDATED
from rnapp.ui.form import checked_pseudonym, from_json, to_clinical
from rnapp.ui.ports import Model, Pipeline
from rnapp.ui.worker import Worker, moved
from rnapp.ui.workspace import Case, Form, Message, Step, View, Workspace
from rnapp.vocabulary import LEANINGS

REJECTED = Message("warning", "The registration was rejected. Choose another series, or check that this one shows the "
                              "whole head and is a T1 after contrast agent, then prepare again.")
OPENING, LOOKING = "Opening the study", "Looking through the files"
CHANGED = Message("warning", "The lesions were changed while they were being read; start the reading again.")


class Actions:
    """The buttons of study, preparation, form and reading; drawing.py and history.py have those of their screens.

    Every error ends as a message on its screen; the case is only changed by what succeeded.
    """

    def __init__(self, pipeline: Pipeline, model: Model, workspace: Workspace, log: Path | None = None) -> None:
        self.pipeline = pipeline
        self.model = model
        self.workspace = workspace
        self.worker = Worker(workspace, log)
        self._folder: Path | None = None
        self._warmed: Event | None = None
        self.before_clearing: Callable[[], None] = lambda: None  # who keeps cases is told while the old one lies there

    @property
    def resources(self) -> Any:
        """What the pipeline's functions need. Raises WeightsError where it cannot be loaded."""
        return self.model.resources()

    def warm_up(self) -> None:
        """Load, once and beside all else, what the first study would wait for; only when the first page is there, which
        would wait for it too."""
        if self._warmed is None:
            self._warmed = self.worker.beside(Step.STUDY, lambda: self.pipeline.warm_up(self.resources))

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
            self.workspace.change(example_mask=folder / "lesion_mask.nii.gz",
                                  form=from_json(folder / "clinical.json", study.pseudonym))

        self.worker.later(Step.STUDY, "Loading the example", work)

    def choose(self, index: int) -> bool:
        """Take the series with this place in the table."""
        def work() -> None:
            study = self.workspace.case.study
            if study is None or not 0 <= index < len(study.series):
                raise StudyError("That series is no longer in the list; choose one that is.")
            if reason := study.series[index].unusable:
                raise StudyError(reason)
            self.workspace.change(chosen=study.series[index].uid)

        return self.worker.now(Step.STUDY, work)

    def choose_patient(self, patient: str) -> bool:
        """Whose scan it is, where the files belong to several patients (an ID, or NO_ID); nothing of another patient
        stays."""
        def work() -> None:
            study = self.workspace.case.study
            if study is None or self.workspace.job is not None:
                raise StudyError("Wait until the files are read, then choose the patient.")
            chosen = of_patient(study, patient)
            self.put(self._folder, study=chosen, chosen=chosen.proposed, form=Form(pseudonym=chosen.pseudonym))

        return self.worker.now(Step.STUDY, work)

    def prepare(self, mode: BrainMaskMode | None = None) -> bool:
        """Prepare the chosen series in the background, with HD-BET in this mode; whether it was started."""
        case = self.workspace.case
        if case.study is None or case.chosen is None or case.series is None:
            self.workspace.say(Step.STUDY, Message("error", "Choose a series first."))
            return False
        study, uid, warnings = case.study, case.chosen, case.study.warnings + case.series.warnings

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Reading the images", 0.0)
            self.pipeline.warm_up(self.resources)  # long done; what cannot be loaded is told before anybody draws
            volume = self.pipeline.load_volume(study, uid, cancel)
            prepared = self.pipeline.prepare(volume, self.resources, progress, cancel, warnings, mode)
            picture = self.pipeline.quality_picture(prepared, self.resources)
            cancel.check()
            fresh = self.workspace.revision
            self.workspace.change_if(
                {"study": study}, prepared=prepared, prepared_uid=uid, quality_png=picture, accepted=False,
                mask=None, mask_before_growth=None, waiting=None, doubtful=None, lesions=None, known=None, given=None,
                head_revision=fresh(), mask_revision=fresh(), **unprepared(self.workspace.case))

        self.workspace.say(Step.LESIONS, None)
        return self.worker.later(Step.PREPARATION, "Preparing the series", work)

    # Preparation

    def accept(self, in_spite_of_doubt: bool = False) -> bool:
        """The user trusts the registration; a doubtful one needs to be accepted expressly."""
        prepared = self.workspace.case.prepared
        if prepared is None:
            return False
        if not prepared.quality.good and not in_spite_of_doubt:
            self.workspace.say(Step.PREPARATION, Message(
                "error", "This registration is doubtful: tick the box to accept it anyway, or reject it."))
            return False
        self.workspace.say(Step.PREPARATION, None)
        self.workspace.change(accepted=True, step=Step.LESIONS)
        return True

    def reject(self) -> None:
        """The user does not trust the registration: back to the study."""
        self.workspace.change(prepared=None, accepted=False, quality_png=b"", mask=None, mask_before_growth=None,
                              lesions=None, known=None, given=None, waiting=None, doubtful=None, step=Step.STUDY,
                              **unprepared(self.workspace.case))
        self.workspace.say(Step.PREPARATION, None)
        self.workspace.say(Step.STUDY, REJECTED)

    # Clinical and reading

    def turn(self, step: Step) -> None:
        """The user looks at another screen."""
        self.workspace.change(step=step)

    def keep_form(self, form: Form) -> None:
        """Remember the form as it stands, valid or not; a reading made from another form is dropped."""
        if form != self.workspace.case.form:
            self.outdated()
            self.workspace.change(form=form, reading=None)

    def analyse(self) -> bool:
        """Read the lesions in the background; whether it was started."""
        case = self.workspace.case
        if case.prepared is None or not case.accepted or case.lesions is None:
            self.workspace.say(Step.CLINICAL, Message("error", "Draw or upload a lesion first; then it can be read."))
            return False
        prepared, lesions, form = case.prepared, case.lesions, case.form
        self.workspace.say(Step.CLINICAL, None)
        checked = self.worker.attempt(Step.CLINICAL, lambda: (to_clinical(form, self.pipeline.parse_clinical),
                                                       checked_pseudonym(form)))
        if checked is None:
            return False
        data, pseudonym = checked

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            reading = self.pipeline.analyse(prepared, lesions, data, self.resources, pseudonym, progress, cancel)
            progress("Making the pictures", 1.0)
            views = self.views(reading)
            cancel.check()
            now = self.workspace.case
            if not self.workspace.change_if(
                    {"lesions": lesions, "form": form}, reading=_with_board(reading, now),
                    views=views, shown_lesion=0,
                    revealed=now.revealed or not now.reader_first, reading_revision=self.workspace.revision()):
                self.workspace.say(Step.READING, CHANGED)

        return self.worker.later(Step.READING, "Reading the lesions", work)

    def opine(self, opinions: Sequence[tuple[int, str]]) -> bool:
        """Note what the board thinks of lesions (number, leaning); not once it has seen the answer."""
        def work() -> None:
            case = self.workspace.case
            numbers = {one.number for one in case.lesions.lesions} if case.lesions else set()
            if case.revealed or any(lesion not in numbers or leaning not in LEANINGS for lesion, leaning in opinions):
                raise RnappError("This opinion cannot be noted (any more); reload the page.")
            noted = datetime.now().astimezone().isoformat("T", "seconds")
            changed = {lesion: BoardOpinion(lesion, cast(Leaning, leaning), noted, case.informed)
                       for lesion, leaning in opinions
                       if lesion not in case.opinions or case.opinions[lesion].leaning != leaning}
            self.workspace.change(opinions=MappingProxyType({**case.opinions, **changed}))

        return self.worker.now(Step.READING, work)

    def reveal(self) -> None:
        """Show the answer; the board's opinions go with it."""
        case = self.workspace.case
        if case.reading is not None and not case.revealed:
            self.workspace.change_if({"reading": case.reading}, reading=_with_board(case.reading, case),
                                     revealed=True)

    def outdated(self) -> None:
        """Say that the reading, if there is one, no longer belongs to what is on the screen."""
        if self.workspace.case.reading is not None:
            self.workspace.say(Step.READING, OUTDATED)

    def put(self, folder: Path | None, **fields: Any) -> Case:
        """Open another case. folder: with its files; that of the last one is removed."""
        self.before_clearing()
        fresh = self.workspace.revision
        case = self.workspace.new_case(**fields, head_revision=fresh(), mask_revision=fresh(), reading_revision=fresh(),
                                       earlier_revision=fresh())
        old, self._folder = self._folder, folder
        if old is not None and old != folder:
            shutil.rmtree(old, ignore_errors=True)
        return case

    def views(self, reading: Reading) -> tuple[View, ...]:
        """How each lesion of a reading is shown."""
        return tuple(self._view(reading, place) for place in range(len(reading.lesions)))

    # Inner parts

    def _view(self, reading: Reading, place: int) -> View:
        return View(self.pipeline.lesion_picture(reading, place), self.pipeline.attention_picture(reading, place),
                    self.pipeline.waterfall(reading, place), self.pipeline.scene(reading, place))

    def _open(self, paths: Sequence[Path], folder: Path, progress: ProgressCallback, cancel: CancelToken) -> Study:
        study = self.pipeline.open_study(paths, folder, progress, cancel)
        cancel.check()
        self.put(folder, study=study, chosen=study.proposed, form=Form(pseudonym=study.pseudonym))
        return study

def unread(case: Case) -> Mapping[str, Any]:
    """What changes with the lesions: the answer and the board's opinions were about the old outlines. The opinions are
    kept as such, and those to come are marked if an answer was seen."""
    return {"reading": None, "views": (), "opinions": MappingProxyType({}), "revealed": False,
            "informed": case.informed or case.revealed, "former_opinions": (*case.former_opinions, *_board(case))}


def unprepared(case: Case) -> Mapping[str, Any]:
    """What changes with the preparation: earlier scans are laid over it, lesions are proposed on it."""
    return {**unread(case), "earlier": (), "shown_earlier": 0, "proposal": None, "dismissed": frozenset(), "taken": ()}


def _board(case: Case) -> tuple[BoardOpinion, ...]:
    """The board's opinions by lesion number."""
    return tuple(case.opinions[number] for number in sorted(case.opinions))


def _with_board(reading: Reading, case: Case) -> Reading:
    return replace(reading, board=_board(case), former_board=case.former_opinions)
