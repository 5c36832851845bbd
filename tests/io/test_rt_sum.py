"""Doses are added on the finest grid and are unknown wherever one of them is; what can be offered as a sum."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnapp.io.rt_dose_file import DoseFile
from rnapp.io.rt_plan import Plan
from rnapp.io.rt_sum import by_plan, complete, may_be_added, refusal, summed
from rnapp.types import Volume

NONE: frozenset[tuple[int, int]] = frozenset()
WHOLE = DoseFile(Path("a"), "1", "P", "frame", "GY", "PHYSICAL", "PLAN", ("A",), NONE, NONE)
BEAM = replace(WHOLE, summation="BEAM", beams=frozenset({(1, 1)}))
PLAN = Plan("A", "P", "", (), 30, "photon", beams=frozenset({(1, 1)}))
SOURCES = Plan("A", "P", "", (), 1, "unknown", setups=frozenset({(1, 4), (1, 5)}))


def test_a_sum_is_unknown_where_one_of_its_grids_does_not_reach() -> None:
    coarse, fine = np.diag([4.0, 4, 4, 1]), np.diag([2.0, 2, 2, 1])
    total = summed([Volume(np.full((3, 3, 3), 10, np.float32), coarse),
                    Volume(np.full((8, 4, 4), 2, np.float32), fine)])
    assert total.spacing.tolist() == [2, 2, 2]
    assert (total.array[:5] == 12).all(), "the coarse grid reaches to 8 mm"
    assert np.isnan(total.array[5:]).all()


def test_the_parts_of_a_plan() -> None:
    assert refusal([BEAM], {"A": PLAN}) is None
    assert complete([BEAM], {"A": PLAN})
    assert not complete([BEAM], {}), "nobody knows how many there are"
    assert not complete([replace(BEAM, beams=NONE)], {"A": PLAN}), "it does not say which it is"
    assert complete([WHOLE], {})
    # A dose that names no fraction group is of the only one.
    assert refusal([replace(BEAM, beams=frozenset({(0, 1)}))], {"A": PLAN}) is None
    source = replace(BEAM, summation="BRACHY", beams=NONE, setups=frozenset({(1, 4)}))
    assert "set-up 5 is missing" in (refusal([source], {"A": SOURCES}) or "")
    assert refusal([source, replace(source, setups=frozenset({(1, 5)}))], {"A": SOURCES}) is None
    assert "beam 1, which does not treat" in (refusal([BEAM], {"A": SOURCES}) or "")


@pytest.mark.parametrize(("second", "offered"), [
    (replace(WHOLE, plans=("B",)), True), (WHOLE, False), (replace(WHOLE, plans=()), False),
    (replace(WHOLE, plans=("B",), frame="other"), False), (replace(WHOLE, plans=("B",), units="RELATIVE"), False),
    (replace(WHOLE, plans=("B",), kind="EFFECTIVE"), False),
    (replace(WHOLE, plans=("B",), summation="FRACTION"), False),
    (replace(BEAM, plans=("B",)), False), (replace(WHOLE, plans=("B", "C")), False)])
def test_two_plans_are_offered_as_a_sum(second: DoseFile, offered: bool) -> None:
    assert may_be_added([WHOLE, second], {"A": PLAN}) == offered
    assert not may_be_added([replace(WHOLE, frame=""), replace(second, frame="")], {"A": PLAN})


def test_the_files_of_each_plan() -> None:
    unclear = replace(WHOLE, plans=("A", "B"))
    assert by_plan([WHOLE, BEAM, unclear]) == {"A": [WHOLE, BEAM], "": [unclear]}
