"""The whole method in small, from nothing to tables and a bundle; then the app's own prediction with it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.io.atlas import read_atlas
from rnapp.models.weights import load_bundle
from rnapp.tasks.metastasis.answer import answer
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import CancelToken
from training import experiment as module
from training.arms import without_mask
from training.cases import labelled
from training.cohort import make_labelled
from training.cohort_row import EVERY
from training.cohort_table import read_cohort_table
from training.config import SMOKE
from training.crops import CropStore
from training.evaluate import scores
from training.experiment import make_fold_data, read_networks, run_experiment
from training.finetune import probabilities
from training.pretrain import CROPS, PRETRAINING, pretrained
from training.provenance import data_hash
from training.records import Measured, Measures, crop_file, keep, write_crop
from training.reproduce import RADIOMICS, main
from training.sources import phantoms
from training.stack import out_of_fold_log_odds
from training.synthetic_crops import make_template
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
def data(cohorts, folder):
    """The run's first cohort, made again but for its radiomics."""
    return make_fold_data(*cohorts, SMOKE, 0, kept=folder / "cohort-0" / RADIOMICS)


def test_the_bundle_loads_by_dropping_a_folder_and_answers(folder, cohorts, tmp_path, monkeypatch):
    shutil.copytree(folder / "bundle", tmp_path / "dropped")
    bundle = load_bundle(tmp_path / "dropped")
    assert bundle.card.demonstration
    assert len(bundle.vits) == 5
    case = cohorts[1][0]
    prediction = answer(bundle, case.crop, 1, case.clinical, CancelToken()).prediction
    assert 0 < prediction.probability < 1
    assert len(prediction.folds) == 5


def test_the_card_tells_what_was_done(folder):
    card = json.loads((folder / "bundle/card.json").read_text())
    assert card["training"]["configuration"]["finetune"]["epochs"] == 1
    for cohort in ("out_of_fold", "held_out", "second_centre", "fresh_first", "fresh_second"):
        for model in ("vit", "clinical", "multimodal"):
            assert 0 <= card["metrics"][f"{cohort}/{model}/auc"] <= 1
    text = (folder / "bundle/MODEL_CARD.md").read_text()
    assert "mean nothing clinically" in text
    assert f"{card['metrics']['held_out/multimodal/brier']:.2f}" in text
    assert "Fresh lesions, second centre | all together" in text
    sizes = card["training"]["cohorts"]["fresh_first"]
    assert (sizes["lesions"], sizes["necrosis"]) == (21, 10)


def test_out_of_fold_metrics_are_those_of_the_weights_as_stored(folder, data):
    """Recomputes every fold's answers from the files alone, each row by the fold that never saw it."""
    bundle = load_bundle(folder / "bundle")
    metrics = json.loads((folder / "bundle/card.json").read_text())["metrics"]
    vit = np.full(len(data.training.cases), np.nan)
    for network, split in zip(bundle.vits, data.splits, strict=True):
        vit[split.apart] = probabilities(network, data.training.inputs[split.apart])
    log_odds = out_of_fold_log_odds(bundle.stackers, data.training.rows, vit, data.splits)
    labels = data.training.rows.labels
    assert scores(vit, labels)["brier"] == pytest.approx(metrics["out_of_fold/vit/brier"], abs=1e-3)
    together = 1 / (1 + np.exp(-log_odds / bundle.temperature))
    assert scores(together, labels)["brier"] == pytest.approx(metrics["out_of_fold/multimodal/brier"], abs=1e-3)


def test_no_patient_is_trained_on_and_tested_on(data):
    sides = [set(data.training.patients), *(set(part.patients) for part in data.tests.values())]
    assert not sides[0] & sides[1]
    assert not (sides[0] | sides[1]) & sides[2]
    for split in data.splits:
        patients = data.training.patients
        assert not {patients[row] for row in split.train} & {patients[row] for row in split.apart}


def test_the_document_has_every_table_with_the_papers_values_and_says_what_it_is(folder):
    text = (folder / "tables.md").read_text()
    assert "A test of the software, not evidence about patients" in text
    for words in ("Table 1", "Table 2", "Table 3", "Ablation", "0.916 ± 0.008", "0.821 ± 0.029", "0.496",
                  "SSL − supervised", "Mann-Whitney", *NAMES.values()):
        assert words in text, words
    assert "(seed 0)" in text
    assert "(seed 1)" in text
    assert "code " in text
    assert "21 and 21 further lesions of the two centres, made for each seed" in text
    assert "First centre, fresh lesions" in text
    assert "nan" not in text
    for picture in ("roc.png", "decision.png", "pretraining/restored.png"):
        assert (folder / picture).stat().st_size > 5000


def test_what_is_done_is_not_done_again(folder, data, monkeypatch):
    def never(*_arguments, **_named):
        raise AssertionError("trained again")

    monkeypatch.setattr(module, "network_arm", never)
    monkeypatch.setattr(module, "TABULAR", dict.fromkeys(module.TABULAR, never))
    start = pretrained(CropStore.finished(folder / CROPS), SMOKE, folder / PRETRAINING, print)
    again = run_experiment(data, start, SMOKE, 0, folder / "cohort-0", print)
    assert set(again.arms) == set(NAMES)
    assert all(0 <= answers.out_of_fold.min() <= answers.out_of_fold.max() <= 1 for answers in again.arms.values())
    with pytest.raises(InputError, match="holds another"):
        run_experiment(data, start, SMOKE, 1, folder / "cohort-0", print)
    with torch.no_grad():
        start.cls_token += 1
    with pytest.raises(InputError, match="holds another"):
        run_experiment(data, start, SMOKE, 0, folder / "cohort-0", print)


def test_the_same_networks_are_asked_about_fresh_lesions_that_nobody_has_seen(folder, data):
    drawn = phantoms(SMOKE.cohort, 0).fresh(0)
    seen = {case.crop.t1ce.array.tobytes() for part in (data.training, *data.tests.values()) for case in part.cases}
    assert [len(part) for part in drawn] == [21, 21]
    assert not seen & {case.crop.t1ce.array.tobytes() for part in drawn for case in part}
    inputs = labelled(drawn[0][:2]).inputs
    networks = read_networks(folder / "cohort-0", "ssl_vit_t1ce", SMOKE)
    with np.load(folder / "cohort-0/fresh/ssl_vit_t1ce.npz") as kept:
        for network, answers in zip(networks, kept["fresh_first"], strict=True):
            assert probabilities(network, without_mask(inputs)) == pytest.approx(answers[:2], abs=1e-5)
            assert probabilities(network, inputs) != pytest.approx(answers[:2], abs=1e-5), "with the mask it is another"


def test_a_corrected_outcome_is_another_experiment(data):
    labels = [1 - data.training.rows.labels[0], *data.training.rows.labels[1:]]
    rows = replace(data.training.rows, labels=labels)
    assert data_hash(replace(data, training=replace(data.training, rows=rows))) != data_hash(data)
    assert data_hash(replace(data)) == data_hash(data)


def test_another_preset_does_not_take_the_pre_trained_network(folder, capsys):
    assert main(["--preset", "smoke", "--out", str(folder), "--seeds", "0"]) == 2
    assert "at least one cohort seed" in capsys.readouterr().err
    store = CropStore.finished(folder / CROPS)
    for config in (replace(SMOKE, seed=5), replace(SMOKE, vit=replace(SMOKE.vit, hidden=48))):
        with pytest.raises(InputError, match="holds another"):
            pretrained(store, config, folder / PRETRAINING, print)


def test_the_whole_model_is_measured_as_the_app_asks_it(folder, data):
    start = pretrained(CropStore.finished(folder / CROPS), SMOKE, folder / PRETRAINING, print)
    experiment = run_experiment(data, start, SMOKE, 0, folder / "cohort-0", print)
    bundle = load_bundle(folder / "bundle")
    for cohort, part in data.tests.items():
        asked = [answer(bundle, case.crop, 1, case.clinical, CancelToken()).prediction.probability
                 for case in part.cases]
        assert experiment.together("multimodal", cohort) == pytest.approx(asked, abs=2e-3)


@pytest.fixture(scope="module")
def listed(cohorts, tmp_path_factory):
    """A list of patients, each lesion on two scans, and what training.prepare would have left of it."""
    place = tmp_path_factory.mktemp("list")
    (place / "crops").mkdir()
    lines = ["patient,lesion,centre,image,mask,months,outcome,split"]
    for centre, cases in zip("AB", cohorts, strict=True):
        for number, case in enumerate(cases):
            outcome = "necrosis" if case.necrosis else "progression"
            split = "test" if centre == "A" and number % 3 == 0 else ""
            name = f"{centre}{number}"
            lines += [f"{name},1,{centre},{name}_{months}.nii,m{name}_{months}.nii,{months},{outcome},{split}"
                      for months in (3, 9)]
    lines.append("U,*,C,u.nii,all.nii,,,")
    (place / "list.csv").write_text("\n".join(lines) + "\n")
    crops = iter([case.crop for part in cohorts for case in part for _ in range(2)])
    for row in read_cohort_table(place / "list.csv", QUESTION).rows:
        count, diameter = (4, 9.0) if row.lesion == EVERY else (1, 20.0 if row.months == 9 else 10.0)
        found = tuple(Measures(number, diameter, 1.0, (0.0, 0.0, 0.0)) for number in range(1, count + 1))
        for lesion in found:
            crop = cohorts[0][lesion.number].crop if count == 4 else next(crops)
            write_crop(crop_file(place / "crops", row.key, lesion.number), crop)
        keep(place / "crops", Measured(row.key, "", "print", found))
    return place


def test_a_list_of_patients_goes_from_its_crops_to_a_bundle_with_one_command(listed, cohorts):
    out = listed / "run"
    given = ["--cohort", str(listed / "list.csv"), "--prepared", str(listed / "crops"), "--second-centre", "B"]
    given += ["--name", "Ours", "--licence", "CC BY 4.0 and/or ours", "--preset", "smoke", "--seeds", "1"]
    assert main([*given, "--out", str(out)]) == 0
    card = load_bundle(out / "bundle").card
    assert (card.name, card.demonstration) == ("Ours", False)
    sizes = json.loads((out / "bundle/card.json").read_text())["training"]["cohorts"]
    first, second = cohorts
    assert sizes["held_out"]["lesions"] == len(first[::3]), "the patients that the list holds out"
    assert sizes["train"]["lesions"] == len(first) - len(first[::3])
    assert sizes["second_centre"]["lesions"] == len(second)
    text = (out / "tables.md").read_text()
    assert "4 unlabelled" in text
    assert "0.916 ± 0.008" in text
    assert "not evidence about patients" not in text
    assert "--cohort list.csv --preset smoke --out DIR --seeds 1 --prepared crops" in text
    assert "--licence 'CC BY 4.0 and/or ours'" in text, "the licence is no path"
    assert str(out) not in text
    card_text = (out / "bundle/MODEL_CARD.md").read_text()
    assert f"{len(first)} lesions with an outcome" in card_text


def test_training_and_serving_see_the_same_input(cohorts):
    case = cohorts[0][0]
    rows = labelled([case])
    assert np.array_equal(rows.inputs[0, 0].numpy(), case.crop.t1ce.array.astype(np.float16))
    assert len(rows.rows.radiomics[0]) == 1158
