"""The example is whole, or not there."""

import json
from pathlib import Path

import pydicom
import pytest

from rnapp import files
from rnapp.models.clinical import parse
from rnapp.tasks.metastasis import METASTASIS
from rnapp.tasks.metastasis.example import write_example
from rnapp.tasks.metastasis.question import FIELDS
from rnapp.types import Atlas


def test_a_disk_that_fills_leaves_no_half_example(atlas: Atlas, tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    write, written = files._write, []

    def full(path: Path, data: bytes) -> None:
        written.append(path.name)
        if len(written) > 40:
            path.write_bytes(data[:100])
            raise OSError(28, "No space left on device")
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_write", full)
        with pytest.raises(OSError, match="No space"):
            write_example(atlas, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    write_example(atlas, tmp_path)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size < METASTASIS.example_bytes
    slices = sorted((tmp_path / "study").iterdir())
    assert [pydicom.dcmread(path).InstanceNumber for path in slices] == list(range(1, len(slices) + 1))
    assert None not in parse(FIELDS, json.loads((tmp_path / "clinical.json").read_text())).values()
