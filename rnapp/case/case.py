"""The case that is open: study ▸ preparation ▸ outline ▸ reading, each inside the one it was made from.

Whatever replaces a parent leaves no child that no longer follows from it, because the child is gone with the parent.
Only what the board thought before is carried on: `Case` keeps it as former opinions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from rnapp.case.form import Form, checked_pseudonym
from rnapp.case.outline import Outline
from rnapp.case.pending import DoubtfulMask, Earlier, EarlyMask, KeptDose, Waiting
from rnapp.errors import CaseError
from rnapp.types import (
    BoardOpinion,
    Candidate,
    CaseResult,
    Confirmed,
    LesionSet,
    Prepared,
    Proposal,
    Question,
    Reading,
    Series,
    Study,
    Treatment,
    Volume,
    of_level,
)

# What a person has looked at who accepts the preparation.
ACCEPTED_CODES = ("registration_doubtful", "match_doubtful")
BY_ACCEPTING = "the preparation was looked at and accepted"
NOTHING_READ = "There is no reading of this case yet; read the lesions first."


@dataclass(frozen=True, eq=False)
class Preparation:
    """One preparation of a study. chosen: role → uid of the series that was prepared; quality_png: the picture by which
    it is accepted or rejected; pictures: the same of each further scan and of the dose, by role; accepted: a person
    trusts the registration. waiting, doubtful: mask files that a person must say something about first. proposal: of
    lesions; dismissed: numbers of its candidates that the reader does not want to see. earlier: scans registered to
    this one, in order of time."""

    prepared: Prepared
    chosen: Mapping[str, str]
    quality_png: bytes = b""
    accepted: bool = False
    outline: Outline = field(default_factory=Outline)
    waiting: Waiting | None = None
    doubtful: DoubtfulMask | None = None
    proposal: Proposal | None = None
    dismissed: frozenset[int] = frozenset()
    earlier: tuple[Earlier, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The proposed lesions that were not dismissed."""
        proposed = self.proposal.candidates if self.proposal else ()
        return tuple(one for one in proposed if one.number not in self.dismissed)

    @property
    def outlined(self) -> tuple[Volume, ...]:
        """What is outlined in the viewer and is not in the drawing: a mask that a person must look at, else the
        proposed lesions."""
        return (self.doubtful.shown,) if self.doubtful else tuple(one.mask for one in self.candidates)


@dataclass(frozen=True)
class Former:
    """What earlier outlines and preparations of this case left. informed: an answer to one of them was shown; opinions:
    of the board on those, in order of time."""

    informed: bool = False
    opinions: tuple[BoardOpinion, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """What is known of the patient over time. present_day: of the current scan, ISO, "" as its files say; all_drawn: on
    every scan every visible lesion has a mask."""

    present_day: str = ""
    all_drawn: bool = False
    treatments: tuple[Treatment, ...] = ()


@dataclass(frozen=True, eq=False)
class Case:
    """Everything the user gave and everything that was made of it; every field is replaced, never changed.

    chosen: role → uid of the series to prepare, "" where none is chosen, the reference first; example_mask: of the
    example study; early: a mask file that was given before the preparation; kept_dose: of a kept case that was opened,
    in case its scans are prepared again.
    """

    study: Study | None = None
    chosen: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    form: Form = field(default_factory=Form)
    example_mask: Path | None = None
    early: EarlyMask | None = None
    kept_dose: KeptDose | None = None
    timeline: Timeline = field(default_factory=Timeline)
    former: Former = field(default_factory=Former)
    preparation: Preparation | None = None

    # Replacing a part: what was made of the old one goes with it.

    def with_preparation(self, preparation: Preparation | None) -> "Case":
        """The case with another preparation, or none."""
        return replace(self, former=self._former_now(), preparation=preparation)

    def with_outline(self, outline: Outline) -> "Case":
        """The case with another outline. Raises CaseError where nothing is prepared."""
        return replace(self, former=self._former_now(), preparation=replace(self._prepared(), outline=outline))

    def with_reading(self, reading: Reading | None, revealed: bool = False) -> "Case":
        """The case with another answer to the same outline. Raises CaseError where nothing is prepared."""
        outline = self.outline
        return self.with_same_outline(replace(outline, reading=reading, revealed=outline.revealed or revealed))

    def with_dose(self, prepared: Prepared, chosen: Mapping[str, str] | None = None,
                  pictures: Mapping[str, bytes] | None = None) -> "Case":
        """The case with another dose on the same prepared scans, none, or one that was confirmed: everything drawn and
        every opinion stays; an answer that was made before is gone.

        chosen, pictures: as Preparation has them, where they change with it. Raises CaseError for other scans.
        """
        now = self._prepared()
        if not _same_scans(prepared, now.prepared):
            raise CaseError("The scan was prepared again meanwhile; choose the dose again.")
        reading = self.reading if prepared.dose is now.prepared.dose else None
        changed = replace(now, prepared=prepared, chosen=now.chosen if chosen is None else chosen,
                          pictures=now.pictures if pictures is None else pictures,
                          outline=replace(now.outline, reading=reading))
        return replace(self, preparation=changed, chosen=self.chosen if chosen is None else chosen)

    def with_form(self, form: Form) -> "Case":
        """The case with another form; an answer that was made with the old one is gone."""
        if form == self.form:
            return self
        changed = replace(self, form=form)
        return changed if self.reading is None else changed.with_reading(None)

    def with_same_outline(self, outline: Outline) -> "Case":
        """The case with something changed beside the same outlines (names, opinions, the answer)."""
        return replace(self, preparation=replace(self._prepared(), outline=outline))

    def with_same_prepared(self, preparation: Preparation) -> "Case":
        """The case with something changed beside the same prepared scans and their outline (accepted, a mask that
        waits, proposals, earlier scans). Raises CaseError for other scans or another outline."""
        now = self._prepared()
        if preparation.prepared is not now.prepared or preparation.outline is not now.outline:
            raise CaseError("The scan was prepared or drawn on again meanwhile; try once more.")
        return replace(self, preparation=preparation)

    def _former_now(self) -> Former:
        opinions = tuple(self.opinions[number] for number in sorted(self.opinions))
        return Former(self.former.informed or self.revealed, (*self.former.opinions, *opinions))

    def _prepared(self) -> Preparation:
        if self.preparation is None:
            raise CaseError("There is no prepared scan in this case; prepare one first.")
        return self.preparation

    # What is where, for reading.

    @property
    def series(self) -> Series | None:
        """The series chosen as the reference."""
        return self.study.find(next(iter(self.chosen.values()), None)) if self.study else None

    def chosen_for(self, role: str) -> Series | None:
        """The series chosen for a role."""
        return self.study.find(self.chosen.get(role)) if self.study else None

    @property
    def prepared(self) -> Prepared | None:
        """The prepared scans."""
        return self.preparation.prepared if self.preparation else None

    @property
    def accepted(self) -> bool:
        """Whether a person trusts the registration."""
        return self.preparation is not None and self.preparation.accepted

    @property
    def outline(self) -> Outline:
        """What is drawn; an empty one where nothing is prepared."""
        return self.preparation.outline if self.preparation else Outline()

    @property
    def lesions(self) -> LesionSet | None:
        """The lesions of what is drawn now; None where it is not measured yet."""
        return self.outline.lesions

    @property
    def mask(self) -> Volume | None:
        """What is drawn now, bool, SRI24 grid; for one that a file gave it is made from the labels when it is asked
        for."""
        return self.outline.mask

    @property
    def has_mask(self) -> bool:
        """Whether there is one, without making it."""
        return self.outline.drawing is not None or self.lesions is not None

    @property
    def reading(self) -> Reading | None:
        """The answer to these outlines, which the board may not have seen yet."""
        return self.outline.reading

    @property
    def revealed(self) -> bool:
        """Whether the answer to these outlines was shown."""
        return self.outline.revealed

    @property
    def revealed_reading(self) -> Reading | None:
        """The reading, once the board may see it."""
        return self.reading if self.revealed else None

    @property
    def opinions(self) -> Mapping[int, BoardOpinion]:
        """What the board thinks of these outlines, by lesion number."""
        return self.outline.opinions

    @property
    def earlier(self) -> tuple[Earlier, ...]:
        """The patient's earlier scans, registered to this one, in order of time."""
        return self.preparation.earlier if self.preparation else ()

    @property
    def confirmed(self) -> tuple[Confirmed, ...]:
        """What the reader said about cautions: by accepting the preparation, and of these outlines."""
        found = of_level(self.prepared.cautions, "confirm") if self.prepared and self.accepted else ()
        accepted = (Confirmed(one.code, None, BY_ACCEPTING, one.sentence) for one in found
                    if one.code in ACCEPTED_CODES)
        return (*accepted, *self.outline.confirmed)

    def result(self, question: Question) -> CaseResult:
        """Everything that is shown of this case. Raises CaseError where it is not read, ClinicalError for a pseudonym
        that cannot be printed."""
        reading, lesions = self.reading, self.lesions
        if self.prepared is None or reading is None or lesions is None:
            raise CaseError(NOTHING_READ)
        board = tuple(self.opinions[number] for number in sorted(self.opinions))
        return CaseResult(question, checked_pseudonym(self.form), self.prepared, lesions, reading, board,
                          self.former.opinions)


def _same_scans(one: Prepared, other: Prepared) -> bool:
    """Whether both differ in nothing but the dose."""
    return one.brain_mask is other.brain_mask and one.channels.keys() == other.channels.keys() and all(
        one.channels[role] is channel for role, channel in other.channels.items())
