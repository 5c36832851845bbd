"""The plot shows each measured value at its time, and every treatment."""

from datetime import date
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from rnapp.errors import ClinicalError
from rnapp.timeline.picture import COLOURS, MARKERS, SYMBOLS, course_figure, course_png
from rnapp.types import Course, Treatment
from tests.timeline.synthetic import measured

DAYS = tuple(date(2024, month, 2) for month in (1, 4, 7, 10))
ONE = Course(1, "Lesion 1", tuple(measured(day, mm) for day, mm in zip(DAYS, (22, 14, 12, 19), strict=True)))
TWO = Course(None, "Lesion 2 of 2024-04-02", (measured(DAYS[1], 8), measured(DAYS[2], 9), measured(DAYS[3], 0)))
TREATMENTS = (Treatment(DAYS[0], "radiosurgery", "20 Gy"), Treatment(date(2024, 8, 20), "steroids"))


def rgb(png: bytes) -> np.ndarray:
    return np.asarray(PIL.Image.open(BytesIO(png)).convert("RGB")).astype(int)


def has(image: np.ndarray, colour: str) -> bool:
    wanted = [int(colour[n:n + 2], 16) for n in (1, 3, 5)]
    return int((np.abs(image - wanted).max(-1) < 12).sum()) > 30


def test_the_figure_shows_the_measured_values() -> None:
    figure = course_figure([ONE, TWO], TREATMENTS)
    volume, second, diameter, _ = figure.data
    assert list(volume.x) == list(DAYS)
    assert list(volume.y) == [one.volume_ml for one in ONE.measurements]
    assert list(diameter.y) == [22, 14, 12, 19]
    assert (volume.yaxis, diameter.yaxis) == ("y", "y2")
    assert (volume.line.color, second.line.color) == COLOURS[:2]
    assert volume.marker.symbol != second.marker.symbol
    assert second.customdata[-1].endswith("2024-10-02: not there")
    assert "longest 22.0 mm, axial 22.0 × 22.0 mm" in volume.customdata[0]


def test_treatments_are_lines_with_words() -> None:
    figure = course_figure([ONE], TREATMENTS)
    assert [line.x0 for line in figure.layout.shapes] == [DAYS[0], date(2024, 8, 20)]
    assert all(line.x0 == line.x1 and (line.y0, line.y1) == (0, 1) for line in figure.layout.shapes)
    assert [one.text for one in figure.layout.annotations] == ["radiosurgery: 20 Gy", "steroids"]
    assert not course_figure([ONE]).layout.shapes


def test_the_axis_says_what_it_counts() -> None:
    months = Course(1, "Lesion 1", (measured(0.0, 10), measured(3.0, 12)))
    assert course_figure([months]).layout.xaxis.title.text == "months after radiosurgery"
    assert course_figure([months]).layout.xaxis.type == "linear"
    assert course_figure([ONE]).layout.xaxis.type == "date"
    with pytest.raises(ClinicalError, match="both"):
        course_figure([months], TREATMENTS)
    with pytest.raises(ClinicalError, match="both"):
        course_png([ONE, months])


def test_free_text_brings_no_markup() -> None:
    bad = Treatment(DAYS[0], "other", '<a href="x">y</a> %{x} ' + "long " * 20)
    figure = course_figure([Course(1, "<b>L</b> %{y}", ONE.measurements)], [bad])
    assert "<" not in figure.layout.annotations[0].text
    assert len(bad.words) > 100
    assert figure.layout.annotations[0].text.endswith("…")
    assert all("<b>" not in trace.name and "%{y}" not in trace.hovertemplate for trace in figure.data)
    assert course_png([ONE], [Treatment(DAYS[0], "other", "$x$ _ \\frac")]).startswith(b"\x89PNG")


def test_png_for_print_shows_the_same_and_is_the_same_each_time() -> None:
    png = course_png([ONE, TWO], TREATMENTS)
    assert png == course_png([ONE, TWO], TREATMENTS)
    image = rgb(png)
    assert has(image, COLOURS[0])
    assert has(image, COLOURS[1])
    assert not has(rgb(course_png([ONE], TREATMENTS)), COLOURS[1])
    assert png != course_png([ONE, TWO])
    assert png != course_png([ONE, TWO], TREATMENTS[:1])
    assert course_png([]).startswith(b"\x89PNG")


def test_months_can_be_printed_too() -> None:
    months = Course(1, "Lesion 1", (measured(-1.0, 10), measured(3.0, 12)))
    assert course_png([months], [Treatment(0, "radiosurgery")]).startswith(b"\x89PNG")
    assert course_figure([months], [Treatment(0, "radiosurgery")]).layout.shapes[0].x0 == 0


def test_every_lesion_has_a_colour_and_a_mark() -> None:
    many = [Course(n, f"Lesion {n}", ONE.measurements) for n in range(1, 9)]
    assert len(course_figure(many).data) == 16
    assert len(COLOURS) == len(set(COLOURS)) == len(SYMBOLS) == len(MARKERS)
    styles = {(trace.line.color, trace.marker.symbol, trace.line.dash) for trace in course_figure(many).data}
    assert len(styles) == 8
