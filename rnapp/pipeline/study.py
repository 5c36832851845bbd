"""Files in: the series of a study, those that a task proposes, and the voxels of some."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from rnapp.errors import StudyError
from rnapp.io.patients import SEVERAL_STUDIES, of_patient, same_patient, with_proposals, with_series
from rnapp.io.rt_plan import Plan, read_plan, with_target_names
from rnapp.io.rt_read import UNASKED, Answers, read_dose, read_dose_image
from rnapp.io.rt_registration import read_links
from rnapp.io.rt_sum import QUESTIONS
from rnapp.io.rtstruct import structure_names
from rnapp.io.study import read_study, read_volume
from rnapp.io.suitability import CONTRAST_CODES, IS_NO_DOSE, SCAN, role_problem
from rnapp.private import private_folder
from rnapp.tasks.task import Task
from rnapp.types import (
    CancelToken,
    Caution,
    Dose,
    FrameLink,
    LoadedSeries,
    ProgressCallback,
    Question,
    Role,
    RtObject,
    Series,
    Study,
    no_progress,
)

NO_SERIES: Mapping[str, str] = MappingProxyType({})
LEFT_OUT = "none"  # in place of a uid: the input is not used, although one is proposed
DOSE = Role("dose", "Dose", kind="dose")
NO_PATIENT = Caution("dose_no_patient", "confirm", "The dose file names no patient.",
                     "Check that it is of this patient.")


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
    """The study with the series that the task proposes; nothing as long as a patient must be chosen first.

    That there is none for a role that may be left out is no caution, nor are several studies where the question is
    about several scans.
    """
    if not study.series:
        return study
    if len(task.question.roles_of("scan")) > 1:
        study = replace(study, cautions=tuple(one for one in study.cautions if one.code != SEVERAL_STUDIES))
    proposed = task.propose(study.series)
    optional = {role.name for role in task.question.roles if role.optional}
    found = with_proposals(study, {role: one for role, one in proposed.items() if one.uid or role not in optional})
    return replace(found, proposed=proposed)


def load_series(study: Study, uid: str, cancel: CancelToken | None = None, role: Role = SCAN) -> LoadedSeries:
    """The voxels of one series, float32, on its own grid. role: what it is for, a scan or a planning scan. Raises
    StudyError if it is unusable, unreadable or of another kind."""
    series = _series(study, uid)
    if problem := role_problem(series, role):
        raise StudyError(problem)
    return LoadedSeries(series.source, read_volume(series, cancel))


def load_dose(study: Study, uid: str, relative_gy: float | None = None, fractions: int | None = None,
              complete: bool = False) -> Dose:
    """The dose of one series, the files of which are added up, in Gy, NaN where unknown.

    What a person said where the files leave it open: relative_gy, the dose that is 100 %; fractions, by how many to
    multiply the dose of one; complete, that no beam is missing. Raises StudyError for a series that is no dose, one
    that cannot have been given, and where one of these is needed, or given but not needed.
    """
    series = _series(study, uid)
    if problem := role_problem(series, DOSE):
        raise StudyError(problem)
    if series.modality == "RTDOSE":
        answers = Answers(relative_gy, fractions, complete)
        dose = replace(read_dose(series.files, _plans(study, series), answers), date=series.date)
        nobody = not series.patient and any(one.patient for one in study.series)
        return replace(dose, cautions=(*dose.cautions, NO_PATIENT)) if nobody else dose
    if not series.files:
        raise StudyError(IS_NO_DOSE)
    if relative_gy is not None or fractions is not None:
        raise StudyError("An image file of a dose is read as it is, in Gy, so there is nothing to multiply; save it in "
                         "Gy.")
    return read_dose_image(series.files[0], series.uid)


def _plans(study: Study, series: Series) -> dict[str, Plan]:
    """The study's readable plans of the same patient, by their UIDs, with the targets' names."""
    names = {one.uid: one for one in _usable(study, "structures")}
    plans = {}
    for one in _usable(study, "plan"):
        if same_patient(one.patient, series.patient):
            plan = read_plan(one.file)
            own = names.get(plan.structures)
            plans[plan.uid] = with_target_names(plan, structure_names(own.file)) if own else plan
    return plans


def load_links(study: Study) -> tuple[FrameLink, ...]:
    """Between which frames of reference the study's rigid registration files lead, and how."""
    return tuple(link for one in _usable(study, "registration") for link in read_links(one.file))


def _usable(study: Study, kind: str) -> tuple[RtObject, ...]:
    return tuple(one for one in study.radiotherapy if one.kind == kind and one.unusable is None)


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
    """The study of one patient and the series to read for each role: the named ones (role → uid), else the proposed;
    none for an optional role without either, or one that is LEFT_OUT.

    patient: an ID, where the files belong to several and no series is named. Raises StudyError where there is no such
    patient, role or series, nothing can be proposed, or a series is of the wrong kind for its role.
    """
    roles = [role.name for role in task.question.roles]
    if unknown := sorted(set(series) - set(roles)):
        raise StudyError(f"Expected a series for {' or '.join(roles)}, but got one for {unknown[0]!r}.")
    if patient:
        study = with_proposed(of_patient(study, patient), task)
    elif uids := [uid for uid in series.values() if uid != LEFT_OUT]:
        named = with_series(study, uids[0])
        study = study if named is study else with_proposed(named, task)
    chosen = ((role.name, _chosen(study, role, series.get(role.name))) for role in task.question.roles)
    return study, {role: one for role, one in chosen if one}


def _chosen(study: Study, role: Role, uid: str | None) -> Series | None:
    """The named series or the proposed one; None where the role may be left out, and is, or nothing is proposed."""
    if uid == LEFT_OUT:
        if role.optional:
            return None
        raise StudyError(f"Expected a series for {role.label}, but it was left out, and this question needs it; choose "
                         "one.")
    if uid is None and role.optional and _none_proposed(study, role.name):
        return None
    series = _series(study, uid or proposed_series(study, role.name))
    if problem := role_problem(series, role):
        raise StudyError(problem)
    return series


def _none_proposed(study: Study, role: str) -> bool:
    return bool(study.proposed) and (role not in study.proposed or study.proposed[role].uid is None)


@dataclass(frozen=True, eq=False)
class CaseInputs:
    """What was read of a case. chosen: role → series, the dose's and the planning scan's among them; scans: role →
    scan, the reference first, of the roles that have a series. dose, planning: None where there is none; no_dose: why a
    dose that was proposed cannot be used, "" if nothing is amiss; links: of the study's registration files."""

    study: Study
    chosen: Mapping[str, Series]
    scans: dict[str, LoadedSeries]
    dose: Dose | None = None
    no_dose: str = ""
    planning: LoadedSeries | None = None
    links: tuple[FrameLink, ...] = ()


def read_inputs(places: Sequence[Path], task: Task, series: Mapping[str, str] = NO_SERIES,
                patient: str | None = None) -> tuple[Study, dict[str, LoadedSeries]]:
    """The study in these places, and for each role of a scan that has a series its voxels, the reference first.

    series, patient: as chosen_series has them. Raises StudyError where they cannot be used.
    """
    with private_folder() as workspace:
        study, chosen = chosen_series(open_study(places, workspace, task), task, series, patient)
        return study, load_scans(study, task.question, chosen)


def read_case(places: Sequence[Path], task: Task, series: Mapping[str, str] = NO_SERIES, patient: str | None = None,
              answers: Answers = UNASKED) -> CaseInputs:
    """All of that, with the dose and what leads from it to the scan.

    answers: what a person said of the dose. Raises StudyError where something cannot be used, a named dose among it; a
    dose that was only proposed is left out, which no_dose says.
    """
    with private_folder() as workspace:
        study, chosen = chosen_series(open_study(places, workspace, task), task, series, patient)
        scans = load_scans(study, task.question, chosen)
        found = CaseInputs(study, chosen, scans)
        for role in task.question.roles_of("dose"):
            if role.name in chosen:
                found = _with_dose(found, task.question, chosen[role.name], answers, series)
        return found


def _with_dose(inputs: CaseInputs, question: Question, series: Series, answers: Answers,
               named: Mapping[str, str]) -> CaseInputs:
    """named: role → uid. Raises StudyError for a named dose or planning scan that cannot be used."""
    study, chosen = inputs.study, inputs.chosen
    planned = [role for role in question.roles_of("planning") if role.name in chosen]
    try:
        dose = load_dose(study, series.uid, answers.relative_gy, answers.fractions, answers.complete)
        planning = load_series(study, chosen[planned[0].name].uid, role=planned[0]) if planned else None
    except StudyError as error:
        if {role.name for role in (*question.roles_of("dose"), *planned)} & set(named):
            raise
        return replace(inputs, no_dose=str(error))
    return replace(inputs, dose=dose, planning=planning, links=load_links(study))


def load_scans(study: Study, question: Question, chosen: Mapping[str, Series]) -> dict[str, LoadedSeries]:
    """The voxels of the scans among the chosen series, the reference first. Raises StudyError."""
    return {role.name: load_series(study, chosen[role.name].uid, role=role)
            for role in question.roles_of("scan") if role.name in chosen}


def study_cautions(study: Study, uids: Iterable[str]) -> tuple[Caution, ...]:
    """What the reader of the result should know of the study and of the chosen series. What a dose leaves open is not
    among it: by then it was answered."""
    return (*study.cautions, *(caution for uid in dict.fromkeys(uids) for caution in _series(study, uid).cautions
                               if caution.code not in QUESTIONS))


def _series(study: Study, uid: str) -> Series:
    series = study.find(uid)
    if series is None:
        raise StudyError("The chosen series is not part of this study; choose one from the list.")
    return series
