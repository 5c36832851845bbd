"""What a DICOM study has twice and what it lacks: unreadable files, copies, slices at the ends."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnapp.errors import GeometryError
from rnapp.io.dicom_header import DICOM_ERRORS, Instance, Unread, Why, open_dicom, slice_measures, tag_number
from rnapp.io.images import named_kind
from rnapp.io.slices import stack_planes
from rnapp.types import Caution, FloatArray, LeftOut, note

# Another series must extend this far beyond the end of one before it is reported, in mm and in slices.
FURTHER_MM, FURTHER_SLICES = 5.0, 2.0
_SAME_MM = 0.02  # of distances in headers, which are rounded
_SAME_STEP, _PARALLEL = 0.2, 0.98  # two alike series: share of the slice distance; cosine of the normals
NO_IMAGE = "No image of a known kind (DICOM, NIfTI, NRRD or MetaImage)."
INDEX = "A DICOMDIR index; it is not needed."
_WORDS: dict[Why, str] = {
    "empty": "empty", "cut": "cut short", "damaged": "damaged", "no_pixels": "without pixel data",
    "no_access": "locked (no permission)"}
# Files that are named like images but are not.
POSING = ("{count} of {total} files named like DICOM images hold{s} something else (for example an error page or "
          "another format); slices may be missing: copy or export the study again.")
POINTERS = ("{count} of {total} files named like DICOM images only point{s} to the real one, which git-lfs or "
            "git-annex did not fetch; slices may be missing: fetch the files and open the study again.")
_DICOM_ENDINGS = (".dcm", ".ima", ".dicom", ".dic")
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_SAME_UID = ("{count} files of this series share a SOPInstanceUID although they are different images, so it is not "
             "clear which belong to it; export the series again.")


def left_out(unread: Sequence[Unread], readable: Sequence[Path]) -> tuple[LeftOut, ...]:
    """The files that are in no series, by kind. readable: the DICOM files that could be read."""
    places = {_place(path) for path in readable}
    posing = [one for one in unread if one.why in ("not_dicom", "pointer") and _named_like_dicom(one.path, places)]
    unread = [one for one in unread if one not in posing]
    kinds = Counter(one.why for one in unread)
    total = len(readable) + len(posing) + sum(count for why, count in kinds.items() if why in _WORDS)
    serious = tuple(LeftOut(kinds[why], (
        f"{kinds[why]} of {total} DICOM files {'is' if kinds[why] == 1 else 'are'} {words} and could not be read; "
        "slices may be missing: copy or export the study again."), serious=True)
        for why, words in _WORDS.items() if kinds[why])
    others = Counter(named_kind(one.path) or NO_IMAGE for one in unread if one.why in ("not_dicom", "pointer"))
    index = ((LeftOut(kinds["index"], INDEX),) if kinds["index"] else ())
    known = (LeftOut(count, words, serious=words != NO_IMAGE) for words, count in others.items())
    return (*serious, *_posing(posing, total), *known, *index)


def _posing(files: Sequence[Unread], total: int) -> tuple[LeftOut, ...]:
    pointers = sum(one.why == "pointer" for one in files)
    return tuple(LeftOut(count, words.format(count=count, total=total, s="s" if count == 1 else ""), serious=True)
                 for words, count in ((POSING, len(files) - pointers), (POINTERS, pointers)) if count)


def _place(path: Path) -> tuple[Path, str]:
    """The folder of a file and its name without numbers, which the files of a series share."""
    return path.parent, re.sub(r"\d+", "#", path.name.casefold())


def _named_like_dicom(path: Path, places: Collection[tuple[Path, str]]) -> bool:
    """Whether a file is named like a DICOM image: by its ending, by a number without an ending, or like the images next
    to it. places: of these."""
    if named_kind(path):
        return False
    ending = path.suffix.lower()
    # The dots of a UID begin no ending, and files such as README or DICOMDIR have neither an ending nor a number.
    without = not ending or ending[1:].isdigit()
    return ending in _DICOM_ENDINGS or (without and any(map(str.isdigit, path.name))) or _place(path) in places


@dataclass(frozen=True, eq=False)
class Distinct:
    """The files of a series, each once. copies: how many were given more than once; clash: the sentence why copies
    cannot be distinguished from different images, else None."""

    instances: tuple[Instance, ...]
    copies: int
    clash: str | None


def distinct(group: Sequence[Instance]) -> Distinct:
    """Files with the same SOPInstanceUID are copies if they have the same position and the same pixels."""
    owners: dict[str, list[Instance]] = defaultdict(list)
    for instance in group:
        known = owners[instance.text("SOPInstanceUID") or str(instance.path)]
        if not any(_copies(instance, other) for other in known):
            known.append(instance)
    unique = tuple(one for some in owners.values() for one in some)
    clashing = sum(len(some) for some in owners.values() if len(some) > 1)
    return Distinct(unique, len(group) - len(unique), _SAME_UID.format(count=clashing) if clashing else None)


def _copies(one: Instance, other: Instance) -> bool:
    if (one.planes, one.size, one.frames) != (other.planes, other.size, other.frames):
        return False
    if one.text("InstanceNumber") != other.text("InstanceNumber"):
        return False
    first, second = _stored(one.path), _stored(other.path)
    # Pixels compressed in two ways differ in their bytes; the position must suffice.
    return first is None or second is None or first[0] != second[0] or first[1] == second[1]


def _stored(path: Path) -> tuple[str, bytes] | None:
    """Transfer syntax and pixels as stored in the file; None if they cannot be read."""
    try:
        dataset = open_dicom(path, (*_PIXELS, "BitsAllocated"), pixels=True)
        pixels = next(bytes(dataset[name].value) for name in _PIXELS if name in dataset)
        return str(dataset.file_meta.TransferSyntaxUID), pixels
    except DICOM_ERRORS:
        return None


@dataclass(frozen=True, eq=False)
class _Extent:
    """Where a series lies. ends: middles of its first and last slice, LPS mm, shape (2, 3); normal: across them."""

    ends: FloatArray
    normal: FloatArray
    step: float


def end_cautions(groups: Sequence[Sequence[Instance]], unread: Sequence[Unread] = ()) -> list[tuple[Caution, ...]]:
    """For each series the evidence that slices are missing at an end.

    groups: the files of each series, each once; unread: files that could not be read.
    """
    extents = [_extent(group) for group in groups]
    return [_end_cautions(group, extents[number], [
        (other, extents[index]) for index, other in enumerate(groups) if index != number and _study(other[0]) == _study(
            group[0])], [one for one in unread if one.series_uid and one.series_uid == group[0].text(
                "SeriesInstanceUID")]) for number, group in enumerate(groups)]


def _study(instance: Instance) -> tuple[str, ...]:
    return tuple(instance.text(tag) for tag in ("PatientID", "StudyInstanceUID", "Modality"))


_Other = tuple[Sequence[Instance], _Extent | None]


def _end_cautions(group: Sequence[Instance], extent: _Extent | None, others: Sequence[_Other],
                  unread: Sequence[Unread]) -> tuple[Caution, ...]:
    frame = group[0].text("FrameOfReferenceUID")
    together = [place for other, place in others if place and frame
                and other[0].text("FrameOfReferenceUID") == frame]
    notes = (_unread_sentence(unread), _number_sentence(group), _count_sentence(group, [other for other, _ in others]),
             _step_sentence(group, extent) if extent else "", _reach_sentence(extent, together) if extent else "")
    return tuple(note("slices_missing", sentence) for sentence in notes if sentence)


def _unread_sentence(unread: Sequence[Unread]) -> str:
    kinds = Counter(_WORDS[one.why] for one in unread if one.why in _WORDS)
    listed = ", ".join(f"{count} {words}" for words, count in kinds.items())
    return f"Files of this series could not be read ({listed}); slices may be missing: copy it again." if listed else ""


def _number_sentence(group: Sequence[Instance]) -> str:
    """By the numbers of the images: 1, 2, 3 and so on, or every n-th where several series share them."""
    numbers = _numbers(group)
    if not len(numbers):
        return ""
    strides = np.diff(numbers)
    stride = float(np.median(strides))
    missing = int(np.rint(strides / stride - 1).sum()) if stride > 0 else 0
    before = int(max(0.0, (numbers[0] - 1) // stride))
    if before + missing == 0:
        return ""
    where = f"the first is number {numbers[0]:.0f}" if before else f"{missing} between the first and the last"
    return (f"Image numbers are missing from this series ({where}); slices may be missing at an end: check that it "
            "covers the whole head, or copy it again.")


def _numbers(group: Sequence[Instance]) -> FloatArray:
    """The InstanceNumbers, ascending; none if they do not distinguish the images."""
    found = [tag_number(one.header, "InstanceNumber") for one in group]
    numbers = np.unique([number for number in found if number is not None])
    apart = len(numbers) == len(group) > 1 and not any(one.frames > 1 for one in group)
    return numbers if apart else np.empty(0)


def _step_sentence(group: Sequence[Instance], extent: _Extent) -> str:
    """By slices that are a whole number of times as far apart as the header says: every second is missing, or more.

    Numbers of images in steps are usual where series share them, and gaps of a slice's thickness in 2D scans; some
    headers give the gap instead of the distance. So two of these signs must agree.
    """
    between, thickness = slice_measures(group[0].header)
    numbers = _numbers(group)
    stride = float(np.median(np.diff(numbers))) if len(numbers) else 0.0
    for said, alone in ((abs(between), abs(between) >= thickness - _SAME_MM), (thickness, False)):
        times = round(extent.step / said) if said > 0 else 1
        if times > 1 and abs(extent.step - times * said) <= _SAME_MM * times and (alone or stride == times):
            return (f"The slices are {extent.step:.1f} mm apart, but {said:.1f} mm according to the header; "
                    f"{times - 1} of every {times} slices may be missing: check that the series is whole, or copy it "
                    "again.")
    return ""


def _count_sentence(group: Sequence[Instance], others: Sequence[Sequence[Instance]]) -> str:
    """By ImagesInAcquisition, which counts the images of one acquisition in all its series."""
    announced = tag_number(group[0].header, "ImagesInAcquisition")
    together = _acquisition(group[0])
    present = sum(one.frames for one in group) + sum(
        one.frames for other in others if together[1] and _acquisition(other[0]) == together for one in other)
    if announced is None or announced <= present:
        return ""
    return (f"The header says {announced:.0f} images, but only {present} are present; slices may be missing at an end: "
            "check that the series covers the whole head, or copy it again.")


def _acquisition(instance: Instance) -> tuple[str, ...]:
    return tuple(instance.text(tag) for tag in ("ImagesInAcquisition", "AcquisitionTime", "AcquisitionNumber"))


def _reach_sentence(mine: _Extent, others: Sequence[_Extent]) -> str:
    """By another series of the same slices in the same frame of reference that extends further."""
    further = max((_beyond(mine, theirs) for theirs in others), default=0.0)
    if further <= max(FURTHER_MM, FURTHER_SLICES * mine.step):
        return ""
    return (f"Another series of this study with the same slice spacing extends {further:.0f} mm further; slices may be "
            "missing at an end: check that this series covers the whole head, or copy it again.")


def _extent(group: Sequence[Instance]) -> _Extent | None:
    """None if the files form no volume."""
    if not group or not all(one.planes for one in group):
        return None
    try:
        stack = stack_planes([plane for one in group for plane in one.planes])
    except GeometryError:
        return None
    i, j, k = np.array(stack.shape) - 1.0
    ends = np.array([[i / 2, j / 2, 0.0], [i / 2, j / 2, k]]) @ stack.affine[:3, :3].T + stack.affine[:3, 3]
    step = float(np.linalg.norm(stack.affine[:3, 2]))
    return _Extent(ends, stack.affine[:3, 2] / step, step)


def _beyond(mine: _Extent, theirs: _Extent) -> float:
    """How far the other extends beyond an end across the slices, mm; 0 if the two are not alike."""
    alike = abs(mine.step - theirs.step) <= _SAME_STEP * mine.step and abs(mine.normal @ theirs.normal) >= _PARALLEL
    own, other = mine.ends @ mine.normal, theirs.ends @ mine.normal
    return float(max(own.min() - other.min(), other.max() - own.max())) if alike else 0.0
