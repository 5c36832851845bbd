"""The example study: a synthetic head with one enhancing lesion, as a scanner would send it."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from rnapp.files import write_files
from rnapp.io.volumes import nifti_bytes
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.phantom.head import phantom_head
from rnapp.types import Atlas

SEED = 24
DESCRIPTION = "AX T1 POST GD (synthetic example)"
CLINICAL = {"age": 58, "sex": "female", "primary_tumour": "nsclc", "systemic_treatment": "immunotherapy",
            "months_since_radiosurgery": 11, "wbrt_before": False}


def write_example(atlas: Atlas, out: Path) -> None:
    """study/*.dcm (oblique T1CE series), lesion_mask.nii.gz (its grid) and clinical.json under out: all, or none.
    Raises OSError."""
    head = phantom_head(atlas, SEED)
    with TemporaryDirectory(prefix="rnapp-") as folder:
        write_dicom_series(head.t1ce, Path(folder), DESCRIPTION, SEED)
        slices = {f"study/{path.name}": path.read_bytes() for path in sorted(Path(folder).iterdir())}
    write_files(out, {"clinical.json": f"{json.dumps(CLINICAL, indent=2)}\n".encode(),
                      "lesion_mask.nii.gz": nifti_bytes(head.lesion), **slices})
