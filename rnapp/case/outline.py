"""What was drawn on one preparation, and what was said and read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from rnapp.errors import MaskError
from rnapp.types import BoardOpinion, Candidate, Confirmed, KnownOutcome, LesionSet, Reading, Volume


@dataclass(frozen=True, eq=False)
class Outline:
    """What was drawn on one preparation.

    drawing: what the viewer shows and edits, bool, SRI24 grid; None where it is the lesions themselves. measured: the
    lesions as last measured; current: the drawing has not changed since, so that these are the lesions. given: as a
    mask file had them. taken: proposed lesions that were ever accepted into this drawing, even if undone since.
    before_growth: the drawing before the last growth, to which another one with other tolerance is added instead.
    opinions: of the board, by lesion number; confirmed: what the reader said about cautions of these outlines;
    known: what became known of the outlined lesions later, by lesion number; reading: the answer to these outlines,
    which the board may see once it is revealed; revealed stays when the form changes and the lesions are read again.
    """

    drawing: Volume | None = None
    measured: LesionSet | None = None
    current: bool = False
    given: LesionSet | None = None
    taken: tuple[Candidate, ...] = ()
    before_growth: Volume | None = None
    opinions: Mapping[int, BoardOpinion] = field(default_factory=lambda: MappingProxyType({}))
    reading: Reading | None = None
    revealed: bool = False
    confirmed: tuple[Confirmed, ...] = ()
    known: Mapping[int, KnownOutcome] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def lesions(self) -> LesionSet | None:
        """The lesions of what is drawn now; None where it is not measured yet."""
        return self.measured if self.current else None

    @property
    def mask(self) -> Volume | None:
        """What is drawn now, bool, SRI24 grid."""
        if self.drawing is None and self.lesions is not None:
            return self.lesions.all_mask
        return self.drawing

    def redrawn(self, drawing: Volume, before_growth: Volume | None = None,
                taken: tuple[Candidate, ...] | None = None) -> "Outline":
        """Another drawing, whose lesions are not measured yet; names and what a file gave stay known."""
        return Outline(drawing, self.measured, False, self.given, self.taken if taken is None else taken, before_growth)

    def with_confirmed(self, word: Confirmed) -> "Outline":
        """The reader's word about a caution; a later one takes the place of an earlier one about the same."""
        others = (one for one in self.confirmed if (one.code, one.lesion) != (word.code, word.lesion))
        return replace(self, confirmed=(*others, word))

    def measured_as(self, lesions: LesionSet) -> "Outline":
        """The lesions of this drawing."""
        return replace(self, measured=lesions, current=True)

    def renamed(self, lesions: LesionSet) -> "Outline":
        """The same lesions under other names; opinions and answers stay. Raises MaskError for other lesions."""
        if self.lesions is None or lesions.atlas is not self.lesions.atlas:
            raise MaskError("The lesions were changed meanwhile; name them again.")
        return replace(self, measured=lesions)
