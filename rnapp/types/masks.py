"""What a file of masks holds, before anyone says which of it is the lesion."""

from dataclasses import dataclass

from rnapp.types.caution import Caution
from rnapp.types.volume import SimilarityTransform, Volume


@dataclass(frozen=True, eq=False)
class Structure:
    """One label of an image, segment of a DICOM segmentation or structure of a structure set.

    number: the file's own (label, segment or ROI number). mask: bool, a box of the file's grid just large enough for
    the structure, so that forty organs do not fill the memory; None where there is nothing to choose. note: why there
    is nothing, or what the reader of the result should know (without the name: results name nothing that somebody
    typed); "" if there is nothing to say.
    """

    number: int
    name: str
    mask: Volume | None
    note: str = ""

    @property
    def volume_ml(self) -> float:
        """Volume in the millimetres of the file's grid, ml."""
        return float(self.mask.array.sum() * self.mask.voxel_ml) if self.mask else 0.0


@dataclass(frozen=True, eq=False)
class MaskFile:
    """All structures of a file, in its order.

    grid: the whole grid that the structures are boxes of; its voxels are all False and take no memory.
    frame_of_reference: the DICOM UID that names the scan's world, "" for NIfTI, NRRD and MetaImage. registration: for a
    mask on SRI24 that rnapp wrote, the scan's way there (LPS mm) that it was drawn on; None where that is unknown.
    cautions: what in the file does not fit the scan, although its place does.
    """

    structures: tuple[Structure, ...]
    grid: Volume
    frame_of_reference: str = ""
    registration: SimilarityTransform | None = None
    cautions: tuple[Caution, ...] = ()

    @property
    def choices(self) -> tuple[Structure, ...]:
        """The structures that can be chosen."""
        return tuple(one for one in self.structures if one.mask is not None)
