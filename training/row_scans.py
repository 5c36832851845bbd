"""The prepared scans of a row of the cohort table, and its lesions: from its files, or from a case that the app kept.

A kept case has a preparation that a person accepted and outlines that a person drew; neither is made again.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rnapp import pipeline
from rnapp.case.case import Preparation
from rnapp.case.kept import read_kept
from rnapp.errors import CaseError, InputError, MaskError
from rnapp.io.proposal import propose
from rnapp.io.suitability import role_problem
from rnapp.pipeline.cluster import resources_here
from rnapp.pipeline.dose import accept_unseen, place_dose
from rnapp.pipeline.study import LEFT_OUT, CaseInputs, read_case
from rnapp.private import private_folder
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.tasks.task import Task
from rnapp.types import LesionSet, Prepared, Role, Series
from training.cohort_row import EVERY, Row
from training.cohort_table import is_kept_case

DOUBTFUL = "the registration is doubtful; look at it with rnapp prepare"
DOUBTFUL_DOSE = "where the dose lies on the scan is doubtful; look at it in rnapp, and keep the case"
NOT_ACCEPTED = "the registration is doubtful and nobody accepted it; open the case in rnapp and look at it"
SEPARATE = ("its mask has {count} separate parts, but a row stands for one lesion; join them, or give each a row and "
            "mask_labels of its own")


def prepared_scan(row: Row, task: Task = METASTASIS) -> Prepared:
    """On a worker; with the dose, where the row has one. Raises InputError where something cannot be used."""
    if is_kept_case(row.image):
        preparation = _kept_preparation(row.image, task)
        if not (preparation.accepted or preparation.prepared.quality.good):
            raise InputError(NOT_ACCEPTED)
        return preparation.prepared
    inputs = read_case((row.image, *row.others.values()), task, row_series(row, task))
    if inputs.no_dose:
        raise InputError(inputs.no_dose)
    prepared = pipeline.prepare(inputs.scans, resources_here())
    if not prepared.quality.good or not all(one.match is None or one.match.good for one in prepared.channels.values()):
        raise InputError(DOUBTFUL)
    return _with_dose(prepared, inputs)


def _with_dose(prepared: Prepared, inputs: CaseInputs) -> Prepared:
    if inputs.dose is None:
        return prepared
    placed = accept_unseen(place_dose(prepared, inputs.dose, inputs.links, inputs.planning))
    if placed.dose is None:
        raise InputError(DOUBTFUL_DOSE)
    return placed


def row_series(row: Row, task: Task) -> Mapping[str, str]:
    """Role → uid of the series to read, or LEFT_OUT; a role that is not in it takes what is proposed.

    Of places of their own, the only series that suits the role is taken, or the best T1 after contrast. Raises
    InputError where a place holds none or several.
    """
    question = task.question
    named = {question.reference: row.series, **row.other_series}
    named = {role: uid for role, uid in named.items() if uid}
    if row.others:
        with private_folder() as workspace:
            study = pipeline.open_study((row.image, *row.others.values()), workspace, task)
            places = {question.reference: row.image, **row.others}
            named |= {role: _in_place(study.series, place, question.role(role)).uid
                      for role, place in places.items() if role not in named}
    # Crops of lesions need no dose, which may lie in the same folder.
    idle = (*question.roles_of("dose"), *question.roles_of("planning")) if question.unit == "lesion" else ()
    return {role.name: LEFT_OUT for role in idle} | named


def _in_place(series: tuple[Series, ...], place: Path, role: Role) -> Series:
    suitable = [one for one in series if role_problem(one, role) is None
                and any(place.absolute() in (file, *file.parents) for file in map(Path.absolute, one.files))]
    best = propose(suitable) if role.contrast else None
    if best is not None:
        return best
    if role.kind == "planning":  # an MRI of planning is no planning scan where there is a CT
        suitable = [one for one in suitable if one.kind == "CT"] or suitable
    if len(suitable) != 1:
        raise InputError(f"expected one series for “{role.label}” in {place.name}, but found {len(suitable)}; name it "
                         f"in the column series_{role.name}.")
    return suitable[0]


def row_lesions(prepared: Prepared, row: Row, task: Task = METASTASIS) -> LesionSet:
    """The row's lesion, or every one of the mask; none without a mask. Raises InputError where one cannot be used."""
    if row.mask is None:
        return pipeline.no_lesions(prepared)
    lesions = _kept_lesions(row, task) if is_kept_case(row.mask) else pipeline.find_lesions(
        prepared, pipeline.read_mask(row.mask), task, row.mask_labels or None)
    if row.lesion == EVERY:
        return lesions
    if len(lesions.lesions) > 1:
        raise InputError(SEPARATE.format(count=len(lesions.lesions)))
    if stopped := [caution.sentence for caution in lesions.lesions[0].cautions if caution.level == "stop"]:
        raise MaskError(f"This lesion cannot be read. {stopped[0]}")
    return lesions


def _kept_preparation(path: Path, task: Task) -> Preparation:
    _, kept = read_kept(path)
    if kept.question != task.id or kept.case.preparation is None:
        raise CaseError(f"Expected a prepared case of the question {task.id!r}, but got one of "
                        f"{kept.question!r}; leave this row out.")
    return kept.case.preparation


def _kept_lesions(row: Row, task: Task) -> LesionSet:
    """Those that were outlined in the kept case; mask_labels: their numbers there."""
    if row.mask != row.image:
        raise InputError("expected the same kept case as image and mask, for its outlines fit its own scan only; "
                         "correct one of them.")
    drawn = _kept_preparation(row.image, task).outline.lesions
    if drawn is None or not drawn.lesions:
        raise InputError("nothing is outlined in the kept case; open it in rnapp and outline the lesion.")
    chosen = tuple(one for one in drawn.lesions if one.number in (row.mask_labels or {one.number}))
    if len(chosen) < len(row.mask_labels):
        raise InputError(f"expected lesions of the kept case as mask_labels, 1 to {len(drawn.lesions)}; correct them.")
    return replace(drawn, lesions=chosen)
