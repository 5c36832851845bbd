"""What became of each lesion over several scans, drawn and matched as in the app."""

from collections.abc import Sequence

import numpy as np
import pytest

from rnapp.errors import ClinicalError
from rnapp.lesion.find import find_lesions
from rnapp.timeline.courses import courses
from rnapp.timeline.growth import growth
from rnapp.timeline.rano import rano_response
from rnapp.types import Course, Followed, Prepared, Scan, SimilarityTransform
from tests.conftest import sphere
from tests.timeline.synthetic import LEFT, RIGHT, beside, nothing_drawn, replace, rigid

Ball = tuple[np.ndarray, float]
THIRD = np.array([120.0, -60, 95])
ASIDE, BEHIND = np.array([8.0, 0, 0]), np.array([0, 7.0, 0])
HERE = SimilarityTransform(np.eye(4))


def scan(prepared: Prepared, months: float, lesions: Sequence[Ball], complete: bool = True) -> Scan:
    """Balls on the SRI24 grid (LPS mm, atlas millimetres), drawn there."""
    if not lesions:
        return Scan(months, prepared, nothing_drawn(prepared), complete)
    array = np.zeros(prepared.head.shape, bool)
    for centre, radius in lesions:
        array |= sphere(prepared.head, centre, radius).array
    return Scan(months, prepared, find_lesions(prepared, prepared.head.with_array(array), drawn=True), complete)


def followed(present: Scan, *earlier: Scan) -> list[tuple[Scan, Followed]]:
    """Studies that are registered to the current one already."""
    return [(one, beside(present.prepared, HERE)) for one in earlier]


def shown(course: Course) -> list[tuple[float, int | None]]:
    return [(one.when, one.number) for one in course.measurements]


def test_lesions_keep_their_identity_though_each_scan_numbers_them_by_size(turned: Prepared) -> None:
    present = scan(turned, 6.0, [(LEFT, 6), (RIGHT, 9)])
    first, second = scan(turned, 0.0, [(LEFT, 8), (RIGHT, 5)]), scan(turned, 3.0, [(LEFT, 4), (RIGHT, 7)])
    one, two = courses(present, followed(present, second, first))
    assert (one.name, shown(one)) == ("Lesion 1", [(0.0, 2), (3.0, 1), (6.0, 1)])
    assert (two.name, shown(two)) == ("Lesion 2", [(0.0, 1), (3.0, 2), (6.0, 2)])
    diameters = [found.longest_diameter_mm for found in two.measurements]
    assert diameters == pytest.approx([16 / 0.96, 8 / 0.96, 12 / 0.96], abs=1.1), "the patient's millimetres"
    assert not any(course.new or course.notes for course in (one, two))
    assert all(found.voxel_mm == pytest.approx(3.5) for found in one.measurements)
    assert one.whole
    assert "merged or split" not in growth(one).sentence


def test_a_lesion_is_found_where_the_transform_puts_it(turned: Prepared) -> None:
    between = rigid((5, -4, 6), (12, -14, 10), np.array([120.0, -120, 75]))
    back = between.inverse().apply(np.array([LEFT, RIGHT]))
    present = scan(turned, 6.0, [(LEFT, 6), (RIGHT, 9)])
    earlier = scan(turned, 0.0, [(back[0], 6), (back[1], 5)])
    right = courses(present, [(earlier, beside(turned, between))])
    assert [shown(one) for one in right] == [[(0.0, 2), (6.0, 1)], [(0.0, 1), (6.0, 2)]]
    assert all(one.new for one in courses(present, followed(present, earlier))[:2]), "without it they would seem new"


def test_new_gone_and_back(turned: Prepared) -> None:
    scans = [scan(turned, 0.0, [(LEFT, 6), (THIRD, 5)]), scan(turned, 3.0, [(THIRD, 6)])]
    present = scan(turned, 6.0, [(LEFT, 7), (RIGHT, 9)])
    new, back, gone = courses(present, followed(present, *scans))
    assert (new.new, shown(new)) == (True, [(6.0, 1)])
    assert (back.new, shown(back)) == (False, [(0.0, 1), (3.0, None), (6.0, 2)])
    assert back.measurements[1].volume_ml == 0
    assert (gone.name, gone.number) == ("Lesion 1 of month 3", None)
    assert shown(gone) == [(0.0, 2), (3.0, 1), (6.0, None)]
    assert rano_response([new, back, gone]).new_lesion
    assert rano_response([gone]).category == "CR"


def test_nothing_is_concluded_from_a_lesion_that_was_only_not_drawn(turned: Prepared) -> None:
    scans = [scan(turned, 0.0, [(LEFT, 6), (THIRD, 5)], complete=False),
             scan(turned, 3.0, [(THIRD, 6)], complete=False)]
    present = scan(turned, 6.0, [(LEFT, 7), (RIGHT, 9)], complete=False)
    first, second, third = courses(present, followed(present, *scans))
    assert (first.new, shown(first)) == (False, [(6.0, 1)])
    assert "Without a mask on month 3; whether it was there is unknown." in first.notes
    assert shown(second) == [(0.0, 1), (6.0, 2)]
    assert shown(third) == [(0.0, 2), (3.0, 1)]
    assert third.notes == ("No mask on later scans; whether it has gone is unknown.",)
    assert rano_response([third]).category != "CR"


def test_a_scan_without_any_lesion_counts_if_it_was_looked_through(turned: Prepared) -> None:
    present = scan(turned, 6.0, [(LEFT, 6)])
    assert courses(present, followed(present, scan(turned, 0.0, [])))[0].new
    assert not courses(present, followed(present, scan(turned, 0.0, [], complete=False)))[0].new
    undrawn = replace(scan(turned, 0.0, []), lesion_set=None)
    assert courses(present, followed(present, undrawn)) == courses(present, [])
    assert courses(replace(present, lesion_set=None), followed(present, undrawn)) == ()


def test_a_place_that_a_scan_does_not_cover_says_nothing(turned: Prepared) -> None:
    present, earlier = scan(turned, 6.0, [(LEFT, 6)]), scan(turned, 0.0, [(RIGHT, 6)])
    dark = turned.head.with_array(~sphere(turned.head, LEFT, 15).array)
    lesion, _ = courses(present, [(earlier, beside(turned, HERE, dark))])
    assert not lesion.new
    assert lesion.notes == ("Without a mask on month 0; whether it was there is unknown.",)


def test_splits_and_merges_are_reported(turned: Prepared) -> None:
    apart = [(LEFT - ASIDE, 6.4), (LEFT + ASIDE, 6.0)]
    one, two = scan(turned, 6.0, [(LEFT, 13)]), scan(turned, 0.0, apart)
    whole, part = courses(one, followed(one, two))
    assert shown(whole) == [(0.0, 1), (6.0, 1)]
    assert (shown(part), part.notes) == ([(0.0, 2)], ("Later part of Lesion 1.",))
    assert whole.notes == ("On month 0 still separate from Lesion 2 of month 0, with which it merged later.",)
    assert (whole.whole, part.whole) == (False, True)
    assert growth(whole).met
    assert "merged or split" in growth(whole).sentence
    assert any("merged or split" in note for note in rano_response([whole]).notes)
    assert rano_response([whole, part]).category is None, "the sum now has one lesion less"
    later, earlier = replace(two, when=6.0), replace(one, when=0.0)
    main, rest = courses(later, followed(later, earlier))
    assert shown(main) == [(0.0, 1), (6.0, 1)]
    assert (shown(rest), rest.new, rest.notes) == ([(6.0, 2)], False, ("On month 0 part of Lesion 1.",))
    assert main.notes == ("On month 0 still one lesion with Lesion 2, from which it separated later.",)
    assert (main.whole, rest.whole) == (False, True)


def test_a_match_by_place_alone_asks_to_be_checked(turned: Prepared) -> None:
    present, earlier = scan(turned, 6.0, [(LEFT, 3)]), scan(turned, 0.0, [(LEFT + BEHIND, 3)])
    lesion, = courses(present, followed(present, earlier))
    assert shown(lesion) == [(0.0, 1), (6.0, 1)]
    assert "by position alone, 7 mm away: check" in lesion.notes[0]
    far = scan(turned, 0.0, [(LEFT + 2 * BEHIND, 3)])
    assert len(courses(present, followed(present, far))) == 2


def test_scans_at_one_time_or_dated_in_two_ways_are_refused(turned: Prepared) -> None:
    present = scan(turned, 6.0, [(LEFT, 6)])
    with pytest.raises(ClinicalError, match="no two at once"):
        courses(present, followed(present, scan(turned, 6.0, [(LEFT, 6)])))
