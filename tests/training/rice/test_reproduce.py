"""Everything of RICE-NET with one command, in miniature: seven models, tables, a bundle that the app opens."""

import json
import shutil

import numpy as np
import pytest

from rnapp.errors import InputError
from rnapp.models.card import read_bundle
from rnapp.models.resnet_bundle import open_bundle, run
from rnapp.types import CancelToken
from training.reproduce import main
from training.rice import reproduce as module
from training.rice.config import ALL, COMBINATIONS, FOLDS, SHIPPED, SMOKE, name_of
from training.rice.experiment import Numbers, answers_of_numbers, read_answers, truth_of
from training.rice.heads import Cohort, Heads, make_template
from training.rice.reproduce import reproduce_rice, stages
from training.rice.tables import BLANK, NAMES, Results, document


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("rice")
    assert main(["--task", "rice", "--preset", "smoke", "--out", str(out), "--seeds", "1", "--threads", "1"]) == 0
    return out


def test_the_document_has_the_paper_s_figures_and_its_blanks_and_says_what_it_is(folder):
    text = (folder / "tables.md").read_text(encoding="utf-8")
    for words in ("no evidence about patients", "synthetic", "0.70", "0.58", "0.78", "0.828", "0.83", "0.804", "0.916",
                  "0.62 to 1.00", "three numbers, no network", "--task rice --preset smoke --out DIR --seeds 1",
                  "drawn for nothing else", *NAMES.values()):
        assert words in text, words
    both = next(line for line in text.splitlines() if line.startswith("| event MRI + post-operative MRI |"))
    assert both.split("|")[3].strip() == both.split("|")[7].strip() == "", "no text found gives these two figures"
    assert "Every part of the run is here." in text
    assert BLANK not in text
    assert "nan" not in text
    assert str(folder) not in text


def test_the_app_opens_the_bundle_and_gives_the_answers_of_the_tables(folder):
    bundle = open_bundle(read_bundle(folder / "bundle"))
    assert bundle.card.demonstration
    assert bundle.card.task == "rice"
    assert set(bundle.ensemble.combinations) == set(SHIPPED)
    heads = Heads(Cohort("standard", 0, SMOKE), make_template(SMOKE.side), None)
    for inputs in SHIPPED:
        places = [ALL.index(one) for one in inputs]
        log_odds = read_answers(folder / "standard-0", inputs).test
        for fold, net in enumerate(bundle.networks(inputs)):
            logits = run(net, heads.test(3)[places], CancelToken())
            assert logits[0] - logits[1] == pytest.approx(log_odds[fold, 3], abs=0.02)


def test_the_cards_say_synthetic_and_what_was_measured(folder):
    card = json.loads((folder / "bundle/card.json").read_text(encoding="utf-8"))
    text = (folder / "bundle/MODEL_CARD.md").read_text(encoding="utf-8")
    assert "Synthetic" in card["trained_on"]
    assert "mean nothing clinically" in text
    assert card["calibration"]["temperature"] >= 1
    for inputs in SHIPPED:
        assert 0 <= card["metrics"][f"test/{name_of(inputs)}/f1"] <= 1
    assert f"{card['metrics'][f'test/{name_of(ALL)}/auc']:.2f}" in text
    assert card["training"]["cohorts"]["test"] == SMOKE.test


def test_what_is_done_is_not_done_again_and_what_is_missing_is_said(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "run_combination", lambda *_: pytest.fail("trained again"))
    reproduce_rice(folder, SMOKE, 1, "command", lambda _: None)
    copied = tmp_path / "run"
    shutil.copytree(folder, copied)
    (copied / "standard-0" / f"{name_of(ALL)}_{FOLDS - 1}.npz").unlink()
    (copied / "standard-0" / "occlusion.json").unlink()
    text = document(Results(copied, SMOKE, 2, json.loads((folder / "attainable.json").read_text())), "command")
    assert "**Not run yet**" in text
    assert "standard setting, seed 0: all three" in text
    assert "standard setting, seed 1: dose" in text
    assert text.count(BLANK) > 8


def test_heads_are_forgotten_once_a_cohort_is_finished(folder):
    assert not list(folder.glob("*/heads/*.npy"))
    assert all((folder / "standard-0" / f"{name_of(one)}_0.safetensors").is_file() for one in COMBINATIONS)


def test_another_run_s_folder_and_no_seeds_are_refused(folder, tmp_path, capsys):
    with pytest.raises(InputError, match="at least one cohort seed"):
        reproduce_rice(tmp_path, SMOKE, 0, "command", lambda _: None)
    for wrong in (["--task", "rice", "--cohort", "table.csv"], ["--task", "rice", "--only-crops"],
                  ["--preset", "demo"]):
        assert main([*wrong, "--out", str(tmp_path / "no")]) == 2, wrong
        assert "training.reproduce: Expected" in capsys.readouterr().err


def test_the_first_stages_show_that_the_machinery_works_and_null_covers_every_combination():
    found = stages(SMOKE, 3)
    assert [(one.cohort.setting, one.cohort.seed) for one in found] == [
        ("easy", 0), ("standard", 0), ("null", 0), ("standard", 0), ("standard", 1), ("standard", 2), ("null", 0)]
    assert found[1].combinations == SHIPPED
    assert all(one.combinations == COMBINATIONS for one in found[3:])


def test_three_numbers_are_fitted_without_the_fold_they_answer_for(folder):
    truth = truth_of(Cohort("standard", 0, SMOKE))
    with np.load(folder / "standard-0/numbers.npz") as stored:
        validation, test = stored["validation"], stored["test"]
    first = answers_of_numbers(Numbers(validation, test), truth)
    changed = validation.copy()
    changed[0] += 1000
    second = answers_of_numbers(Numbers(changed, test), truth)
    assert np.array_equal(first.test[0], second.test[0]), "fold 0's model does not know fold 0's patients"
    assert not np.array_equal(first.test[1], second.test[1])
