"""From a mask, uploaded or drawn, to measured lesions on the SRI24 grid and back on the scan's own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import ndimage

from rnapp.errors import MaskError
from rnapp.geometry import IDENTITY, grid_like, resample_drawn, resample_mask
from rnapp.lesion.measure import (
    axial_diameters_mm,
    bright_share,
    centre_of_mass_mm,
    edge_distance_mm,
    longest_diameter_mm,
    volume_ml,
)
from rnapp.lesion.place import checked, fit, placed
from rnapp.trust.checks.pieces import LEAST_ML, joined
from rnapp.types import (
    Array,
    Caution,
    FloatArray,
    Lesion,
    LesionSet,
    Prepared,
    SimilarityTransform,
    Volume,
    note,
)

SMALLEST_LESION_ML = 0.015  # about 3 mm across: less than the slice of any T1CE; a slip of the brush
MOST_LESIONS = 30
INSIDE_BRAIN_REQUIRED = 0.5
INSIDE_BRAIN_EXPECTED = 0.9
BRAIN_MARGIN_MM = 3  # lesions of the cortex and dura reach over the brain mask's edge
MIDLINE_MM = 5.0
Mover = Callable[[Volume, Volume, SimilarityTransform], Volume]
LARGEST_SHARE_OF_BRAIN = 1 / 3  # the largest tumours with their oedema stay below a quarter


def find_lesions(prepared: Prepared, mask: Volume, labels: frozenset[int] | None = None,
                 drawn: bool = False) -> LesionSet:
    """Each connected part (26 neighbours) of the mask as a lesion, largest first.

    mask: integer labels on voxels of the scan or of the SRI24 grid (rnapp/lesion/place.py); labels: those that
    make up the lesions, None if the mask has only one; drawn: the mask was drawn on prepared.head, which decides where
    it lies if the scan came on the SRI24 grid too. Raises MaskError where the mask belongs to another grid, has
    several labels and none chosen, is empty, lies outside the brain, or is as large as an organ.
    """
    chosen = mask.with_array(_chosen(mask.array, labels))
    space, source, cautions = _place(prepared, chosen, drawn)
    unit = 1.0 if space == "native" else 1.0 / prepared.to_atlas.scale
    parts, specks = _components(source, unit)
    _check_size(prepared, volume_ml(parts[0]) * unit**3)
    to_atlas = prepared.to_atlas if space == "native" else IDENTITY
    to_native = IDENTITY if space == "native" else prepared.to_atlas.inverse()
    atlas = _labelled(parts, prepared.head, to_atlas, resample_mask)
    native = _labelled(parts, prepared.native, to_native, resample_drawn)
    found = LesionSet((), atlas, native, cautions=(*cautions, *specks))
    near_brain = ndimage.binary_dilation(prepared.brain_mask.array, iterations=BRAIN_MARGIN_MM)
    return replace(found, lesions=tuple(_lesion(prepared, number, (part, unit), found, near_brain)
                                        for number, part in enumerate(parts, start=1)))


def mask_labels(mask: Volume) -> tuple[int, ...]:
    """The labels in a mask besides 0, ascending."""
    return tuple(int(label) for label in np.unique(mask.array) if label != 0)


def side_of(centre: FloatArray, grid: Volume) -> Literal["left", "right", "midline"]:
    """Of the patient: in LPS, larger x is further left; SRI24's midline is the middle of its grid."""
    middle = side_middle_mm(grid)
    if abs(centre[0] - middle) < MIDLINE_MM:
        return "midline"
    return "left" if centre[0] > middle else "right"


def side_middle_mm(grid: Volume) -> float:
    """The middle of a grid from right to left, LPS mm."""
    return float(grid.to_mm((np.array([grid.shape]) - 1) / 2)[0, 0])


def _chosen(array: Array, labels: frozenset[int] | None) -> Array:
    present = [int(label) for label in np.unique(array) if label != 0]
    if not present:
        raise MaskError("The mask is empty; draw the lesion or upload its mask.")
    if labels is None and len(present) > 1:
        listed = ", ".join(map(str, present))
        raise MaskError(f"The mask has several labels ({listed}); choose which of them make up the lesion.")
    wanted = labels or frozenset(present)
    if not wanted & set(present):
        raise MaskError(f"None of the chosen labels is in the mask, which has {', '.join(map(str, present))}.")
    return np.isin(array, sorted(wanted))


def _place(prepared: Prepared, mask: Volume,
           drawn: bool) -> tuple[Literal["native", "atlas"], Volume, tuple[Caution, ...]]:
    """Where the mask lies, the mask there, and what the reader of the result should know of that."""
    if drawn and mask.same_grid(prepared.head):
        return "atlas", mask, ()
    fitted = checked(fit(mask, prepared.native, prepared.head))
    cautions = (note("mask_grid_differs", fitted.note),) if fitted.note else ()
    if fitted.space == "atlas":
        return "atlas", placed(mask, prepared.head, fitted), cautions
    return "native", placed(mask, prepared.native, fitted), cautions


def _components(mask: Volume, unit: float) -> tuple[list[Volume], tuple[Caution, ...]]:
    """Connected parts, largest first, and what was left out. unit: patient's millimetres in one of the mask's."""
    apart, count = ndimage.label(mask.array, structure=np.ones((3, 3, 3)))
    millilitres = mask.voxel_ml * unit**3
    volumes = np.bincount(apart.ravel(), minlength=count + 1)[1:] * millilitres
    specks = int((volumes < SMALLEST_LESION_ML).sum())
    if specks == count:
        raise MaskError(f"The mask is only a speck of {volumes.sum():.3f} ml; draw the whole lesion.")
    apart[np.isin(apart, np.flatnonzero(volumes < SMALLEST_LESION_ML) + 1)] = 0
    numbered, pieces = joined(apart, volumes, mask.spacing * unit)
    sizes = np.bincount(numbered.ravel(), minlength=count + 1)[1:]
    kept = [index + 1 for index in np.argsort(-sizes, kind="stable") if sizes[index]]
    if len(kept) > MOST_LESIONS:
        raise MaskError(f"The mask has {len(kept)} separate parts, more than {MOST_LESIONS}; is it a lesion mask?")
    said = (note("specks_left_out", f"{specks} speck(s) under {SMALLEST_LESION_ML:g} ml were left out."),
            note("pieces_joined", f"{pieces} piece(s) under {LEAST_ML:g} ml were joined to the lesion next to them."))
    told = tuple(one for one, number in zip(said, (specks, pieces), strict=True) if number)
    return [mask.with_array(numbered == label) for label in kept], told


def _labelled(parts: list[Volume], grid: Volume, transform: SimilarityTransform, move: Mover) -> Volume:
    """Lesion numbers on a grid, int16."""
    array = np.zeros(grid.shape, dtype=np.int16)
    for number, part in enumerate(parts, start=1):
        moved = part if transform is IDENTITY and part.same_grid(grid) else move(part, grid, transform)
        array[moved.array & (array == 0)] = number
    return grid_like(grid, array)


def _lesion(prepared: Prepared, number: int, drawn: tuple[Volume, float], labels: LesionSet,
            near_brain: Array) -> Lesion:
    """drawn: the lesion where it was drawn, and the patient's millimetres per one of there; labels: all lesions'
    numbers; near_brain: bool, SRI24 grid. The axial diameters are those on the scan's own grid, whichever grid it was
    drawn on: an axial slice of the atlas is a different plane, in which an irregular lesion has other diameters."""
    source, unit = drawn
    mask = labels.mask(number)
    cautions = _brain_cautions(number, mask, near_brain)
    centre = centre_of_mass_mm(mask)
    own = labels.native.with_array(labels.native.array == number)
    axial, across = axial_diameters_mm(own) if own.array.any() else (
        unit * side for side in axial_diameters_mm(source))  # drawn where the scan does not reach
    return Lesion(
        number=number, volume_ml=volume_ml(source) * unit**3,
        longest_diameter_mm=longest_diameter_mm(source) * unit,
        axial_diameter_mm=axial, axial_perpendicular_mm=across,
        bright_share=bright_share(prepared.image, prepared.brain_mask, labels.atlas, mask),
        edge_mm=edge_distance_mm(prepared.brain_mask, mask) / prepared.to_atlas.scale,
        centre_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
        side=side_of(centre, prepared.head), cautions=cautions)


def _check_size(prepared: Prepared, largest_ml: float) -> None:
    brain = prepared.brain_volume_ml
    if largest_ml > LARGEST_SHARE_OF_BRAIN * brain:
        raise MaskError(f"The mask measures {largest_ml:.0f} ml in one piece, but the brain only {brain:.0f} ml: this "
                        "is an organ, not a lesion; choose the structure of the lesion.")


def _brain_cautions(number: int, mask: Volume, near_brain: Array) -> tuple[Caution, ...]:
    """Where a part of the lesion lies outside the brain mask and a small margin. Raises MaskError where most of it
    does."""
    if not mask.array.any():
        raise MaskError(f"Lesion {number} lies outside the field of view of the brain; check the mask.")
    share = float(near_brain[mask.array].mean())
    if share < INSIDE_BRAIN_REQUIRED:
        raise MaskError(f"Only {share:.0%} of lesion {number} lies inside the brain; is this the mask of this study?")
    if share >= INSIDE_BRAIN_EXPECTED:
        return ()
    return (Caution("lesion_outside_brain", "confirm", f"Only {share:.0%} of the lesion lies inside the brain mask.",
                    "Check the outline and the brain's contour, and say why both are right."),)
