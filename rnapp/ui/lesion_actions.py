"""The lesions of the open case: drawn, uploaded, proposed, measured and named."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnapp.case.case import Case, Preparation
from rnapp.case.outline import Outline
from rnapp.case.pending import DoubtfulMask, EarlyMask, Waiting
from rnapp.errors import MaskError
from rnapp.types import CancelToken, Candidate, MaskFile, ProgressCallback, Structure, Volume
from rnapp.ui.actions import Actions
from rnapp.ui.ports import carried, renamed, without
from rnapp.ui.workspace import Message, Step

PREPARED_AGAIN = "The study was prepared again meanwhile; upload the mask again."
NO_STUDY = "There is no prepared study to draw on; prepare one first."
NO_STUDY_FOR_MASK = "There is no prepared study for the mask; prepare one first."
NOTHING_WAITS = "There is no mask waiting for a choice; upload it again."
OTHER_HEAD = "The scan on this page is no longer the one that is open; reload the page, then draw on what it shows."
EMPTY = Message("info", "Nothing is drawn yet.")
NOTHING_TO_LOOK_AT = Message("error", "Lesions are proposed on an accepted preparation; prepare a study and accept it.")


class LesionActions:
    """What the screen "Lesions" does. Every error ends as its message, or is raised where the viewer shows it itself;
    the case is only changed by what succeeded."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._workspace = actions.workspace
        self._pipeline = actions.pipeline

    # Masks from files

    def upload(self, path: Path, temporary: bool = False) -> bool:
        """Read a mask file in the background; returns whether it was started. A file with several structures waits
        until they are chosen. temporary: it is removed afterwards."""
        def work(files: Sequence[Path], progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Reading the file", 0.1)
            self._read(files[0], cancel)

        return self._actions.worker.on_files(Step.LESIONS, "Reading the mask", [path], work, temporary)

    def check(self, path: Path, temporary: bool = False) -> bool:
        """Whether a mask file fits the chosen series, before it is prepared, in the background; whether it was started.
        One that fits is used once the preparation is accepted. temporary: the file is removed afterwards."""
        case = self._workspace.case

        def work(files: Sequence[Path], progress: ProgressCallback, cancel: CancelToken) -> None:
            if case.study is None or case.series is None:
                raise MaskError("Choose the series that the mask was drawn on first.")
            self._keep_early(case, None)
            progress("Reading the series", 0.1)
            scan = self._pipeline.load_series(case.study, case.series.uid, cancel).volume
            cancel.check()
            progress("Reading the mask", 0.6)
            series = case.series
            checked = self._pipeline.check_mask_on(files[0], scan, series.frame_of_reference, series.patient,
                                                   series.date)
            if not self._keep_early(case, EarlyMask(case.series.uid, checked.file, checked.said)):
                raise MaskError("Another study was opened meanwhile; upload a mask of that one.")

        return self._actions.worker.on_files(Step.STUDY, "Checking the mask", [path], work, temporary)

    def take_early(self) -> bool:
        """Use the mask that was given before the preparation, in the background; whether there is one to use."""
        case = self._workspace.case
        early, prepared = case.early, case.prepared
        if early is None or prepared is None or not case.accepted or early.series != prepared.reference.series.uid:
            return False

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Finding the lesions", 0.5)
            self._take(case, early.file, cancel)
            self._keep_early(case, None)

        return self._actions.worker.later(Step.LESIONS, "Using the mask that was checked", work)

    def choose(self, places: Sequence[int]) -> bool:
        """Choose which structures of the waiting file, by position, make up the lesion."""
        def work() -> None:
            case = self._workspace.case
            waiting = case.preparation.waiting if case.preparation else None
            if waiting is None:
                raise MaskError(NOTHING_WAITS)
            self._take_structures(case, waiting.file, waiting.chosen(places))

        return self._actions.worker.now(Step.LESIONS, work)

    def confirm(self, fits: bool) -> bool:
        """Whether the user says that the doubtful mask fits the prepared head: it is used or left out."""
        def work() -> None:
            case = self._workspace.case
            doubtful = case.preparation.doubtful if case.preparation else None
            if doubtful is None:
                raise MaskError(NOTHING_WAITS)
            if fits:
                self._take_structures(case, doubtful.file, doubtful.structures, confirmed=True)
            else:
                self._change_preparation(
                    case, lambda now: replace(now, doubtful=None) if now.doubtful is doubtful else now)

        return self._actions.worker.now(Step.LESIONS, work)

    # From the viewer. head: the revision of the prepared head that the page shows; anything meant for another one, of
    # the same patient or not, is refused with MaskError.

    def save(self, data: bytes, head: int) -> int:
        """Keep what the viewer drew (a NIfTI file, perhaps gzipped); its revision. Raises MaskError."""
        case = self._shown(head)
        if case.prepared is None:
            raise MaskError(NO_STUDY)
        drawn = self._pipeline.read_nifti_bytes(data)
        if not drawn.same_grid(case.prepared.head):
            raise MaskError("The drawing does not match the prepared study; reload the page and draw again.")
        return self._keep(case, case.prepared.head.with_array(drawn.array > 0))

    def fill_slices(self, head: int, plane: str = "") -> int:
        """Fill the slices between the drawn ones; the mask's revision. plane: "" for the one it was drawn in. Raises
        MaskError."""
        case = self._shown(head)
        if case.prepared is None or case.mask is None:
            raise MaskError("There is no drawing to fill; draw the lesion on two or more slices first.")
        return self._keep(case, self._pipeline.fill_slices(case.mask, plane))

    def grow(self, head: int, point_mm: Sequence[float], tolerance: float, again: bool) -> int:
        """Add what is connected with a point (SRI24, LPS mm) and about as bright; the mask's revision.

        again: replaces what the last growth added. Raises MaskError.
        """
        case = self._shown(head)
        if case.prepared is None:
            raise MaskError(NO_STUDY)
        grown = self._pipeline.grown_lesion(case.prepared, point_mm, tolerance)
        earlier = case.outline.before_growth
        before = earlier if again and earlier is not None else case.mask
        before = before if before is not None else grown.with_array(np.zeros(grown.shape, bool))
        return self._keep(case, before.with_array(before.array | grown.array), before)

    def take(self, head: int, number: int) -> int:
        """Add a proposed lesion to the drawing; the mask's revision. Raises MaskError."""
        case = self._shown(head)
        candidate = _candidate(case, number)
        mask = candidate.mask
        if case.mask is not None:
            mask = mask.with_array(case.mask.array | mask.array)
        return self._keep(case, mask, taken=(*case.outline.taken, candidate))

    def remove(self, head: int, number: int) -> int:
        """Remove one lesion from the mask; the mask's revision. Raises MaskError."""
        case = self._shown(head)
        if case.lesions is None:
            raise MaskError("There is no lesion to remove; draw one first.")
        return self._keep(case, without(case.lesions, number))

    # Proposals and lesions

    def propose(self) -> bool:
        """Look for lesions to propose, in the background; whether it was started. Brings back what was dismissed."""
        case = self._workspace.case
        prepared = case.prepared
        if prepared is None or not case.accepted:
            self._workspace.say(Step.LESIONS, NOTHING_TO_LOOK_AT)
            return False

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Searching for possible lesions", 0.1)
            proposal = self._pipeline.propose_lesions(prepared, self._actions.resources)
            cancel.check()
            self._change_preparation(case, lambda now: replace(now, proposal=proposal, dismissed=frozenset()))

        return self._actions.worker.later(Step.LESIONS, "Proposing lesions", work)

    def dismiss(self, number: int) -> bool:
        """Hide a proposed lesion; what is drawn stays."""
        def work() -> None:
            case = self._workspace.case
            gone = _candidate(case, number).number
            self._change_preparation(case, lambda now: replace(now, dismissed=now.dismissed | {gone}))

        return self._actions.worker.now(Step.LESIONS, work)

    def measure(self) -> bool:
        """Find the lesions in the drawing."""
        def work() -> None:
            case = self._workspace.case
            outline = case.outline
            if case.prepared is None or outline.drawing is None or outline.current:
                return
            if not outline.drawing.array.any():
                self._workspace.say(Step.LESIONS, EMPTY)
                return
            task = self._actions.resources.task
            lesions = self._pipeline.find_lesions(case.prepared, outline.drawing, task, drawn=True)
            lesions = carried(outline.measured, lesions)
            lesions = self._pipeline.with_untouched(self._pipeline.with_origin(lesions, outline.taken), outline.given)
            self._workspace.update(lambda now: now.with_same_outline(now.outline.measured_as(lesions)),
                                   only_if=lambda now: now.outline.drawing is outline.drawing)

        return self._actions.worker.now(Step.LESIONS, work)

    def rename(self, number: int, name: str) -> bool:
        """What a lesion is called."""
        def work() -> None:
            lesions = self._workspace.case.lesions
            if lesions is None:
                raise MaskError("There is no lesion to name; draw one first.")
            named = renamed(lesions, number, name)
            self._workspace.update(lambda now: now.with_same_outline(now.outline.renamed(named)),
                                   only_if=lambda now: now.lesions is lesions)

        return self._actions.worker.now(Step.LESIONS, work)

    # Inner parts

    def _shown(self, head: int) -> Case:
        now = self._workspace.open
        if now.page.revisions.head != head:
            raise MaskError(OTHER_HEAD)
        return now.case

    def _keep_early(self, case: Case, early: EarlyMask | None) -> bool:
        """Only if its study is still open."""
        return self._workspace.update(lambda now: replace(now, early=early),
                                      only_if=lambda now: now.study is case.study) is not None

    def _change_preparation(self, case: Case, change: Callable[[Preparation], Preparation]) -> bool:
        """Change something other than the outline in this preparation, if it is still the same one."""
        def changed(now: Case) -> Case:
            return now if now.preparation is None else now.with_same_prepared(change(now.preparation))

        return self._workspace.update(changed, only_if=lambda now: now.prepared is case.prepared) is not None

    def _read(self, path: Path, cancel: CancelToken) -> None:
        case = self._workspace.case
        if case.prepared is None:
            raise MaskError(NO_STUDY_FOR_MASK)
        series = case.prepared.reference.series
        file = self._pipeline.read_mask_file(path, case.prepared.native, series.frame_of_reference, series.patient,
                                             series.date)
        self._take(case, file, cancel)

    def _take(self, case: Case, file: MaskFile, cancel: CancelToken) -> None:
        if case.prepared is None:
            raise MaskError(NO_STUDY_FOR_MASK)
        cancel.check()
        if len(file.choices) == 1:
            self._take_structures(case, file, file.choices)
            return
        waiting = Waiting(file, tuple(self._pipeline.structure_choices(case.prepared, file)))
        if not self._change_preparation(case, lambda now: replace(now, waiting=waiting)):
            raise MaskError(PREPARED_AGAIN)

    def _take_structures(self, case: Case, file: MaskFile, structures: Sequence[Structure],
                         confirmed: bool = False) -> None:
        if case.prepared is None:
            raise MaskError(NO_STUDY_FOR_MASK)
        doubt = "" if confirmed else self._pipeline.to_confirm(case.prepared, file)
        if doubt:
            shown = self._pipeline.on_prepared_head(case.prepared, file, structures)
            doubtful = DoubtfulMask(file, tuple(structures), shown, doubt)
            if not self._change_preparation(case, lambda now: replace(now, doubtful=doubtful, waiting=None)):
                raise MaskError(PREPARED_AGAIN)
            return
        task = self._actions.resources.task
        lesions = self._pipeline.find_structures(case.prepared, file, structures, task, confirmed)
        lesions = carried(case.outline.measured, lesions)
        self._actions.outdated()
        outline = Outline(measured=lesions, current=True, given=lesions)
        if not self._workspace.update(lambda now: _without_pending(now.with_outline(outline)),
                                      only_if=lambda now: now.prepared is case.prepared):
            raise MaskError(PREPARED_AGAIN)

    def _keep(self, case: Case, mask: Volume, before_growth: Volume | None = None,
              taken: tuple[Candidate, ...] | None = None) -> int:
        """Make this the drawing, whose lesions are not measured yet; its revision."""
        self._actions.outdated()
        kept = self._workspace.update(lambda now: now.with_outline(now.outline.redrawn(mask, before_growth, taken)),
                                      only_if=lambda now: now.prepared is case.prepared)
        if kept is None:
            raise MaskError("The study was prepared again meanwhile; draw on the new one.")
        return kept.page.revisions.mask


def _without_pending(case: Case) -> Case:
    """No mask is waiting for a decision any more."""
    if case.preparation is None:
        return case
    return case.with_same_prepared(replace(case.preparation, waiting=None, doubtful=None))


def _candidate(case: Case, number: int) -> Candidate:
    """Raises MaskError if it is not in the list."""
    for candidate in case.preparation.candidates if case.preparation else ():
        if candidate.number == number:
            return candidate
    raise MaskError("This proposed lesion is no longer in the list; propose lesions again.")
