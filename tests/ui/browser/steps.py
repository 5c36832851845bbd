"""What a user does on the page, and what it shows."""

import os
from collections.abc import Sequence

import pytest

from tests.ui.browsing import Tab, chromium

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None and not os.environ.get("CI"), reason="there is no Chromium here"),
]
PSEUDONYM = "#pseudonym input, #pseudonym textarea"
VOLUME = "parseFloat(document.querySelector('table.lesions tbody tr td:nth-child(3)')?.textContent)"


def load_example(page: Tab) -> None:
    page.quiet()  # a page that asks for a picture of the former case once there is another one gets none
    former = page.case_number()
    page.page.click("#step-study-button")
    page.page.click("#load-example")
    page.another_case(former)


def prepare_example(page: Tab, seconds: float = 60) -> None:
    load_example(page)
    page.see("#series-0", seconds)
    page.see("#prepare:not([disabled])")
    page.page.click("#prepare")
    page.see("#accept", seconds)


def accept(page: Tab) -> None:
    page.page.click("#accept")
    page.see("#draw-viewer[data-shown*=head]")
    page.settle()


def form_of(page: Tab) -> tuple[str, str, str]:
    """Pseudonym, age and months on the clinical screen."""
    page.ready()
    page.page.click("#step-clinical-button")
    page.see(PSEUDONYM)
    page.quiet()
    return (page.page.input_value(PSEUDONYM), page.page.input_value("#field-age input"),
            page.page.input_value("#field-months-since-radiosurgery input"))


def ball(page: Tab, diameter_mm: int, fraction: float) -> None:
    """One touch of the round brush in three dimensions, at this fraction of the picture's width."""
    page.page.click("#draw-viewer-view-axial")
    page.page.click("#tool-brush")
    page.page.fill("#brush-size", str(diameter_mm))
    page.page.check("#brush-ball")
    box = page.page.locator("#draw-viewer-canvas").bounding_box()
    assert box
    page.page.mouse.click(box["x"] + box["width"] / 2 + (fraction - 0.5) * box["height"] * 0.8,
                          box["y"] + box["height"] / 2)


def ball_at(page: Tab, diameter_mm: int, lps_mm: Sequence[float]) -> None:
    """The same at a place of SRI24, which the crosshair is moved to."""
    page.page.click("#draw-viewer-view-axial")
    page.page.click("#tool-brush")
    page.page.fill("#brush-size", str(diameter_mm))
    page.page.check("#brush-ball")
    page.page.evaluate("place => document.querySelector('#draw-viewer').rnapp.goTo(place)", list(lps_mm))
    page.settle()
    x, y = page.page.evaluate("""() => {
        const nv = document.querySelector('#draw-viewer').rnapp.nv, place = nv.frac2canvasPos(nv.scene.crosshairPos);
        return [place[0] / devicePixelRatio, place[1] / devicePixelRatio];}""")
    box = page.page.locator("#draw-viewer-canvas").bounding_box()
    assert box
    page.page.mouse.click(box["x"] + x, box["y"] + y)


def lesions(page: Tab) -> str:
    return page.page.inner_text("#lesion-table").replace("\xa0", " ")


def volume_ml(page: Tab) -> float:
    """Of the first lesion in the table."""
    return float(page.page.inner_text("table.lesions tbody tr td:nth-child(3)").split()[0])
