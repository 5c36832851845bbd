"""What the reader of a result has to know, as a value that other code can act on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

# stop: no number is given; confirm: a person must say that they looked; note: shown beside the result.
CautionLevel = Literal["stop", "confirm", "note"]


@dataclass(frozen=True)
class Caution:
    """One fact that limits a result.

    code: stable name for programs, lower case with underscores ("registration_doubtful"); level: what follows from it;
    sentence: what was found, and what to do about it where that is not said apart; action: what to do, "" if the
    sentence says it.
    """

    code: str
    level: CautionLevel
    sentence: str
    action: str = ""

    def __str__(self) -> str:
        """For the screen and the report."""
        return f"{self.sentence} {self.action}" if self.action else self.sentence


def note(code: str, sentence: str, action: str = "") -> Caution:
    """A caution that is only shown."""
    return Caution(code, "note", sentence, action)


def sentences(cautions: Iterable[Caution]) -> tuple[str, ...]:
    """What each says, in order, each once."""
    return tuple(dict.fromkeys(map(str, cautions)))


def of_level(cautions: Iterable[Caution], level: CautionLevel) -> tuple[Caution, ...]:
    """Those of one level, in order."""
    return tuple(one for one in cautions if one.level == level)
