"""Cohort tables of the public sets of brain metastases and glioblastomas, from their own folders.

Nothing is downloaded. Each set has its own terms, to which anyone with the data has agreed.

    python -m training.public_sets NAME FOLDER --out TABLE.csv
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import InputError
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import Question
from training.cohort_table import clinical_columns
from training.public_sets import radiotherapy, scanners
from training.public_sets.found import Found, Missing

__all__ = ["SETS", "Found", "Missing", "PublicSet", "find"]

UNFOLLOWED = "The rows have no outcome, and no lesion is followed from scan to scan: they are for pre-training only."


@dataclass(frozen=True)
class PublicSet:
    """scan: its scanner; layout: the files that are looked for; lacks: what the set as a whole does not provide;
    question: that its table is for."""

    scan: Callable[[Path], Found]
    layout: str
    lacks: str = UNFOLLOWED
    question: Question = QUESTION


SETS = {
    "brainmetshare": PublicSet(scanners.brainmetshare, "Mets_…/bravo.nii.gz (or t1_gd.nii.gz) and Mets_…/seg.nii.gz"),
    "nyumets": PublicSet(scanners.nyumets, "patientId/…/studyId/…/RTSTRUCT_MRI.nii.gz (or CT1.nii.gz) and "
                                           "RTSTRUCT_segmentation.nii.gz"),
    "ucsf-bmsr": PublicSet(scanners.ucsf_bmsr, "100101A/100101A_T1post.nii.gz and 100101A/100101A_seg.nii.gz"),
    "brats-mets-2023": PublicSet(
        scanners.brats_mets, "BraTS-MET-00002-000/BraTS-MET-00002-000-t1c.nii.gz and …-seg.nii.gz"),
    "pretreat-metstobrain-masks": PublicSet(
        scanners.pretreat_metstobrain, "BraTS-MET-00002-000/BraTS-MET-00002-000-t1c.nii.gz and …-seg.nii.gz"),
    "yale-longitudinal": PublicSet(scanners.yale_longitudinal, "PATIENT/DATE/…_POST.nii.gz and a mask of your own, "
                                                               "…_POST_seg.nii.gz"),
    "molab": PublicSet(
        scanners.molab, "PATIENT/PATIENT/NIFTI/PATIENT_TIMEPOINT…_img.nii and …_msk.nii",
        f"Fill in outcome, months, {', '.join(clinical_columns(QUESTION))} from "
        "OpenBTAI_METS_ClinicalData_Nov2023.xlsx; without an outcome the rows are for pre-training only."),
    "burdenko-gbm-progression": PublicSet(
        radiotherapy.burdenko, "Burdenko-GBM-001/…Radiotherapy planning…/SERIES/….dcm and other studies beside it",
        "Fill in outcome and months from the set's clinical table, which tells progression, pseudoprogression and "
        "response at each follow-up, and keep the rows of scans with new enhancement only; pseudoprogression is early "
        "and not the same as RICE.", RICE),
    "mu-glioma-post": PublicSet(
        radiotherapy.mu_glioma_post, "PatientID_0003/Timepoint_1/PatientID_0003_Timepoint_1_brain_t1c.nii.gz",
        "The set has no dose. Fill in outcome, months and image_post_op from "
        "MU-Glioma-Post_ClinicalData-July2025.xlsx, and keep the rows of scans with new enhancement only.", RICE),
    "brain-tr-gammaknife": PublicSet(
        radiotherapy.brain_tr_gammaknife, "GK.147_1/GK.147_1_MR_t1.nrrd and GK.147_1_L_….nrrd",
        f"{UNFOLLOWED} Its labels (recurrence, stable) are of later scans that are not in the set."),
}


def find(name: str, folder: Path) -> Found:
    """What the set's scanner finds in the folder, at any depth.

    Raises InputError where there is no such set or folder, or nothing in it is recognised.
    """
    if name not in SETS:
        raise InputError(f"Expected the name of a public set ({', '.join(SETS)}), but got '{name}'; correct it.")
    if not folder.is_dir():
        raise InputError(f"Expected the unpacked folder of {name}, but {folder} is no folder; correct the path.")
    try:
        found = SETS[name].scan(folder.resolve())
    except OSError as error:
        raise InputError(f"Expected to read {folder}, but got: {error.strerror}; check who may read it.") from error
    if not found.rows and not found.missing:
        raise InputError(f"Expected {SETS[name].layout} somewhere in {folder}, but nothing there is named so; unpack "
                         "the set and give its folder.")
    return found
