"""Mask files that a person must say something about, a dose without its files, and earlier scans: parts of the case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnapp.errors import MaskError
from rnapp.types import Followed, MaskFile, PlacedDose, Scan, Structure, Volume


@dataclass(frozen=True, eq=False)
class Waiting:
    """A mask file whose structures must be chosen first. choices: what can be chosen, in words, and its place in the
    file."""

    file: MaskFile
    choices: tuple[tuple[str, int], ...]

    def chosen(self, places: Sequence[int]) -> list[Structure]:
        """The structures at these places. Raises MaskError where there is none or it cannot be chosen."""
        if not places or not set(places) <= {place for _, place in self.choices}:
            raise MaskError("Choose at least one structure that makes up the lesion.")
        return [self.file.structures[place] for place in places]


@dataclass(frozen=True, eq=False)
class KeptDose:
    """A dose whose files were not kept with the case, as it was placed. chosen: role → uid of the series then;
    its way is one to that reference scan and no other."""

    placed: PlacedDose
    chosen: Mapping[str, str]

    def fits(self, chosen: Mapping[str, str], roles: Sequence[str]) -> bool:
        """Whether these roles (the dose's and the reference scan's) have the series that they had then."""
        return all(chosen.get(role) == self.chosen.get(role) for role in roles)


@dataclass(frozen=True, eq=False)
class EarlyMask:
    """A mask file that was given before the preparation and fits a series; used once that preparation is accepted.
    series: uid; said: what was found."""

    series: str
    file: MaskFile
    said: str


@dataclass(frozen=True, eq=False)
class DoubtfulMask:
    """Structures of a mask file on SRI24 of which only a person can say whether they fit this registration. shown: as
    they lie on the prepared head, bool; doubt: why, one sentence."""

    file: MaskFile
    structures: tuple[Structure, ...]
    shown: Volume
    doubt: str


@dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier scan of the patient, registered to the present one. description, frame_of_reference: of its series;
    waiting: a mask file of it whose structures must be chosen first."""

    scan: Scan
    followed: Followed
    description: str
    frame_of_reference: str
    waiting: Waiting | None = None
