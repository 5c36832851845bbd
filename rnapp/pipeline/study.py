"""Files in: the series of a study, those that a task proposes, and the voxels of some."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rnapp.errors import StudyError
from rnapp.io.patients import of_patient, with_proposals, with_series
from rnapp.io.study import read_study, read_volume
from rnapp.io.suitability import CONTRAST_CODES
from rnapp.private import private_folder
from rnapp.tasks.task import Task
from rnapp.types import CancelToken, Caution, LoadedSeries, ProgressCallback, Question, Series, Study, no_progress

NO_SERIES: Mapping[str, str] = MappingProxyType({})


def open_study(paths: Sequence[Path], workspace: Path, task: Task, progress: ProgressCallback = no_progress,
               cancel: CancelToken | None = None) -> Study:
    """The series in what the user gave, and which of them the task proposes for each of its roles; zips are unpacked
    into workspace. Raises StudyError; Cancelled."""
    return with_proposed(_cautioned(read_study(paths, workspace, progress, cancel), task.question), task)


def _cautioned(study: Study, question: Question) -> Study:
    """Without cautions on a contrast agent that the question does not ask for."""
    if any(role.contrast for role in question.roles):
        return study
    series, others = (tuple(replace(one, cautions=tuple(caution for caution in one.cautions
                                                        if caution.code not in CONTRAST_CODES)) for one in many)
                      for many in (study.series, study.others))
    return replace(study, series=series, others=others)


def with_proposed(study: Study, task: Task) -> Study:
    """The study with the series that the task proposes; nothing as long as a patient must be chosen first."""
    return with_proposals(study, task.propose(study.series)) if study.series else study


def load_series(study: Study, uid: str, cancel: CancelToken | None = None) -> LoadedSeries:
    """The voxels of one series, float32, on its own grid. Raises StudyError if it is unusable or unreadable."""
    series = _series(study, uid)
    if series.unusable:
        raise StudyError(series.unusable)
    return LoadedSeries(series.source, read_volume(series, cancel))


def proposed_series(study: Study, role: str | None = None) -> str:
    """uid of the series proposed for a role, the reference where none is named. Raises StudyError with the reason where
    no series can be proposed."""
    if not study.proposed:
        raise StudyError(str(study.cautions[-1]) if study.cautions else "No series is proposed; choose one yourself.")
    proposed = study.proposed[role or next(iter(study.proposed))]
    if proposed.uid is None:
        raise StudyError(proposed.why)
    return proposed.uid


def chosen_series(study: Study, task: Task, series: Mapping[str, str] = NO_SERIES,
                  patient: str | None = None) -> tuple[Study, dict[str, Series]]:
    """The study of one patient and the series to read for each role: the named ones (role → uid), else the proposed.

    patient: an ID, where the files belong to several and no series is named. Raises StudyError where there is no such
    patient, role or series, or nothing can be proposed.
    """
    roles = [role.name for role in task.question.roles]
    if unknown := sorted(set(series) - set(roles)):
        raise StudyError(f"Expected a series for {' or '.join(roles)}, but got one for {unknown[0]!r}.")
    if patient:
        study = with_proposed(of_patient(study, patient), task)
    elif series:
        named = with_series(study, next(iter(series.values())))
        study = study if named is study else with_proposed(named, task)
    return study, {role: _series(study, series.get(role) or proposed_series(study, role)) for role in roles}


def read_inputs(places: Sequence[Path], task: Task, series: Mapping[str, str] = NO_SERIES,
                patient: str | None = None) -> tuple[Study, dict[str, LoadedSeries]]:
    """The study in these places, and for each role its series with its voxels, the reference first.

    series, patient: as chosen_series has them. Raises StudyError where they cannot be used.
    """
    with private_folder() as workspace:
        study, chosen = chosen_series(open_study(places, workspace, task), task, series, patient)
        return study, {role: load_series(study, one.uid) for role, one in chosen.items()}


def study_cautions(study: Study, uids: Iterable[str]) -> tuple[Caution, ...]:
    """What the reader of the result should know of the study and of the chosen series."""
    return (*study.cautions, *(caution for uid in dict.fromkeys(uids) for caution in _series(study, uid).cautions))


def _series(study: Study, uid: str) -> Series:
    series = study.find(uid)
    if series is None:
        raise StudyError("The chosen series is not part of this study; choose one from the list.")
    return series
