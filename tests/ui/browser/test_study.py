"""Opening a study on the page."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.ui.browser.steps import NEEDS_CHROMIUM, PSEUDONYM, accept, form_of, lesions, load_example
from tests.ui.browsing import Tab, tab
from tests.ui.running import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_CHROMIUM


def test_what_could_not_be_loaded_after_the_first_page_is_said_on_it(tmp_path: Path, browser: "Browser") -> None:
    with running("broken", tmp_path) as app, tab(app.address, browser=browser) as page:
        page.see("#study-status:has-text('unexpected')")
        assert page.troubles == []


def test_a_study_and_a_mask_are_uploaded(fake: tuple[Running, Tab], tmp_path: Path) -> None:
    from tests.ui.fake_pipeline import FakePipeline

    FakePipeline().example_study(None, tmp_path / "given")
    _, page = fake
    page.page.set_input_files("#study-files input[type=file]", [tmp_path / "given" / "study" / "1.dcm"])
    page.see("#prepare:not([disabled])")
    assert "<b>mprage</b>" in page.page.inner_text("#series-table"), "names from files are shown, not obeyed"
    page.page.click("#prepare")
    page.see("#accept")
    accept(page)
    page.page.set_input_files("#mask-file input[type=file]", [tmp_path / "given" / "lesion_mask.nii.gz"])
    page.see("table.lesions tbody tr")
    page.see("#draw-viewer[data-shown*=mask]")
    assert "left" in lesions(page)
    centre = page.page.get_attribute("table.lesions tbody tr", "data-centre")
    assert centre
    page.quiet()
    told = re.search(r"Crosshair at (\S+), (\S+), (\S+) mm", page.page.inner_text("#draw-viewer .where"))
    assert told
    assert np.allclose(list(map(float, told.groups())), list(map(float, centre.split(","))), atol=1), "on the lesion"


def test_the_demonstration_starts_with_the_example(tmp_path: Path, browser: "Browser") -> None:
    with running("demo", tmp_path) as app, tab(app.address, browser=browser) as page:
        page.see("#series-0")
        page.see("#prepare:not([disabled])")


def test_a_wrong_path_gets_a_sentence(visited: tuple[Running, Tab]) -> None:
    _, page = visited
    page.page.fill("#study-path input, #study-path textarea", "/does/not/exist")
    page.page.click("#study-open-path")
    page.see("#study-status-text")
    assert "nothing readable was found" in page.page.inner_text("#study-status-text")


def test_a_page_of_another_case_changes_nothing_in_this_one(prepared: tuple[Running, Tab], tmp_path: Path) -> None:
    app, page = prepared
    page.page.click("#step-clinical-button")
    page.page.fill("#field-age input", "47")
    page.page.fill(PSEUDONYM, "FORMER")  # as a paste does: without a key
    page.page.keyboard.press("Tab")
    page.quiet()
    other = Tab(page.page.context.new_page())
    other.page.goto(f"{app.origin}/")
    assert form_of(other) == ("FORMER", "47", "")
    number = other.page.input_value("#case-number :is(input, textarea)")
    other.page.click("#step-study-button")
    other.page.fill("#study-path input, #study-path textarea", str(tmp_path))
    other.page.click("#study-open-path")
    other.page.wait_for_function(f"document.querySelector('#case-number :is(input, textarea)').value !== '{number}'")
    assert form_of(other) == ("case-1", "", "")
    assert page.page.input_value(PSEUDONYM) == "FORMER", "this page was not told yet"
    page.page.fill("#field-months-since-radiosurgery input", "9")
    page.see("#clinical-status:has-text('Another case was opened meanwhile')")
    assert form_of(page) == ("case-1", "", "")
    other.page.reload()
    assert form_of(other) == ("case-1", "", "")
    page.page.fill("#field-months-since-radiosurgery input", "7")
    page.quiet()
    other.page.reload()
    assert form_of(other) == ("case-1", "", "7")


def test_opening_a_study_is_shown_and_can_be_cancelled(fake: tuple[Running, Tab], tmp_path: Path) -> None:
    _, page = fake
    (tmp_path / "slow").mkdir()
    page.page.fill("#study-path input, #study-path textarea", str(tmp_path / "slow"))
    page.page.click("#study-open-path")
    page.see("#study-job li.now")
    page.page.click("#cancel-study")
    page.see("#study-status-text")
    assert page.page.inner_text("#study-status-text").startswith("Cancelled")
    assert page.page.is_disabled("#prepare")
    page.page.fill("#study-path input, #study-path textarea", str(tmp_path))
    page.page.click("#study-open-path")
    page.see("#prepare:not([disabled])")
    page.page.wait_for_selector("#cancel-study", state="hidden")
    assert page.troubles == []


def test_whose_scan_it_is_must_be_said_where_there_are_several_patients(
        visited: tuple[Running, Tab], tmp_path: Path) -> None:
    _, page = visited
    (tmp_path / "two-patients").mkdir()
    page.page.fill("#study-path input, #study-path textarea", str(tmp_path / "two-patients"))
    page.page.click("#study-open-path")
    page.see("#patient label:has-text('B-2 (1 series)')")
    page.see("#series-table:has-text('Choose the patient')")
    assert page.page.locator("#patient input:checked").count() == 0, "nobody is chosen by the program"
    assert page.page.is_disabled("#prepare")
    page.page.click("#patient label:has-text('B-2')")
    page.see("#prepare:not([disabled])")
    page.see("#series-0:checked")
    assert page.page.locator("#patient label:has-text('B-2') input").is_checked()
    page.page.click("#patient label:has-text('A-1')")
    page.see("#patient label:has-text('A-1') input:checked")
    page.see("#prepare:not([disabled])")
    assert page.troubles == []


def test_a_mask_given_with_the_study_is_checked_at_once_and_used_when_the_preparation_is_accepted(
        visited: tuple[Running, Tab], tmp_path: Path) -> None:
    from tests.ui.fake_pipeline import FakePipeline

    FakePipeline().example_study(None, tmp_path / "given")
    (tmp_path / "words.txt").write_text("no mask")
    _, page = visited
    load_example(page)
    page.see("#early-mask-file")
    page.page.set_input_files("#early-mask-file input[type=file]", [tmp_path / "words.txt"])
    page.see("#study-status-text.error")
    assert page.page.inner_text("#early-mask-status").strip() == ""
    page.page.set_input_files("#early-mask-file input[type=file]", [tmp_path / "given" / "lesion_mask.nii.gz"])
    page.see("#early-mask-text.good")
    page.page.click("#prepare")
    page.see("#accept")
    accept(page)
    page.see("table.lesions tbody tr")
    page.see("#draw-viewer[data-shown*=mask]")
    assert "patient's left" in lesions(page)
    assert "patient's right" not in lesions(page)
    assert page.troubles == []
