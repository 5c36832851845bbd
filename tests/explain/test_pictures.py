"""The pictures show the lesion on its side, the contours where they are, and attention only where it is."""

import dataclasses
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from rnapp.explain.pictures import attention_picture, lesion_picture, quality_picture
from rnapp.types import STUDY, Answer, Contribution
from tests.explain.synthetic import (
    LEFT,
    RIGHT,
    answer,
    atlas,
    attention,
    lesion_set,
    lps_grid,
    oblique_grid,
    prepared,
    turned_grid,
)

YELLOW, ORANGE = (0xF0, 0xE4, 0x42), (0xE6, 0x9F, 0x00)


def pixels(png: bytes) -> np.ndarray:
    """RGB, shape (rows, columns, 3), as int."""
    return np.asarray(PIL.Image.open(BytesIO(png)).convert("RGB")).astype(int)


def columns_of(image: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Columns, as shares of the width, of the pixels in about that colour."""
    return np.nonzero((np.abs(image - colour).max(-1) < 30).any(0))[0] / image.shape[1]


def head_row(image: np.ndarray) -> np.ndarray:
    """The upper row of a picture of two rows, without its title."""
    return image[int(0.1 * len(image)): int(0.5 * len(image))]


@pytest.mark.parametrize("make_grid", [lps_grid, turned_grid, oblique_grid])
@pytest.mark.parametrize(("place", "right_half"), [(LEFT, True), (RIGHT, False)])
def test_a_lesion_is_outlined_on_its_side(make_grid, place, right_half):
    grid = make_grid()
    image = head_row(pixels(lesion_picture(prepared(grid, [place]), lesion_set(grid, [place]), 1)))
    for low, high in ((0, 1 / 3), (1 / 3, 2 / 3)):  # axial and coronal panel
        found = columns_of(image, YELLOW)
        found = found[(found >= low) & (found < high)]
        assert len(found)
        assert (found.mean() > (low + high) / 2) is np.bool_(right_half)


def test_the_same_input_gives_the_same_bytes():
    grid = lps_grid()
    case, lesions = prepared(grid), lesion_set(grid)
    assert lesion_picture(case, lesions, 1) == lesion_picture(case, lesions, 1)


def test_a_shifted_brain_mask_is_seen_shifted():
    grid = lps_grid()
    fits = pixels(quality_picture(prepared(grid), atlas(grid)))
    off = pixels(quality_picture(prepared(grid, shift_mm=20.0), atlas(grid)))
    panel = slice(int(0.08 * len(fits)), int(0.35 * len(fits))), slice(0, fits.shape[1] // 4)  # first axial slice
    assert columns_of(off[panel], ORANGE).mean() - columns_of(fits[panel], ORANGE).mean() > 0.04


def test_a_doubtful_registration_says_so_in_another_colour():
    grid = lps_grid()
    title = [pixels(quality_picture(prepared(grid, good=good), atlas(grid)))[:40] for good in (True, False)]
    assert len(columns_of(title[0], ORANGE)) == 0
    assert len(columns_of(title[1], ORANGE)) > 100


def with_attention(centre, peak: float) -> Answer:
    return dataclasses.replace(answer(), attention=attention(centre, peak))


def test_attention_is_coloured_where_it_is_and_only_above_the_threshold():
    grid = lps_grid()
    case = prepared(grid)
    none = pixels(attention_picture(case, lesion_set(grid), with_attention(LEFT, 0.0)))
    assert (none == pixels(attention_picture(case, lesion_set(grid), with_attention(LEFT, 0.29)))).all()
    some = pixels(attention_picture(case, lesion_set(grid), with_attention(LEFT, 1.0)))
    changed = np.nonzero((head_row(some) != head_row(none)).any((0, 2)))[0] / (0.895 * some.shape[1])
    axial = changed[changed < 1 / 3]
    assert len(axial)
    assert axial.min() > 1 / 6  # the patient's left half


def test_a_lower_threshold_colours_more():
    grid = lps_grid()
    case, one = prepared(grid), with_attention(LEFT, 1.0)
    none = pixels(attention_picture(case, lesion_set(grid), with_attention(LEFT, 0.0)))
    bar = int(0.89 * none.shape[1])  # the colour bar changes too
    areas = [(pixels(attention_picture(case, lesion_set(grid), one, threshold))[:, :bar] != none[:, :bar]).any(-1).sum()
             for threshold in (0.2, 0.6)]
    assert areas[0] > 1.5 * areas[1] > 0


def test_the_scale_bar_shows_the_patients_millimetres():
    grid = lps_grid()
    one = with_attention(LEFT, 0.0)  # its zoom is 65 mm of the atlas grid, whatever the scale
    bars = []
    for scale in (0.8, 1.2):
        image = pixels(attention_picture(prepared(grid, scale=scale), lesion_set(grid), one))
        row = image[int(0.955 * len(image)): int(0.97 * len(image)), : image.shape[1] // 4]
        bars.append(max((line.min(-1) > 250).sum() for line in row))
    assert bars[1] / bars[0] == pytest.approx(1.2 / 0.8, abs=0.1)


def test_attention_on_a_study_is_drawn_without_a_lesion_and_none_is_not_a_picture():
    grid = lps_grid()
    case, none = prepared(grid, []), lesion_set(grid, [])
    of_study = dataclasses.replace(with_attention(LEFT, 1.0), lesion=STUDY)
    assert attention_picture(case, none, of_study).startswith(b"\x89PNG")
    assert attention_picture(case, none, dataclasses.replace(of_study, attention=None)) is None


@pytest.mark.parametrize(("effect", "drawn"), [(0.04, False), (-0.3, True)])
def test_where_the_networks_hardly_moved_the_answer_nothing_is_coloured(effect, drawn):
    grid = lps_grid()
    case, lesions = prepared(grid), lesion_set(grid)
    imaging = Contribution("vit_probability", "Image networks", "imaging", 0.5, effect)
    empty, full = (dataclasses.replace(with_attention(LEFT, peak), contributions=(imaging,)) for peak in (0.0, 1.0))
    same = (pixels(attention_picture(case, lesions, empty)) == pixels(attention_picture(case, lesions, full))).all()
    assert same == (not drawn)
    unnamed = pixels(attention_picture(case, lesions, with_attention(LEFT, 0.0)))  # with its colour bar and title
    assert (pixels(attention_picture(case, lesions, empty)) == unnamed).all() == drawn
