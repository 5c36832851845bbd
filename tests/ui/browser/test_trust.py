"""On the page: no number before the reader says why, the number between its limits, and the centre's own share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.browser.steps import NEEDS_CHROMIUM, accept, prepare_example
from tests.ui.browsing import Tab, tab
from tests.ui.running import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def withheld(tmp_path: Path, browser: "Browser") -> Iterator[Tab]:
    """A lesion that was read; its answer is on the page, without a number."""
    with running("withheld", tmp_path) as app, tab(app.address, browser=browser) as page:
        prepare_example(page)
        accept(page)
        page.draw("fill", 0.7)
        page.see("table.lesions tbody tr")
        page.saved()
        page.page.click("#to-clinical")
        page.page.click("#analyse")
        page.page.click("#opinion-1-undecided")
        page.page.click("#reveal:not([disabled])")
        page.see(".answer.withheld #verdict")
        yield page


def confirm(page: "Page") -> None:
    """What withholds the answer, with the keyboard."""
    page.fill("#reason-unlike_training", "operated")
    page.press("#reason-unlike_training", "Enter")


def test_a_number_is_given_once_the_reader_has_said_why(withheld: Tab) -> None:
    page = withheld.page
    assert page.inner_text("#verdict") == "No number is given"
    assert page.locator("#probability-rn").count() == 0
    page.click("#confirm-unlike_training")
    withheld.see("#reading-status [role=alert]")
    assert "Expected a reason" in page.inner_text("#reading-status")
    page.fill("#reason-unlike_training", "operated <b>twice")
    page.click("#confirm-unlike_training")
    withheld.see("#probability-rn")
    assert page.inner_text("#verdict") == "Favours radiation necrosis"
    assert "Confirmed (operated <b>twice)" in page.inner_text("#reading-warning-list")
    assert page.locator("[data-confirm]").count() == 0
    withheld.see("#interval")
    withheld.keep("5-reading-with-limits")
    assert withheld.troubles == []


def test_the_centres_own_share_is_assumed_from_the_next_reading_on(withheld: Tab) -> None:
    page = withheld.page
    confirm(page)
    withheld.see("#prior-words")
    assert "as among those of its calibration" in page.inner_text("#prior-words")
    page.click("#prior button.label-wrap")
    page.fill("#prior-share input", "30")
    page.click("#use-prior")
    page.wait_for_function("document.querySelector('#prior-words')?.textContent.includes('30')")
    assert "as set for this centre" in page.inner_text("#prior-words")
    page.click("#own-prior")
    page.wait_for_function("document.querySelector('#prior-words')?.textContent.includes('as among')")
    assert withheld.troubles == []


def test_what_the_map_and_the_bars_mean_can_be_asked_without_a_mouse(withheld: Tab) -> None:
    page = withheld.page
    confirm(page)
    withheld.see("#exact-names summary")
    assert not page.locator("#exact-names table").is_visible()
    page.focus("#exact-names summary")
    page.keyboard.press("Enter")
    withheld.see("#exact-names code")
    page.focus("[data-help=networks]")
    page.keyboard.press("Enter")
    withheld.see("#help section:not([hidden]) [data-topic=networks]")
    box, shown = (page.locator(one).bounding_box() for one in ("#help [data-topic=networks] >> nth=0", "#help"))
    assert box is not None
    assert shown is not None
    assert shown["y"] - 5 <= box["y"] <= shown["y"] + shown["height"], "the help opens where it is told"
    assert withheld.troubles == []


def test_the_help_says_the_rule(withheld: Tab) -> None:
    withheld.page.keyboard.press("?")
    withheld.see("#help-rule")
    assert "indeterminate" in withheld.page.inner_text("#help")
