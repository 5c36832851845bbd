"""The lesions of a case, and what a program proposes as such."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from rnapp.errors import MaskError
from rnapp.types.caution import Caution
from rnapp.types.volume import Volume

Side = Literal["left", "right", "midline"]


@dataclass(frozen=True)
class Lesion:
    """One connected lesion, measured where it was drawn, in the patient's own millimetres.

    number: its label in the LesionSet. longest_diameter_mm: in three dimensions; axial_diameter_mm,
    axial_perpendicular_mm: the longest in one axial slice and the longest at a right angle to it (RANO-BM);
    bright_share: of its voxels, 0 to 1, how many are brighter than nearly all of the brain outside it; edge_mm: from
    the lesion to the edge of the brain mask, 0 where it touches; centre_mm: centre of mass, SRI24 LPS mm; side: of the
    patient, from centre_mm.
    """

    number: int
    volume_ml: float
    longest_diameter_mm: float
    axial_diameter_mm: float
    axial_perpendicular_mm: float
    bright_share: float
    edge_mm: float
    centre_mm: tuple[float, float, float]
    side: Side
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, eq=False)
class LesionSet:
    """All lesions of a mask. atlas and native: int16 labels (0 background, n = lesion number) on both grids, the only
    place where the outlines are; names: lesion number → what the reader calls it, only for those that have one."""

    lesions: tuple[Lesion, ...]
    atlas: Volume
    native: Volume
    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    cautions: tuple[Caution, ...] = ()

    def mask(self, number: int) -> Volume:
        """One lesion, bool, SRI24 grid."""
        return self.atlas.with_array(self.atlas.array == number)

    @property
    def all_mask(self) -> Volume:
        """All lesions, bool, SRI24 grid."""
        return self.atlas.with_array(self.atlas.array > 0)

    def lesion(self, number: int) -> Lesion:
        """The lesion with this number. Raises MaskError where there is none."""
        for one in self.lesions:
            if one.number == number:
                return one
        raise MaskError(f"Expected one of {len(self.lesions)} lesions, but got number {number}; reload the page.")

    def called(self, number: int) -> str:
        """A lesion's number, and what the reader calls it."""
        name = self.names.get(number, "")
        return f"{number}, {name}" if name else str(number)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A place that may be a lesion; nothing comes of it unless a reader takes it.

    mask: bool, SRI24 grid; score: how like a lesion, 0 to 1, good for an order and no probability; volume_ml: in the
    patient's own size; centre_mm: centre of mass, SRI24 LPS mm; side: of the patient; words: what a reader should think
    of; proposer: name of what proposed it.
    """

    number: int
    mask: Volume
    score: float
    volume_ml: float
    centre_mm: tuple[float, float, float]
    side: Side
    words: str
    proposer: str


@dataclass(frozen=True, eq=False)
class Proposal:
    """What a proposer found, most lesion-like first. words: what the proposer is, and what it is not."""

    words: str
    candidates: tuple[Candidate, ...]
