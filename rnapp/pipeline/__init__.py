"""The only owner of step order: prepare a study, then, once the lesion is drawn, analyse it.

Headless; shared by the browser, the command line and training, so that train and serve never preprocess differently.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from rnapp.compute import BACKENDS
from rnapp.errors import RnappError
from rnapp.io.masks import read_mask, read_mask_file
from rnapp.io.rt_read import Answers as DoseAnswers
from rnapp.io.volumes import nifti_bytes, read_nifti_bytes
from rnapp.lesion.editing import PLANES, drawn_plane, grow, interpolate_slices
from rnapp.lesion.find import mask_labels
from rnapp.lesion.propose import outlines, with_origin
from rnapp.lesion.untouched import with_untouched
from rnapp.models.clinical import parse
from rnapp.pipeline.analyse import analyse, explain, no_lesions
from rnapp.pipeline.confirming import withheld_lines
from rnapp.pipeline.dose import accept_unseen, dose_figures, dose_picture, place_again, place_dose
from rnapp.pipeline.dose import confirm as confirm_dose
from rnapp.pipeline.dose_export import DoseRequest, ExportedDose, export_dose
from rnapp.pipeline.files import CaseFiles, analyse_files, prepare_files
from rnapp.pipeline.inspect import as_json, as_lines, inspect
from rnapp.pipeline.mask_check import CheckedMask, check_mask_on
from rnapp.pipeline.masks import (
    find_lesions,
    find_structures,
    on_prepared_head,
    structure_choices,
    to_confirm,
)
from rnapp.pipeline.prepare import (
    native_brain_mask,
    pair_picture,
    prepare,
    quality_picture,
    quality_pictures,
    warm_up,
)
from rnapp.pipeline.resources import Resources, load_resources, task_in_use
from rnapp.pipeline.results import (
    RESULTS_BYTES,
    attention_picture,
    attention_volume,
    dose_curves,
    dose_slices,
    lesion_picture,
    occlusion_picture,
    report_pdf,
    scene,
    waterfall,
    write_prepared,
    write_results,
)
from rnapp.pipeline.selftest import SelfTest
from rnapp.pipeline.study import (
    load_dose,
    load_links,
    load_series,
    open_study,
    proposed_series,
    read_inputs,
    study_cautions,
    with_proposed,
)
from rnapp.pipeline.tuning import brain_mask_choices, tune
from rnapp.report.wording import statement, validation
from rnapp.timeline.courses import courses
from rnapp.timeline.dates import months_after
from rnapp.timeline.follow import follow
from rnapp.timeline.growth import growth
from rnapp.timeline.match import moved_labels
from rnapp.timeline.picture import course_figure, course_png
from rnapp.timeline.rano import rano_response
from rnapp.types import Clinical, Prepared, Proposal, Question, Volume

GROWTH_REACH_MM = 30.0  # a grown lesion lies in the 64 mm cube that the model looks at


def example_study(resources: Resources, out: Path) -> None:
    """study/*.dcm, lesion_mask.nii.gz and clinical.json of the task's example under out. Raises RnappError where the
    task has none, OSError."""
    if resources.task.example is None:
        raise RnappError("There is no example for this question; open a study of your own.")
    resources.task.example(resources.atlas, out)


def parse_clinical(question: Question, mapping: Mapping[str, object]) -> Clinical:
    """The checked clinical data, one entry per field; "" and None are unknown, and so is what is not there. Raises
    ClinicalError."""
    return parse(question.fields, mapping)


def fill_slices(mask: Volume, plane: str = "") -> Volume:
    """A mask on the SRI24 grid with the slices between the drawn ones filled. plane: axial, coronal, sagittal or, where
    it is empty, the one it was drawn in. Raises MaskError where there is nothing to fill."""
    return interpolate_slices(mask, PLANES.get(plane, PLANES[drawn_plane(mask)]))


def grown_lesion(prepared: Prepared, point_mm: Sequence[float], tolerance: float) -> Volume:
    """What is as bright as the brain at a point and connected with it, bool, SRI24 grid.

    point_mm: SRI24, LPS; tolerance: standard deviations over the brain. Raises MaskError outside the brain.
    """
    return grow(prepared.image, np.asarray(point_mm, float), GROWTH_REACH_MM, tolerance)


def propose_lesions(prepared: Prepared, resources: Resources) -> Proposal:
    """What the proposer in use holds for lesions; each is nothing until a reader takes it."""
    return Proposal(resources.proposer.words, resources.proposer.propose(prepared))


__all__ = [
    "BACKENDS",
    "RESULTS_BYTES",
    "CaseFiles",
    "CheckedMask",
    "DoseAnswers",
    "DoseRequest",
    "ExportedDose",
    "Resources",
    "SelfTest",
    "accept_unseen",
    "analyse",
    "analyse_files",
    "as_json",
    "as_lines",
    "attention_picture",
    "attention_volume",
    "brain_mask_choices",
    "check_mask_on",
    "confirm_dose",
    "course_figure",
    "course_png",
    "courses",
    "dose_curves",
    "dose_figures",
    "dose_picture",
    "dose_slices",
    "example_study",
    "explain",
    "export_dose",
    "fill_slices",
    "find_lesions",
    "find_structures",
    "follow",
    "grown_lesion",
    "growth",
    "inspect",
    "lesion_picture",
    "load_dose",
    "load_links",
    "load_resources",
    "load_series",
    "mask_labels",
    "months_after",
    "moved_labels",
    "native_brain_mask",
    "nifti_bytes",
    "no_lesions",
    "occlusion_picture",
    "on_prepared_head",
    "open_study",
    "outlines",
    "pair_picture",
    "parse_clinical",
    "place_again",
    "place_dose",
    "prepare",
    "prepare_files",
    "propose_lesions",
    "proposed_series",
    "quality_picture",
    "quality_pictures",
    "rano_response",
    "read_inputs",
    "read_mask",
    "read_mask_file",
    "read_nifti_bytes",
    "report_pdf",
    "scene",
    "statement",
    "structure_choices",
    "study_cautions",
    "task_in_use",
    "to_confirm",
    "tune",
    "validation",
    "warm_up",
    "waterfall",
    "with_origin",
    "with_proposed",
    "with_untouched",
    "withheld_lines",
    "write_prepared",
    "write_results",
]
