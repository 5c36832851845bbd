"""From a mask, uploaded or drawn, to measured lesions on the SRI24 grid and back on the scan's own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import ndimage

from rnapp.errors import MaskError
from rnapp.geometry import IDENTITY, grid_like, resample_drawn, resample_mask
from rnapp.lesion.crop import CROP_SIDE, crop_around
from rnapp.lesion.measure import (
    axial_diameters_mm,
    bright_share,
    centre_of_mass_mm,
    edge_distance_mm,
    longest_diameter_mm,
    volume_ml,
)
from rnapp.lesion.place import checked, fit, placed
from rnapp.types import Array, FloatArray, Lesion, LesionSet, Prepared, SimilarityTransform, Volume

SMALLEST_LESION_ML = 0.015  # about 3 mm across: less than the slice of any T1CE; a slip of the brush
MOST_LESIONS = 30
INSIDE_BRAIN_REQUIRED = 0.5
INSIDE_BRAIN_EXPECTED = 0.9
BRAIN_MARGIN_MM = 3  # lesions of the cortex and dura reach over the brain mask's edge
MIDLINE_MM = 5.0
LEAST_BRIGHT = 0.05  # twice what any part of the brain has by chance (rnapp/lesion/measure.py)
Mover = Callable[[Volume, Volume, SimilarityTransform], Volume]
LARGEST_SHARE_OF_BRAIN = 1 / 3  # the largest tumours with their oedema stay below a quarter


def find_lesions(prepared: Prepared, mask: Volume, labels: frozenset[int] | None = None,
                 drawn: bool = False) -> LesionSet:
    """Each connected part (26 neighbours) of the mask as a lesion, largest first.

    mask: integer labels that mean voxels of the scan or of the SRI24 grid (rnapp/lesion/place.py); labels: those that
    make up the lesions, None if the mask has only one; drawn: the mask was drawn on prepared.head, which decides where
    it lies if the scan came on the SRI24 grid too. Raises MaskError where the mask belongs to another grid, has
    several labels and none chosen, is empty, lies outside the brain, or is as large as an organ.
    """
    chosen = mask.with_array(_chosen(mask.array, labels))
    space, source, notes = _place(prepared, chosen, drawn)
    unit = 1.0 if space == "native" else 1.0 / prepared.to_atlas.scale
    parts, specks = _components(source, unit)
    _check_size(prepared, volume_ml(parts[0]) * unit**3)
    to_atlas = prepared.to_atlas if space == "native" else IDENTITY
    to_native = IDENTITY if space == "native" else prepared.to_atlas.inverse()
    atlas = _labelled(parts, prepared.head, to_atlas, resample_mask)
    native = _labelled(parts, prepared.native, to_native, resample_drawn)
    lesions = tuple(_lesion(prepared, number, part, atlas, native, unit)
                    for number, part in enumerate(parts, start=1))
    return LesionSet(tuple(_with_neighbours(lesion, atlas) for lesion in lesions), atlas, native, (*notes, *specks))


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


def _place(prepared: Prepared, mask: Volume, drawn: bool) -> tuple[Literal["native", "atlas"], Volume, tuple[str, ...]]:
    """Where the mask lies, the mask there, and what the reader of the result should know of that."""
    if drawn and mask.same_grid(prepared.head):
        return "atlas", mask, ()
    found = checked(fit(mask, prepared.native, prepared.head))
    notes = (found.note,) if found.note else ()
    if found.space == "atlas":
        return "atlas", placed(mask, prepared.head, found), notes
    return "native", placed(mask, prepared.native, found), notes


def _components(mask: Volume, unit: float) -> tuple[list[Volume], tuple[str, ...]]:
    """Connected parts, largest first, and what was left out. unit: patient's millimetres in one of the mask's."""
    numbered, count = ndimage.label(mask.array, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(numbered.ravel(), minlength=count + 1)[1:] * mask.voxel_ml * unit**3
    kept = [index + 1 for index in np.argsort(-sizes, kind="stable") if sizes[index] >= SMALLEST_LESION_ML]
    if not kept:
        raise MaskError(f"The mask is only a speck of {sizes.sum():.3f} ml; draw the whole lesion.")
    if len(kept) > MOST_LESIONS:
        raise MaskError(f"The mask has {len(kept)} separate parts, more than {MOST_LESIONS}; is it a lesion mask?")
    specks = count - len(kept)
    warnings = (f"{specks} speck(s) under {SMALLEST_LESION_ML:g} ml were left out.",) if specks else ()
    return [mask.with_array(numbered == label) for label in kept], warnings


def _labelled(parts: list[Volume], grid: Volume, transform: SimilarityTransform, move: Mover) -> Volume:
    """Lesion numbers on a grid, int16."""
    array = np.zeros(grid.shape, dtype=np.int16)
    for number, part in enumerate(parts, start=1):
        moved = part if transform is IDENTITY and part.same_grid(grid) else move(part, grid, transform)
        array[moved.array & (array == 0)] = number
    return grid_like(grid, array)


def _lesion(prepared: Prepared, number: int, source: Volume, atlas: Volume, native: Volume, unit: float) -> Lesion:
    """source: where it was drawn; atlas, native: all lesions' numbers; unit: the patient's millimetres per one of
    source. The axial diameters are those on the scan's own grid, whichever grid it was drawn on: an axial slice of the
    atlas is another one, and gives a lesion of odd shape quite other diameters."""
    mask = grid_like(atlas, atlas.array == number)
    _check_inside(prepared, number, mask)
    centre = centre_of_mass_mm(mask)
    crop = crop_around(prepared.t1ce, mask)
    own = grid_like(native, native.array == number)
    axial, across = axial_diameters_mm(own) if own.array.any() else (
        unit * side for side in axial_diameters_mm(source))  # drawn where the scan does not reach
    shining = bright_share(prepared.t1ce, prepared.brain_mask, atlas, mask)
    return Lesion(
        number=number, mask=mask, crop=crop, volume_ml=volume_ml(source) * unit**3,
        longest_diameter_mm=longest_diameter_mm(source) * unit,
        axial_diameter_mm=axial, axial_perpendicular_mm=across,
        bright_share=shining,
        edge_mm=edge_distance_mm(prepared.brain_mask, mask) / prepared.to_atlas.scale,
        centre_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
        side=side_of(centre, prepared.head),
        warnings=(*_size_warnings(mask, crop.mask), *_brain_warnings(prepared, mask), *_dark_warnings(shining)))


def _check_size(prepared: Prepared, largest_ml: float) -> None:
    brain = prepared.brain_volume_ml
    if largest_ml > LARGEST_SHARE_OF_BRAIN * brain:
        raise MaskError(f"The mask measures {largest_ml:.0f} ml in one piece, but the brain only {brain:.0f} ml: this "
                        "is an organ, not a lesion; choose the structure of the lesion.")


def _inside(prepared: Prepared, mask: Volume) -> float:
    """Share of the lesion inside the brain mask and a small margin."""
    near = ndimage.binary_dilation(prepared.brain_mask.array, iterations=BRAIN_MARGIN_MM)
    return float(near[mask.array].mean())


def _check_inside(prepared: Prepared, number: int, mask: Volume) -> None:
    if not mask.array.any():
        raise MaskError(f"Lesion {number} lies outside the field of view of the brain; check the mask.")
    if (share := _inside(prepared, mask)) < INSIDE_BRAIN_REQUIRED:
        raise MaskError(f"Only {share:.0%} of lesion {number} lies inside the brain; is this the mask of this study?")


def _brain_warnings(prepared: Prepared, mask: Volume) -> tuple[str, ...]:
    share = _inside(prepared, mask)
    return () if share >= INSIDE_BRAIN_EXPECTED else (f"Only {share:.0%} of the lesion lies inside the brain mask.",)


def _size_warnings(mask: Volume, cropped: Volume) -> tuple[str, ...]:
    if int(cropped.array.sum()) == int(mask.array.sum()):
        return ()
    return (f"The lesion is larger than the {CROP_SIDE} mm cube the model looks at; its outer parts are not seen.",)


def _dark_warnings(shining: float) -> tuple[str, ...]:
    return () if shining > LEAST_BRIGHT else (
        f"Only {shining:.0%} of it is brighter than nearly all of the brain: is this the enhancing lesion? The model "
        "knows no others.".replace("%", " %"),)


def _with_neighbours(lesion: Lesion, atlas: Volume) -> Lesion:
    """Warns where another lesion reaches into the cube (the paper excludes such lesions if their labels conflict)."""
    start = np.round(atlas.to_voxels(lesion.crop.mask.affine[None, :3, 3])[0]).astype(int)
    box = tuple(slice(max(a, 0), max(a + CROP_SIDE, 0)) for a in start)
    others = sorted(set(np.unique(atlas.array[box]).tolist()) - {0, lesion.number})
    if not others:
        return lesion
    named = ", ".join(map(str, others))
    warning = f"Lesion {named} reaches into the cube of lesion {lesion.number}; the model may react to it."
    return replace(lesion, warnings=(*lesion.warnings, warning))
