"""The page of the reasons: exact names, maps that are too weak, what the card says of the limits; two pages as ever."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.explain.waterfall_steps import steps
from rnapp.models.trust_card import read_calibration
from rnapp.report.exact_names import exact_names
from rnapp.report.pdf import pdf
from rnapp.report.pdf_reasons import NAMED
from rnapp.types import Calibration, CaseResult, Contribution
from tests.explain.synthetic import moved_by_networks, result_of
from tests.report.test_pdf import made, pages, pictures, words
from tests.trusted import PLAIN

ROOT = Path(__file__).resolve().parents[2]
LONG = "log-sigma-4-0-mm-3D_glszm_SmallAreaLowGrayLevelEmphasis"
DEMO = read_calibration(json.loads((ROOT / "weights/bundles/demo/card.json").read_text(encoding="utf-8")))


def with_long_names(case: CaseResult) -> CaseResult:
    """The same with names as long as the longest of radiomics."""
    def named(one: Contribution) -> Contribution:
        return replace(one, feature=f"{LONG}_{one.feature}")

    answers = tuple(replace(one, contributions=tuple(map(named, one.contributions)))
                    for one in case.reading.answers)
    return replace(case, reading=replace(case.reading, answers=answers))


def with_calibration(case: CaseResult, calibration: Calibration | None = DEMO) -> CaseResult:
    """The same by a model whose card says this; by default as much as that of the demonstration."""
    card = replace(case.reading.model, calibration=calibration)
    return replace(case, reading=replace(case.reading, model=card))


def test_the_exact_names_are_those_of_the_waterfalls_bars_in_their_order() -> None:
    case = result_of(1)
    answer = case.reading.answers[0]
    drawn = steps(case.question, answer).steps
    assert [one.exact for one in exact_names(answer)] == [step.exact for step in drawn if step.exact]
    assert [one.bar for one in exact_names(answer)] == list(range(1, len(drawn)))
    assert all(step.text.startswith(one.words) for one, step in zip(exact_names(answer), drawn, strict=False))


def test_a_clinical_value_has_no_other_name_but_keeps_its_place() -> None:
    answer = result_of(1).reading.answers[0]
    strongest = max(answer.contributions, key=lambda one: abs(one.effect))
    changed = replace(answer, contributions=tuple(
        replace(one, group="clinical") if one is strongest else one for one in answer.contributions))
    assert exact_names(changed) == exact_names(answer)[1:]
    assert exact_names(changed)[0].bar == 2


@pytest.mark.parametrize("lesions", [1, 2])
def test_exact_names_and_calibration_need_no_further_page(lesions: int) -> None:
    case = with_calibration(with_long_names(result_of(lesions)))
    file = pdf(case, pictures(lesions), compress=False)
    assert pages(file) == 2
    text = words(file).replace(" ", "").replace("\u00a0", "")  # a long name may be broken
    named = exact_names(case.reading.answers[0])
    assert text.count(f"fromthetop:1{named[0].exact}") == lesions
    assert all(one.exact in text for one in (named if lesions == 1 else named[:NAMED]))


def test_without_contributions_there_are_no_names() -> None:
    case = result_of(1)
    bare = replace(case.reading.answers[0], contributions=())
    assert "Exact names" not in made(replace(
        case, reading=replace(case.reading, answers=(bare,))))


def test_a_map_that_is_too_weak_to_be_drawn_is_not_spoken_of_as_if_it_were_there() -> None:
    weak, strong = (made(moved_by_networks(result_of(1), effect)) for effect in (-0.04, 0.4))
    assert "Lesion 1: the image networks moved this answer by only" in weak
    assert "0.04 (log-odds; less than 0.1), so no map of them is drawn." in weak
    assert "the colours show" not in weak
    assert "Lesion 1: the colours show what moved the image networks, not where there is disease." in strong
    assert "no map" not in strong


@pytest.mark.parametrize(("upper", "said"), [(0.7, True), (0.93, False)])
def test_limits_that_failed_at_a_centre_are_said_at_the_model(upper: float, said: bool) -> None:
    case = with_calibration(result_of(1), replace(PLAIN, cohorts={"fresh_second": {"coverage": 0.61,
                                                                                  "coverage_high": upper}}))
    failed = "the answer named the wrong outcome in 39 % of lesions, not in at most 10 % as promised."
    assert (failed in made(case)) == said
    assert "wrong outcome" not in made(result_of(1)), "a card without a calibration"
