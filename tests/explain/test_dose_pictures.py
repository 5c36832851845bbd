"""Isodoses, curves and occlusion are drawn on the patient's side, where they are, and nowhere where it is unknown."""

import dataclasses

import numpy as np
import pytest

from rnapp.dose.isodose import COLOURS
from rnapp.errors import MaskError
from rnapp.explain.dose_slices import dose_slices
from rnapp.explain.dvh import dvh_figure, dvh_png
from rnapp.explain.occlusion import hidden_words, occlusion_picture, title
from rnapp.explain.scene3d import scene
from rnapp.tasks.roles import DOSE
from rnapp.types import DoseFigures, LesionDose
from tests.explain.rice import effect, rice_result, study_answer, with_dose
from tests.explain.synthetic import LEFT, RIGHT, lesion_set, lps_grid, oblique_grid, prepared, turned_grid
from tests.explain.test_pictures import columns_of, head_row, pixels

BLUE = tuple(int(COLOURS[30][i:i + 2], 16) for i in (1, 3, 5))
PANEL = 0.8 / 3  # of the width; the rest is the legend
BARE = lesion_set(lps_grid(4.0), [])


@pytest.mark.parametrize("make_grid", [lps_grid, turned_grid, oblique_grid])
@pytest.mark.parametrize(("place", "right_half"), [(LEFT, True), (RIGHT, False)])
def test_a_dose_on_the_patients_left_is_drawn_on_the_left(make_grid, place, right_half):
    """Radiological convention: the patient's left is on the right of axial and coronal panels; mirrored it fails."""
    grid = make_grid()
    image = head_row(pixels(dose_slices(with_dose(prepared(grid), place), lesion_set(grid, []))))
    for panel in (0, 1):
        found = columns_of(image[:, :int(0.8 * image.shape[1])], BLUE) * 0.8
        found = found[(found >= panel * PANEL) & (found < (panel + 1) * PANEL)]
        assert len(found)
        assert (found.mean() > (panel + 0.5) * PANEL) is np.bool_(right_half)


def test_a_mirrored_dose_is_drawn_mirrored():
    """The same file read with its axis turned round: the picture must not hide that."""
    case = with_dose(prepared(lps_grid()), LEFT)
    mirrored = case.dose.on_atlas.with_array(case.dose.on_atlas.array[::-1])
    wrong = dataclasses.replace(case, dose=dataclasses.replace(case.dose, on_atlas=mirrored))
    centres = [columns_of(head_row(pixels(dose_slices(one, BARE)))[:, :300], BLUE).mean() for one in (case, wrong)]
    assert centres[0] > 0.5 > centres[1]


def test_no_line_is_drawn_where_the_dose_is_unknown():
    """Cut through its middle: half of the ring is missing, and no line runs along the cut."""
    case = with_dose(prepared(lps_grid()), LEFT)
    array = case.dose.on_atlas.array.copy()
    array[: round(LEFT[0] / 4)] = np.nan
    half = dataclasses.replace(case, dose=dataclasses.replace(case.dose, on_atlas=case.dose.on_atlas.with_array(array)))
    whole, cut = ((np.abs(head_row(pixels(dose_slices(one, BARE)))[:, :300] - BLUE).max(-1) < 30).sum()
                  for one in (case, half))
    assert 0.3 * whole < cut < 0.65 * whole


def test_a_dose_that_nobody_confirmed_says_so():
    grid = lps_grid(4.0)
    seen, unseen = (pixels(dose_slices(with_dose(prepared(grid), confirmed=confirmed), BARE))
                    for confirmed in (with_dose(prepared(grid)).dose.confirmed, None))
    right = slice(None), slice(int(0.8 * seen.shape[1]), None)
    orange = (0xE6, 0x9F, 0x00)
    assert len(columns_of(unseen[right], orange)) > len(columns_of(seen[right], orange)) + 20


def test_a_lesion_chooses_the_planes_and_none_is_not_an_error():
    case = rice_result([LEFT])
    assert dose_slices(case.prepared, case.lesions, 1).startswith(b"\x89PNG")
    assert dose_slices(case.prepared, case.lesions, 1) == dose_slices(case.prepared, case.lesions, 1)
    with pytest.raises(MaskError):
        dose_slices(case.prepared, case.lesions, 2)
    assert dose_slices(rice_result(dose=False).prepared, BARE) is None


def test_a_dose_without_any_known_value_is_still_a_picture():
    case = with_dose(prepared(lps_grid(4.0)))
    empty = case.dose.on_atlas.with_array(np.full(case.dose.on_atlas.shape, np.nan, np.float32))
    blank = dataclasses.replace(case, dose=dataclasses.replace(case.dose, on_atlas=empty))
    assert dose_slices(blank, BARE).startswith(b"\x89PNG")


def test_curves_for_print_and_screen():
    dose = rice_result([LEFT, RIGHT]).reading.dose
    assert dvh_png(dose, {1: "Lesion 1, $x$"}).startswith(b"\x89PNG")
    figure = dvh_figure(dose, {1: "Lesion 1, <b>"})
    assert [trace.name for trace in figure.data] == ["Lesion 1, &lt;b&gt;", "Lesion 2"]
    assert figure.data[0].y[0] == 100
    assert max(figure.data[0].x) == pytest.approx(60, abs=1)
    assert "://" not in figure.to_json()


def test_without_curves_there_is_no_picture():
    none = DoseFigures(60.0, 30, "photon", 62.0, "same_frame")
    unknown = LesionDose(1, *[float("nan")] * 4, None, None, None, None, 1.0, None)
    for one in (none, dataclasses.replace(none, lesions=(unknown,))):
        assert dvh_png(one, {}) is dvh_figure(one, {}) is None


@pytest.mark.parametrize(("place", "right_half"), [(LEFT, True), (RIGHT, False)])
def test_an_effect_on_the_left_is_coloured_on_the_left(place, right_half):
    case = rice_result(dose=False)
    here = dataclasses.replace(study_answer(), occlusion={"all": effect(place)})
    nothing = dataclasses.replace(here, occlusion={"all": effect(place, 0.0)})
    images = [head_row(pixels(occlusion_picture(case.question, case.prepared, BARE, one))) for one in (here, nothing)]
    changed = np.nonzero((np.abs(images[0] - images[1]).max(-1) > 60).any(0))[0] / (0.885 * images[0].shape[1])
    axial = changed[changed < 1 / 3]
    assert len(axial)
    assert (axial.mean() > 1 / 6) is np.bool_(right_half)


def test_what_hiding_took_is_reported_in_words_of_the_question():
    case, one = rice_result([LEFT]), study_answer(0.7)
    question = case.question
    assert title(question, one, "all") == "what the probability of RICE lost where everything was hidden"
    assert "recurrence lost where “Radiotherapy dose” alone" in title(question, study_answer(0.3), DOSE)
    nothing = dataclasses.replace(one, occlusion={"all": effect(peak=0.0)})
    assert title(question, nothing, "all") == "hiding places in everything changed nothing"
    assert hidden_words(question, "elsewhere") == "“elsewhere” alone"
    assert occlusion_picture(question, case.prepared, case.lesions, nothing).startswith(b"\x89PNG")
    assert occlusion_picture(question, case.prepared, case.lesions, one, "event") is None


def test_the_scene_has_isodoses_and_occlusion_where_the_patient_has_them():
    for place in (LEFT, RIGHT):
        case = rice_result(centre=place)
        one = dataclasses.replace(case.reading.answers[0], occlusion={"all": effect(place)})
        found = {trace.name: trace for trace in scene(case.prepared, case.lesions, [one], 0).data}
        assert np.mean(found["isodose 30 Gy (50 %)"].x) == pytest.approx(place[0], abs=1.5)
        assert np.mean(found["occlusion effect ≥ 60 % of its maximum"].x) == pytest.approx(place[0], abs=1.5)
        assert np.ptp(found["isodose 30 Gy (50 %)"].x) == pytest.approx(2 * 14 * np.sqrt(2 * np.log(2)), abs=3)
        assert found["isodose 57 Gy (95 %)"].visible is True
        assert found["isodose 18 Gy (30 %)"].visible == "legendonly"
        assert not [name for name in found if "lesion" in name], "none was drawn"


def test_the_scene_says_what_nobody_confirmed_and_leaves_out_what_is_not_there():
    unseen = rice_result(confirmed=None)
    names = [trace.name for trace in scene(unseen.prepared, BARE, unseen.reading.answers, 0).data]
    assert "isodose 57 Gy (95 %), not confirmed" in names
    bare = rice_result(dose=False)
    one = dataclasses.replace(bare.reading.answers[0], occlusion={})
    assert [trace.name for trace in scene(bare.prepared, BARE, [one], 0).data] == ["brain", "directions"]
