"""Label masks of image files: counted and kept slab by slab, with the names that 3D Slicer gives its segments."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rnapp.errors import MaskError
from rnapp.geometry import cut_out, empty_grid, tight_box
from rnapp.io.registration_note import read_registration_note
from rnapp.io.stored import SLAB_VOXELS, Segment, Stored, scaled, slabs
from rnapp.limits import check_memory
from rnapp.types import Array, MaskFile, SimilarityTransform, Structure, Volume

# A file with at most this many distinct whole numbers is a mask: BraTS has 4 labels, a lesion mask one per lesion.
MAX_MASK_LABELS = 20
# Whole numbers saved as scaled floats come back with rounding of about 1e-6.
WHOLE_NUMBER_TOLERANCE = 1e-3
# The value for "yes" if a program scales a binary mask to its whole range of numbers.
FULL_SCALES = (255, 65535)
_HIGHEST, _KEPT_HIGHEST = np.iinfo(np.uint16).max, np.iinfo(np.int16).max
_COUNTED_RANGE = 1_000_000


@dataclass(frozen=True, eq=False)
class LabelImage:
    """Labels of an image file. array: int16, shape (layers, I, J, K), 0 is background; note: how they were interpreted,
    "" if taken as stored; registration: as in MaskFile."""

    array: Array
    grid: Volume
    segments: tuple[Segment, ...]
    note: str = ""
    registration: SimilarityTransform | None = None


def whole_numbers(values: Array, tolerance: float = 0.0) -> Array | None:
    """The values rounded, voxels without a number as 0; None where one is infinite or further from a whole number."""
    if values.dtype.kind != "f":
        return values
    if np.isnan(low := values.min()):
        values = np.where(np.isnan(values), values.dtype.type(0), values)
        low = values.min()
    if not np.isfinite(low) or not np.isfinite(values.max()):
        return None
    whole = np.rint(values)
    exact = (whole == values).all()
    return whole if exact or (tolerance and np.abs(whole - values).max() <= tolerance) else None


def counts(whole: Array) -> dict[int, int]:
    """How often each value occurs in an array of whole numbers."""
    low, high = whole.min(), whole.max()
    if float(high) - float(low) > _COUNTED_RANGE or abs(float(low)) > 2**53:
        values, numbers = np.unique(whole, return_counts=True)
        return {int(value): int(number) for value, number in zip(values, numbers, strict=True)}
    how_many = np.bincount(whole.ravel(order="K").astype(np.int64) - int(low))
    return {int(low) + int(index): int(how_many[index]) for index in np.flatnonzero(how_many)}


def read_labels(image: Stored) -> LabelImage:
    """The labels of an image. Raises MaskError for fractions, numbers below 0 or beyond int16 (unless the mask is
    binary), an empty mask, or more than MAX_MASK_LABELS labels that no segment names; StudyError as slabs does."""
    check_memory(image.voxels * 2 + 6 * SLAB_VOXELS * 8)
    array = np.zeros((image.layers, *image.shape), np.uint16)
    seen: Counter[int] = Counter()
    numbers = 0
    for where, slab in slabs(image):
        values = scaled(image, slab)
        numbers += values.size if values.dtype.kind != "f" else int(np.count_nonzero(values == values))
        whole = whole_numbers(values, WHOLE_NUMBER_TOLERANCE)
        if whole is None:
            raise _fractions()
        values_here = counts(whole)
        seen.update(values_here)
        if min(values_here) >= 0 and max(values_here) <= _HIGHEST:
            array[..., where] = whole
    if not numbers:
        raise _fractions()
    kept, note = _understood(array, seen, bool(image.segments))
    return LabelImage(kept, empty_grid(image.shape, image.affine), image.segments, note,
                      read_registration_note(image.description))


def _fractions() -> MaskError:
    return MaskError("The mask holds fractions, but whole-number labels are needed; threshold it, or check that it "
                     "is a mask and not a scan.")


def _understood(array: Array, seen: Mapping[int, int], named: bool) -> tuple[Array, str]:
    """The labels as int16, changed in place, and what was made of them. seen: value → how many voxels."""
    low, high = min(seen), max(seen)
    note = ""
    if len(seen) == 2 and high in FULL_SCALES and low >= 0 and (low == 0 or seen[low] > seen[high]) and (low, high) != (
            0, 255):
        note = f"The mask holds only {low} and {high}: {high} is taken as the lesion, {low} as the background."
        for part in array:
            np.equal(part, high, out=part, casting="unsafe")
        return array.view(np.int16), note
    if low < 0 or high > _KEPT_HIGHEST:
        raise MaskError(f"The mask holds values from {low} to {high}, but labels from 0 to {_KEPT_HIGHEST} are "
                        "needed; check that it is a mask and not a scan.")
    count = len([value for value in seen if value > 0])
    if count == 0:
        raise MaskError("The mask is empty; draw at least one lesion, or choose another file.")
    if count > MAX_MASK_LABELS and not named:
        raise MaskError(f"The mask holds {count} different labels, but at most {MAX_MASK_LABELS} are expected; check "
                        "that it is a mask and not a scan.")
    return array.view(np.int16), note


def label_structures(labels: LabelImage) -> MaskFile:
    """Each segment by its name, and each label that no segment names, as "Label 1" and so on."""
    named = _segment_structures(labels)
    taken = {segment.value for segment in labels.segments}
    others = () if labels.array.shape[0] > 1 else _other_labels(labels, taken)
    return MaskFile(tuple(sorted((*named, *others), key=lambda one: one.number)), labels.grid,
                    registration=labels.registration)


def _segment_structures(labels: LabelImage) -> tuple[Structure, ...]:
    """Numbered as their labels are, or in their order where two layers use the same label."""
    values = [segment.value for segment in labels.segments]
    in_order = len(set(values)) < len(values)
    structures = []
    for position, segment in enumerate(labels.segments, start=1):
        number = position if in_order else segment.value
        there = 0 <= segment.layer < labels.array.shape[0] and segment.value > 0
        mask = tight_box(labels.grid.with_array(labels.array[segment.layer] == segment.value)) if there else None
        note = labels.note if mask else f"Segment {number} of the mask is empty."
        structures.append(Structure(number, segment.name, mask, note))
    return tuple(structures)


def _other_labels(labels: LabelImage, taken: set[int]) -> tuple[Structure, ...]:
    """The labels that no segment names."""
    volume = labels.grid.with_array(labels.array[0])
    structures = []
    for number, box in enumerate(ndimage.find_objects(volume.array), start=1):
        if box is None or number in taken:
            continue
        low, high = np.array([side.start for side in box]), np.array([side.stop - 1 for side in box])
        part = cut_out(volume, low, high)
        if part is not None:
            structures.append(Structure(number, f"Label {number}", part.with_array(part.array == number), labels.note))
    return tuple(structures)
