"""Earlier scans on the page."""

from pathlib import Path

import numpy as np

from rnapp.io.volumes import write_nifti
from tests.ui.browser.steps import NEEDS_CHROMIUM
from tests.ui.browsing import Tab
from tests.ui.running import Running

pytestmark = NEEDS_CHROMIUM


def test_an_earlier_scan_is_shown_next_to_the_current_one_and_its_lesion_is_followed(
        prepared: tuple[Running, Tab], tmp_path: Path) -> None:
    from tests.ui.fake_pipeline import FakePipeline

    FakePipeline().example_study(None, tmp_path / "given")
    (tmp_path / "given" / "study").rename(tmp_path / "2026-01-05")
    _, page = prepared
    page.draw("fill", 0.7)
    page.see("table.lesions tbody tr")
    page.page.click("#step-time-button")
    page.page.fill("#earlier-path input, #earlier-path textarea", str(tmp_path / "2026-01-05"))
    page.page.click("#add-earlier")
    page.see("#earlier-scans td:has-text('2026-01-05')")
    page.see("#earlier-viewer[data-shown*=head]")
    page.see("#present-viewer[data-shown*=difference]")
    head = FakePipeline().head
    labels = np.zeros(head.shape, np.uint8)
    labels[15:19, 10:14, 8:12], labels[4:8, 20:24, 8:12] = 1, 2
    write_nifti(head.with_array(labels), tmp_path / "labels.nii.gz")
    page.page.set_input_files("#earlier-mask input[type=file]", [tmp_path / "labels.nii.gz"])
    page.see("#earlier-structure-group:has-text('Label 2')")
    page.page.locator("#earlier-structures input[type=checkbox]").first.check()
    page.page.click("#earlier-use-structures")
    page.see("#course-table td:has-text('2026-01-05')")
    page.see("#course-plot .plotly")
    page.page.fill("#treatment-day input, #treatment-day textarea", "2025-12-01")
    page.page.click("#treat")
    page.see("#treatments .treatment")
    page.keep("7-over-time")
    written = page.page.evaluate("""() => [...document.querySelectorAll('#course-plot text')].filter(one =>
        one.textContent).map(one => getComputedStyle(one).fill)""")
    ink = page.page.evaluate("getComputedStyle(document.body).color")
    assert set(written) == {ink}, "the plot is written in the page's own colour, dark or light"
    page.page.locator("#earlier-viewer-canvas").click(position={"x": 60, "y": 60})
    page.page.wait_for_function("""['earlier', 'present'].map(side => document.querySelector(`#${side}-viewer`)
        .rnapp.nv.scene.crosshairPos.map(value => value.toFixed(3)).join()).every((one, _, all) => one === all[0])""")
    page.page.click("#earlier-scans [data-act=remove]")
    page.see("#earlier-scans .empty")
    assert page.troubles == []
