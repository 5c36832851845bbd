"""A study from whatever the user gave: its series, which of them is the T1CE, and that series' voxels."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rnapp.errors import StudyError
from rnapp.io.dicom_header import Instance, read_instance
from rnapp.io.dicom_series import MEDIA_DIRECTORY, group_series
from rnapp.io.dicom_volume import read_dicom_volume
from rnapp.io.images import image_series, is_image_name, read_image_volume
from rnapp.io.suitability import propose
from rnapp.io.unpack import collect_files
from rnapp.types import CancelToken, ProgressCallback, Series, Study, Volume, no_progress, part_of

_PSEUDONYM_DIGITS = 8
_COLLECTED = 0.3  # share of the progress bar; the headers are the rest


def read_study(paths: Sequence[Path], workspace: Path, progress: ProgressCallback = no_progress,
               cancel: CancelToken | None = None) -> Study:
    """List the series in folders (searched through), zip files and single files, and propose the T1CE.

    DICOM files are known by their content, NIfTI (.nii, .nii.gz), .nrrd and .mha by their names. Zip files are
    extracted into the workspace, which must outlive the study. Series that cannot be analysed are listed with the
    sentence why. Raises StudyError where nothing can be read or several patients are mixed; Cancelled.
    """
    files = collect_files(paths, workspace, part_of(progress, 0.0, _COLLECTED), cancel)
    images, instances = _read_headers(files, part_of(progress, _COLLECTED, 1.0), cancel or CancelToken())
    _check_one_patient(instances)
    series = (*group_series(instances), *{one.uid: one for one in images}.values())
    if not series:
        raise StudyError(f"No DICOM, NIfTI or NRRD image was found among the {len(files)} file(s) given; choose the "
                         "folder, zip file or image of an MR study.")
    proposed = propose(series)
    return Study(_pseudonym(proposed or series[0], instances), series, proposed.uid if proposed else None,
                 _warnings(series, proposed, instances))


def read_volume(series: Series) -> Volume:
    """The voxels of a series: float32, on its own grid, (i, j, k) with the LPS affine, rescaled.

    Raises StudyError for a series that read_study found unusable, damaged files or a blank image, and GeometryError
    for slices or headers that describe no regular volume.
    """
    if series.unusable:
        raise StudyError(series.unusable)
    image = len(series.files) == 1 and is_image_name(series.files[0])
    volume = read_image_volume(series.files[0]) if image else read_dicom_volume(series.files)
    if volume.array.min() == volume.array.max():
        raise StudyError("All voxels of this series have the same value; export the series again.")
    return volume


def _read_headers(files: Sequence[Path], progress: ProgressCallback,
                  cancel: CancelToken) -> tuple[list[Series], list[Instance]]:
    """Of the images known by their names, and of DICOM."""
    images: list[Series] = []
    instances: list[Instance] = []
    for number, path in enumerate(files):
        cancel.check()
        progress(f"Reading the headers of {len(files)} file(s)", number / len(files))
        if is_image_name(path):
            images.append(image_series(path))
        elif (instance := read_instance(path)) is not None and instance.text("SOPClassUID") != MEDIA_DIRECTORY:
            instances.append(instance)
    return images, instances


def _check_one_patient(instances: Sequence[Instance]) -> None:
    patients = {identity for instance in instances if (identity := instance.text("PatientID").upper())}
    if len(patients) > 1:
        raise StudyError(f"The files belong to {len(patients)} different patients; choose the study of one patient.")


def _pseudonym(series: Series, instances: Sequence[Instance]) -> str:
    """RN- and eight hexadecimal digits that always come out the same for a study, and name nobody."""
    digest = series.uid.removeprefix("file-")
    owner = next((one for one in instances if one.path in series.files), None)
    if owner is not None:
        digest = hashlib.sha256((owner.text("StudyInstanceUID") or series.uid).encode()).hexdigest()
    return f"RN-{digest[:_PSEUDONYM_DIGITS].upper()}"


def _warnings(series: Sequence[Series], proposed: Series | None, instances: Sequence[Instance]) -> tuple[str, ...]:
    studies = {uid for instance in instances if (uid := instance.text("StudyInstanceUID"))}
    several = (f"The files hold {len(studies)} studies; check that the chosen series is of the scan you mean.",)
    return (*(several if len(studies) > 1 else ()), *(() if proposed else (_why_none(series),)))


def _why_none(series: Sequence[Series]) -> str:
    reasons = {one.unusable for one in series}
    shared = reasons.pop() if len(reasons) == 1 else None
    if shared:
        return shared
    return f"None of the {len(series)} series can be proposed as a T1CE of the head; see the reason beside each."
