"""The whole method in small, from nothing to tables and a bundle; then the app's own prediction with it."""

import json
import shutil

import numpy as np
import pytest

from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.io.atlas import read_atlas
from rnapp.models.ensemble import predict
from rnapp.models.weights import load_bundle
from rnapp.types import CancelToken
from training import experiment as module
from training.cases import labelled
from training.cohort import make_labelled
from training.config import SMOKE
from training.evaluate import scores
from training.experiment import make_trial, run_experiment
from training.finetune import probabilities
from training.phantom import make_template
from training.reproduce import main
from training.stack import out_of_fold_log_odds
from training.tables import NAMES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    main(["--preset", "smoke", "--out", str(out), "--seeds", "2"])
    return out


@pytest.fixture(scope="module")
def cohorts():
    return make_labelled(make_template(read_atlas(weights_folder())), SMOKE.cohort, 0)


@pytest.fixture(scope="module")
def trial(cohorts):
    return make_trial(*cohorts, SMOKE, 0)


def test_the_bundle_loads_by_dropping_a_folder_and_answers(folder, cohorts, tmp_path, monkeypatch):
    shutil.copytree(folder / "bundle", tmp_path / "dropped")
    bundle = load_bundle(tmp_path / "dropped")
    assert bundle.card.demonstration
    assert len(bundle.vits) == 5
    case = cohorts[1][0]
    opinion = predict(bundle, case.crop, case.clinical, CancelToken())
    assert 0 < opinion.prediction.probability_rn < 1
    assert len(opinion.prediction.folds) == 5


def test_the_card_tells_what_was_done(folder):
    card = json.loads((folder / "bundle/card.json").read_text())
    assert card["training"]["configuration"]["finetune"]["epochs"] == 1
    for cohort in ("out_of_fold", "held_out", "second_centre"):
        for model in ("vit", "clinical", "multimodal"):
            assert 0 <= card["metrics"][f"{cohort}/{model}/auc"] <= 1
    text = (folder / "bundle/MODEL_CARD.md").read_text()
    assert "mean nothing clinically" in text
    assert f"{card['metrics']['held_out/multimodal/brier']:.2f}" in text


def test_out_of_fold_metrics_are_those_of_the_weights_as_stored(folder, trial):
    """Recomputes every fold's answers from the files alone, each row by the fold that never saw it."""
    bundle = load_bundle(folder / "bundle")
    metrics = json.loads((folder / "bundle/card.json").read_text())["metrics"]
    vit = np.full(len(trial.training.cases), np.nan)
    for network, split in zip(bundle.vits, trial.splits, strict=True):
        vit[split.apart] = probabilities(network, trial.training.inputs[split.apart])
    log_odds = out_of_fold_log_odds(bundle.stackers, trial.training.rows, vit, trial.splits)
    labels = trial.training.rows.labels
    assert scores(vit, labels)["brier"] == pytest.approx(metrics["out_of_fold/vit/brier"], abs=1e-3)
    together = 1 / (1 + np.exp(-log_odds / bundle.temperature))
    assert scores(together, labels)["brier"] == pytest.approx(metrics["out_of_fold/multimodal/brier"], abs=1e-3)


def test_no_patient_is_trained_on_and_tested_on(trial):
    sides = [set(trial.training.patients), *(set(part.patients) for part in trial.tests.values())]
    assert not sides[0] & sides[1]
    assert not (sides[0] | sides[1]) & sides[2]
    for split in trial.splits:
        patients = trial.training.patients
        assert not {patients[row] for row in split.train} & {patients[row] for row in split.apart}


def test_the_document_has_every_table_with_the_papers_values_and_says_what_it_is(folder):
    text = (folder / "tables.md").read_text()
    assert "A test of the machinery, no evidence about patients" in text
    for words in ("Table 1", "Table 2", "Table 3", "Ablation", "0.916 ± 0.008", "0.821 ± 0.029", "0.496",
                  "SSL − supervised", "Mann-Whitney", *NAMES.values()):
        assert words in text, words
    assert "cohort seeds 0 to 1" in text
    assert "nan" not in text
    for picture in ("roc.png", "decision.png", "pretraining/restored.png"):
        assert (folder / picture).stat().st_size > 5000


def test_what_is_done_is_not_done_again(folder, trial, monkeypatch):
    def never(*_arguments, **_named):
        raise AssertionError("trained again")

    monkeypatch.setattr(module, "network_arm", never)
    monkeypatch.setattr(module, "radiomics_arm", never)
    again = run_experiment(trial, None, SMOKE, 0, folder / "cohort-0", print)
    assert set(again.arms) == set(NAMES)
    assert all(0 <= answers.out_of_fold.min() <= answers.out_of_fold.max() <= 1 for answers in again.arms.values())
    with pytest.raises(InputError, match="holds another"):
        run_experiment(trial, None, SMOKE, 1, folder / "cohort-0", print)


def test_training_and_serving_see_the_same_input(cohorts):
    case = cohorts[0][0]
    rows = labelled([case])
    assert np.array_equal(rows.inputs[0, 0].numpy(), case.crop.t1ce.array.astype(np.float16))
    assert len(rows.rows.radiomics[0]) == 1158
