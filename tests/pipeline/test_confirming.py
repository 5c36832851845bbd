"""A slip of the pen in a confirmation is noticed, and what is open is said as it must be typed."""

from dataclasses import replace

import pytest

from rnapp.errors import InputError
from rnapp.pipeline.confirming import ALWAYS, check_known, withheld_lines
from rnapp.types import STUDY, CaseResult, Caution, Confirmed, note, withheld
from tests.explain.synthetic import result_of, without_number

ASK, STOP = Caution("odd", "confirm", "It is odd."), Caution("far", "stop", "It is too far.")


def of_study(*because: Caution) -> CaseResult:
    """A question about the study whose answer is withheld."""
    case = result_of(0)
    answers = (withheld(STUDY, because, because),)
    return replace(case, question=replace(case.question, unit="study"), reading=replace(case.reading, answers=answers))


@pytest.mark.parametrize("word", [Confirmed("odd"), Confirmed("odd", 1), Confirmed("no_contrast"),
                                  Confirmed("touches_edge", 2), *map(Confirmed, ALWAYS)])
def test_what_the_case_has_can_be_named(word: Confirmed) -> None:
    check_known(without_number(result_of(2), ASK), [word])


@pytest.mark.parametrize("word", [Confirmed("od"), Confirmed("odd_", 1)])
def test_an_unknown_code_is_told_with_those_that_are_open(word: Confirmed) -> None:
    with pytest.raises(InputError, match=f"to confirm, but got '{word.code}'; open are: 1:odd\\.$"):
        check_known(without_number(result_of(2), ASK), [word])
    with pytest.raises(InputError, match="nothing is open; leave it out"):
        check_known(result_of(2), [word])


def test_a_lesion_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="Expected the number of a lesion that was read before 'odd', but got 3"):
        check_known(without_number(result_of(2), ASK), [Confirmed("odd", 3)])
    with pytest.raises(InputError, match="but got 1"):
        check_known(of_study(ASK), [Confirmed("odd", 1)])


def test_each_answer_without_a_number_gets_a_line() -> None:
    assert withheld_lines(result_of(2)) == []
    assert withheld_lines(without_number(result_of(2), ASK)) == [
        "Lesion 1: No number is given. It is odd. If you have looked and it is right all the same: "
        "--confirm 1:odd=REASON"]


def test_what_stops_cannot_be_confirmed_and_the_line_does_not_say_so() -> None:
    assert withheld_lines(without_number(result_of(1), STOP, ASK)) == [
        "Lesion 1: No number is given. It is too far. It is odd."]


def test_what_is_about_the_whole_case_is_typed_without_a_lesion() -> None:
    case = without_number(result_of(2), ASK, Caution("own", "confirm", "Its own."))
    case = replace(case, prepared=replace(case.prepared, cautions=(ASK, note("thick", "Thick."))))
    assert withheld_lines(case)[0].endswith("--confirm odd=REASON --confirm 1:own=REASON")
    assert withheld_lines(of_study(ASK)) == [
        "This study: No number is given. It is odd. If you have looked and it is right all the same: "
        "--confirm odd=REASON"]
