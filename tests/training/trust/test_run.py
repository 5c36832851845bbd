"""The command: kept cases are not drawn again, another bundle's are refused, and what comes out is what went in."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from rnapp.errors import InputError
from rnapp.models.weights import load_bundle
from tests.models.conftest import make_bundle
from training.calibration import measure
from training.trust import raw as raws
from training.trust import run
from training.trust.__main__ import main
from training.trust.raw import Raw, joined, picture, raw_values
from training.trust.run import Sizes, found_of

NAMES = ("original_firstorder_Mean", "original_firstorder_Range")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(measure, "RESAMPLES", 20)
    monkeypatch.setattr(run, "make_template", lambda atlas: atlas)
    monkeypatch.setattr(run, "read_atlas", lambda folder: folder)


def made(seed, cases, *, strange=False, sign=1):
    """What a model that is too sure of itself says. strange: embeddings far from all others."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(size=cases)
    labels = (rng.random(cases) < 1 / (1 + np.exp(-odds))).astype(int)
    return Raw(sign * 3 * odds, np.repeat(3 * odds[:, None], 3, 1),
               rng.normal(size=(cases, 3, 12)) + 20 * strange, rng.normal(size=(cases, 2)), labels,
               np.full((cases, 64, 64), seed, np.uint8), NAMES)


@pytest.fixture
def asked(monkeypatch):
    """How often each kind was asked for, with made-up answers."""
    calls = []

    def values(bundle, template, use, kind, numbers, folder, report):
        calls.append((use, kind, numbers))
        return made(len(calls), len(numbers), strange=kind not in ("first", "second"))

    monkeypatch.setattr(run, "raw_values", values)
    return calls


def test_calibration_report_and_likeness_come_from_cases_of_their_own(asked, tmp_path):
    bundle = make_bundle(tmp_path / "bundle").folder
    found = found_of(bundle, Sizes(400, 300, 50), tmp_path / "kept", str)
    assert [one[:2] for one in asked[:3]] == [("calibration", "first"), ("report", "first"), ("report", "second")]
    assert {use for use, *_ in asked[3:]} == {"report"}
    assert found.calibration.cases == 400
    assert found.calibration.slope == pytest.approx(1 / 3, abs=0.12)
    assert found.calibration.synthetic
    assert set(found.calibration.cohorts) == {"fresh_first", "fresh_second"}
    assert found.calibration.cohorts["fresh_first"]["unlike"] < 0.2
    assert {one["share"] for one in found.unlike.values()} == {1.0}
    assert found.novelty[()].pictures.shape == (60, 64, 64)


def test_the_command_writes_a_bundle_that_the_app_opens(asked, tmp_path, capsys):
    bundle, out = make_bundle(tmp_path / "bundle").folder, tmp_path / "out"
    given = [str(bundle), "--out", str(out), "--calibration", "200", "--report", "100", "--strange", "20"]
    assert main(given) == 0
    assert len(asked) == 9
    written = load_bundle(out)
    assert written.card.version == "0.2.0"
    assert written.card.calibration.cases == 200
    assert written.novelty is not None
    assert json.loads((out / "card.json").read_text())["trust"]["made"]["report"] == 100
    assert main(given) == 2  # the folder is there already
    assert "choose a new one" in capsys.readouterr().err


def test_numbers_that_fall_with_the_outcome_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "raw_values", lambda *given: made(3, len(given[4]), sign=-1))
    with pytest.raises(InputError, match="do not rise"):
        found_of(make_bundle(tmp_path / "bundle").folder, Sizes(200, 100, 20), tmp_path / "kept", str)


@pytest.mark.parametrize("sizes", [(99, 1000, 10), (1000, 20, 10), (1000, 1000, 0)])
def test_too_few_cases_are_refused(sizes):
    with pytest.raises(InputError, match="at least 100"):
        Sizes(*sizes)


def test_cases_that_were_reported_before_are_left_out(asked, tmp_path):
    found = found_of(make_bundle(tmp_path / "bundle").folder, Sizes(200, 100, 20, 300), tmp_path / "kept", str)
    assert [one for one in asked if one[1] in ("first", "second")] == [
        ("calibration", "first", range(200)), ("report", "first", range(300, 400)),
        ("report", "second", range(300, 400))]
    assert found.made["reported_before"] == 300


def test_what_another_bundle_said_is_refused(asked, tmp_path):
    found_of(make_bundle(tmp_path / "one").folder, Sizes(200, 100, 20), tmp_path / "kept", str)
    assert asked
    with pytest.raises(InputError):
        found_of(make_bundle(tmp_path / "other", folds=2).folder, Sizes(200, 100, 20), tmp_path / "kept", str)


def test_a_killed_run_goes_on_where_it_was(monkeypatch, tmp_path):
    monkeypatch.setattr(raws, "PART", 3)
    drawn = []

    def one(bundle, template, use, kind, number):
        drawn.append(number)
        return made(number, 1)

    monkeypatch.setattr(raws, "_one", one)
    first = raw_values(None, None, "report", "first", range(4), tmp_path, str)
    assert drawn == [0, 1, 2, 3, 4, 5]
    assert len(first.labels) == 4
    again = raw_values(None, None, "report", "first", range(6), tmp_path, str)
    assert len(drawn) == 6
    assert np.array_equal(again.part(slice(0, 4)).log_odds, first.log_odds)
    assert again.names == NAMES
    later = raw_values(None, None, "report", "first", range(5, 7), tmp_path, str)
    assert drawn[6:] == [6, 7, 8], "files are of the same lesions, wherever one begins"
    assert np.array_equal(later.log_odds[0], again.log_odds[5])


def test_the_picture_is_as_a_reader_sees_it():
    array = np.zeros((64, 64, 64), np.float32)
    array[50, 10, 32] = 4.0  # left (i runs to the left) and anterior (j runs to posterior)
    shown = picture(SimpleNamespace(t1ce=SimpleNamespace(array=array)))
    assert shown.dtype == np.uint8
    assert np.unravel_index(shown.argmax(), shown.shape) == (10, 50)
    assert shown.max() == 255


def test_parts_are_joined_in_order():
    parts = [made(1, 2), made(2, 3)]
    whole = joined(parts)
    assert np.array_equal(whole.log_odds, np.concatenate([one.log_odds for one in parts]))
    assert whole.embeddings.shape == (5, 3, 12)
