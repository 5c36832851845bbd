"""The patient's earlier scans, registered to the current one, treatments, and the course of each lesion."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rnapp.case.case import Case
from rnapp.case.pending import Earlier, Waiting
from rnapp.errors import ClinicalError, MaskError, StudyError
from rnapp.trust.checks.given import SAME_AGAIN, not_earlier, same_scan
from rnapp.types import (
    CancelToken,
    CaseResult,
    Course,
    LoadedSeries,
    MaskFile,
    Prepared,
    ProgressCallback,
    Scan,
    Structure,
    Treatment,
    TreatmentKind,
    note,
    part_of,
    sentences,
)
from rnapp.ui.actions import LOOKING, Actions
from rnapp.ui.lesion_actions import NOTHING_WAITS
from rnapp.ui.ports import same_patient, study_of_patient
from rnapp.ui.workspace import Message, Step

KINDS: Sequence[tuple[str, TreatmentKind]] = (
    ("Radiosurgery", "radiosurgery"), ("Whole-brain radiotherapy", "whole-brain radiotherapy"), ("Surgery", "surgery"),
    ("Systemic treatment", "systemic"), ("Steroids", "steroids"), ("Bevacizumab", "bevacizumab"), ("Other", "other"))
LONGEST_WORDS = 60
READ, PREPARED = 0.1, 0.95  # the progress bar when an earlier scan has been read, and prepared
NO_PRESENT = "Prepare and accept this scan first; earlier ones are registered to it."
CHANGED = "The current scan has been prepared again; add the earlier one again."
NONE_PROPOSED = ("Expected a {label} of the head among these files, but none can be proposed; open the study alone on "
                 "the first screen to see why.")
ATLAS_MASK = ("This mask is on SRI24 and was not drawn on this registration of the earlier scan; choose a mask drawn "
              "on the earlier scan itself.")
WHOSE = ("These files belong to several patients, and the current scan has no patient ID; give the files of one "
         "patient.")
OTHER_PATIENT = ("The earlier scan has a different patient ID from the current one; check that both are of the same "
                 "patient, and remove it if they are not.")
MISSING = "That scan is no longer in the list; reload the page."


class TimelineActions:
    """What the screen "Over time" does. Every error ends as its message; the case is only changed by what succeeded."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._workspace = actions.workspace
        self._pipeline = actions.pipeline

    def add(self, paths: Sequence[Path], day: str = "", temporary: bool = False) -> bool:
        """Read, prepare and register an earlier scan in the background; whether it was started. day: ISO, where its
        files have no date; temporary: the files are removed afterwards."""
        case = self._workspace.case
        prepared = case.prepared if case.accepted else None

        def work(files: Sequence[Path], progress: ProgressCallback, cancel: CancelToken) -> None:
            if prepared is None:
                raise StudyError(NO_PRESENT)
            progress(LOOKING, 0.0)
            present = present_scan(case)
            patient = prepared.reference.series.patient
            loaded, when = self._read(files, day, patient, part_of(progress, 0.0, READ), cancel)
            _check_earlier(loaded, when, present)
            series = loaded.series
            other_patient = bool(patient and series.patient) and not same_patient(patient, series.patient)
            cautions = (*series.cautions, *((note("other_patient", OTHER_PATIENT),) if other_patient else ()))
            old = self._pipeline.prepare({self._actions.question.reference: loaded}, self._actions.resources,
                                         part_of(progress, READ, PREPARED), cancel, cautions)
            progress("Registering it to the current scan", PREPARED)
            scan = Scan(when, old)
            followed = self._pipeline.follow(scan, present, cancel)
            cancel.check()
            added = Earlier(scan, followed, series.description, series.frame_of_reference)
            self._keep(added, prepared)
            if other_patient:
                self._workspace.say(Step.TIME, Message("warning", OTHER_PATIENT))

        return self._actions.worker.on_files(Step.TIME, "Adding an earlier scan", paths, work, temporary)

    def mask(self, place: int, path: Path, temporary: bool = False) -> bool:
        """The lesions of an earlier scan in the background, from a file on its grid (or SRI24's); whether it was
        started. One with several structures waits until they are chosen. temporary: the file is removed afterwards."""
        def work(files: Sequence[Path], progress: ProgressCallback, cancel: CancelToken) -> None:
            progress("Reading the file", 0.1)
            earlier = _at(self._workspace.case, place)
            prepared = earlier.scan.prepared
            series = prepared.reference.series
            file = self._pipeline.read_mask_file(files[0], prepared.native, earlier.frame_of_reference, series.patient,
                                                 series.date)
            cancel.check()
            if len(file.choices) == 1:
                self._take_structures(earlier, file, file.choices)
            else:
                choices = tuple(self._pipeline.structure_choices(prepared, file))
                self._replace(earlier, replace(earlier, waiting=Waiting(file, choices)))

        return self._actions.worker.on_files(Step.TIME, "Reading the mask", [path], work, temporary)

    def choose(self, place: int, structures: Sequence[int]) -> bool:
        """Choose which structures of an earlier scan's waiting file, by position, make up its lesions."""
        def work() -> None:
            earlier = _at(self._workspace.case, place)
            if earlier.waiting is None:
                raise MaskError(NOTHING_WAITS)
            self._take_structures(earlier, earlier.waiting.file, earlier.waiting.chosen(structures))

        return self._actions.worker.now(Step.TIME, work)

    def remove(self, place: int) -> bool:
        """Remove an earlier scan from the case."""
        def work() -> None:
            gone = _at(self._workspace.case, place)
            self._workspace.update(lambda case: _with_earlier(case, [one for one in case.earlier if one is not gone]),
                                   lambda page: replace(page, shown_earlier=0))

        return self._actions.worker.now(Step.TIME, work)

    def show(self, place: int) -> bool:
        """Show this earlier scan next to the current one."""
        def work() -> None:
            _at(self._workspace.case, place)
            self._workspace.update_page(lambda page: replace(page, shown_earlier=place))

        return self._actions.worker.now(Step.TIME, work)

    def date_present(self, day: str) -> bool:
        """The day of the current scan, if its files have none or a wrong one; "" uses what the files say."""
        def work() -> None:
            if day:
                parse_day(day, "of the current scan")
            self._workspace.update(lambda case: replace(case, timeline=replace(case.timeline, present_day=day)))

        return self._actions.worker.now(Step.TIME, work)

    def treat(self, day: str, kind: TreatmentKind, words: str) -> bool:
        """Note a treatment."""
        def work() -> None:
            text = " ".join(words.split())
            if len(text) > LONGEST_WORDS or not text.isprintable():
                raise ClinicalError(f"Expected at most {LONGEST_WORDS} characters about a treatment; shorten it.")
            noted = Treatment(parse_day(day, "of the treatment"), kind, text)
            self._treated(lambda treatments: (*treatments, noted))

        return self._actions.worker.now(Step.TIME, work)

    def forget_treatment(self, place: int) -> None:
        """Remove a treatment from the list."""
        self._treated(lambda treatments: tuple(one for n, one in enumerate(treatments) if n != place))

    def say_all_drawn(self, wanted: bool) -> None:
        """Whether every visible lesion has a mask on every scan."""
        self._workspace.update(lambda case: replace(case, timeline=replace(case.timeline, all_drawn=wanted)))

    def courses(self) -> tuple[Course, ...]:
        """The course of each lesion; empty if no scan has lesions. Raises ClinicalError as the timeline does."""
        case = self._workspace.case
        if case.prepared is None or not case.earlier or not _any_lesions(case):
            return ()
        complete = case.timeline.all_drawn
        earlier = [(replace(one.scan, complete=complete), one.followed) for one in case.earlier]
        courses = self._pipeline.courses(replace(present_scan(case), complete=complete), earlier)
        lesions = case.lesions
        names: dict[int | None, str] = {} if lesions is None else {
            one.number: f"Lesion {lesions.called(one.number)}" for one in lesions.lesions}
        return tuple(replace(one, name=names.get(one.number, one.name)) for one in courses)

    def report(self, result: CaseResult) -> bytes:
        """The report, with the course of the lesions if it can be determined (if not, the screen says why)."""
        try:
            courses = self.courses()
        except ClinicalError:
            courses = ()
        treatments = self._workspace.case.timeline.treatments
        return self._pipeline.report_pdf(result, self._actions.resources, courses, treatments)

    def _treated(self, change: Callable[[tuple[Treatment, ...]], tuple[Treatment, ...]]) -> None:
        self._workspace.update(lambda case: replace(case, timeline=replace(
            case.timeline, treatments=change(case.timeline.treatments))))

    def _read(self, paths: Sequence[Path], day: str, patient: str, progress: ProgressCallback,
              cancel: CancelToken) -> tuple[LoadedSeries, date]:
        """The series proposed for the reference among these files, with its day; unpacked files are removed. patient:
        ID, needed if the files belong to several."""
        task, role = self._actions.resources.task, self._actions.question.roles[0]
        with TemporaryDirectory(prefix="earlier-", dir=self._workspace.root, ignore_cleanup_errors=True) as folder:
            study = self._pipeline.open_study(paths, Path(folder), task, progress, cancel)
            if study.others and not patient:
                raise StudyError(WHOSE)
            if study.others:
                study = study_of_patient(study, patient, task)
            proposed = study.proposed.get(role.name)
            series = study.find(proposed.uid) if proposed else None
            if series is None:
                raise StudyError(NONE_PROPOSED.format(label=role.label))
            when = parse_day(day or series.date, "of the earlier scan")
            return self._pipeline.load_series(study, series.uid, cancel), when

    def _keep(self, added: Earlier, prepared: Prepared) -> None:
        now = self._workspace.case
        if any(one.scan.when == added.scan.when for one in now.earlier):
            raise ClinicalError(f"A scan of {added.scan.when} is already in the list; remove it first, or give "
                                "the right date.")
        scans = sorted((*now.earlier, added), key=lambda one: str(one.scan.when))
        if not self._workspace.update(lambda case: _with_earlier(case, scans),
                                      lambda page: replace(page, shown_earlier=scans.index(added)),
                                      only_if=lambda case: case.prepared is prepared):
            raise StudyError(CHANGED)

    def _take_structures(self, earlier: Earlier, file: MaskFile, structures: Sequence[Structure]) -> None:
        if self._pipeline.to_confirm(earlier.scan.prepared, file):
            raise MaskError(ATLAS_MASK)
        task = self._actions.resources.task
        lesions = self._pipeline.find_structures(earlier.scan.prepared, file, structures, task)
        self._replace(earlier, replace(earlier, scan=replace(earlier.scan, lesion_set=lesions), waiting=None))
        # An earlier scan gets no number that could be withheld, so the reader is only told.
        if file.cautions:
            self._workspace.say(Step.TIME, Message("warning", " ".join(sentences(file.cautions))))

    def _replace(self, old: Earlier, changed: Earlier) -> None:
        """Replace the lesions of a scan and show it. Raises StudyError if it is no longer there."""
        def replaced(case: Case) -> Case:
            _place(case, old)
            return _with_earlier(case, [changed if one is old else one for one in case.earlier])

        place = _place(self._workspace.case, old)
        self._workspace.update(replaced, lambda page: replace(page, shown_earlier=place))


def _check_earlier(loaded: LoadedSeries, when: date, present: Scan) -> None:
    """Raises StudyError where it is the current scan again, or no earlier one, before the minutes of preparation."""
    now = present.prepared.reference
    if same_scan(loaded.series, now.series, loaded.volume.array, now.native.array):
        raise StudyError(SAME_AGAIN)
    if isinstance(present.when, date) and (problem := not_earlier(when, present.when)):
        raise StudyError(problem)


def present_scan(case: Case) -> Scan:
    """The scan of the case. Raises ClinicalError where its day is not known, StudyError where it is not prepared."""
    if case.prepared is None:
        raise StudyError(NO_PRESENT)
    when = parse_day(case.timeline.present_day or case.prepared.reference.series.date, "of the current scan")
    return Scan(when, case.prepared, case.lesions)


def parse_day(text: str, what: str) -> date:
    """A day from YYYY-MM-DD. Raises ClinicalError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        came = f"got {text!r}" if text.strip() else "there is none"
        raise ClinicalError(f"Expected the day {what} as YYYY-MM-DD, but {came}; give it.") from None


def _at(case: Case, place: int) -> Earlier:
    if not 0 <= place < len(case.earlier):
        raise StudyError(MISSING)
    return case.earlier[place]


def _place(case: Case, earlier: Earlier) -> int:
    place = next((place for place, one in enumerate(case.earlier) if one is earlier), -1)
    _at(case, place)
    return place


def _with_earlier(case: Case, scans: Sequence[Earlier]) -> Case:
    """Raises StudyError where nothing is prepared."""
    if case.preparation is None:
        raise StudyError(NO_PRESENT)
    return case.with_same_prepared(replace(case.preparation, earlier=tuple(scans)))


def _any_lesions(case: Case) -> bool:
    return case.lesions is not None or any(one.scan.lesion_set is not None for one in case.earlier)
