"""What is open: the case, and what only its page needs, kept on the server.

The page is only a picture of it, so reloading the page loses nothing. A step that fails changes nothing but its
message; what no longer follows from a changed part of the case is gone with that part (rnapp/case/case.py).
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from itertools import count
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Any, Literal

from rnapp.case.case import Case
from rnapp.ui.dose_told import NOTHING_TOLD, DoseTold
from rnapp.ui.work import Job

Level = Literal["info", "good", "warning", "error"]
ALL_HIDDEN = "all"  # of the maps of occlusion, the one with all inputs hidden at once


class Step(IntEnum):
    """The screens: six steps in order, and one that may be left out."""

    STUDY = 1
    PREPARATION = 2
    LESIONS = 3
    CLINICAL = 4
    READING = 5
    REPORT = 6
    TIME = 7


@dataclass(frozen=True)
class Message:
    """One plain sentence for the screen."""

    level: Level
    text: str


@dataclass(frozen=True, eq=False)
class View:
    """How an answer is shown; made with the reading, so that showing it takes no time. The pictures are PNGs, b"" where
    there is none; waterfall, scene, curves (of dose and volume): Plotly figures, None where there is none; isodoses:
    through what was answered, none without a dose."""

    lesion_png: bytes
    attention_png: bytes
    waterfall: Any
    scene: Any
    curves: Any = None
    isodoses: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Revisions:
    """A number for each thing that the browser fetches apart: another one whenever it is another thing, never used
    before in this session. proposal: all that is outlined in the viewer and not drawn; earlier: the shown one; dose:
    where it lies."""

    head: int = 0
    mask: int = 0
    reading: int = 0
    proposal: int = 0
    earlier: int = 0
    dose: int = 0


@dataclass(frozen=True, eq=False)
class Page:
    """What only the screens need of an open case.

    number: another one for every case, so that a page that still shows the last one is known by it. task: id of the
    question that is asked of it. shown_answer, shown_earlier: the index of the answer and of the earlier scan that are
    shown; shown_map: of the maps of occlusion, by what was hidden; views: of each answer of the reading. dose_told:
    what the user says of the chosen dose; placed_told: what was said of the one that is placed.
    kept: under which id this case is kept on this workstation, None if it is not. reader_first: the answer stays hidden
    until the board has noted its own opinion or said that it wants none.
    """

    number: int = 0
    task: str = ""
    step: Step = Step.STUDY
    messages: Mapping[int, Message] = field(default_factory=lambda: MappingProxyType({}))
    shown_answer: int = 0
    shown_earlier: int = 0
    shown_map: str = ALL_HIDDEN
    views: tuple[View, ...] = ()
    dose_told: DoseTold = NOTHING_TOLD
    placed_told: DoseTold = NOTHING_TOLD
    kept: str | None = None
    reader_first: bool = True
    revisions: Revisions = Revisions()


@dataclass(frozen=True, eq=False)
class Open:
    """A case with its page, as they were at one moment."""

    case: Case = field(default_factory=Case)
    page: Page = field(default_factory=Page)


def same_case(case: Case) -> Case:
    """No change of the case."""
    return case


def same_page(page: Page) -> Page:
    """No change of the page."""
    return page


def any_case(_: Case) -> bool:
    """Whatever was changed meanwhile."""
    return True


class Workspace:
    """Holds the open case and the running job; safe to use from several threads.

    root: this session's private folder; every case gets its own folder inside it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open = Open()
        self._job: Job | None = None
        self._lock = RLock()
        self._revisions = count(1)

    @property
    def open(self) -> Open:
        """The case and its page as they are now."""
        return self._open

    @property
    def case(self) -> Case:
        """The case as it is now."""
        return self._open.case

    @property
    def page(self) -> Page:
        """The page as it is now."""
        return self._open.page

    @property
    def job(self) -> Job | None:
        """The running job, None if nothing runs."""
        job = self._job
        return job if job is not None and job.running else None

    def idle(self) -> bool:
        """Whether no case is open and nothing is being done."""
        return self.job is None and self.case.study is None

    def begin(self, title: str, step: Step) -> Job | None:
        """A new job of this screen, or None if one is running already."""
        with self._lock:
            if self.job is not None:
                return None
            self._job = Job(title, step)
            return self._job

    def update(self, change: Callable[[Case], Case] = same_case, page: Callable[[Page], Page] = same_page,
               only_if: Callable[[Case], bool] = any_case) -> Open | None:
        """Replace the case and its page together; both as they are then, None where it was not done. What a change
        raises is raised, and nothing is changed. only_if: asked about the case of now, for work whose input may have
        changed meanwhile.

        The pictures of a reading go with it, and what is shown is always one that is there.
        """
        with self._lock:
            before = self._open
            if not only_if(before.case):
                return None
            case, now = change(before.case), before.page
            if case.reading is not before.case.reading:
                now = replace(now, views=(), shown_answer=0)
            self._open = self._numbered(before, Open(case, _within(case, page(now))))
            return self._open

    def update_page(self, page: Callable[[Page], Page]) -> None:
        """Replace the page of the same case."""
        self.update(page=page)

    def turn(self, step: Step) -> None:
        """Another screen is looked at."""
        self.update_page(lambda page: replace(page, step=step))

    def put(self, case: Case, page: Callable[[Page], Page] = same_page) -> None:
        """Open another case: nothing of the last patient may stay, least of all the clinical form.

        Whether the reader comes first is the board's way of working, and stays; so does the question.
        """
        with self._lock:
            revisions = Revisions(*(self.revision() for _ in fields(Revisions)))
            fresh = Page(self.revision(), self.page.task, reader_first=self.page.reader_first, revisions=revisions)
            self._open = Open(case, _within(case, page(fresh)))

    def say(self, step: int, message: Message | None) -> None:
        """Put a message on a screen, or take it away."""
        def said(page: Page) -> Page:
            messages = {key: value for key, value in page.messages.items() if key != step}
            if message is not None:
                messages[step] = message
            return replace(page, messages=MappingProxyType(messages))

        self.update_page(said)

    def revision(self) -> int:
        """A number that was never used before in this session."""
        return next(self._revisions)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A new private folder (mode 0700) inside the session's own; it goes again if what is put in it fails."""
        folder = Path(tempfile.mkdtemp(prefix="case-", dir=self.root))
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _numbered(self, before: Open, now: Open) -> Open:
        """With a fresh revision for each thing that is another one than before."""
        was, is_now = _stands_for(before), _stands_for(now)
        fresh = {name: self.revision() for name, things in is_now.items()
                 if any(one is not other for one, other in zip(things, was[name], strict=True))}
        return replace(now, page=replace(now.page, revisions=replace(now.page.revisions, **fresh))) if fresh else now


def _stands_for(now: Open) -> Mapping[str, tuple[object, ...]]:
    """The things that each revision stands for; they are never changed, only replaced."""
    case, preparation, outline = now.case, now.case.preparation, now.case.outline
    labels = outline.lesions.atlas if outline.drawing is None and outline.lesions else None
    proposal = (preparation.doubtful, preparation.proposal, preparation.dismissed) if preparation else (None,) * 3
    earlier = case.earlier[now.page.shown_earlier].followed if case.earlier else None
    # A dose that comes, goes or is confirmed is no other head: what is drawn on it stays.
    reference = case.prepared.reference if case.prepared else None
    placed = case.prepared.dose if case.prepared else None
    dose = (placed.on_atlas, placed.dose.prescriptions) if placed else (None, None)
    return {"head": (reference,), "mask": (outline.drawing, labels), "reading": (case.reading,),
            "proposal": proposal, "earlier": (earlier,), "dose": dose}


def _within(case: Case, page: Page) -> Page:
    """The page, showing an answer and an earlier scan that are there."""
    answers = len(case.reading.answers) if case.reading else 0
    answer = page.shown_answer if 0 <= page.shown_answer < answers else 0
    earlier = page.shown_earlier if 0 <= page.shown_earlier < len(case.earlier) else 0
    if (answer, earlier) == (page.shown_answer, page.shown_earlier):
        return page
    return replace(page, shown_answer=answer, shown_earlier=earlier)
