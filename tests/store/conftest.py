"""One kept case for the tests of its file."""

from pathlib import Path

import pytest

from rnapp.store.case_file import write_case
from tests.store.values import CASE_ID, desk


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A kept case."""
    path = tmp_path / f"{CASE_ID}.rnapp"
    write_case(path, desk(), case_id=CASE_ID, title="P-07", summary="Two lesions, one reading.")
    return path
