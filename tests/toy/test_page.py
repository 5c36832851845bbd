"""The toy's question on the real page, in a browser, with the real pipeline."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rnapp.types import Atlas
from tests.toy import scans
from tests.toy.task import EARLIER, write_bundle
from tests.toy.words import foreign
from tests.ui.browsing import Tab, chromium, tab
from tests.ui.running import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None and not os.environ.get("CI"), reason="there is no Chromium here"),
]


def test_a_study_of_two_visits_from_its_folder_to_its_report(atlas: Atlas, tmp_path: Path, browser: "Browser") -> None:
    study, bundle = scans.write_study(tmp_path / "study", atlas), write_bundle(tmp_path / "toy")
    with running(str(bundle), tmp_path, "tests.toy.launch") as app, tab(app.address, browser=browser) as page:
        nothing_foreign(page)
        assert page.page.locator("#step-lesions-button, #step-time-button, #load-example").count() == 0
        choose(page, study)
        page.page.click("#prepare")
        page.see("#accept", 600)
        nothing_foreign(page)
        page.page.click("#accept")
        fill_in(page)
        page.page.click("#analyse")
        page.see("#opinions fieldset", 120)
        nothing_foreign(page)
        assert page.page.locator("#probability-drift").count() == 0, "nothing tells the answer yet"
        page.page.click("#opinion-0-steady")
        page.page.click("#reveal:not([disabled])")
        page.see("#probability-drift", 120)
        page.see("#scene-plot canvas")
        look_at_the_scan(page)
        nothing_foreign(page)
        page.page.click("#to-report")
        said = json.loads(download(page, "#download-json", tmp_path / "result.json"))
        assert said["study"]["board_opinion"]["leaning"] == "steady"
        assert said["clinical"] == {"months_between": 12.0, "same_scanner": False}
        assert download(page, "#download-report", tmp_path / "report.pdf").startswith(b"%PDF")
        nothing_foreign(page)
        assert page.troubles == []
        assert page.outgoing(app.origin) == []


def choose(page: Tab, study: Path) -> None:
    """Open the study and change a proposal there and back."""
    page.page.fill("#study-path input, #study-path textarea", str(study))
    page.page.click("#study-open-path")
    page.see("#series-1", 120)
    assert "the newest, of 2026-03-11" in page.page.inner_text("#why-proposed")
    assert "the oldest, of 2025-03-04" in page.page.inner_text(f"#series-{EARLIER}"), "each reason at its own choice"
    page.page.click("#series-0")
    page.see("#why-proposed:has-text('You chose another series')")
    page.page.click("#series-1")
    page.page.wait_for_function("!document.querySelector('#why-proposed').textContent.includes('You chose')")
    assert "2025-03-04" in page.page.input_value(f"#series-{EARLIER} input")
    page.see("#prepare:not([disabled])")
    nothing_foreign(page)


def fill_in(page: Tab) -> None:
    """Both fields of the form."""
    page.see("#field-months-between input")
    page.page.fill("#field-months-between input", "12")
    page.page.click("#field-same-scanner label:has-text('No') >> nth=0")
    page.quiet(0.5)
    nothing_foreign(page)


def look_at_the_scan(page: Tab) -> None:
    """The viewer shows the scan, without tools for what is not there."""
    page.page.locator("#look-viewer").scroll_into_view_if_needed()
    page.see("#look-viewer[data-shown*=reading]", 120)
    assert page.page.locator("#look-viewer .cover:visible").count() == 0
    assert page.page.locator("#attention-opacity:visible, #lesion-outline").count() == 0


def download(page: Tab, link: str, path: Path) -> bytes:
    """What a link saves."""
    page.see(link)
    with page.page.expect_download(timeout=120_000) as file:
        page.page.click(link)
    file.value.save_as(path)
    return path.read_bytes()


def nothing_foreign(page: Tab) -> None:
    """Neither on the screen nor in the help."""
    page.settle()
    assert foreign(page.page.inner_text("body")) == []
    assert foreign(page.page.text_content("#help") or "") == []
