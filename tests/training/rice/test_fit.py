"""Training one fold: whom it sees, how it draws them, and batch-norm statistics that are those of its heads."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from rnapp.tasks.rice.sample import DOSE, EVENT
from training.rice import fit
from training.rice.config import FOLDS, SMOKE
from training.rice.heads import Cohort


class Listed:
    """In the place of Heads: inputs that say who they are, and whoever was asked for."""

    def __init__(self, config=SMOKE):
        self.cohort, self.asked = Cohort("easy", 0, config), []

    def training(self, number):
        self.asked.append(number)
        rng = np.random.default_rng(number)
        values = rng.normal(size=(3, 14, 14, 14)).astype(np.float32)
        values[0] += 2.0 * self.cohort.patient("train", number).rice
        return values


def test_a_fold_never_sees_its_own_patients_and_sees_new_heads_in_every_epoch():
    heads = Listed(replace(SMOKE, plain_epochs=2))
    fit.fit_fold(heads, (EVENT, DOSE), 3, lambda _: None)
    assert heads.asked
    assert all(number % FOLDS != 3 for number in heads.asked)
    assert min(heads.asked) < SMOKE.heads <= max(heads.asked)


def test_the_same_fold_comes_out_the_same_and_another_does_not():
    nets = [fit.fit_fold(Listed(), (EVENT,), fold, lambda _: None).state_dict() for fold in (1, 1, 2)]
    first, again, other = (torch.cat([one.flatten().float() for one in net.values()]) for net in nets)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_both_outcomes_are_drawn_as_often_though_one_is_rarer():
    heads = Listed(replace(SMOKE, heads=1000, samples=1000))
    drawn = [n for few in fit._batches(heads, 0, 0, 0) for n in few]
    rice = np.mean([heads.cohort.patient("train", n).rice for n in drawn])
    everyone = np.mean([heads.cohort.patient("train", n).rice for n in range(1000)])
    assert everyone == pytest.approx(0.4, abs=0.05)
    assert rice == pytest.approx(0.5, abs=0.05)


def test_batch_norm_statistics_become_those_of_the_heads():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv3d(1, 2, 1), nn.BatchNorm3d(2))
    batches = [torch.randn(4, 1, 3, 3, 3) * 5 + 7 for _ in range(6)]
    with torch.no_grad():
        before = net[0](torch.cat(batches))
    fit.refresh_statistics(net, batches)
    assert net[1].running_mean.tolist() == pytest.approx(before.mean(dim=(0, 2, 3, 4)).tolist(), rel=1e-3)
    assert net[1].running_var.tolist() == pytest.approx(before.var(dim=(0, 2, 3, 4)).tolist(), rel=0.05)
    assert net[1].momentum == 0.1
    assert not net.training


def test_what_a_network_says_is_the_log_odds_of_rice():
    class Fixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Parameter(torch.zeros(1))

        def forward(self, batch):
            return torch.stack([batch[:, 0].mean((1, 2, 3)), batch[:, 1].mean((1, 2, 3))], dim=1)

    def head(number):
        return np.stack([np.full((2, 2, 2), value, np.float32) for value in (number, 99.0, 1.0)])

    assert fit.ask(Fixed(), head, range(20), (EVENT, DOSE)).tolist() == [n - 1.0 for n in range(20)]
