"""The waterfall explains exactly the answer that is given."""

import dataclasses
import math

import pytest

from rnapp.errors import RnappError
from rnapp.explain.contributions import waterfall, waterfall_png
from rnapp.explain.waterfall_steps import percent, sigmoid, steps, value_text
from rnapp.report import wording
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import STUDY, Contribution, Outcome, Prediction
from tests.explain.synthetic import answer

ONE = answer()


def changed(**values):
    return dataclasses.replace(ONE, **values)


@pytest.mark.parametrize("top", [0, 1, 5, 12, 19, 20, 50])
def test_the_steps_lead_from_the_baseline_to_the_answer(top):
    chart = steps(QUESTION, ONE, top)
    assert chart.baseline == ONE.baseline_log_odds
    assert chart.steps[0].start == chart.baseline
    assert all(after.start == before.end for before, after in zip(chart.steps, chart.steps[1:], strict=False))
    assert chart.final == chart.steps[-1].end
    assert sigmoid(chart.final) == pytest.approx(ONE.prediction.probability, abs=1e-9)
    assert len(chart.steps) == min(top, 20) + (top < 20)


def test_the_strongest_come_first_and_the_others_are_lumped():
    chart = steps(QUESTION, ONE, 12)
    strengths = sorted((abs(one.effect) for one in ONE.contributions), reverse=True)
    assert [abs(step.effect) for step in chart.steps[:12]] == strengths[:12]
    assert chart.steps[-1].text == "8 other features"
    rest = sorted(ONE.contributions, key=lambda one: -abs(one.effect))[12:]
    assert chart.steps[-1].effect == pytest.approx(sum(one.effect for one in rest))
    assert steps(QUESTION, ONE, 19).steps[-1].text == "1 other feature"


@pytest.mark.parametrize("draw", [steps, waterfall, waterfall_png])
def test_an_explanation_of_another_answer_is_refused(draw):
    wrong = 0.9 if ONE.prediction.probability < 0.5 else 0.1
    with pytest.raises(RnappError, match="do not use this reading"):
        draw(QUESTION, changed(prediction=Prediction(wrong, (wrong,), (wrong,))))
    with pytest.raises(RnappError, match="do not use this reading"):
        draw(QUESTION, changed(contributions=(*ONE.contributions, Contribution("x", "x", "clinical", 1.0, math.nan))))


def test_the_figure_shows_the_same_numbers():
    chart, figure = steps(QUESTION, ONE, 12), waterfall(QUESTION, ONE, 12)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    drawn = {(y, base, x) for trace in bars for y, base, x in zip(trace.y, trace.base, trace.x, strict=True)}
    assert drawn == {(13 - i, step.start, step.effect) for i, step in enumerate(chart.steps)}
    right, left = bars
    assert min(right.x) >= 0 > max(left.x)
    assert (right.name, left.name) == ("towards radiation necrosis", "towards tumour progression")
    assert figure.layout.yaxis.ticktext[0] == f"<b>this lesion: {percent(ONE.prediction.probability)}</b>"
    assert figure.layout.yaxis.ticktext[-1] == "<b>model&#x27;s starting point: 40 %</b>"


def test_probabilities_stand_at_their_log_odds():
    places, captions = steps(QUESTION, ONE).ticks()
    assert "50 %" in captions
    assert all(percent(sigmoid(place)) == caption for place, caption in zip(places, captions, strict=True))


def test_free_text_brings_no_markup():
    bad = Contribution("p", "Primary", "clinical", '<a href="x">y</a>', 0.0)
    figure = waterfall(QUESTION, changed(contributions=(*ONE.contributions, bad)), 50)
    assert not any("<a" in caption for caption in figure.layout.yaxis.ticktext)
    assert any("&lt;a href" in caption for caption in figure.layout.yaxis.ticktext)


@pytest.mark.parametrize(("value", "words"), [
    (None, "unknown"), (math.nan, "unknown"), ("breast", "breast"), (14.0, "14"), (0.71234, "0.712"), (0.0, "0"),
    (12345.6, "12346"), (-12345.6, "-12346"), (2.5e9, "2.5e+09"), ("x" * 80, "x" * 23 + "…"),
])
def test_values_in_words(value, words):
    assert value_text(QUESTION, Contribution("f", "f", "clinical", value, 0.0)) == words


def test_percent_is_the_reports():
    for probability in (0.0, 0.001, 0.005, 0.0051, 0.125, 0.5, 0.994, 0.996, 1.0):
        assert percent(probability) == wording.percent(probability)


def test_png_for_print_takes_dollars_literally():
    odd = Contribution("p", "Price $x$ _", "clinical", "a$b", 0.0)
    png = waterfall_png(QUESTION, changed(contributions=(*ONE.contributions, odd)), 50)
    assert png.startswith(b"\x89PNG")
    assert png != waterfall_png(QUESTION, ONE, 50)


def test_codes_are_shown_in_words() -> None:
    treatment = Contribution("systemic_treatment", "Systemic treatment", "clinical", "immunotherapy", 0.1)
    assert value_text(QUESTION, treatment) == "Immunotherapy"
    assert value_text(QUESTION, Contribution("other", "Other", "clinical", "immunotherapy", 0.1)) == "immunotherapy"


def test_an_answer_about_a_study_says_so_and_takes_the_words_of_its_question() -> None:
    other = dataclasses.replace(QUESTION, outcomes=(Outcome("up", "up", "going up", "up"),
                                                    Outcome("down", "down", "going down", "down")))
    figure = waterfall(other, changed(lesion=STUDY))
    assert figure.layout.yaxis.ticktext[0].startswith("<b>this study: ")
    assert figure.layout.xaxis.title.text == "down  ←   log-odds   →  up"
    assert "necrosis" not in figure.to_json()


@pytest.mark.parametrize(("off", "sound"), [(0.0009, True), (-0.0009, True), (0.0011, False), (-0.0011, False)])
@pytest.mark.parametrize("baseline", [-12.0, -0.4, 9.0])
def test_the_sum_may_be_off_by_a_thousandth_of_log_odds_and_no_more(baseline, off, sound) -> None:
    """For an answer near 0 or 1 too, where no difference in probability would show."""
    one = answer(baseline=baseline)
    wrong = dataclasses.replace(one, baseline_log_odds=one.baseline_log_odds + off)
    if sound:
        assert steps(QUESTION, wrong).final == pytest.approx(steps(QUESTION, one).final + off)
    else:
        with pytest.raises(RnappError, match="do not use this reading"):
            steps(QUESTION, wrong)


def test_the_exact_name_is_there_when_one_points_at_a_bar() -> None:
    plain = Contribution("wavelet-LHL_firstorder_Skewness", "Heterogeneity, AP detail: balance", "radiomics", 1.0, 0.0)
    form = Contribution("age", "Age", "clinical", 61.0, 0.0)
    figure = waterfall(QUESTION, changed(contributions=(*ONE.contributions, plain, form)), 50)
    pointed = [row for trace in figure.data if trace.type == "bar" for row in trace.customdata]
    assert [row[3] for row in pointed if "AP detail" in row[0]] == [" · wavelet-LHL_firstorder_Skewness"]
    assert [row[3] for row in pointed if row[0].startswith("Age")] == [""]
    assert not any("wavelet" in caption for caption in figure.layout.yaxis.ticktext)
