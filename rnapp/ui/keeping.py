"""Keeps the case on the desk on this workstation if the user wants it, and from then on as it changes."""

from pathlib import Path
from threading import Event, RLock, Thread

from rnapp.errors import CaseError
from rnapp.store.case_file import Label
from rnapp.store.library import Entry, Library
from rnapp.types import CancelToken, ProgressCallback
from rnapp.ui.actions import Actions
from rnapp.ui.kept import KeptCase, as_left, other_model, same, summary, to_keep
from rnapp.ui.workspace import Case, Step

QUIET_SECONDS = 5.0  # a case is kept again when it has not changed for so long


class Keeping:
    """The kept cases. Nothing is written before the user asks for it; then the case is kept as it changes."""

    def __init__(self, actions: Actions, folder: Path) -> None:
        """folder: where the cases lie."""
        self._actions = actions
        self._workspace = actions.workspace
        self._library = Library(folder)
        self._entries: tuple[Entry, ...] | None = None
        self._kept: Case | None = None  # the case as it was kept last
        self._trouble = ""
        self._lock = RLock()
        self._ended = Event()
        self._thread = Thread(target=self._follow, daemon=True)
        actions.before_clearing = self._keep_changes

    def start(self) -> None:
        """Keep what is kept as it changes, until stop()."""
        self._thread.start()

    def stop(self) -> None:
        """The app ends: keep the last changes too."""
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
        """Keep the case on the desk now. Raises CaseError where there is none or the disk refuses it."""
        with self._lock:
            return self._write(self._workspace.case)

    def open(self, case_id: str) -> bool:
        """Put a kept case on the desk, in the background; whether it was started. The old one stays if it fails."""
        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Reading the file", 0.1)
            label, kept = self._library.open(case_id, KeptCase)
            cancel.check()
            progress("Drawing the pictures", 0.6)
            self._put(label, kept, cancel)

        return self._actions.worker.later(Step.STUDY, "Opening a kept case", work)

    def remove(self, case_id: str) -> bool:
        """Delete a kept case for good; the desk stays as it is."""
        def work() -> None:
            with self._lock:
                self._library.remove(case_id)
                self._entries = None
                if self._workspace.case.kept == case_id:
                    self._workspace.change(kept=None)

        return self._actions.worker.now(Step.STUDY, work)

    def _put(self, label: Label, kept: KeptCase, cancel: CancelToken) -> None:
        views = self._actions.views(kept.reading) if kept.reading else ()
        cancel.check()
        with self._workspace.folder() as folder:
            native = folder / "native.nii.gz"
            native.write_bytes(self._actions.pipeline.nifti_bytes(kept.prepared.native))
            with self._lock:
                case = self._actions.put(folder, **as_left(kept, native), views=views, kept=label.id)
                self._kept = case
        self._workspace.say(Step.READING, other_model(kept.reading, self._actions.model.card))

    def _follow(self) -> None:
        last = self._workspace.case
        while not self._ended.wait(QUIET_SECONDS):
            case = self._workspace.case
            if same(case, last) and self._workspace.job is None:
                self._keep_changes()
            last = case

    def _keep_changes(self) -> None:
        """Once more, if the case was kept before and has changed since."""
        with self._lock:
            case = self._workspace.case
            if case.kept is None or case.prepared is None or (self._kept is not None and same(case, self._kept)):
                return
            try:
                self._write(case)
            except CaseError as error:
                self._trouble = str(error)

    def _write(self, case: Case) -> Label:
        """Under its id, or the new one that the library gives it where its file is a newer program's. Raises
        CaseError."""
        title = case.form.pseudonym.strip()
        label = self._library.keep(to_keep(case), case.kept, title=title, summary=summary(case))
        # Only if the desk was not cleared meanwhile: the next patient's case must not go into this one's file.
        self._workspace.change_if({"study": case.study}, kept=label.id)
        self._kept, self._entries, self._trouble = case, None, ""
        return label
