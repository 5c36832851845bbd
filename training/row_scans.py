"""The prepared scan of a row of the cohort table, and its lesions: from its files, or from a case that the app kept.

A kept case has a preparation that a person accepted and outlines that a person drew; neither is made again.
"""

from dataclasses import replace
from pathlib import Path

from rnapp import pipeline
from rnapp.case.case import Preparation
from rnapp.case.kept import read_kept
from rnapp.errors import CaseError, InputError, MaskError
from rnapp.pipeline.cluster import resources_here
from rnapp.tasks.metastasis.question import T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import LesionSet, Prepared
from training.cohort_table import EVERY, Row, is_kept_case

DOUBTFUL = "the registration is doubtful; look at it with rnapp prepare"
NOT_ACCEPTED = "the registration is doubtful and nobody accepted it; open the case in rnapp and look at it"
SEPARATE = ("its mask has {count} separate parts, but a row stands for one lesion; join them, or give each a row and "
            "mask_labels of its own")


def prepared_scan(row: Row) -> Prepared:
    """On a worker. Raises InputError where the scan cannot be used."""
    if is_kept_case(row.image):
        preparation = _kept_preparation(row.image)
        if not (preparation.accepted or preparation.prepared.quality.good):
            raise InputError(NOT_ACCEPTED)
        return preparation.prepared
    _, inputs = pipeline.read_inputs([row.image], METASTASIS, {T1CE: row.series} if row.series else {})
    prepared = pipeline.prepare(inputs, resources_here())
    if not prepared.quality.good:
        raise InputError(DOUBTFUL)
    return prepared


def row_lesions(prepared: Prepared, row: Row) -> LesionSet:
    """The row's lesion, or every one of the mask. Raises InputError where one cannot be used."""
    found = _kept_lesions(row) if is_kept_case(row.mask) else pipeline.find_lesions(
        prepared, pipeline.read_mask(row.mask), METASTASIS, row.mask_labels or None)
    if row.lesion == EVERY:
        return found
    if len(found.lesions) > 1:
        raise InputError(SEPARATE.format(count=len(found.lesions)))
    if stopped := [caution.sentence for caution in found.lesions[0].cautions if caution.level == "stop"]:
        raise MaskError(f"This lesion cannot be read. {stopped[0]}")
    return found


def _kept_preparation(path: Path) -> Preparation:
    _, kept = read_kept(path)
    if kept.question != METASTASIS.id or kept.case.preparation is None:
        raise CaseError(f"Expected a prepared case of the question {METASTASIS.id!r}, but got one of "
                        f"{kept.question!r}; leave this row out.")
    return kept.case.preparation


def _kept_lesions(row: Row) -> LesionSet:
    """Those that were outlined in the kept case; mask_labels: their numbers there."""
    if row.mask != row.image:
        raise InputError("expected the same kept case as image and mask, for its outlines fit its own scan only; "
                         "correct one of them.")
    found = _kept_preparation(row.mask).outline.lesions
    if found is None or not found.lesions:
        raise InputError("nothing is outlined in the kept case; open it in rnapp and outline the lesion.")
    chosen = tuple(one for one in found.lesions if one.number in (row.mask_labels or {one.number}))
    if len(chosen) < len(row.mask_labels):
        raise InputError(f"expected lesions of the kept case as mask_labels, 1 to {len(found.lesions)}; correct them.")
    return replace(found, lesions=chosen)
