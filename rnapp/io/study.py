"""A study from whatever the user gave: its series, and the voxels of one."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rnapp.errors import StudyError
from rnapp.io import completeness, suitability
from rnapp.io.dicom_header import Instance, Unread, read_instance
from rnapp.io.dicom_series import group_series
from rnapp.io.dicom_volume import read_dicom_volume
from rnapp.io.images import image_series, is_image_name, read_image_volume
from rnapp.io.patients import study_of
from rnapp.io.proposal import propose
from rnapp.io.rt_listing import list_radiotherapy, rt_kind
from rnapp.io.unpack import collect_files
from rnapp.types import CancelToken, ProgressCallback, Series, Study, Volume, no_progress, note, part_of

SAME_CONTENT = "Another file has the same content under another name; check which of the names is right."
_COLLECTED = 0.3  # share of the progress bar; the headers are the rest


def read_study(paths: Sequence[Path], workspace: Path, progress: ProgressCallback = no_progress,
               cancel: CancelToken | None = None) -> Study:
    """List the series in folders (searched through), zip files and single files.

    DICOM files are known by their content, NIfTI (.nii, .nii.gz), .nrrd and .mha by their names. Zip files are
    extracted into the workspace, which must outlive the study. Series that cannot be analysed are listed with the
    sentence why, files in no series by kind. Doses are series of the kind "dose"; they and other radiotherapy files are
    listed as such, too. Raises StudyError where nothing can be read; Cancelled.
    """
    collected = collect_files(paths, workspace, part_of(progress, 0.0, _COLLECTED), cancel)
    headers = _read_headers(collected.files, part_of(progress, _COLLECTED, 1.0), cancel or CancelToken())
    treatment = list_radiotherapy(headers.instances)
    series = _with_own_uids((*group_series([one for one in headers.instances if rt_kind(one) is None], headers.unread),
                             *treatment.series, *_distinct_images(headers.images)))
    left_out = (*collected.left_out, *completeness.left_out(
        headers.unread, [one.path for one in headers.instances]))
    if not series:
        if treatment.objects:
            raise StudyError(f"Only radiotherapy plans, structure sets or registrations were found "
                             f"({len(treatment.objects)} file(s)); add the images or the dose that they belong to.")
        reasons = " ".join(one.reason for one in left_out[:3])
        raise StudyError(f"No DICOM, NIfTI or NRRD image was found among the {len(collected.files)} file(s) given; "
                         f"choose the folder, zip file or image of an MR study. {reasons}".strip())
    return study_of(series, left_out, treatment.objects)


def read_volume(series: Series, cancel: CancelToken | None = None) -> Volume:
    """The voxels of a series: float32, on its own grid, (i, j, k) with the LPS affine, rescaled, in its frame of
    reference.

    Raises StudyError for a series that read_study found unusable, damaged files or a blank image, and GeometryError
    for slices or headers that describe no regular volume; Cancelled.
    """
    if series.unusable:
        raise StudyError(series.unusable)
    if series.kind == "dose":
        raise StudyError(suitability.IS_DOSE)
    image = len(series.files) == 1 and is_image_name(series.files[0])
    volume = read_image_volume(series.files[0]) if image else read_dicom_volume(series.files, cancel)
    lowest, highest = float(volume.array.min()), float(volume.array.max())
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise StudyError("This series has voxels that are not numbers (NaN or infinite); export the series again.")
    if lowest == highest:
        raise StudyError("All voxels of this series have the same value; export the series again.")
    return replace(volume, frame_of_reference=series.frame_of_reference)


@dataclass(frozen=True)
class _Headers:
    """What the files turned out to be."""

    images: tuple[Series, ...]
    instances: tuple[Instance, ...]
    unread: tuple[Unread, ...]


def _read_headers(files: Sequence[Path], progress: ProgressCallback, cancel: CancelToken) -> _Headers:
    """Of the images known by their names, and of DICOM."""
    images: list[Series] = []
    instances: list[Instance] = []
    unread: list[Unread] = []
    for number, path in enumerate(files):
        cancel.check()
        progress(f"Reading the headers of {len(files)} file(s)", number / len(files))
        if is_image_name(path):
            images.append(image_series(path))
        elif isinstance(found := read_instance(path), Instance):
            instances.append(found)
        else:
            unread.append(found)
    return _Headers(tuple(images), tuple(instances), tuple(unread))


def _distinct_images(images: Sequence[Series]) -> tuple[Series, ...]:
    """Each content once under each of its names; with a caution, and the likeliest T1CE first, where it has several."""
    names: dict[str, dict[str, Series]] = defaultdict(dict)
    for one in images:
        names[one.uid][one.description] = one
    found: list[Series] = []
    for same in (list(group.values()) for group in names.values()):
        if len(same) > 1:
            first = propose(same) or same[0]
            ordered = (first, *(one for one in same if one is not first))
            same = [suitability.with_cautions(one, note("same_content", SAME_CONTENT)) for one in ordered]
        found += same
    return tuple(found)


def _with_own_uids(series: Sequence[Series]) -> tuple[Series, ...]:
    """Each series known by a uid of its own, even where copies of one carry the same UID for different patients."""
    seen: Counter[str] = Counter()
    own = []
    for one in series:
        seen[one.uid] += 1
        own.append(one if seen[one.uid] == 1 else replace(one, uid=f"{one.uid}#{seen[one.uid]}"))
    return tuple(own)
