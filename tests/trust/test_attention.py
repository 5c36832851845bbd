"""A map is drawn only where the image networks moved the answer, and otherwise it is said why there is none."""

import math
from dataclasses import replace

import pytest

from rnapp.trust.attention import LEAST_EFFECT, WEAK, imaging_effect, sentence, too_weak, weak
from rnapp.trust.judge import judged
from rnapp.types import Answer, Contribution, Evidence
from tests.explain.synthetic import answer
from tests.trusted import PLAIN


def with_effect(effect: float) -> Answer:
    """A sound answer whose image networks did this much."""
    given = answer()
    imaging = Contribution("vit_probability", "Image networks", "imaging", 0.5, effect)
    return replace(given, contributions=(imaging, *given.contributions),
                   baseline_log_odds=given.baseline_log_odds - effect)


@pytest.mark.parametrize(("effect", "drawn"), [
    (0.1001, True), (-0.1001, True), (0.0999, False), (-0.0999, False), (0.0, False), (3.0, True), (math.nan, False)])
def test_below_the_least_effect_there_is_no_map(effect: float, drawn: bool) -> None:
    assert LEAST_EFFECT == 0.1
    one = with_effect(effect)
    assert too_weak(one) is not drawn
    assert [caution.code for caution in weak(one)] == ([] if drawn else [WEAK])


def test_an_answer_without_image_networks_or_without_a_map_is_not_called_weak() -> None:
    assert imaging_effect(answer()) is None
    assert not too_weak(answer())
    assert not too_weak(replace(with_effect(0.0), attention=None))


def test_the_sentence_names_the_effect_with_its_sign() -> None:
    assert "only −0.04 (log-odds; less than 0.1)" in sentence(with_effect(-0.04))
    assert "only +0.04" in sentence(with_effect(0.04))


@pytest.mark.parametrize(("slope", "said"), [(0.5, True), (1.0, False)])
def test_what_is_judged_is_the_effect_as_it_is_shown(slope: float, said: bool) -> None:
    shown = judged(with_effect(0.15), Evidence(), replace(PLAIN, slope=slope), None)
    assert imaging_effect(shown) == pytest.approx(0.15 * slope)
    assert (WEAK in [caution.code for caution in shown.cautions]) is said
    assert {caution.level for caution in shown.cautions if caution.code == WEAK} <= {"note"}


def test_a_model_without_a_calibration_says_it_too() -> None:
    assert WEAK in [caution.code for caution in judged(with_effect(0.05), Evidence(), None, None).cautions]
