"""The one case on the desk: everything the user gave and everything that was made of it, kept on the server.

The page is only a picture of it, so reloading the page loses nothing. A step that fails changes nothing but its
message; a step that succeeds clears what no longer follows from it (a drawing belongs to one preparation).
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import count
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Any, Literal

from rnapp.types import (
    BoardOpinion,
    Candidate,
    LesionSet,
    Prepared,
    Proposal,
    Reading,
    Series,
    Study,
    Treatment,
    Volume,
)
from rnapp.ui.pending import DoubtfulMask, Earlier, EarlyMask, Waiting
from rnapp.ui.work import Job

Level = Literal["info", "good", "warning", "error"]


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


@dataclass(frozen=True)
class Form:
    """The clinical form as it stands on the screen, valid or not; "" and None are unknown. Ages in years, months."""

    pseudonym: str = ""
    age: float | None = None
    sex: str = ""
    primary_tumour: str = ""
    systemic_treatment: str = ""
    months_since_radiosurgery: float | None = None
    wbrt_before: str = ""


@dataclass(frozen=True, eq=False)
class View:
    """How the reading of a lesion is shown; made with the reading, so that showing it takes no time. waterfall, scene:
    Plotly figures."""

    lesion_png: bytes
    attention_png: bytes
    waterfall: Any
    scene: Any


@dataclass(frozen=True, eq=False)
class Case:
    """What is on the desk; every field is replaced, never changed.

    number: another one for every case, so that a page that still shows the last one is known by it;
    mask: what the viewer shows and edits, SRI24 grid; mask_before_growth: what it was before the last growth, to which
    another one with other tolerance is added instead; waiting: an uploaded file whose structures must be chosen first;
    early: a mask file that was given before the preparation; doubtful: one that a person must look at first;
    proposal: of lesions, for this preparation; dismissed: numbers of its candidates that the reader does not want to
    see; taken: all that the reader ever took into this drawing, for the lesions' origin, even if undone since;
    revision: grows with every change of head, mask or reading, so that the browser knows what to fetch again.
    known: the lesions as last measured, whose names stay with them; given: as a mask file had them. views: of each
    lesion of the reading. reader_first: the answer stays hidden until the board has noted its own opinion or said that
    it wants none; opinions: of the board, by lesion number; revealed: the answer to these lesions was shown; informed:
    an answer to other outlines was; former_opinions: on those. earlier: in order of time; shown_earlier: its place in
    them; present_day: of the present scan, ISO, "" as its files say; all_drawn: on every scan every visible lesion has
    a mask. kept: under which id this case is kept on this workstation, None if it is not.
    """

    number: int = 0
    study: Study | None = None
    chosen: str | None = None
    example_mask: Path | None = None
    prepared: Prepared | None = None
    prepared_uid: str | None = None
    quality_png: bytes = b""
    accepted: bool = False
    mask: Volume | None = None
    mask_before_growth: Volume | None = None
    waiting: Waiting | None = None
    early: EarlyMask | None = None
    doubtful: DoubtfulMask | None = None
    lesions: LesionSet | None = None
    known: LesionSet | None = None
    given: LesionSet | None = None
    proposal: Proposal | None = None
    dismissed: frozenset[int] = frozenset()
    taken: tuple[Candidate, ...] = ()
    form: Form = Form()
    reading: Reading | None = None
    views: tuple[View, ...] = ()
    reader_first: bool = True
    opinions: Mapping[int, BoardOpinion] = field(default_factory=lambda: MappingProxyType({}))
    revealed: bool = False
    informed: bool = False
    former_opinions: tuple[BoardOpinion, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    shown_earlier: int = 0
    earlier_revision: int = 0
    present_day: str = ""
    all_drawn: bool = False
    treatments: tuple[Treatment, ...] = ()
    kept: str | None = None
    shown_lesion: int = 0
    head_revision: int = 0
    mask_revision: int = 0
    reading_revision: int = 0
    proposal_revision: int = 0
    step: Step = Step.STUDY
    messages: Mapping[int, Message] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def series(self) -> Series | None:
        """The chosen series."""
        return self._series(self.chosen)

    @property
    def prepared_series(self) -> Series | None:
        """The series that was prepared, whichever is chosen now."""
        return self._series(self.prepared_uid)

    def _series(self, uid: str | None) -> Series | None:
        found = [series for series in (self.study.series if self.study else ()) if series.uid == uid]
        return found[0] if found else None

    @property
    def revealed_reading(self) -> Reading | None:
        """The reading, once the board may see it."""
        return self.reading if self.revealed else None

    @property
    def outlined(self) -> tuple[Volume, ...]:
        """What is outlined in the viewer and is not in the drawing: a mask that a person must look at, else the
        proposed lesions."""
        return (self.doubtful.shown,) if self.doubtful else tuple(one.mask for one in self.candidates)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The proposed lesions that were not dismissed."""
        proposed = self.proposal.candidates if self.proposal else ()
        return tuple(candidate for candidate in proposed if candidate.number not in self.dismissed)


class Workspace:
    """Holds the case and the running job; safe to use from several threads.

    root: this session's private folder; every case gets its own folder inside it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._case = Case()
        self._job: Job | None = None
        self._lock = RLock()
        self._revisions = count(1)

    @property
    def case(self) -> Case:
        """The case as it is now."""
        return self._case

    @property
    def job(self) -> Job | None:
        """The running job, None if nothing runs."""
        job = self._job
        return job if job is not None and job.running else None

    def idle(self) -> bool:
        """Whether nothing lies on the desk and nothing is being done."""
        return self.job is None and self.case.study is None

    def begin(self, title: str, step: Step) -> Job | None:
        """A new job of this screen, or None if one is running already."""
        with self._lock:
            if self.job is not None:
                return None
            self._job = Job(title, step)
            return self._job

    def change(self, **fields: Any) -> Case:
        """Replace fields of the case."""
        with self._lock:
            self._case = replace(self._case, **fields)
            return self._case

    def change_if(self, unchanged: Mapping[str, object], **fields: Any) -> bool:
        """Replace fields only if others are still the same objects: for work whose input may have changed."""
        with self._lock:
            if any(getattr(self._case, name) is not value for name, value in unchanged.items()):
                return False
            self.change(**fields)
            return True

    def new_case(self, **fields: Any) -> Case:
        """Clear the desk: nothing of the last patient may stay, least of all the clinical form.

        Whether the reader comes first is the board's way of working, and stays.
        """
        with self._lock:
            self._case = replace(Case(self.revision(), reader_first=self._case.reader_first), **fields)
            return self._case

    def say(self, step: int, message: Message | None) -> None:
        """Put a message on a screen, or take it away."""
        with self._lock:
            messages = {key: value for key, value in self._case.messages.items() if key != step}
            if message is not None:
                messages[step] = message
            self.change(messages=MappingProxyType(messages))

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
