"""Drawing on the page."""

import pytest

from tests.ui.browser.steps import NEEDS_CHROMIUM, VOLUME, lesions, volume_ml
from tests.ui.browsing import Tab
from tests.ui.running import Running

pytestmark = NEEDS_CHROMIUM


@pytest.mark.parametrize(("fraction", "side"), [(0.3, "right"), (0.7, "left")])
def test_a_blob_is_reported_on_the_side_where_it_was_drawn(
        prepared: tuple[Running, Tab], fraction: float, side: str) -> None:
    app, page = prepared
    page.draw("fill", fraction)
    page.saved()
    page.see("table.lesions tbody tr")
    assert f"patient's {side}" in lesions(page)
    assert {"left": "patient's right", "right": "patient's left"}[side] not in lesions(page)
    assert page.troubles == []
    assert page.outgoing(app.origin) == []


def test_undo_erase_and_clear_are_saved_too(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.draw("fill", 0.7)
    page.see("table.lesions tbody tr")
    page.page.click("#draw-undo")
    page.see("#no-lesions")
    page.page.click("#draw-redo")
    page.see("table.lesions tbody tr")
    page.page.keyboard.press("Control+z")
    page.see("#no-lesions")
    page.draw("brush", 0.3)
    page.see("table.lesions tbody tr")
    before = lesions(page)
    page.page.click("#draw-redo")
    page.saved()
    page.quiet()
    assert lesions(page) == before, "there is nothing to do again after a new stroke"
    page.page.click("#draw-clear")
    page.see("#no-lesions")
    page.page.click("#draw-undo")
    page.see("table.lesions tbody tr")


def test_a_lesion_is_grown_from_the_crosshair_adjusted_and_undone_in_one_step(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.page.click("#draw-grow")
    page.see("table.lesions tbody tr")
    page.saved()
    first = volume_ml(page)
    page.page.fill("#grow-tolerance", "0.4")
    page.page.wait_for_function(f"parseFloat(document.querySelector('table.lesions tbody tr td:nth-child(3)')"
                                f"?.textContent ?? '{first}') < {first}")
    page.page.click("#draw-undo")
    page.see("#no-lesions")
    assert page.troubles == []


def test_slices_between_drawn_ones_are_filled_and_it_says_why_it_cannot(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.draw("fill", 0.7)
    page.saved()
    page.see("table.lesions tbody tr")
    page.page.click("#draw-fill-slices")
    page.see("#draw-viewer-saved:has-text('two or more slices')")
    page.page.hover("#draw-viewer-canvas")
    for _ in range(3):
        page.page.mouse.wheel(0, 100)
        page.settle()
    page.draw("fill", 0.7)
    page.saved()
    page.see("table.lesions tbody tr:nth-child(3)")
    page.page.click("#draw-fill-slices")
    page.page.wait_for_function("document.querySelectorAll('table.lesions tbody tr[tabindex]').length === 1")
    page.page.click("#draw-undo")
    page.page.wait_for_function("document.querySelectorAll('table.lesions tbody tr[tabindex]').length === 2")


def test_a_distance_is_measured_in_the_patients_own_millimetres(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.page.evaluate("window.rnappState.scale = 2")
    page.page.click("#draw-viewer-view-axial")
    page.page.click("#tool-measure")
    box = page.page.locator("#draw-viewer-canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    assert "Under the cursor" in page.page.inner_text("#draw-viewer .under")
    page.page.mouse.down()
    page.page.mouse.move(x + box["height"] / 3, y, steps=4)
    page.page.mouse.up()
    page.see("#draw-viewer-saved:has-text('Distance')")
    # The slice is 30 mm high in the fake head and fills the canvas: a third is 10 mm of the atlas.
    said = page.page.inner_text("#draw-viewer-saved")
    assert 4.5 < float(said.split()[1]) < 5.5, said
    assert "row" not in lesions(page)


def test_the_picture_is_made_larger_around_the_crosshair(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.page.click("#draw-viewer-view-axial")
    canvas = page.page.locator("#draw-viewer-canvas")
    canvas.click(position={"x": 200, "y": 150})
    nv = "document.querySelector('#draw-viewer').rnapp.nv"
    before = page.page.evaluate(f"[...{nv}.scene.crosshairPos]")
    canvas.hover(position={"x": 200, "y": 150})
    page.page.keyboard.down("Control")
    for _ in range(4):
        page.page.mouse.wheel(0, -100)
    page.page.keyboard.up("Control")
    page.page.wait_for_function(f"{nv}.scene.pan2Dxyzmm[3] > 2")
    assert page.page.evaluate(f"[...{nv}.scene.crosshairPos]") == before, "no slice was turned"
    page.draw("brush", 0.5)
    page.saved()
    assert page.page.evaluate(f"{nv}.drawBitmap.some(value => value > 0)"), "one can draw in the larger picture"
    for _ in range(4):
        page.page.click("#draw-viewer [data-zoom='0.714']")
    assert page.page.evaluate(f"[...{nv}.scene.pan2Dxyzmm]") == [0, 0, 0, 1]
    assert page.troubles == []


def test_the_brush_is_round_and_a_ball_over_several_slices(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.page.click("#draw-viewer-view-axial")
    page.page.click("#tool-brush")
    page.page.fill("#brush-size", "7")
    box = page.page.locator("#draw-viewer-canvas").bounding_box()
    assert box
    page.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.page.wait_for_function(f"Math.abs({VOLUME} - 0.04) < 0.001")  # 37 voxels lie within 3.5 mm in a plane
    page.page.click("#draw-clear")
    page.see("#no-lesions")
    page.page.check("#brush-ball")
    page.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.page.wait_for_function(f"Math.abs({VOLUME} - 0.18) < 0.001")  # and 179 in space


def test_the_brush_spares_what_is_darker(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.page.click("#draw-viewer-view-axial")
    page.page.click("#draw-viewer summary")
    page.page.check("#bright-only")
    page.page.fill("#bright-cut", "1")
    page.draw("brush", 0.5)
    page.saved()
    page.see("#no-lesions")
    page.page.fill("#bright-cut", "0")
    page.draw("brush", 0.5)
    page.see("table.lesions tbody tr")
