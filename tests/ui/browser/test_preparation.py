"""Preparing a study on the page."""

from tests.ui.browser.steps import NEEDS_CHROMIUM, prepare_example
from tests.ui.browsing import Tab
from tests.ui.running import Running

pytestmark = NEEDS_CHROMIUM


def test_a_preparation_is_cancelled_and_rejected(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    page.page.click("#load-example")
    page.see("#prepare:not([disabled])")
    page.page.click("#prepare")
    page.see("#cancel-prepare")
    page.page.click("#cancel-prepare")
    page.see("#preparation-status-text")
    assert "Cancelled" in page.page.inner_text("#preparation-status-text")
    page.page.click("#step-study-button")
    page.page.click("#prepare")
    page.see("#reject")
    page.page.click("#reject")
    page.see("#study-status-text")
    assert "rejected" in page.page.inner_text("#study-status-text")


def test_the_skull_is_stripped_again_in_the_mode_that_was_chosen(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    prepare_example(page)
    modes = page.page.locator("#brain-mask-mode input")
    assert [one.is_checked() for one in modes.all()] == [False, True], "the more careful one is proposed"
    page.page.click("#brain-mask-mode label >> nth=0")
    page.page.click("#strip-again")
    page.see("#preparation-job")
    page.see("#accept")
    assert page.troubles == []
