"""Whatever is broken in a radiotherapy file, it is listed, left out or refused with a sentence; nothing else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnapp.errors import StudyError
from rnapp.io.study import read_study
from rnapp.pipeline.study import load_dose, load_links
from tests.io.rt_files import refer_to, write_dose, write_plan, write_registration
from tests.io.test_rt_registration import MOVED

PLAN = "1.2.3.4"
WRITERS: dict[str, Callable[[Path], Path]] = {
    "dose": lambda path: write_dose(path, DoseSummationType="BEAM", ReferencedRTPlanSequence=refer_to(PLAN, 1)),
    "plan": lambda path: write_plan(path, PLAN), "registration": lambda path: write_registration(path, MOVED)}
BROKEN = 25


@pytest.mark.parametrize("kind", WRITERS)
def test_broken_files_get_a_sentence(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name, write in WRITERS.items():
        write(folder / name)
    whole = (folder / kind).read_bytes()
    random = np.random.default_rng(7)
    read = 0
    for number in range(BROKEN):
        broken = bytearray(whole)
        # Most of a dose is its voxels: the header is what can be misread.
        for place in random.integers(132, min(len(whole), 2200), 3):
            broken[place] = random.integers(256)
        (folder / kind).write_bytes(bytes(broken[:random.integers(140, len(whole))] if number % 4 == 0 else broken))
        sentence = refused(folder)
        read += sentence == ""
        assert not sentence or sentence.endswith(".")
        assert "\n" not in sentence
    assert read > BROKEN / 5


def refused(folder: Path) -> str:
    """The sentence by which a study or its dose is refused, "" where all of it can be read."""
    try:
        study = read_study([folder], folder.parent / "work")
        load_links(study)
        for series in study.series:
            load_dose(study, series.uid)
    except StudyError as error:
        return str(error)
    return ""
