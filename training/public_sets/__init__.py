"""Cohort tables of the public sets of brain metastases, from their own folders.

Nothing is downloaded, and each set has its own terms: who has the data has agreed to them.

    python -m training.public_sets NAME FOLDER --out TABLE.csv
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import InputError
from rnapp.tasks.metastasis.question import QUESTION
from training.cohort_table import clinical_columns
from training.public_sets import scanners
from training.public_sets.found import Found, Missing

__all__ = ["SETS", "Found", "Missing", "PublicSet", "find"]

UNFOLLOWED = "The rows have no outcome, and no lesion is followed from scan to scan: they are for pre-training only."


@dataclass(frozen=True)
class PublicSet:
    """scan: its scanner; layout: the files that are looked for; lacks: what the set as a whole does not give."""

    scan: Callable[[Path], Found]
    layout: str
    lacks: str = UNFOLLOWED


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
