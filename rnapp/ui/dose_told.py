"""What a person states about a dose because its files do not, and without which it cannot be read."""

from collections.abc import Collection
from dataclasses import dataclass

# Codes of the cautions on a series of the kind "dose" that ask for it (rnapp/io/rt_sum.py).
RELATIVE, FRACTIONS, PARTS = "dose_relative", "dose_fractions", "dose_parts"
QUESTIONS = frozenset({RELATIVE, FRACTIONS, PARTS})
MOST_GY, MOST_FRACTIONS = 200.0, 60


@dataclass(frozen=True)
class DoseTold:
    """relative_gy: which dose is 100 %, Gy; fractions: by how many the dose is multiplied; all_parts: the files are of
    all beams of the plan. None and False: not said."""

    relative_gy: float | None = None
    fractions: int | None = None
    all_parts: bool = False

    @property
    def answered(self) -> frozenset[str]:
        """The codes of what has been stated."""
        said = {RELATIVE: self.relative_gy is not None, FRACTIONS: self.fractions is not None, PARTS: self.all_parts}
        return frozenset(code for code, is_said in said.items() if is_said)


    def only(self, asked: Collection[str]) -> "DoseTold":
        """Only the answers that this dose asks for, not those to another one. asked: codes."""
        return DoseTold(self.relative_gy if RELATIVE in asked else None, self.fractions if FRACTIONS in asked else None,
                        self.all_parts and PARTS in asked)


NOTHING_TOLD = DoseTold()


def told(relative_gy: float | None, fractions: float | None, all_parts: bool) -> DoseTold:
    """As entered; impossible values count as not stated."""
    return DoseTold(relative_gy if relative_gy and 0 < relative_gy <= MOST_GY else None,
                    round(fractions) if fractions and 1 <= fractions <= MOST_FRACTIONS else None, bool(all_parts))
