"""Fine-tuning: no lesion's probability comes from a network that saw it, or its patient."""

import numpy as np
import pytest
import torch

from rnapp.errors import InputError
from rnapp.models.vit import build_vit
from training import finetune as module
from training.arms import Resnet50
from training.config import FinetuneConfig, crop_vit
from training.finetune import finetune, finetune_folds, probabilities, round_to_half, split_patients

SMALL = crop_vit(patch=32, hidden=16, layers=1, heads=2, mlp=16)
LABELS = [0, 1] * 10
PATIENTS = [f"p{row // 2 * 2 + row % 2}" for row in range(16)] + ["p0", "p1", "p2", "p3"]


def crops(count=20):
    """Each crop's number can be read from its first voxel; label 1 is bright."""
    made = torch.zeros(count, 2, 64, 64, 64)
    for row in range(count):
        made[row, 0] = 1.0 if row % 2 else -1.0
        made[row, 0, 0, 0, 0] = row + 100
    return made


def test_splits_keep_patients_together_and_cover_every_row_once():
    splits = list(split_patients(LABELS, PATIENTS, 4, 0))
    assert sorted(np.concatenate([split.apart for split in splits])) == list(range(20))
    for split in splits:
        assert not {PATIENTS[r] for r in split.train} & {PATIENTS[r] for r in split.apart}
        assert {LABELS[r] for r in split.apart} == {0, 1}


def test_out_of_fold_probabilities_come_from_networks_that_never_saw_the_row_or_its_patient(monkeypatch):
    seen, asked = {}, {}
    real_finetune, real_probabilities = module.finetune, module.probabilities

    def rows(inputs):
        return [round(float(x[0, 0, 0, 0])) - 100 for x in inputs]

    def spy_finetune(pretrained, inputs, labels, config, seed):
        vit = real_finetune(pretrained, inputs, labels, config, seed)
        assert [LABELS[r] for r in rows(inputs)] == labels.tolist()
        seen[id(vit)] = set(rows(inputs))
        return vit

    def spy_probabilities(vit, inputs):
        found = real_probabilities(vit, inputs)
        asked.update({row: (vit, p) for row, p in zip(rows(inputs), found, strict=True)})
        return found

    monkeypatch.setattr(module, "finetune", spy_finetune)
    monkeypatch.setattr(module, "probabilities", spy_probabilities)
    splits = list(split_patients(LABELS, PATIENTS, 4, 0))
    folds = finetune_folds(build_vit(SMALL), crops(), LABELS, splits, FinetuneConfig(epochs=1), 0, lambda _: None)
    assert sorted(asked) == list(range(20))
    for row, (vit, probability) in asked.items():
        assert PATIENTS[row] not in {PATIENTS[r] for r in seen[id(vit)]}
        assert folds.out_of_fold[row] == probability


def test_changing_a_rows_label_cannot_change_its_own_out_of_fold_probability():
    splits = list(split_patients(LABELS, PATIENTS, 4, 0))
    flipped = list(LABELS)
    row = int(splits[1].apart[0])
    flipped[row] = 1 - flipped[row]
    start = build_vit(SMALL)
    before, after = (finetune_folds(start, crops(), labels, splits, FinetuneConfig(epochs=2), 0, lambda _: None)
                     for labels in (LABELS, flipped))
    assert before.out_of_fold[row] == after.out_of_fold[row]
    assert (before.out_of_fold != after.out_of_fold).any()


def test_it_learns_what_can_be_learnt_and_leaves_the_pre_trained_network_alone():
    start = build_vit(SMALL)
    kept = {name: tensor.clone() for name, tensor in start.state_dict().items()}
    inputs, labels = crops(), torch.tensor(LABELS)
    vit = finetune(start, inputs, labels, FinetuneConfig(epochs=12, learning_rate=2e-3, averaging=0.8), 0)
    found = probabilities(vit, inputs)
    assert found[1::2].min() > found[::2].max()
    assert all(torch.equal(kept[name], tensor) for name, tensor in start.state_dict().items())


def test_rounding_changes_little_and_is_stable():
    vit = build_vit(SMALL)
    before = probabilities(vit, crops(4))
    once = probabilities(round_to_half(vit), crops(4))
    assert once == pytest.approx(before, abs=0.01)
    assert np.array_equal(once, probabilities(round_to_half(vit), crops(4)))


def _resnet(width):
    torch.manual_seed(0)
    return Resnet50(width)


def test_a_network_of_convolutions_is_trained_to_numbers():
    """On a CPU bfloat16 gave the ResNet-50 gradients that are none, and its answers were NaN."""
    crops = torch.randn(16, 2, 64, 64, 64, generator=torch.Generator().manual_seed(0)).half()
    net = finetune(_resnet(0.25), crops, torch.tensor([0, 1] * 8), FinetuneConfig(epochs=4), 0)
    assert np.isfinite(probabilities(net, crops)).all()


def test_gradients_that_are_not_numbers_stop_the_training(monkeypatch):
    monkeypatch.setattr(module, "vary", lambda crop, generator: crop * float("nan"))
    crops = torch.ones(8, 2, 64, 64, 64).half()
    with pytest.raises(InputError, match="no longer numbers"):
        finetune(_resnet(0.125), crops, torch.tensor([0, 1] * 4), FinetuneConfig(epochs=1), 0)
