"""The toy in a batch, from files to a table, in one separate process (test_batch.py: in two)."""

import csv
import json
from pathlib import Path

import pytest

from rnapp.models.card import read_bundle
from rnapp.pipeline.batch import CaseRecord, run_batch, write_table
from rnapp.pipeline.batch_list import read_batch_list
from rnapp.pipeline.cluster import BatchOptions
from rnapp.types import Atlas
from tests.toy import scans
from tests.toy.files import check_files
from tests.toy.task import QUESTION, Load, write_bundle
from tests.toy.words import foreign


@pytest.fixture(scope="module")
def batch(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[CaseRecord, ...]]:
    """Two cases: the study, and one whose first visit has its sides swapped."""
    folder = tmp_path_factory.mktemp("batch")
    bundle = write_bundle(folder / "toy")
    scans.write_study(folder / "good", atlas)
    scans.write_study(folder / "swapped", atlas, first=scans.mirrored(scans.brain(atlas)))
    (folder / "form.json").write_text(json.dumps({"months_between": 3, "same_scanner": False}))
    (folder / "cases.csv").write_text("case,study,clinical\ngood,good,form.json\nswapped,swapped,form.json\n")
    cases = read_batch_list(folder / "cases.csv", QUESTION, report=True)
    options = BatchOptions(workers=1, device="cpu", bundle=read_bundle(bundle).card.model.sha256)
    return folder, run_batch(cases, folder / "out", options, lambda record, tally: None, Load(bundle))


def test_a_batch_answers_the_good_case_and_refuses_swapped_sides(
        batch: tuple[Path, tuple[CaseRecord, ...]]) -> None:
    folder, (good, swapped) = batch
    assert (good.done, good.sentence) == (True, "")
    check_files(folder / "out" / "good")
    assert not swapped.done
    assert swapped.sentence.startswith("First visit: Expected left and right on the same sides of both scans")
    assert foreign(swapped.sentence) == []
    write_table((good, swapped), QUESTION, folder / "table.csv")
    with (folder / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["probability_drift"]) == pytest.approx(good.answers[0].probability, abs=1e-4)
    assert [(row["lesion"], row["volume_ml"]) for row in rows] == [("", ""), ("", "")]
