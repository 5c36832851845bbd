"""Keeping a case, and quitting, on the page."""

from tests.ui.browser.steps import NEEDS_CHROMIUM, ball
from tests.ui.browsing import Tab
from tests.ui.running import Running

pytestmark = NEEDS_CHROMIUM


def test_a_case_is_kept_opened_again_and_deleted(alone: tuple[Running, Tab]) -> None:
    app, page = alone
    ball(page, 14, 0.7)
    page.saved()
    page.page.click("#keep-case")
    page.page.wait_for_function("document.querySelector('#keep-case').textContent.startsWith('Kept')", timeout=60_000)
    page.page.click("#step-study-button")
    page.see("#kept-cases tr.chosen")
    page.keep("31-kept-case")
    page.page.click("#load-example")
    page.page.wait_for_function("window.rnappState.kept === ''", timeout=60_000)
    page.page.click("#kept-cases [data-open]")
    page.see("#draw-viewer[data-shown*=mask]")
    assert "patient's" in page.page.locator("#lesion-table").inner_text()
    page.page.click("#step-study-button")
    page.page.once("dialog", lambda dialog: dialog.dismiss())
    page.page.click("#kept-cases [data-remove]")
    page.see("#kept-cases tr.chosen")
    page.page.once("dialog", lambda dialog: dialog.accept())
    page.page.click("#kept-cases [data-remove]")
    page.page.wait_for_selector("#kept-cases tr", state="detached")
    assert list((app.outgoing.parent / "data" / "cases").iterdir()) == []
    assert page.troubles == []


def test_quit_asks_about_a_case_that_is_not_kept_and_ends_everything(alone: tuple[Running, Tab]) -> None:
    app, page = alone
    page.page.click("#quit")
    page.see("#leaving[open]")
    assert "not kept" in page.page.locator("#leaving-words").inner_text()
    page.keep("32-quit")
    page.page.click("#stay")
    page.page.wait_for_selector("#leaving[open]", state="detached")
    page.page.click("#quit")
    page.page.click("#keep-and-quit")
    page.see("#ended")
    assert app.process.wait(20) == 0
    assert len(list((app.outgoing.parent / "data" / "cases").glob("*.rnapp"))) == 1
    assert list(app.temporary.iterdir()) == []
