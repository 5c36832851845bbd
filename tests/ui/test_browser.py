"""The app in a real Chromium: the whole way with the real pipeline, and the corners with the stand-in."""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.browsing import Tab, chromium, tab
from tests.ui.running import Running, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None and not os.environ.get("CI"), reason="there is no Chromium here"),
]


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[tuple[Running, Tab]]:
    with running("fake", tmp_path) as app, tab(app.address) as page:
        yield app, page


def prepare_example(page: Tab, seconds: float = 60) -> None:
    page.page.click("#load-example")
    page.see("#series-0", seconds)
    page.see("#prepare:not([disabled])")
    page.page.click("#prepare")
    page.see("#accept", seconds)


def accept(page: Tab) -> None:
    page.page.click("#accept")
    page.see("#draw-viewer[data-shown*=head]")
    page.page.wait_for_timeout(500)


def lesions(page: Tab) -> str:
    return page.page.inner_text("#lesion-table")


def test_from_the_example_to_the_report(tmp_path: Path) -> None:
    with running("real", tmp_path) as app:
        with tab(app.address) as page:
            page.keep("1-study-empty")
            page.page.click("#load-example")
            page.see("#series-0", 120)
            page.keep("1-study")
            page.page.click("#prepare")
            page.see("#prepare-progress li.now")
            page.keep("2-preparing")
            page.see("#accept", 300)
            page.keep("2-preparation")
            accept(page)
            page.draw("fill", 0.62, slices=6)
            page.saved()
            page.see("table.lesions tbody tr")
            assert "patient's\xa0left" in page.page.inner_html("#lesion-table").replace("&nbsp;", "\xa0")
            assert "patient's\xa0right" not in lesions(page), "the picture's right side is the patient's left"
            page.page.click("#draw-viewer-view-all")
            page.keep("3-lesions")
            page.page.click("#to-clinical")
            page.page.fill("#age input", "64")
            page.page.click("#sex label:has-text('Male') >> nth=-1")
            page.page.fill("#months input", "9")
            page.page.fill("#pseudonym input, #pseudonym textarea", "TEST-1")
            page.keep("4-clinical")
            page.page.click("#analyse")
            page.see("#probability-rn", 300)
            page.see("#look-viewer[data-shown*=reading]", 120)
            page.page.wait_for_timeout(3000)
            assert page.page.inner_text("#probability-rn").endswith("%")
            assert "nothing clinically" in page.page.inner_text("#demo-banner")
            assert "nothing clinically" in page.page.inner_text("#demo-beside")
            page.keep("5-reading")
            page.page.locator("#look-viewer").scroll_into_view_if_needed()
            page.keep("5-reading-attention")
            with page.page.expect_download(timeout=120_000) as report:
                page.page.click("#download-report")
            report.value.save_as(tmp_path / "report.pdf")
            assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
            with page.page.expect_download(timeout=120_000) as everything:
                page.page.click("#download-all")
            everything.value.save_as(tmp_path / "results.zip")
            names = zipfile.ZipFile(tmp_path / "results.zip").namelist()
            assert {"result.json", "report.pdf", "lesions.nii.gz", "lesions_native.nii.gz"} <= set(names)
            assert page.troubles == []
            assert page.outgoing(app.port) == []
        assert app.outgoing.read_text() == ""
        app.stop()
        assert list(app.temporary.iterdir()) == []
        assert not (tmp_path / "state").exists(), "nothing unexpected was logged"


@pytest.mark.parametrize(("fraction", "side"), [(0.3, "right"), (0.7, "left")])
def test_a_blob_is_reported_on_the_side_where_it_was_drawn(
        fake: tuple[Running, Tab], fraction: float, side: str) -> None:
    app, page = fake
    prepare_example(page)
    accept(page)
    page.draw("fill", fraction)
    page.saved()
    page.see("table.lesions tbody tr")
    assert side in lesions(page)
    assert f"patient's\xa0{'left' if side == 'right' else 'right'}" not in lesions(page)
    assert page.troubles == []
    assert page.outgoing(app.port) == []


def test_undo_erase_and_clear_are_saved_too(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    prepare_example(page)
    accept(page)
    page.draw("fill", 0.7)
    page.see("table.lesions tbody tr")
    page.page.click("#draw-undo")
    page.see("#no-lesions")
    page.draw("brush", 0.3)
    page.see("table.lesions tbody tr")
    page.page.click("#draw-clear")
    page.see("#no-lesions")
    page.page.click("#draw-undo")
    page.see("table.lesions tbody tr")


def volume_ml(page: Tab) -> float:
    """Of the first lesion in the table."""
    return float(page.page.inner_text("table.lesions tbody tr td:nth-child(3)").split()[0])


def test_a_lesion_is_grown_from_the_crosshair_adjusted_and_undone_in_one_step(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    prepare_example(page)
    accept(page)
    page.page.click("#draw-grow")
    page.see("table.lesions tbody tr")
    page.saved()
    first = volume_ml(page)
    page.page.fill("#grow-tolerance", "0.4")
    page.page.dispatch_event("#grow-tolerance", "change")
    page.page.wait_for_function(f"parseFloat(document.querySelector('table.lesions tbody tr td:nth-child(3)')"
                                f"?.textContent ?? '{first}') < {first}")
    page.page.click("#draw-undo")
    page.page.click("#draw-undo")
    page.see("#no-lesions")
    assert page.troubles == []


def test_slices_between_drawn_ones_are_filled_and_it_says_why_it_cannot(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    prepare_example(page)
    accept(page)
    page.draw("fill", 0.7)
    page.saved()
    page.see("table.lesions tbody tr")
    page.page.click("#draw-fill-slices")
    page.see("#draw-viewer-saved:has-text('two or more slices')")
    for _ in range(3):
        page.page.mouse.wheel(0, 100)
        page.page.wait_for_timeout(300)
    page.draw("fill", 0.7)
    page.saved()
    page.see("table.lesions tbody tr:nth-child(3)")
    page.page.click("#draw-fill-slices")
    page.page.wait_for_function("document.querySelectorAll('table.lesions tbody tr[tabindex]').length === 1")
    page.page.click("#draw-undo")
    page.page.wait_for_function("document.querySelectorAll('table.lesions tbody tr[tabindex]').length === 2")


def test_a_proposed_lesion_is_looked_at_taken_undone_and_dismissed(fake: tuple[Running, Tab]) -> None:
    app, page = fake
    prepare_example(page)
    accept(page)
    page.page.click("#propose")
    page.see("#propose-progress")
    page.see("table.proposals tbody tr")
    page.see("#draw-viewer[data-shown*=proposal]")
    assert "Found by a <test>." in page.page.inner_text("#proposals"), "shown, not obeyed"
    page.see("#no-lesions")
    page.page.click("table.proposals tbody tr >> nth=1 >> td >> nth=0")
    right = page.page.inner_text("#draw-viewer .where")
    page.page.click("table.proposals tbody tr >> nth=0 >> td >> nth=0")
    assert page.page.inner_text("#draw-viewer .where") != right, "each can be looked at"
    page.keep("3-proposal")
    page.page.click("[data-take='1']")
    page.saved()
    page.see("table.lesions tbody tr")
    assert "patient's\xa0left" in lesions(page)
    assert "patient's\xa0right" not in lesions(page)
    assert "proposed by a test and taken over by the reader" in lesions(page)
    assert "in the drawing" in page.page.inner_text("#proposals")
    page.keep("3-proposal-taken")
    page.page.click("#draw-undo")
    page.see("#no-lesions")
    page.see("[data-take='1']")
    page.page.click("[data-dismiss='2']")
    page.page.wait_for_function("document.querySelectorAll('table.proposals tbody tr').length === 1")
    page.page.reload()
    page.ready()
    page.see("table.proposals tbody tr")
    page.see("#draw-viewer[data-shown*=proposal]")
    assert page.troubles == []
    assert page.outgoing(app.port) == []


def test_reloading_the_page_loses_nothing(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    prepare_example(page)
    accept(page)
    page.draw("fill", 0.7)
    page.see("table.lesions tbody tr")
    before = lesions(page)
    page.page.click("#to-clinical")
    page.page.fill("#age input", "47")
    page.page.wait_for_timeout(1000)
    page.page.reload()
    page.ready()
    page.see("#analyse")
    page.page.wait_for_function("document.querySelector('#age input').value === '47'")
    page.page.click("#step-lesions-button")
    page.see("#draw-viewer[data-shown*=mask]")
    assert lesions(page) == before
    page.page.click("#step-clinical-button")
    page.page.click("#analyse")
    page.see("#probability-rn")
    page.page.reload()
    page.see("#probability-rn")


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


def test_a_browser_without_webgl_is_told_so(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    page.page.add_init_script("""const original = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind === "webgl2" ? null : original.call(this, kind, ...rest); };""")
    page.page.reload()
    page.ready()
    page.page.click("#step-lesions-button")
    page.see("#draw-viewer .cover:has-text('no WebGL2')")
    assert page.page.locator("#mask-file").is_visible(), "a mask can still be uploaded"


def test_the_demonstration_starts_with_the_example(tmp_path: Path) -> None:
    with running("demo", tmp_path) as app, tab(app.address) as page:
        page.see("#series-0")
        page.see("#prepare:not([disabled])")


def test_a_wrong_path_gets_a_sentence(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    page.page.fill("#study-path input, #study-path textarea", "/does/not/exist")
    page.page.click("#study-open-path")
    page.see("#study-status-text")
    assert "nothing readable was found" in page.page.inner_text("#study-status-text")
