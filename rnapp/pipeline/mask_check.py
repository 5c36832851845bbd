"""Whether a mask file fits a scan, before the minutes of preparation: for the command line and the browser alike."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from rnapp.errors import MaskError, UnconfirmedMaskError
from rnapp.geometry import match_voxels
from rnapp.io.atlas import atlas_grid
from rnapp.io.masks import read_mask_file
from rnapp.lesion.find import MIDLINE_MM, side_middle_mm
from rnapp.lesion.measure import centre_of_mass_mm
from rnapp.lesion.place import Fit, checked, fit
from rnapp.preprocess.cut_off import air_and_head
from rnapp.types import Caution, FloatArray, MaskFile, Structure, Volume, note, sentences

MASK_UNCONFIRMED = "mask_unconfirmed"
LARGEST_ML = 700.0  # a third of the largest brains
_AIR = 0.1  # of the way from air to head; the skull and old blood are dark too, so it is only said
_MOSTLY = 0.5
_SAMPLES = 64  # along each axis: enough to find the middle of a head
ON_THE_ATLAS = ("The mask is on the SRI24 grid and the scan is not, so it fits only if it was drawn on this same "
                "registration of the scan")
UNKNOWN_REGISTRATION = f"{ON_THE_ATLAS}, which its file does not record"
ON_THE_COMMAND_LINE = ("check it on the prepared head and confirm with --atlas-mask that it fits, or choose a mask "
                       "drawn on the scan itself.")
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
    """A mask file that fits, and where it lies. structures: those that can be chosen; cautions: what the reader should
    know of it; must_be_confirmed: it is in the atlas, and its file does not tell on which registration it was drawn."""

    file: MaskFile
    fit: Fit
    structures: tuple[Placed, ...]
    cautions: tuple[Caution, ...]
    must_be_confirmed: bool = False

    @property
    def said(self) -> str:
        """What was found, for the page."""
        listed = "; ".join(f"{one.name}, {one.volume_ml:.2f} ml, {one.side}" for one in self.structures)
        return " ".join((f"The mask fits this series: {listed}.", *sentences(self.cautions)))


def check_mask_on(path: Path, scan: Volume, frame_of_reference: str, patient: str = "", day: str = "") -> CheckedMask:
    """scan: any voxels with their place; frame_of_reference, patient, day: of its series, "" where it has none.

    Raises MaskError where the file cannot be read, does not fit, or holds nothing that could be a lesion.
    """
    file = read_mask_file(path, scan, frame_of_reference, patient, day)
    fitted = checked(fit(file.grid, scan, atlas_grid()))
    unknown = fitted.must_be_confirmed and file.registration is None
    doubt = f"{UNKNOWN_REGISTRATION}; its volumes are the atlas', not the patient's."
    tissue = Tissue.of(scan)
    seen = [_seen(one, file.grid, scan, fitted, tissue) for one in file.choices]
    if all(one.placed.volume_ml > LARGEST_ML for one in seen):
        raise MaskError(f"The mask measures {seen[0].placed.volume_ml:.0f} ml, which is more than any lesion; choose "
                        "the mask of the lesion, or check whether this one is inverted.")
    cautions = dict.fromkeys((
        note("mask_grid_differs", fitted.note), Caution(MASK_UNCONFIRMED, "confirm", doubt if unknown else ""),
        *file.cautions,
        *(note("mask_doubtful", one.note) for one in seen),
        *(note("structure_note", one.note) for one in file.structures)))
    return CheckedMask(file, fitted, tuple(one.placed for one in seen), tuple(one for one in cautions if one.sentence),
                       unknown)


def check_confirmed(checked_mask: CheckedMask, confirmed: bool) -> None:
    """Raises UnconfirmedMaskError, in the words of the command line, for a mask that must be confirmed where nobody
    did."""
    if checked_mask.must_be_confirmed and not confirmed:
        raise UnconfirmedMaskError(f"{UNKNOWN_REGISTRATION}; {ON_THE_COMMAND_LINE}")


@dataclass(frozen=True)
class Tissue:
    """What of a scan is head. middle_mm: of the head from right to left, LPS: the mean place of
    what is brighter than air; darkest: what is darker is air, None
    where that is not known (a scan with negative values was changed by somebody)."""

    middle_mm: float
    darkest: float | None

    @staticmethod
    def of(scan: Volume) -> "Tissue":
        """Of a scan with or without its skull."""
        step = tuple(slice(None, None, max(1, length // _SAMPLES)) for length in scan.shape)
        thin = scan.array[step]
        means = air_and_head(thin)
        if means is None:
            return Tissue(side_middle_mm(scan), None)
        dark, light = means
        bright = np.argwhere(thin > (dark + light) / 2) * [side.step for side in step]
        return Tissue(float(scan.to_mm(bright.astype(float))[:, 0].mean()),
                       dark + _AIR * (light - dark) if thin.min() >= 0 else None)


@dataclass(frozen=True)
class _Seen:
    placed: Placed
    note: str


def _seen(structure: Structure, grid: Volume, scan: Volume, fitted: Fit, tissue: Tissue) -> _Seen:
    """A structure where it will be used: on the scan's own voxels, or in the atlas."""
    assert structure.mask is not None
    if fitted.space == "atlas":
        centre, middle = centre_of_mass_mm(structure.mask), side_middle_mm(atlas_grid())
        return _Seen(_placed(structure, structure.volume_ml, centre, middle), "")
    places, volume_ml = _places(structure, grid, scan, fitted)
    placed = _placed(structure, volume_ml, scan.to_mm(places.mean(axis=0)[None])[0], tissue.middle_mm)
    nearest = np.clip(np.rint(places).astype(int), 0, np.array(scan.shape) - 1)
    in_air = 0.0 if tissue.darkest is None else float((scan.array[tuple(nearest.T)] < tissue.darkest).mean())
    name = f"Structure {structure.number} of the mask"
    if volume_ml > LARGEST_ML:
        return _Seen(placed, f"{name} measures {volume_ml:.0f} ml, which is more than any lesion.")
    if in_air > _MOSTLY:
        return _Seen(placed, f"{round(100 * in_air)} % of structure {structure.number} is in the air around the "
                             "head, or in voxels just as dark: is this the mask of this scan?")
    return _Seen(placed, "")


def _places(structure: Structure, grid: Volume, scan: Volume, fitted: Fit) -> tuple[FloatArray, float]:
    """The structure's voxels as voxel indices of the scan, shape (N, 3), and its volume there, ml."""
    mask = structure.mask
    assert mask is not None
    inside = np.argwhere(mask.array)
    match = match_voxels(grid, scan)
    if fitted.how == "position" or match is None:
        return scan.to_voxels(mask.to_mm(inside.astype(float))), structure.volume_ml
    inside = inside + np.rint(grid.to_voxels(mask.affine[None, :3, 3])[0]).astype(int)
    places = np.empty(inside.shape)
    for part, (axis, step) in enumerate(zip(match.axes, match.steps, strict=True)):
        places[:, axis] = match.start[axis] + step * inside[:, part]
    return places, len(places) * scan.voxel_ml


def _placed(structure: Structure, volume_ml: float, centre: FloatArray, middle_mm: float) -> Placed:
    x, y, z = (float(side) for side in centre)
    off = x - middle_mm
    side: Side = "midline" if abs(off) < MIDLINE_MM else "left" if off > 0 else "right"
    return Placed(structure.number, structure.name, volume_ml, side, (x, y, z))
