"""Whether a mask file fits a scan, before the minutes of preparation: for the command line and the browser alike."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from skimage.filters import threshold_otsu

from rnapp.io.atlas import atlas_grid
from rnapp.io.masks import read_mask_file
from rnapp.lesion.find import MIDLINE_MM, side_middle_mm
from rnapp.lesion.measure import centre_of_mass_mm
from rnapp.lesion.place import Fit, checked, fit
from rnapp.types import MaskFile, Structure, Volume

_SAMPLES = 64  # along each axis: enough to find the middle of a head
TO_CONFIRM = ("It lies on the SRI24 atlas, so it fits only if it was drawn on this very registration of the scan; its "
              "volumes are the atlas', not the patient's.")
Side = Literal["left", "right", "midline"]


@dataclass(frozen=True)
class Placed:
    """A structure before any registration. centre_lps_mm: centre of mass, mm; side: of the patient, from the middle of
    the head in the scan."""

    number: int
    name: str
    volume_ml: float
    side: Side
    centre_lps_mm: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class CheckedMask:
    """A mask file that fits, and where it lies. structures: those that can be chosen; warnings: what the reader should
    know of it."""

    file: MaskFile
    fit: Fit
    structures: tuple[Placed, ...]
    warnings: tuple[str, ...]

    @property
    def said(self) -> str:
        """What was found, for the page."""
        listed = "; ".join(f"{one.name}, {one.volume_ml:.2f} ml, {one.side}" for one in self.structures)
        return " ".join((f"The mask fits this series: {listed}.", *self.warnings))


def check_mask_on(path: Path, scan: Volume, frame_of_reference: str) -> CheckedMask:
    """scan: any voxels with their place; frame_of_reference: of its series, "" where it has none.

    Raises MaskError where the file cannot be read or does not fit.
    """
    file = read_mask_file(path, scan, frame_of_reference)
    found = checked(fit(file.grid, scan, atlas_grid()))
    middle = side_middle_mm(atlas_grid()) if found.space == "atlas" else head_middle_mm(scan)
    notes = dict.fromkeys((found.note, TO_CONFIRM if found.must_be_confirmed else "",
                           *(one.note for one in file.structures)))
    return CheckedMask(file, found, tuple(_placed(one, middle) for one in file.choices),
                       tuple(note for note in notes if note))


def head_middle_mm(scan: Volume) -> float:
    """Where the middle of the head lies from right to left, LPS mm: the mean place of what is brighter than air."""
    step = tuple(slice(None, None, max(1, length // _SAMPLES)) for length in scan.shape)
    thin = scan.array[step]
    if thin.min() == thin.max():
        return side_middle_mm(scan)
    cut = threshold_otsu(thin)
    # Otsu's cut may lie right above the air; half way between air and head is far from both.
    between = (thin[thin <= cut].mean() + thin[thin > cut].mean()) / 2
    bright = np.argwhere(thin > between) * [side.step for side in step]
    return float(scan.to_mm(bright.astype(float))[:, 0].mean())


def _placed(structure: Structure, middle_mm: float) -> Placed:
    assert structure.mask is not None
    x, y, z = (float(side) for side in centre_of_mass_mm(structure.mask))
    off = x - middle_mm
    side: Side = "midline" if abs(off) < MIDLINE_MM else "left" if off > 0 else "right"
    return Placed(structure.number, structure.name, structure.volume_ml, side, (x, y, z))
