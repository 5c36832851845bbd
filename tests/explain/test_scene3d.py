"""The 3D scene: every lesion on its side, shells around the chosen one, small and self-contained."""

import dataclasses
import json

import numpy as np
import pytest

from rnapp.errors import RnappError
from rnapp.explain.scene3d import CAMERAS, NO_MAP, scene
from rnapp.types import Contribution
from tests.explain.synthetic import CENTRE, LEFT, RIGHT, answer, lesion_set, lps_grid, prepared

GRID = lps_grid(2.0)
CASE = prepared(GRID, [LEFT, RIGHT])
LESIONS = lesion_set(GRID, [LEFT, RIGHT])
ANSWERS = (answer(1, LEFT), answer(2, RIGHT))


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_lesions_lie_where_the_patient_has_them():
    found = traces(scene(CASE, LESIONS, ANSWERS, 1))
    assert np.mean(found["lesion 1 (left)"].x) == pytest.approx(LEFT[0], abs=1)
    assert np.mean(found["lesion 2 (right), selected"].x) == pytest.approx(RIGHT[0], abs=1)


def test_the_shells_surround_the_selected_lesion():
    for index, centre in ((0, LEFT), (1, RIGHT)):
        shells = [trace for name, trace in traces(scene(CASE, LESIONS, ANSWERS, index)).items() if "attention" in name]
        assert len(shells) == 3
        assert all(np.mean(shell.x) == pytest.approx(centre[0], abs=1) for shell in shells)
        sizes = [np.ptp(shell.x) for shell in shells]
        assert sizes[0] > sizes[1] > sizes[2]


def test_without_attention_there_are_no_shells():
    empty = ANSWERS[0].attention.with_array(np.zeros((64, 64, 64), np.float32))
    blank = dataclasses.replace(ANSWERS[0], attention=empty)
    none = dataclasses.replace(ANSWERS[0], attention=None)
    for one in (blank, none):
        assert not [name for name in traces(scene(CASE, LESIONS, [one], 0)) if "attention" in name]


def test_shells_are_levels_of_one_scale_and_not_of_each_maps_own():
    even = dataclasses.replace(ANSWERS[0], attention=ANSWERS[0].attention.with_array(
        np.float32(0.3) * ANSWERS[0].attention.array))
    assert not [name for name in traces(scene(CASE, LESIONS, [even], 0)) if "attention" in name]
    half = dataclasses.replace(even, attention=even.attention.with_array(np.float32(1.7) * even.attention.array))
    assert [name for name in traces(scene(CASE, LESIONS, [half], 0)) if "attention" in name] == ["attention ≥ 0.4"]


@pytest.mark.parametrize(("effect", "shells"), [(0.09, 0), (-0.09, 0), (0.5, 3)])
def test_where_the_networks_hardly_moved_the_answer_there_are_no_shells(effect, shells):
    imaging = Contribution("vit_probability", "Image networks", "imaging", 0.5, effect)
    one = dataclasses.replace(ANSWERS[0], contributions=(imaging,))
    figure = scene(CASE, LESIONS, [one], 0)
    assert len([name for name in traces(figure) if "attention" in name]) == shells
    assert [note.text for note in figure.layout.annotations] == ([] if shells else [NO_MAP])


@pytest.mark.parametrize(("peak", "shells"), [(0.0005, 0), (0.05, 3)])
def test_an_occlusion_that_changed_nothing_has_no_shells(peak, shells):
    field = ANSWERS[0].attention.with_array(np.float32(peak) * ANSWERS[0].attention.array)
    one = dataclasses.replace(ANSWERS[0], attention=None, occlusion={"all": field})
    assert len([name for name in traces(scene(CASE, LESIONS, [one], 0)) if "occlusion" in name]) == shells


def test_letters_stand_on_the_patients_sides():
    letters = traces(scene(CASE, LESIONS, ANSWERS, 0))["directions"]
    place = {letter: np.array(point) - CENTRE
             for letter, *point in zip(letters.text, letters.x, letters.y, letters.z, strict=True)}
    assert place["L"][0] > 60
    assert place["R"][0] < -60
    assert place["A"][1] < -80
    assert place["P"][1] > 80
    assert place["S"][2] > 55
    assert place["I"][2] < -55


def test_each_camera_looks_from_where_its_button_says():
    strongest = {name: int(np.abs(eye).argmax()) for name, (eye, _) in CAMERAS.items()}
    assert strongest == {"Left": 0, "Right": 0, "Front": 1, "Back": 1, "Above": 2, "Below, as slices": 2}
    assert CAMERAS["Left"][0][0] > 0 > CAMERAS["Right"][0][0]
    assert CAMERAS["Front"][0][1] < 0 < CAMERAS["Back"][0][1]
    buttons = scene(CASE, LESIONS, ANSWERS, 1).layout.updatemenus[0].buttons
    assert [button.label for button in buttons] == list(CAMERAS)


def test_it_is_small_and_names_no_address():
    grid = lps_grid(1.2)
    full = scene(prepared(grid, [LEFT]), lesion_set(grid), [answer()], 0).to_json()
    assert len(full) < 1_500_000
    assert "://" not in full
    assert json.loads(full)["layout"]["scene"]["xaxis"]["visible"] is False


@pytest.mark.parametrize("selected", [2, -1])
def test_an_unknown_lesion_is_refused(selected):
    with pytest.raises(RnappError, match="not among the 2 lesions"):
        scene(CASE, LESIONS, ANSWERS, selected)
