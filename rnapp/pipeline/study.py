"""Files in: the series of a study and the voxels of one of them."""

from collections.abc import Sequence
from pathlib import Path

from rnapp.errors import StudyError
from rnapp.io.study import read_study, read_volume
from rnapp.types import Series, Study, Volume


def open_study(paths: Sequence[Path], workspace: Path) -> Study:
    """The series in what the user gave; zips are unpacked into workspace. Raises StudyError."""
    return read_study(paths, workspace)


def load_volume(study: Study, uid: str) -> Volume:
    """The voxels of one series, float32, on its own grid. Raises StudyError if it is unusable or unreadable."""
    series = _series(study, uid)
    if series.unusable:
        raise StudyError(series.unusable)
    return read_volume(series)


def proposed_series(study: Study) -> str:
    """uid of the proposed T1CE. Raises StudyError with the reason where no series can be proposed."""
    if study.proposed is None:
        raise StudyError(study.warnings[-1])
    return study.proposed


def study_warnings(study: Study, uid: str) -> tuple[str, ...]:
    """What the reader of the result should know of the study and of the chosen series."""
    return study.warnings + _series(study, uid).warnings


def _series(study: Study, uid: str) -> Series:
    for series in study.series:
        if series.uid == uid:
            return series
    raise StudyError("The chosen series is not part of this study; choose one from the list.")
