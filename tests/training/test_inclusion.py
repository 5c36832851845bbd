"""The paper's inclusion rules, each with one lesion that just meets it and one that just does not."""

from dataclasses import replace

from training.inclusion import (
    ALONE,
    CONFLICT,
    STEADY,
    UNDATED,
    UNLABELLED,
    UNPREPARED,
    Scanned,
    include,
)


def followed(patient, lesion, diameters, outcome, centre=(0.0, 0.0, 0.0)):
    return [Scanned(patient, lesion, 3.0 * n, mm, centre, outcome) for n, mm in enumerate(diameters)]


def test_the_first_scan_on_which_a_lesion_has_grown_is_taken_whatever_the_order_of_the_list():
    scans = followed("a", "1", [20, 12, 18, 30], 1)
    flow = include(scans[::-1])
    assert [scans[::-1][number].diameter_mm for number in flow.included] == [18]


def test_scans_whose_order_is_unknown_are_not_judged():
    first, second = followed("a", "1", [10, 20], 1)
    assert include([replace(first, months=None), second]).excluded == {UNDATED: (("a", "1"),)}
    assert include([first, second]).included == (1,)
    assert include([replace(first, months=None)]).excluded == {ALONE: (("a", "1"),)}


def test_each_reason_is_named_and_everyone_is_counted_once():
    scans = [*followed("a", "1", [10, 20], 1), *followed("b", "1", [10, 20], None), *followed("c", "1", [20], 0),
             *followed("d", "1", [20, 22], 0)]
    flow = include(scans, [("e", "1")])
    assert flow.excluded == {UNLABELLED: (("b", "1"),), ALONE: (("c", "1"),), STEADY: (("d", "1"),),
                             UNPREPARED: (("e", "1"),)}
    assert len(flow.included) == 1
    assert flow.text().splitlines()[0] == "5 lesions"
    assert flow.text().splitlines()[-1] == "  └─ 1 included"


def test_a_neighbour_with_the_other_outcome_excludes_even_if_it_is_itself_not_included():
    grown = followed("a", "1", [10, 20], 1)
    assert include([*grown, *followed("a", "2", [10, 10], 0, (30.0, 30.0, 30.0))]).excluded[CONFLICT] == (("a", "1"),)
    for other in (followed("a", "2", [10, 10], 0, (33.0, 0.0, 0.0)), followed("a", "2", [10, 10], 1),
                  followed("b", "2", [10, 10], 0)):
        assert CONFLICT not in include([*grown, *other]).excluded
