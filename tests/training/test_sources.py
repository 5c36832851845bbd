"""A prepared cohort becomes a run's lesions; the second centre is for testing only."""

from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import InputError
from rnapp.types import ClinicalData, Crop, Volume
from training.bundle import Description
from training.cohort import Case
from training.inclusion import Flow
from training.model_card import model_card
from training.prepare import Cohort
from training.records import write_crop
from training.reproduce import main
from training.sources import patients

CROP = Crop(Volume(np.zeros((64, 64, 64), np.float32), np.eye(4)), Volume(np.ones((64, 64, 64), bool), np.eye(4)))
WORDS = Description("Ours", "1.0.0", False, "ours", "us", "2 lesions", {})


def cohort(*given, unlabelled=()):
    cases = tuple(Case(CROP, ClinicalData(), outcome, f"p{number}") for number, (_, outcome) in enumerate(given))
    return Cohort(cases, tuple(centre for centre, _ in given), ("",) * len(given), unlabelled, Flow((), {}))


def test_the_second_centre_is_never_trained_on(tmp_path):
    files = tuple(tmp_path / f"{number}.npz" for number in range(3))
    for number, file in enumerate(files):
        write_crop(file, replace(CROP, t1ce=CROP.t1ce.with_array(np.full((64, 64, 64), number, np.float32))))
    given = cohort(("A", 0), ("B", 1), ("A", 1), ("B", 0), unlabelled=files)
    source = patients(given, "B", tmp_path, WORDS)
    first, second = source.labelled(7)
    assert [case.patient for case in first] == ["p0", "p2"]
    assert [case.patient for case in second] == ["p1", "p3"]
    assert source.unlabelled_count == 3
    assert [crop.t1ce.array.max() for crop in source.unlabelled(1, 10)] == [1, 2]
    assert not source.words.demonstration


@pytest.mark.parametrize("given", [(("A", 0), ("B", 1), ("B", 0)), (("A", 0), ("A", 1), ("B", 1)),
                                   (("A", 0), ("A", 1))])
def test_a_centre_without_both_outcomes_is_refused(given, tmp_path):
    with pytest.raises(InputError, match="both outcomes"):
        patients(cohort(*given), "B", tmp_path, WORDS)


def test_a_list_without_its_crops_gets_a_sentence(tmp_path, capsys):
    (tmp_path / "list.csv").write_text("patient,lesion,centre,image,mask\n")
    out = ["--out", str(tmp_path / "out")]
    assert main(["--cohort", str(tmp_path / "list.csv"), *out]) == 2
    assert "needs --prepared" in capsys.readouterr().err
    (tmp_path / "list.csv").write_text("patient,lesion,centre,image,mask\na,1,X,none.nii,none.nii\n")
    given = ["--prepared", str(tmp_path), "--second-centre", "X"]
    assert main(["--cohort", str(tmp_path / "list.csv"), *given, *out]) == 2
    assert "does not exist" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_card_of_a_model_of_patients_does_not_speak_of_phantoms():
    size = {"lesions": 4, "patients": 3, "necrosis": 2}
    metrics = {f"{cohort}/{model}/{name}": 0.5 for cohort in ("out_of_fold", "held_out", "second_centre")
               for model in ("clinical", "vit", "multimodal")
               for name in ("auc", "auc_low", "auc_high", "accuracy", "sensitivity", "specificity", "brier")}
    card = {"name": "Ours", "version": "1", "licence": "ours", "source": "us", "trained_on": "4 lesions",
            "temperature": 1.0, "demonstration": False, "folds": [1] * 5, "metrics": metrics,
            "training": {"cohorts": {"train": size, "held_out": size, "second_centre": size}, "wall_s": {"all": 60.0},
                         "configuration": {"seed": 0, "cohort": {"unlabelled": 9}}, "threads": 2, "python": "3",
                         "versions": {"torch": "2"}}}
    text = model_card(card, "command")
    assert "ynthetic" not in text
    assert "not a medical device" in text
    assert "Trained on synthetic lesions" in model_card(card | {"demonstration": True}, "command")
