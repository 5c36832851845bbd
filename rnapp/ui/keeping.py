"""Keeps the open case on this workstation at the user's request, and then keeps it up to date."""

from dataclasses import fields, replace
from pathlib import Path
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING

from rnapp.case.case import Case
from rnapp.case.kept import KeptCase, open_kept, to_keep, with_files
from rnapp.errors import CaseError
from rnapp.types import CancelToken, ModelCard, Prepared, ProgressCallback, Question, Reading
from rnapp.ui.actions import Actions
from rnapp.ui.flow import next_step
from rnapp.ui.kept_ports import Entry, Label, Library
from rnapp.ui.views import made_views
from rnapp.ui.workspace import Message, Open, Page, Step

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

QUIET_SECONDS = 5.0  # a case is saved again once it has not changed for this long


class Keeping:
    """The kept cases. Nothing is written until the user asks for it; from then on every change is kept."""

    def __init__(self, actions: Actions, folder: Path) -> None:
        """folder: where the cases are."""
        self._actions = actions
        self._workspace = actions.workspace
        self._library = Library(folder)
        self._entries: tuple[Entry, ...] | None = None
        self._kept: Open | None = None  # the case as last kept
        self._trouble = ""
        self._lock = RLock()
        self._ended = Event()
        self._thread = Thread(target=self._follow, daemon=True)
        actions.before_clearing = self._keep_changes

    def start(self) -> None:
        """Keep what is kept as it changes, until stop()."""
        self._thread.start()

    def stop(self) -> None:
        """The app is closing: keep the last changes too."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._keep_changes()

    @property
    def trouble(self) -> str:
        """Why the last changes are not kept, "" if they are."""
        return self._trouble

    def entries(self) -> tuple[Entry, ...]:
        """All kept cases, newest first."""
        if self._entries is None:
            self._entries = self._library.entries()
        return self._entries

    def keep(self) -> Label:
        """Keep the open case now. Raises CaseError where there is none or the disk refuses it."""
        with self._lock:
            return self._write(self._workspace.open)

    def open(self, case_id: str) -> bool:
        """Open a kept case, in the background; whether it was started. The old one stays if it fails."""
        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Reading the file", 0.1)
            label, kept = open_kept(self._library, case_id)
            self._actions.questions.find(kept.question)
            cancel.check()
            progress("Drawing the pictures", 0.6)
            self._put(label, kept, cancel)

        return self._actions.worker.later(Step.STUDY, "Opening a kept case", work)

    def remove(self, case_id: str) -> bool:
        """Delete a kept case for good; the open case stays as it is."""
        def work() -> None:
            with self._lock:
                self._library.remove(case_id)
                self._entries = None
                if self._workspace.page.kept == case_id:
                    self._workspace.update_page(lambda page: replace(page, kept=None))

        return self._actions.worker.now(Step.STUDY, work)

    def _put(self, label: Label, kept: KeptCase, cancel: CancelToken) -> None:
        actions, reading = self._actions, kept.case.reading
        model = actions.questions.find(kept.question)
        question = model.question
        views = made_views(actions.pipeline, kept.case.result(question)) if reading else ()
        cancel.check()

        def page(fresh: Page) -> Page:
            return replace(fresh, step=_step(kept.case, question), views=views, kept=label.id,
                           reader_first=kept.reader_first, shown_answer=kept.shown_answer)

        with self._workspace.folder() as folder:
            case = with_files(kept.case, self._native_files(kept.case.prepared, folder))
            with self._lock:
                actions.put(folder, case, page, question.id)
                self._kept = self._workspace.open
        self._workspace.say(Step.READING, other_model(reading, model.card, question))

    def _native_files(self, prepared: Prepared | None, folder: Path) -> dict[str, Path]:
        """Role → a file with the voxels of its scan, so that it can be prepared again."""
        files = {}
        for number, (role, channel) in enumerate(prepared.channels.items() if prepared else ()):
            files[role] = folder / f"native-{number}.nii.gz"
            files[role].write_bytes(self._actions.pipeline.nifti_bytes(channel.native))
        return files

    def _follow(self) -> None:
        last = self._workspace.open
        while not self._ended.wait(QUIET_SECONDS):
            now = self._workspace.open
            if same(now, last) and self._workspace.job is None:
                self._keep_changes()
            last = now

    def _keep_changes(self) -> None:
        """Keep it again if it was kept before and has changed since."""
        with self._lock:
            now = self._workspace.open
            unchanged = self._kept is not None and same(now, self._kept)
            if now.page.kept is None or now.case.prepared is None or unchanged:
                return
            try:
                self._write(now)
            except CaseError as error:
                self._trouble = str(error)

    def _write(self, now: Open) -> Label:
        """Under its id, or a new one from the library if its file belongs to a newer version of rnapp. Raises
        CaseError."""
        question, case, shown = self._actions.questions.of(now).question, now.case, now.page
        kept = to_keep(case, question.id, shown.reader_first, shown.shown_answer)
        label = self._library.keep(kept, shown.kept, title=case.form.pseudonym.strip(),
                                   summary=summary(case, question))
        # Only if no other case was opened meanwhile: the next patient's case must not be written to this file.
        self._workspace.update(page=lambda page: replace(page, kept=label.id),
                               only_if=lambda other: other.study is case.study)
        self._kept, self._entries, self._trouble = now, None, ""
        return label


def same(one: Open, other: Open) -> bool:
    """Whether keeping either would write the same."""
    first, second = _kept_parts(one), _kept_parts(other)
    return len(first) == len(second) and all(a is b for a, b in zip(first, second, strict=True))


def summary(case: Case, question: Question) -> str:
    """A line for the list of kept cases."""
    count = len(case.lesions.lesions) if case.lesions else 0
    lesions = {0: "no lesion drawn", 1: "1 lesion"}.get(count, f"{count} lesions")
    state = "answer shown" if case.revealed else "read, answer not shown" if case.reading else "not read"
    parts = [state] if question.unit == "study" and not count else [lesions, state]
    return ", ".join([*parts, *([f"{len(case.earlier) + 1} scans"] if case.earlier else [])])


def other_model(reading: Reading | None, present: ModelCard, question: Question) -> Message | None:
    """The message that a kept answer came from another model than the current one."""
    if reading is None or reading.model.sha256 == present.sha256:
        return None
    return Message("warning", f"This answer was given on {reading.created[:10]} by {reading.model.name} "
                              f"{reading.model.version}; the model in use is {present.name} {present.version}. Read "
                              f"the {'study' if question.unit == 'study' else 'lesions'} again to ask it.")


def _step(case: Case, question: Question) -> Step:
    """The step to continue at."""
    if case.reading is not None:
        return Step.READING
    return next_step(case.prepared, question) if case.prepared and case.accepted else Step.PREPARATION


def _kept_parts(now: Open) -> tuple[object, ...]:
    """What goes into the file (rnapp/case/kept.py)."""
    case, page = now.case, now.page
    parts = (*_fields(case, "chosen", "example_mask", "early", "preparation"), page.reader_first, page.shown_answer)
    if case.preparation is None:
        return parts
    return (*parts, *_fields(case.outline, "before_growth"),
            *_fields(case.preparation, "outline", "waiting", "doubtful", "proposal", "dismissed"))


def _fields(value: "DataclassInstance", *but: str) -> tuple[object, ...]:
    return tuple(getattr(value, field.name) for field in fields(value) if field.name not in but)
