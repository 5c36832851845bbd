"""A name stays with its lesion."""

import numpy as np
import pytest

from rnapp.errors import MaskError
from rnapp.lesion.find import find_lesions
from rnapp.lesion.names import LONGEST_NAME, carried, renamed, without
from tests.explain.synthetic import LEFT, RIGHT, ball, lps_grid, prepared

GRID = lps_grid(4.0)
CASE = prepared(GRID, [LEFT, RIGHT])


def found(*balls):
    array = np.zeros(GRID.shape, bool)
    for centre, radius in balls:
        array |= ball(GRID, centre, radius).array
    return find_lesions(CASE, GRID.with_array(array), drawn=True)


def names(lesions):
    return {one.side: lesions.names.get(one.number, "") for one in lesions.lesions}


def test_a_name_follows_its_lesion_when_the_order_of_sizes_changes():
    before = renamed(found((LEFT, 14.0), (RIGHT, 9.0)), 1, "  old   one ")
    assert names(before) == {"left": "old one", "right": ""}
    after = carried(before, found((LEFT, 9.0), (RIGHT, 14.0)))
    assert [one.side for one in after.lesions] == ["right", "left"], "the right one is the first now"
    assert names(after) == {"left": "old one", "right": ""}


def test_of_two_parts_the_larger_keeps_the_name_and_a_new_lesion_has_none():
    before = renamed(found((LEFT, 20.0)), 1, "A")
    step = np.array((0.0, 14.0, 0.0))
    after = carried(before, found((LEFT - step, 8.0), (LEFT + step, 5.0), (RIGHT, 9.0)))
    left = [after.names.get(one.number, "") for one in after.lesions if one.side == "left"]
    assert left == ["A", ""], "the largest first"
    assert names(after)["right"] == ""
    assert carried(None, before) is before


def test_a_lesion_is_taken_away_and_the_other_stays():
    lesions = found((LEFT, 14.0), (RIGHT, 9.0))
    rest = without(lesions, 1)
    assert rest.array.any()
    assert not rest.array[lesions.mask(1).array].any()
    assert rest.array[lesions.mask(2).array].all()


@pytest.mark.parametrize("name", ["x" * (LONGEST_NAME + 1), "a\x07b"])
def test_a_name_that_cannot_be_printed_is_refused(name):
    with pytest.raises(MaskError, match="shorten it"):
        renamed(found((LEFT, 14.0)), 1, name)


def test_a_lesion_that_is_not_there_is_refused():
    lesions = found((LEFT, 14.0))
    for act in (lambda: without(lesions, 2), lambda: renamed(lesions, 0, "a")):
        with pytest.raises(MaskError, match="reload"):
            act()
    assert renamed(renamed(lesions, 1, "a"), 1, "").names == {}
