"""The whole chain in small: cohorts, pre-training, folds, stacking, card; then the app's own prediction with it."""

import json

import numpy as np
import pytest

from rnapp.config import weights_folder
from rnapp.io.atlas import read_atlas
from rnapp.models.ensemble import predict
from rnapp.models.weights import load_bundle
from rnapp.types import CancelToken
from training.augment import stack_inputs
from training.cases import labelled
from training.cohort import make_cohorts
from training.config import TINY
from training.demo import main
from training.evaluate import scores
from training.finetune import probabilities, split_patients
from training.phantom import make_template
from training.run import out_of_fold_log_odds


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("bundles") / "tiny"
    main(["--tiny", "--out", str(out), "--seed", "5"])
    return out


@pytest.fixture(scope="module")
def cohorts():
    return make_cohorts(make_template(read_atlas(weights_folder())), TINY.cohort, 5)


def test_the_bundle_loads_and_answers(folder, cohorts):
    bundle = load_bundle(folder)
    assert bundle.card.demonstration
    assert len(bundle.vits) == 5
    case = cohorts.second[0]
    opinion = predict(bundle, case.crop, case.clinical, CancelToken())
    assert 0 < opinion.prediction.probability_rn < 1
    assert len(opinion.prediction.folds) == 5


def test_the_card_tells_what_was_done(folder):
    card = json.loads((folder / "card.json").read_text())
    assert card["training"]["configuration"]["seed"] == 5
    assert set(card["training"]["wall_s"]) == {"phantoms", "radiomics", "stability", "pre-training",
                                               "fine-tuning", "stacking", "measuring"}
    for cohort in ("out_of_fold", "held_out", "second_centre"):
        for model in ("vit", "clinical", "multimodal"):
            assert 0 <= card["metrics"][f"{cohort}/{model}/auc"] <= 1
    text = (folder / "MODEL_CARD.md").read_text()
    assert "mean nothing clinically" in text
    assert f"{card['metrics']['held_out/multimodal/brier']:.2f}" in text


def test_out_of_fold_metrics_are_those_of_the_weights_as_stored(folder, cohorts):
    """Recomputes every fold's answers from the files alone, each row by the fold that never saw it."""
    bundle, metrics = load_bundle(folder), json.loads((folder / "card.json").read_text())["metrics"]
    first = labelled(cohorts.first)
    held = next(split_patients(first.rows.labels, first.patients, 5, 5))
    training = first.part(held.train)
    assert not set(training.patients) & set(first.part(held.apart).patients)
    splits = list(split_patients(training.rows.labels, training.patients, 5, 6))
    vit = np.full(len(training.cases), np.nan)
    for network, split in zip(bundle.vits, splits, strict=True):
        vit[split.apart] = probabilities(network, training.inputs[split.apart])
    log_odds = out_of_fold_log_odds(bundle.stackers, training.rows, vit, splits)
    assert scores(vit, training.rows.labels)["brier"] == pytest.approx(metrics["out_of_fold/vit/brier"], abs=1e-3)
    together = 1 / (1 + np.exp(-log_odds / bundle.temperature))
    assert scores(together, training.rows.labels)["brier"] == pytest.approx(
        metrics["out_of_fold/multimodal/brier"], abs=1e-3)


def test_training_and_serving_see_the_same_input(cohorts):
    case = cohorts.first[0]
    rows = labelled([case])
    assert np.array_equal(rows.inputs[0, 0].numpy(), case.crop.t1ce.array.astype(np.float16))
    assert len(rows.rows.radiomics[0]) == 1158
    assert stack_inputs([rows.inputs]).shape == (1, 2, 64, 64, 64)
