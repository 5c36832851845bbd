"""Both themes are legible: contrast after WCAG 2.2 (1.4.3 and 1.4.11)."""

import re

import pytest

from rnapp.explain.scene3d import LETTERS
from rnapp.ui.routes import STATIC
from rnapp.ui.theme import _ROLES, DARK, LIGHT, variables

ROOMS = {"dark": DARK, "light": LIGHT}
# Text on what lies behind it.
TEXTS = [(ink, room) for ink in ("ink", "strong", "faint", "dim", "link") for room in ("room", "panel", "raised")] + [
    ("on-primary", "primary"), ("on-primary", "primary-hover"), ("strong", "select"), ("ink", "select"),
    ("ink", "hover"), ("ink", "info"), ("ink", "good-room"), ("amber-ink", "amber-room"), ("red-ink", "red-room"),
    ("demo-ink", "demo"), ("good", "room"), ("amber", "room"), ("red", "room"), ("first", "panel"), ("second", "panel")]
MARKS = [("edge", "raised"), ("accent", "raised"), ("accent", "panel"), ("dot", "first-room"), ("dot", "second-room")]


def luminance(colour: str) -> float:
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_the_most_there_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#6d7a88", "#1c242c") < 4.5, "a grey that had been in use"


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(("ink", "paper"), TEXTS)
def test_text_can_be_read(room: str, ink: str, paper: str) -> None:
    assert contrast(ROOMS[room][ink], ROOMS[room][paper]) >= 4.5


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(("mark", "paper"), MARKS)
def test_marks_can_be_seen(room: str, mark: str, paper: str) -> None:
    assert contrast(ROOMS[room][mark], ROOMS[room][paper]) >= 3.0


@pytest.mark.parametrize("room", ROOMS)
def test_the_letters_of_the_scene_can_be_read_though_no_style_sheet_reaches_them(room: str) -> None:
    assert contrast(LETTERS, ROOMS[room]["panel"]) >= 3.0, "20 pixels: large text"


def test_both_rooms_have_every_colour_that_is_used() -> None:
    used = set(re.findall(r"var\(--([a-z-]+)\)", (STATIC / "app.css").read_text(encoding="utf-8")))
    assert set(DARK) == set(LIGHT)
    assert used <= set(DARK), "every other variable has a fallback"
    assert set(_ROLES.values()) <= set(DARK)
    assert variables().count("--room:") == 2
