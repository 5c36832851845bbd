"""Files in: the series of a study and the voxels of one of them."""

from collections.abc import Sequence
from pathlib import Path

from rnapp.errors import StudyError
from rnapp.io.patients import of_patient, with_series
from rnapp.io.study import read_study, read_volume
from rnapp.private import private_folder
from rnapp.types import CancelToken, ProgressCallback, Series, Study, Volume, no_progress


def open_study(paths: Sequence[Path], workspace: Path, progress: ProgressCallback = no_progress,
               cancel: CancelToken | None = None) -> Study:
    """The series in what the user gave; zips are unpacked into workspace. Raises StudyError; Cancelled."""
    return read_study(paths, workspace, progress, cancel)


def load_volume(study: Study, uid: str, cancel: CancelToken | None = None) -> Volume:
    """The voxels of one series, float32, on its own grid. Raises StudyError if it is unusable or unreadable."""
    series = _series(study, uid)
    if series.unusable:
        raise StudyError(series.unusable)
    return read_volume(series, cancel)


def proposed_series(study: Study) -> str:
    """uid of the proposed T1CE. Raises StudyError with the reason where no series can be proposed."""
    if study.proposed is None:
        raise StudyError(study.warnings[-1])
    return study.proposed


def chosen_series(study: Study, series: str | None = None, patient: str | None = None) -> tuple[Study, Series]:
    """The study of one patient and the series to read: this one (a uid), or the proposed T1CE.

    patient: an ID, where the files belong to several and no series is named. Raises StudyError where there is no such
    patient or series, or nothing can be proposed.
    """
    if patient:
        study = of_patient(study, patient)
    elif series:
        study = with_series(study, series)
    return study, _series(study, series or proposed_series(study))


def read_scan(places: Sequence[Path], series: str = "", patient: str = "") -> tuple[Study, str, Volume]:
    """The study in these places, the uid of the series (the proposed one where none is given) and its voxels.

    patient: an ID, where the files belong to several. Raises StudyError where it cannot be used.
    """
    with private_folder() as workspace:
        study, chosen = chosen_series(open_study(places, workspace), series, patient)
        return study, chosen.uid, load_volume(study, chosen.uid)


def study_warnings(study: Study, uid: str) -> tuple[str, ...]:
    """What the reader of the result should know of the study and of the chosen series."""
    return study.warnings + _series(study, uid).warnings


def frame_of_reference(study: Study, uid: str) -> str:
    """The UID of the world that a series lies in, "" for NIfTI and NRRD."""
    return _series(study, uid).frame_of_reference


def _series(study: Study, uid: str) -> Series:
    for series in study.series:
        if series.uid == uid:
            return series
    raise StudyError("The chosen series is not part of this study; choose one from the list.")
