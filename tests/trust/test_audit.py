"""A centre's own answers against what became known of them."""

import math

import numpy as np
import pytest

from rnapp.trust.audit import LEAST_CASES, Audited, audit, audited
from rnapp.types import Likeness, Trust


def rows(count: int, seed: int = 5, turned: bool = False) -> list[Audited]:
    """Answers whose numbers are true, or turned round."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        probability = float(rng.uniform())
        first = rng.uniform() < (1 - probability if turned else probability)
        verdict = "first" if probability > 0.8 else "second" if probability < 0.2 else "indeterminate"
        found.append(Audited(f"{number:032x}", f"2026-{1 + number % 12:02d}-01", 1, probability, verdict,
                             0 if first else 1, "histology", "2026-12-01", distance=float(number % 3)))
    return found


def test_true_numbers_are_found_to_be_true_and_turned_ones_not():
    good, bad = audit(rows(600)), audit(rows(600, turned=True))
    assert good.error < 0.1 < bad.error
    assert good.auc > 0.75
    assert bad.auc < 0.25
    assert good.auc_interval[0] < good.auc < good.auc_interval[1]
    assert good.right / good.called > 0.8 > bad.right / bad.called
    assert sum(one.count for one in good.reliability) == 600


def test_too_few_outcomes_say_nothing():
    few = audit(rows(LEAST_CASES - 1))
    assert not few.enough
    assert math.isnan(few.auc)
    assert few.reliability == ()
    assert audit(rows(LEAST_CASES + 10)).enough


def test_one_kind_of_outcome_says_nothing_however_many():
    assert not audit([Audited("a", "2026-01-01", 1, 0.7, "first", 0)] * 50).enough


def test_answers_without_a_number_or_an_outcome_are_counted_but_measure_nothing():
    known = rows(100)
    withheld = Audited("w", "2026-02-02", 1, None, "withheld", 0)
    unknown = Audited("u", "2026-02-02", 1, 0.9, "first")
    found = audit([*known, withheld, unknown])
    assert len(found.rows) == 102
    assert found.measured == 100
    assert found.brier == audit(known).brier


def test_inputs_are_followed_by_quarter():
    found = audit([Audited("a", "2025-12-31", 1, 0.2, "second", distance=1.0),
                   Audited("b", "2026-01-01", 1, None, "withheld", distance=9.0),
                   Audited("c", "2026-03-31", 1, 0.6, "indeterminate")])
    assert [(one.name, one.cases, one.withheld) for one in found.quarters] == [("2025 Q4", 1, 0), ("2026 Q1", 2, 1)]
    assert found.quarters[1].distance == 9.0
    assert found.quarters[1].probability == pytest.approx(0.6)


def test_a_row_says_how_like_the_models_own_cases_it_was():
    assert audited("a", "2026-01-01", 1, 0.5, Trust("first", likeness=Likeness(3.0, 2.0, 0.05)), "m").distance == 3.0
    assert audited("a", "2026-01-01", 1, 0.5, None, "m").verdict is None
