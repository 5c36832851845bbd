"""What the bridge tells the viewers to colour: the right map of the answer that is shown, or none."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from rnapp.case.case import Case, Preparation
from rnapp.case.outline import Outline
from rnapp.types import CaseResult, FloatArray, Volume
from rnapp.ui.screens import bridge
from rnapp.ui.screens.screen import Shown
from rnapp.ui.workspace import Page
from tests.explain.synthetic import moved_by_networks, result_of


def shown(result: CaseResult, revealed: bool = True, **page: object) -> Shown:
    """A page of this case."""
    outline = Outline(measured=result.lesions, current=True, reading=result.reading, revealed=revealed)
    case = Case(preparation=Preparation(result.prepared, {}, accepted=True, outline=outline))
    return Shown(case, replace(Page(), **page), None, result.question)


def with_occlusion(result: CaseResult, maps: Mapping[str, float]) -> CaseResult:
    """The first answer has no attention, but maps of occlusion. maps: what was hidden → the strongest effect."""
    grid = result.prepared.brain_mask
    drawn = {name: grid.with_array(peak * corner(grid)) for name, peak in maps.items()}
    first, *others = result.reading.answers
    answers = (replace(first, attention=None, occlusion=drawn), *others)
    return replace(result, reading=replace(result.reading, answers=answers))


def corner(grid: Volume) -> FloatArray:
    """1 in one voxel, 0 elsewhere."""
    array = np.zeros(grid.shape, np.float32)
    array[0, 0, 0] = 1
    return array


@pytest.mark.parametrize("revealed", [True, False])
def test_an_answer_that_the_networks_moved_has_its_map_once_it_may_be_seen(revealed: bool) -> None:
    page = shown(moved_by_networks(result_of(1), 0.5), revealed)
    assert bridge._map(page) == (("attention", 1.0, "Attention") if revealed else None)


@pytest.mark.parametrize(("effect", "drawn"), [(0.099, False), (-0.099, False), (0.101, True), (-0.101, True)])
def test_an_answer_that_they_hardly_moved_has_none(effect: float, drawn: bool) -> None:
    assert (bridge._map(shown(moved_by_networks(result_of(1), effect))) is not None) == drawn


def test_the_map_is_that_of_the_answer_that_is_shown() -> None:
    weak_first = moved_by_networks(result_of(2), 0.01)
    assert [bridge._map(shown(weak_first, shown_answer=place)) is None for place in (0, 1)] == [True, False]


def test_of_the_maps_of_occlusion_the_chosen_one_is_shown_to_its_own_strongest_effect() -> None:
    result = with_occlusion(result_of(1), {"all": 0.2, "dose": -0.3})
    name, most, words = bridge._map(shown(result)) or ("", 0.0, "")
    assert (name, words) == ("occlusion-all", "Occlusion")
    assert most == pytest.approx(0.2)
    assert (bridge._map(shown(result, shown_map="dose")) or ("", 0.0))[:2] == ("occlusion-dose", pytest.approx(0.3))
    assert bridge._map(shown(result, shown_map="planning")) is None, "there is none of that"


def test_a_map_without_any_effect_gets_no_colours() -> None:
    _, most, _ = bridge._map(shown(with_occlusion(result_of(1), {"all": 1e-6}))) or ("", 0.0, "")
    assert most == bridge.LEAST_EFFECT


def test_an_answer_without_any_map_has_none() -> None:
    assert bridge._map(shown(with_occlusion(result_of(1), {}))) is None
