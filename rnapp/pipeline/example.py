"""The example study: a synthetic head with one enhancing lesion, as a scanner would send it."""

import json
from dataclasses import asdict
from pathlib import Path

from rnapp.io.dicom_write import write_dicom_series
from rnapp.io.volumes import write_nifti
from rnapp.phantom.head import phantom_head
from rnapp.types import Atlas, ClinicalData

SEED = 24
DESCRIPTION = "AX T1 POST GD (synthetic example)"
CLINICAL = ClinicalData(age=58, sex="female", primary_tumour="nsclc", systemic_treatment="immunotherapy",
                        months_since_radiosurgery=11, wbrt_before=False)


def write_example(atlas: Atlas, out: Path) -> None:
    """study/*.dcm (oblique T1CE series), lesion_mask.nii.gz (its grid) and clinical.json under out."""
    head = phantom_head(atlas, SEED)
    (out / "study").mkdir(parents=True, exist_ok=True)
    write_dicom_series(head.t1ce, out / "study", DESCRIPTION, SEED)
    write_nifti(head.lesion, out / "lesion_mask.nii.gz")
    (out / "clinical.json").write_text(json.dumps(asdict(CLINICAL), indent=2) + "\n", encoding="utf-8")
