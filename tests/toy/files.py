"""What rnapp writes of a toy case, checked."""

import json
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest
from pypdf import PdfReader

from rnapp.pipeline.batch import RECORD
from rnapp.report.result_schema import result_schema
from tests.toy.task import EARLIER, LATER, QUESTION
from tests.toy.words import foreign


def check_files(folder: Path) -> None:
    """result.json as its schema has it, the volumes, and the report, all in the words of this question."""
    said = json.loads((folder / "result.json").read_text())
    schema = result_schema(QUESTION)
    jsonschema.validate(said, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said | {"question": "metastasis"}, schema)
    assert (said["question"], said["lesions"]) == ("toy-drift", [])
    assert 0 < said["study"]["prediction"]["probability_drift"] < 1
    assert set(said["preparation"]["channels"]) == {LATER, EARLIER}
    assert foreign(json.dumps(said), allowed=("lesion",)) == [], "keys that every result has stay"
    assert {path.name for path in folder.iterdir()} - {RECORD} == {
        "result.json", "report.pdf", "later_sri24.nii.gz", "earlier_sri24.nii.gz", "brain_mask.nii.gz",
        "brain_mask_native.nii.gz"}
    text = report_text(folder)
    for own in ("Did the picture drift between two visits", "Probability of a drifted picture", "steady",
                "Months between the visits", "Both on the same scanner", "A weighted sum of three numbers."):
        assert own in text
    assert foreign(text) == []


def report_text(folder: Path) -> str:
    pages = PdfReader(BytesIO((folder / "report.pdf").read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
