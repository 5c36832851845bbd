"""A row of the cohort table, and what is wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rnapp.types import Clinical

EVERY = "*"  # the lesion of a row that stands for all lesions of its mask


@dataclass(frozen=True)
class Row:
    """One lesion on one scan, all of its mask (EVERY), or one study.

    line: of the table; key: of what the row refers to, independent of its line; image: of the first role; mask: None,
    and lesion: "", where the question is about the study and nothing is outlined; months: after radiotherapy, None if
    unknown; outcome: 1 the question's first, 0 its second, None unlabelled. others: role → place of its files, for the
    other inputs; series: uid of the first role, other_series: role → uid, where a place holds several.
    """

    line: int
    key: str
    patient: str
    lesion: str
    centre: str
    image: Path
    mask: Path | None
    clinical: Clinical
    series: str = ""
    mask_labels: frozenset[int] = frozenset()
    months: float | None = None
    outcome: int | None = None
    split: str = ""
    others: Mapping[str, Path] = field(default_factory=dict)  # sent to workers, so no proxy of a mapping
    other_series: Mapping[str, str] = field(default_factory=dict)

    @property
    def places(self) -> tuple[Path, ...]:
        """All files of the row."""
        return (self.image, *((self.mask,) if self.mask else ()), *self.others.values())

    def resolved(self) -> "Row":
        """With absolute paths."""
        return replace(self, image=self.image.resolve(), mask=self.mask.resolve() if self.mask else None,
                       others={role: place.resolve() for role, place in self.others.items()})


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line (0: with the table as a whole), as a sentence."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}" if self.line else self.sentence
