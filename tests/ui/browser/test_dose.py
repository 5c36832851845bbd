"""The second question on the page, from its choice to the report: two scans, a dose on the left, occlusion."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.image import imread

from tests.ui.browser.steps import NEEDS_CHROMIUM, ball, lesions
from tests.ui.browsing import Tab, tab
from tests.ui.running import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_CHROMIUM
DRAWING = "#draw-viewer-canvas"


@pytest.fixture
def quick(tmp_path: Path, browser: "Browser") -> Iterator[tuple[Running, Tab]]:
    """A separate app, because it asks another question than the others."""
    with running("quick", tmp_path) as app, tab(app.address, browser=browser) as page:
        yield app, page


def ask(page: Tab, task: str) -> None:
    page.page.click(f"#task-{task}")
    page.page.wait_for_function(f"window.rnappState.task === '{task}'")


def prepare(page: Tab) -> None:
    page.page.click("#load-example")
    page.see("#prepare:not([disabled])")
    page.page.click("#prepare")
    page.see("#accept")


def picture(page: Tab) -> Any:
    """The canvas as it is seen: rows from above, columns from the left, RGB 0 to 1."""
    page.quiet()
    return imread(io.BytesIO(page.page.locator(DRAWING).screenshot()))[..., :3]


def changed_columns(page: Tab, switch: str) -> Any:
    """Where the picture changes with a switch, as shares of the canvas' height to the right of its middle."""
    before = picture(page)
    page.page.uncheck(switch)
    after = picture(page)
    page.page.check(switch)
    columns = np.flatnonzero((np.abs(after - before).sum(axis=2) > 0.25).any(axis=0))
    return (columns - before.shape[1] / 2) / before.shape[0]


def test_a_dose_on_the_patients_left_is_drawn_on_the_pictures_right(quick: tuple[Running, Tab]) -> None:
    _, page = quick
    ask(page, "rice")
    prepare(page)
    page.page.click("#accept")
    page.see("#dose-look")
    assert page.page.evaluate("window.rnappState.dose") == 0, "nobody has confirmed it"
    page.page.click("#confirm-dose")
    page.see("#draw-viewer[data-shown*=dose]")
    page.page.click("#draw-viewer-view-axial")
    page.page.locator(DRAWING).scroll_into_view_if_needed()
    columns = changed_columns(page, "#draw-viewer-isodoses")
    assert columns.max() > 0.2, "on the right of the picture, which is the patient's left"
    assert columns.min() > -0.15, "and not on its left"
    assert "57 Gy (95 %)" in page.page.inner_text("#draw-viewer .isodoses")
    ball(page, 3, 0.62)
    page.saved()
    page.see("#lesion-doses")
    left = dose_of_the_lesion(page)
    assert "patient's left" in lesions(page)
    page.page.click("#draw-clear")
    ball(page, 3, 0.3)
    page.saved()
    page.page.wait_for_function("document.querySelector('#lesion-table').innerText.includes('right')")
    page.quiet()
    assert dose_of_the_lesion(page) < left / 2, "the other side got little"
    assert page.troubles == []


def dose_of_the_lesion(page: Tab) -> float:
    """Mean, Gy."""
    return float(page.page.inner_text("#lesion-doses dl div:nth-child(2) dd").split()[0])


def test_from_the_glioblastoma_example_to_the_report(quick: tuple[Running, Tab], tmp_path: Path) -> None:
    app, page = quick
    ask(page, "rice")
    assert "Radiation-induced contrast enhancement" in page.page.inner_text("#header")
    assert "Radiation necrosis" not in page.page.inner_text("#header")
    assert not page.page.locator("#step-time-button").is_visible(), "there is nothing to follow"
    prepare(page)
    page.see("#pair-post_op")
    page.page.click("#accept")
    page.see("#dose-look")
    page.page.fill("#dose-by :is(input, textarea)", "Dr Test")
    page.page.click("#confirm-dose")
    page.see("#companion[data-shown*=head]")
    page.page.click("#companion-dose")
    page.see("#companion[data-shown*=wash]")
    page.page.click("#example-mask")
    page.see("#lesion-doses")
    page.see("#draw-viewer[data-shown*=mask]")
    page.page.wait_for_function("""() => {
      const [one, other] = ["draw-viewer", "companion"].map(id => document.querySelector(`#${id}`).rnapp.crosshair());
      return one.every((value, axis) => Math.abs(value - other[axis]) < 0.5) && Math.abs(one[0]) > 1;
    }""")
    page.keep("7-rice-lesions")
    page.page.click("#to-clinical")
    page.see("#rice-field-technique")
    page.page.click("#analyse")
    page.page.click("#opinion-0-probably_rice")
    page.page.click("#reveal:not([disabled])")
    page.see("#probability-rice")
    assert "Radiotherapy dose" in page.page.inner_text("#inputs-seen")
    page.see("#reading-doses")
    page.page.click("#make-map")
    page.page.click("#shown-map label:has-text('Radiotherapy dose')")
    page.see("#occlusion-picture img[src*='occlusion/dose']")
    page.page.locator("#look-viewer").scroll_into_view_if_needed()
    page.see("#look-viewer[data-shown*='occlusion-dose']")
    page.keep("7-rice-reading")
    page.page.click("#to-report")
    with page.page.expect_download(timeout=60_000) as report:
        page.page.click("#download-report")
    report.value.save_as(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert page.troubles == []
    assert page.outgoing(app.origin) == []


def test_another_question_is_asked_only_after_a_word_where_a_case_is_open(quick: tuple[Running, Tab]) -> None:
    _, page = quick
    asked: list[str] = []
    answers = iter((False, True))

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        if next(answers):
            dialog.accept()
        else:
            dialog.dismiss()

    page.page.on("dialog", answer)
    page.page.click("#load-example")
    page.see("#prepare:not([disabled])")
    page.page.click("#task-rice")
    assert page.page.is_checked("#task-metastasis"), "the old question stays"
    page.page.click("#task-rice")
    page.page.wait_for_function("window.rnappState.task === 'rice'")
    page.see("#series-table:has-text('No study is open yet')")
    assert len(asked) == 2
    assert "will be closed" in asked[0]
    ask(page, "metastasis")
    assert len(asked) == 2, "nothing is open"
    page.page.reload()
    page.ready()
    assert page.page.is_checked("#task-metastasis")
    assert page.page.locator("#step-time-button").is_visible()
    assert page.troubles == []
