"""A prepared cohort becomes a run's lesions; the second centre is for testing only."""

from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import InputError
from rnapp.tasks.metastasis.crop import Crop
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import Volume
from training.bundle import Description
from training.cohort import Case
from training.config import SMOKE, CohortConfig
from training.experiment import draw_splits
from training.inclusion import Flow
from training.model_card import model_card
from training.prepare import Cohort, Member, Unlabelled
from training.records import write_crop
from training.reproduce import main
from training.sources import patients

CROP = Crop(Volume(np.zeros((64, 64, 64), np.float32), np.eye(4)), Volume(np.ones((64, 64, 64), bool), np.eye(4)))
WORDS = Description("Ours", "1.0.0", False, "ours", "us", "2 lesions", {})


def cohort(*given, unlabelled=()):
    members = tuple(Member(Case(CROP, QUESTION.unknown, outcome, f"p{number}"), centre, "")
                    for number, (centre, outcome) in enumerate(given))
    return Cohort(members, unlabelled, Flow((), {}))


def test_the_second_centre_is_never_trained_on(tmp_path):
    files = tuple(tmp_path / f"{number}.npz" for number in range(3))
    for number, file in enumerate(files):
        write_crop(file, replace(CROP, t1ce=CROP.t1ce.with_array(np.full((64, 64, 64), number, np.float32))))
    unlabelled = [Unlabelled(file, "A", file.name) for file in files]
    given = cohort(("A", 0), ("B", 1), ("A", 1), ("B", 0), unlabelled=(Unlabelled(files[0], "B", "b"), *unlabelled))
    source = patients(given, "B", WORDS)
    first, second = source.labelled(7)
    assert [case.patient for case in first] == ["p0", "p2"]
    assert [case.patient for case in second] == ["p1", "p3"]
    assert source.sizes == CohortConfig(3, 1, 1, 1, 1)
    assert [crop.t1ce.array.max() for crop in source.unlabelled(1, 10)] == [1, 2], "without the second centre's"
    assert not source.words.demonstration
    assert "3 crops" in source.words.trained_on
    other = patients(cohort(("A", 0), ("B", 1), ("A", 1), ("B", 0), unlabelled=tuple(unlabelled[:2])), "B", WORDS)
    assert other.made_from != source.made_from


@pytest.mark.parametrize("given", [(("A", 0), ("B", 1), ("B", 0)), (("A", 0), ("A", 1), ("B", 1)),
                                   (("A", 0), ("A", 1))])
def test_a_centre_without_both_outcomes_is_refused(given):
    with pytest.raises(InputError, match="both outcomes"):
        patients(cohort(*given), "B", WORDS)


def test_a_table_without_its_crops_gets_a_sentence(tmp_path, capsys):
    (tmp_path / "list.csv").write_text("patient,lesion,centre,image,mask\n")
    out = ["--out", str(tmp_path / "out")]
    assert main(["--cohort", str(tmp_path / "list.csv"), *out]) == 2
    assert "A cohort table needs --prepared" in capsys.readouterr().err
    (tmp_path / "list.csv").write_text("patient,lesion,centre,image,mask\na,1,X,none.nii,none.nii\n")
    given = ["--prepared", str(tmp_path), "--second-centre", "X"]
    assert main(["--cohort", str(tmp_path / "list.csv"), *given, *out]) == 2
    assert "line 2 is not; run training.prepare" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_card_of_a_model_of_patients_does_not_speak_of_phantoms():
    size = {"lesions": 4, "patients": 3, "necrosis": 2}
    metrics = {f"{cohort}/{model}/{name}": 0.5 for cohort in ("out_of_fold", "held_out", "second_centre")
               for model in ("clinical", "vit", "multimodal")
               for name in ("auc", "auc_low", "auc_high", "accuracy", "sensitivity", "specificity", "brier")}
    card = {"name": "Ours", "version": "1", "licence": "ours", "source": "us", "trained_on": "4 lesions",
            "calibration": {"temperature": 1.0}, "demonstration": False, "folds": [1] * 5, "metrics": metrics,
            "training": {"cohorts": {"train": size, "held_out": size, "second_centre": size}, "wall_s": {"all": 60.0},
                         "code": ["abc1234"], "data": "0123",
                         "configuration": {"seed": 0, "cohort": {"unlabelled": 9}}, "threads": 2, "python": "3",
                         "versions": {"torch": "2"}}}
    text = model_card(card, "command")
    assert "ynthetic" not in text
    assert "not a medical device" in text
    assert "code abc1234; SHA-256 of the data 0123" in text
    assert "Trained on synthetic lesions" in model_card(card | {"demonstration": True}, "command")


def test_lesions_that_cannot_be_shared_with_both_outcomes_in_each_part_are_refused():
    many = [number % 2 for number in range(40)]
    held, folds = draw_splits(many, [f"p{number}" for number in range(40)], SMOKE, 0)
    assert len(held.apart) == 8
    assert sorted(np.concatenate([fold.apart for fold in folds])) == list(range(32))
    with pytest.raises(InputError, match="40 lesions of 40 patients, 2 of them with necrosis"):
        draw_splits([1, 1, *[0] * 38], [f"p{number}" for number in range(40)], SMOKE, 0)
    with pytest.raises(InputError, match="40 lesions of 3 patients"):
        draw_splits(many, [f"p{number % 3}" for number in range(40)], SMOKE, 0)
