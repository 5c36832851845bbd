"""The screen of the reading in HTML."""

from dataclasses import replace
from typing import Any

import pytest

from rnapp.case.case import Case, Former, Preparation
from rnapp.case.outline import Outline
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.verdict import judge
from rnapp.types import (
    STUDY,
    BoardOpinion,
    CaseResult,
    Caution,
    Confirmed,
    Contribution,
    Likeness,
    Variation,
    WhatIf,
)
from rnapp.ui.html import reading as html
from tests.explain.synthetic import moved_by_networks, result_of, without_number
from tests.trusted import PLAIN
from tests.ui.fake_models import TWO_SCANS
from tests.ui.html.made import HOSTILE, answered, with_what_ifs


def case_of(result: CaseResult, informed: bool = False, *opinions: BoardOpinion) -> Case:
    """The lesions of a result, not read yet."""
    outline = Outline(measured=result.lesions, current=True, opinions={one.lesion: one for one in opinions})
    return Case(former=Former(informed), preparation=Preparation(result.prepared, {}, outline=outline))


def test_the_demonstration_warning_and_the_measures_stand_next_to_the_number() -> None:
    shown = html.answer(answered(), 0)
    assert "means nothing clinically" in shown
    assert ">73 %<" in shown
    assert ">27 %<" in shown
    assert "60 % to 82 %" in shown
    assert "<dt>AUC, held-out patients</dt><dd>0.91</dd>" in shown
    assert "clinically" not in html.answer(answered(demonstration=False), 0)


def test_no_line_ends_between_a_number_and_its_per_cent() -> None:
    shown = html.answer(answered(), 0)
    statement = shown[shown.index('id="statement"'):shown.index("<figure")]
    assert "radiation necrosis 73\N{NO-BREAK SPACE}%." in statement
    assert " %" not in statement


def test_the_bigger_number_is_that_of_the_first_outcome() -> None:
    shown = html.answer(answered(0.2, (0.1, 0.3)), 0)
    assert '<span>Radiation necrosis</span><strong id="probability-rn">20 %<' in shown
    assert '<span>Tumour progression</span><strong id="probability-tp">80 %<' in shown


def test_an_answer_of_one_model_has_no_range() -> None:
    assert 'id="folds"' in html.answer(answered(), 0)
    shown = html.answer(answered(folds=()), 0)
    assert 'id="folds"' not in shown
    assert ">73 %<" in shown


def test_what_unknown_values_could_do_is_said() -> None:
    age, sex = WhatIf("age", "Age", 0.3, "35 years", 0.62, "70 years"), WhatIf("sex", "Sex", 0.5, "Female", 0.5, "Male")
    shown = html.what_ifs(with_what_ifs(answered(), age, sex), 0)
    assert "Age: from 30 % (35 years) to 62 % (70 years)." in shown
    assert "Sex: would not change it." in shown
    assert "is known" in html.what_ifs(with_what_ifs(answered(), clinical="all"), 0)
    assert "is known" not in html.what_ifs(with_what_ifs(answered()), 0), "a model that does not tell"


def test_the_overview_has_every_lesion_and_the_boards_opinion_next_to_the_models() -> None:
    noted = BoardOpinion(2, "probably_progression", "2026-11-21T14:03:00+00:00")
    result = replace(result_of(2), board=(noted,))
    shown = html.overview(result, 1)
    assert shown.count("<tr data-index") == 2
    assert shown.index('class="chosen"') > shown.index('data-index="1"')
    assert "none noted" in shown
    assert "probably tumour progression (at 14:03)" in shown
    assert "data-index" not in html.overview(result, None), "nothing to choose in the report"


def test_an_overview_of_a_study_names_no_lesion_and_no_side() -> None:
    answer = replace(answered().reading.answers[0], lesion=STUDY)
    result = replace(answered(), question=TWO_SCANS, reading=replace(answered().reading, answers=(answer,)))
    shown = html.overview(result, None)
    assert "<td>Study</td>" in shown
    assert "Side" not in shown
    assert shown.count("<th>") == shown.count("<td>")


def test_the_boards_form_names_lesion_and_side_and_keeps_what_was_noted() -> None:
    result = result_of(2)
    shown = html.board_form(result.question, case_of(result, False, BoardOpinion(1, "undecided", "")), 7)
    assert shown.count("<fieldset") == 2
    assert shown.count(" checked") == 1
    assert 'id="opinion-1-undecided" data-lesion="1" data-leaning="undecided" checked' in shown
    assert "patient's&nbsp;left" in shown
    assert "patient's&nbsp;right" in shown


def test_the_boards_form_shows_each_lesion_and_says_if_an_answer_was_seen() -> None:
    result = result_of(2)
    assert 'src="/case/picture/lesion/2.png?v=7"' in html.board_form(result.question, case_of(result), 7)
    assert 'id="informed"' not in html.board_form(result.question, case_of(result), 7)
    assert 'id="informed"' in html.board_form(result.question, case_of(result, True), 7)


def test_the_board_is_asked_once_about_a_study_in_the_words_of_its_question() -> None:
    shown = html.board_form(TWO_SCANS, Case(), 7)
    assert shown.count("<fieldset") == 1
    assert "This study" in shown
    assert "<img" not in shown
    assert 'id="opinion-0-probably_better"' in shown
    assert "necrosis" not in shown


def test_what_each_kind_of_input_did_is_added_up() -> None:
    one = Contribution("age", "Age", "clinical", 61.0, 0.75)
    both = (one, replace(one, effect=0.5), replace(one, group="imaging", effect=-0.4),
            replace(one, group="radiomics", effect=0.0))
    result = answered()
    answer = replace(result.reading.answers[0], contributions=both)
    shown = html.sources(replace(result, reading=replace(result.reading, answers=(answer,))), 0)
    assert "image networks -0.40, radiomics +0.00, clinical data +1.25" in shown
    assert "towards necrosis" in shown


def test_a_kind_of_input_that_a_model_does_not_use_is_not_named() -> None:
    result = answered()
    answer = replace(result.reading.answers[0], contributions=(Contribution("age", "Age", "clinical", 61.0, 0.75),))
    shown = html.sources(replace(result, reading=replace(result.reading, answers=(answer,))), 0)
    assert "clinical data +0.75" in shown
    assert "radiomics" not in shown


def test_a_map_that_is_not_drawn_is_not_explained_as_if_it_were() -> None:
    weak, strong = (html.where_it_looked(moved_by_networks(answered(), effect), 0) for effect in (0.03, -0.3))
    assert "moved this answer by only +0.03 (log-odds; less than 0.1), so no map of them is drawn." in weak
    assert "nor the 3D scene below has one" in weak
    assert "The colours show" not in weak
    assert "The colours show what moved the networks" in strong
    assert "no map" not in strong
    assert all('data-help="networks"' in one for one in (weak, strong)), "the question mark"


def test_the_exact_names_can_be_unfolded_without_a_mouse() -> None:
    result = moved_by_networks(answered(), 3.0)
    shown = html.names_of_bars(result, 0)
    assert "<details" in shown
    assert "<summary>Exact names</summary>" in shown
    assert "<tr><td>1</td><td>What the image networks see</td><td><code>vit</code></td></tr>" in shown
    assert shown.count("<code>") == 12
    bare = replace(result.reading.answers[0], contributions=())
    assert html.names_of_bars(replace(result, reading=replace(result.reading, answers=(bare,))), 0) == ""


def test_the_number_stands_between_its_limits_with_what_moved_it() -> None:
    shown = html.answer(judged_at(0.7, 0.65), 0)
    assert 'id="interval"' in shown
    assert "progression up to 40 %" in shown
    assert "necrosis from 60 %" in shown
    assert 'left:40.0%" title="Limit: 40 %"' in shown
    assert 'left:60.0%" title="Limit: 60 %"' in shown
    assert 'left:70.0%"></u>' in shown
    assert "Steady: what small changes make of it" in shown
    assert "outline 1 mm larger: 65 %" in shown
    for name in ("rule", "prior-words", "likeness"):
        assert f'class="judgement" id="{name}"' in shown
    assert "Favours radiation necrosis" in shown


def test_a_fragile_answer_is_called_so() -> None:
    shown = html.answer(judged_at(0.7, 0.5), 0)
    assert "Fragile: what small changes make of it" in shown
    assert '<h2 id="verdict">Indeterminate</h2>' in shown


def test_an_answer_of_before_has_a_number_and_no_bar() -> None:
    result = answered()
    old = replace(result.reading.answers[0], trust=None)
    shown = html.answer(replace(result, reading=replace(result.reading, answers=(old,))), 0)
    assert '<h2 id="verdict">Not judged</h2>' in shown
    assert ">73 %<" in shown
    assert "read the case again" in shown
    assert 'id="interval"' not in shown
    assert "judgement" not in shown


@pytest.mark.parametrize("level", ["stop", "confirm"])
def test_where_no_number_is_given_that_is_said_and_why(level: Any) -> None:
    result = without_number(result_of(1), Caution("odd", level, HOSTILE))
    shown = html.answer(result, 0)
    assert '<h2 id="verdict">No number is given</h2>' in shown
    assert ">%<" not in shown
    assert 'id="probability-rn"' not in shown
    assert HOSTILE not in shown
    assert ("cannot be confirmed" in shown) == (level == "stop")
    asked = html.cautions(result, 0)
    assert ('data-confirm="odd"' in asked) == (level == "confirm")
    assert HOSTILE not in asked
    assert "<td>–</td>" in html.overview(result, None)
    assert "no number is given" in html.overview(result, None)


def test_cautions_come_by_what_follows_from_them() -> None:
    ask, stop = Caution("odd", "confirm", "It is odd."), Caution("far", "stop", "It is far.")
    shown = html.cautions(without_number(result_of(1), ask, stop), 0)
    assert shown.index("Stop.") < shown.index("To be confirmed.") < shown.index("Note.")
    assert "data-confirm" not in shown, "what stops is mended first"


def test_what_was_confirmed_is_shown_with_the_reason_and_is_not_asked_again() -> None:
    ask = Caution("odd", "confirm", "It is odd.")
    result = result_of(1)
    given = replace(result.reading.answers[0], cautions=(ask,))
    reading = replace(result.reading, answers=(given,), confirmed=(Confirmed("odd", 1, HOSTILE),))
    shown = html.cautions(replace(result, reading=reading), 0)
    assert "Confirmed (&lt;script&gt;" in shown
    assert "data-confirm" not in shown


def test_the_centres_share_is_said() -> None:
    assert "20 %, as set for this centre" in html.prior(QUESTION, 0.2)
    assert "that of the model&#39;s calibration" in html.prior(QUESTION, None).replace("'", "&#39;")


def judged_at(probability: float, variation: float) -> CaseResult:
    """One lesion with this number, and what a larger outline makes of it."""
    result = answered(probability)
    one = result.reading.answers[0]
    trust = judge(one.given, [Variation("outline 1 mm larger", variation)], Likeness(1.0, 2.0, 0.05), PLAIN,
                  PLAIN.limits, 0.5, probability)
    return replace(result, reading=replace(result.reading, answers=(replace(one, trust=trust),)))
