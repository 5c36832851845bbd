"""Masks from files, proposals and the table of lesions on the page."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.ui.browser.steps import NEEDS_CHROMIUM, accept, lesions, prepare_example
from tests.ui.browsing import Tab, tab
from tests.ui.running import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_CHROMIUM


def test_a_proposed_lesion_is_looked_at_taken_undone_and_dismissed(prepared: tuple[Running, Tab]) -> None:
    app, page = prepared
    page.page.click("#propose")
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
    assert "patient's left" in lesions(page)
    assert "patient's right" not in lesions(page)
    assert "proposed by a test and accepted by the reader" in lesions(page)
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
    assert page.outgoing(app.origin) == []


def test_a_dicom_mask_without_a_suffix_lists_its_structures(fake: tuple[Running, Tab], tmp_path: Path) -> None:
    from tests.io.dicom_masks import write_segmentation
    from tests.ui.fake_pipeline import FRAME, FakePipeline

    FakePipeline().example_study(None, tmp_path / "given")
    head = FakePipeline().head
    masks = [np.zeros(head.shape, bool) for _ in range(3)]
    masks[0][15:19, 10:14, 8:12] = masks[1][3:6, 3:6, 3:6] = True
    names = ("GTV <b>left</b>", "Other", "Nothing <i>here</i>")
    _, page = fake
    page.page.set_input_files("#study-files input[type=file]", [tmp_path / "given" / "study" / "1.dcm"])
    page.see("#prepare:not([disabled])")
    page.page.click("#prepare")
    page.see("#accept")
    accept(page)
    write_segmentation(head, masks, tmp_path / "IM0001", frame=FRAME + ".9", names=names)
    page.page.set_input_files("#mask-file input[type=file]", [tmp_path / "IM0001"])
    page.see("#lesion-status-text:has-text('drawn on another scan')")
    write_segmentation(head, masks, tmp_path / "IM0002", frame=FRAME, names=names)
    page.page.set_input_files("#mask-file input[type=file]", [tmp_path / "IM0002"])
    page.see("#mask-structure-group:has-text('GTV <b>left</b> (0.06 ml)')")
    assert "“Nothing <i>here</i>” is empty." in page.page.inner_text("#mask-left-out")
    page.page.locator("#mask-structures input[type=checkbox]").first.check()
    page.page.click("#mask-use-structures")
    page.see("table.lesions tbody tr")
    assert "left" in lesions(page)
    assert "patient's right" not in lesions(page)
    page.page.locator("#mask-structure-group").first.wait_for(state="hidden")


def test_a_lesion_is_named_removed_and_brought_back(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.draw("fill", 0.3)
    page.draw("fill", 0.7)
    page.saved()
    page.see("table.lesions [data-name='2']")
    page.page.fill("[data-name='1']", "old one")
    page.page.keyboard.press("Enter")
    page.quiet()
    page.page.click("[data-remove='2']")
    page.page.wait_for_function("document.querySelectorAll('table.lesions [data-remove]').length === 1")
    assert page.page.input_value("[data-name='1']") == "old one"
    page.page.click("#draw-undo")
    page.page.wait_for_function("document.querySelectorAll('table.lesions [data-remove]').length === 2")
    assert page.page.locator("table.lesions [data-name]").evaluate_all(
        "all => all.map(one => one.value).sort()") == ["", "old one"]
    assert page.troubles == []


def test_a_doubtful_mask_is_looked_at_before_it_is_used(tmp_path: Path, browser: "Browser") -> None:
    from tests.ui.fake_pipeline import FakePipeline

    FakePipeline().example_study(None, tmp_path / "given")
    mask = tmp_path / "given" / "lesion_mask.nii.gz"
    with running("doubtful", tmp_path) as app, tab(app.address, browser=browser) as page:
        prepare_example(page)
        accept(page)
        page.page.set_input_files("#mask-file input[type=file]", [mask])
        page.see("#mask-doubt:has-text('drawn on another registration')")
        page.see("#draw-viewer[data-shown*=proposal]")
        page.see("#no-lesions")
        assert page.page.is_disabled("#to-clinical"), "nobody has looked at it"
        page.page.click("#mask-fits-not")
        page.page.locator("#mask-doubt").first.wait_for(state="hidden")
        page.see("#no-lesions")
        page.page.set_input_files("#mask-file input[type=file]", [mask])
        page.see("#mask-doubt")
        before = page.page.inner_text("#draw-viewer .where")
        page.page.click("#mask-doubt-words tr[data-centre]")
        assert page.page.inner_text("#draw-viewer .where") != before, "one can go to it"
        page.page.click("#mask-fits")
        page.page.locator("#mask-doubt").first.wait_for(state="hidden")
        page.see("#to-clinical:not([disabled])")
        assert "patient's left" in lesions(page)
        assert "patient's right" not in lesions(page)
        assert page.troubles == []
