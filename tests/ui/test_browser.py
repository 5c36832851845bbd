"""The app in a real Chromium: the whole way with the real pipeline, and the corners with the stand-in."""

import json
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rnapp.io.volumes import read_nifti_bytes, write_nifti
from rnapp.types import SimilarityTransform
from tests.ui.browsing import Tab, chromium, tab
from tests.ui.running import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Browser, Route

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None and not os.environ.get("CI"), reason="there is no Chromium here"),
]


PSEUDONYM = "#pseudonym input, #pseudonym textarea"


@pytest.fixture
def fake(tmp_path: Path, browser: "Browser") -> Iterator[tuple[Running, Tab]]:
    """An app that was just started, for what comes before the first case, lasts, or ends."""
    with running("fake", tmp_path) as app, tab(app.address, browser=browser) as page:
        yield app, page


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Sequence[Any]]]:
    """One app for many tests, with the cookies of its session: each begins a case of its own and keeps none."""
    with running("quick", tmp_path_factory.mktemp("shared")) as app:
        yield app, [{"name": name, "value": value, "url": app.origin} for name, value in app.cookies().items()]


@pytest.fixture
def prepared(shared: tuple[Running, Sequence[Any]], browser: "Browser") -> Iterator[tuple[Running, Tab]]:
    """The example as a new case of the shared app, prepared and accepted."""
    app, cookies = shared
    with tab(f"{app.origin}/", browser=browser, cookies=cookies) as page:
        prepare_example(page)
        accept(page)
        yield app, page
        load_example(page)  # the next page begins with a study, not with drawing the pictures of this case


@pytest.fixture
def alone(fake: tuple[Running, Tab]) -> tuple[Running, Tab]:
    """The same in an app of its own."""
    prepare_example(fake[1])
    accept(fake[1])
    return fake


def load_example(page: Tab) -> None:
    page.quiet()  # a page that asks for a picture of the former case once there is another one gets none
    former = page.case_number()
    page.page.click("#step-study-button")
    page.page.click("#load-example")
    page.another_case(former)


def prepare_example(page: Tab, seconds: float = 60) -> None:
    load_example(page)
    page.see("#series-0", seconds)
    page.see("#prepare:not([disabled])")
    page.page.click("#prepare")
    page.see("#accept", seconds)


def accept(page: Tab) -> None:
    page.page.click("#accept")
    page.see("#draw-viewer[data-shown*=head]")
    page.settle()


def form_of(page: Tab) -> tuple[str, str, str]:
    """Pseudonym, age and months on the clinical screen."""
    page.ready()
    page.page.click("#step-clinical-button")
    page.see(PSEUDONYM)
    page.quiet()
    return (page.page.input_value(PSEUDONYM), page.page.input_value("#age input"),
            page.page.input_value("#months input"))


def ball(page: Tab, diameter_mm: int, fraction: float) -> None:
    """One touch of the round brush in three dimensions, at this fraction of the picture's width."""
    page.page.click("#draw-viewer-view-axial")
    page.page.click("#tool-brush")
    page.page.fill("#brush-size", str(diameter_mm))
    page.page.check("#brush-ball")
    box = page.page.locator("#draw-viewer-canvas").bounding_box()
    assert box
    page.page.mouse.click(box["x"] + box["width"] / 2 + (fraction - 0.5) * box["height"] * 0.8,
                          box["y"] + box["height"] / 2)


def native_dice(results: Path, radius_mm: float) -> float:
    """Of the exported lesion, on the scan's own (oblique) grid, with the ball around its centre."""
    with zipfile.ZipFile(results) as archive:
        said = json.loads(archive.read("result.json"))
        mask = read_nifti_bytes(archive.read("lesions_native.nii.gz"))
    to_atlas = SimilarityTransform(np.array(said["preparation"]["native_to_atlas_lps_mm"]))
    centre = to_atlas.inverse().apply(np.array([said["lesions"][0]["centre_sri24_lps_mm"]]))
    assert not np.allclose(mask.affine[:3, :3], np.diag(np.diag(mask.affine[:3, :3])), atol=1e-3), "oblique"
    places = mask.to_mm(np.indices(mask.shape).reshape(3, -1).T)
    wanted = (np.linalg.norm(places - centre, axis=1) <= radius_mm / to_atlas.scale).reshape(mask.shape)
    drawn = mask.array > 0
    return float(2 * (drawn & wanted).sum() / (drawn.sum() + wanted.sum()))


def lesions(page: Tab) -> str:
    return page.page.inner_text("#lesion-table").replace("\xa0", " ")


def test_from_the_example_to_the_report(tmp_path: Path, browser: "Browser") -> None:
    with running("real", tmp_path) as app:
        with tab(app.address, browser=browser) as page:
            page.keep("1-study-empty")
            page.page.click("#load-example")
            page.see("#series-0", 120)
            page.keep("1-study")
            page.page.click("#prepare")
            page.see("#preparation-job li.now")
            page.keep("2-preparing")
            page.see("#accept", 300)
            page.keep("2-preparation")
            accept(page)
            ball(page, 20, 0.62)
            page.saved()
            page.see("table.lesions tbody tr")
            assert "patient's left" in lesions(page)
            assert "patient's right" not in lesions(page), "the picture's right side is the patient's left"
            page.page.click("#draw-viewer-view-all")
            page.keep("3-lesions")
            page.page.click("#to-clinical")
            page.page.fill("#age input", "64")
            page.page.click("#sex label:has-text('Male') >> nth=-1")
            page.page.fill("#months input", "9")
            page.page.fill(PSEUDONYM, "TEST-1")
            page.keep("4-clinical")
            page.page.click("#analyse")
            page.see("#opinions fieldset", 300)
            assert page.page.locator("#probability-rn").count() == 0, "nothing tells the answer yet"
            page.keep("5-reading-first")
            page.page.click("#opinion-1-undecided")
            page.page.click("#reveal:not([disabled])")
            page.see("#probability-rn", 120)
            page.see("#scene-plot canvas")
            page.quiet()
            assert page.page.inner_text("#probability-rn").endswith("%")
            assert "nothing clinically" in page.page.inner_text("#demo-banner")
            assert "nothing clinically" in page.page.inner_text("#demo-beside")
            page.keep("5-reading")
            page.page.locator("#look-viewer").scroll_into_view_if_needed()
            page.see("#look-viewer[data-shown*=reading]", 120)
            page.page.locator("#scene-plot .updatemenu-button:has-text('Above')").click()
            page.page.wait_for_function(
                "document.querySelector('#scene-plot .js-plotly-plot').layout.scene.camera.eye.z > 1")
            with page.page.expect_download(timeout=120_000) as picture:
                page.page.locator("#scene-plot .modebar-btn[data-title^=Download]").click()
            picture.value.save_as(tmp_path / "scene.png")
            assert (tmp_path / "scene.png").read_bytes().startswith(b"\x89PNG")
            page.page.fill("#attention-least", "0.8")
            assert page.page.evaluate("document.querySelector('#look-viewer').rnapp.nv.volumes[1].cal_min") == 0.8
            page.keep("5-reading-attention")
            page.page.click("#to-report")
            page.see("#download-report")
            assert "undecided" in page.page.inner_text("#report-summary")
            page.keep("6-report")
            with page.page.expect_download(timeout=120_000) as report:
                page.page.click("#download-report")
            report.value.save_as(tmp_path / "report.pdf")
            assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
            with page.page.expect_download(timeout=120_000) as everything:
                page.page.click("#download-all")
            everything.value.save_as(tmp_path / "results.zip")
            assert native_dice(tmp_path / "results.zip", radius_mm=10) >= 0.98
            names = zipfile.ZipFile(tmp_path / "results.zip").namelist()
            assert {"result.json", "report.pdf", "lesions.nii.gz", "lesions_native.nii.gz"} <= set(names)
            assert page.troubles == []
            assert page.outgoing(app.origin) == []
        assert app.outgoing.read_text() == ""
        app.stop()
        assert list(app.temporary.iterdir()) == []
        assert not (tmp_path / "state" / "rnapp" / "rnapp.log").exists(), "nothing unexpected was logged"


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


VOLUME = "parseFloat(document.querySelector('table.lesions tbody tr td:nth-child(3)')?.textContent)"


def volume_ml(page: Tab) -> float:
    """Of the first lesion in the table."""
    return float(page.page.inner_text("table.lesions tbody tr td:nth-child(3)").split()[0])


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
    assert page.outgoing(app.origin) == []


def test_reloading_the_page_loses_nothing(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.draw("fill", 0.7)
    page.see("table.lesions tbody tr")
    before = lesions(page)
    page.page.click("#to-clinical")
    page.page.fill("#age input", "47")
    page.quiet()
    page.page.reload()
    page.ready()
    page.see("#analyse")
    page.page.wait_for_function("document.querySelector('#age input').value === '47'")
    page.page.click("#step-lesions-button")
    page.see("#draw-viewer[data-shown*=mask]")
    assert lesions(page) == before
    page.page.click("#step-clinical-button")
    page.page.click("#analyse")
    page.page.click("#opinion-1-progression")
    page.quiet()
    page.page.reload()
    page.see("#opinion-1-progression:checked")
    page.page.click("#reveal:not([disabled])")
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


def test_what_could_not_be_loaded_beside_the_first_page_is_said_on_it(tmp_path: Path, browser: "Browser") -> None:
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


def test_the_demonstration_starts_with_the_example(tmp_path: Path, browser: "Browser") -> None:
    with running("demo", tmp_path) as app, tab(app.address, browser=browser) as page:
        page.see("#series-0")
        page.see("#prepare:not([disabled])")


def test_a_wrong_path_gets_a_sentence(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    page.page.fill("#study-path input, #study-path textarea", "/does/not/exist")
    page.page.click("#study-open-path")
    page.see("#study-status-text")
    assert "nothing readable was found" in page.page.inner_text("#study-status-text")


def test_a_page_of_another_case_changes_nothing_in_this_one(prepared: tuple[Running, Tab], tmp_path: Path) -> None:
    app, page = prepared
    page.page.click("#step-clinical-button")
    page.page.fill("#age input", "47")
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
    page.page.fill("#months input", "9")
    page.see("#clinical-status:has-text('Another case was opened meanwhile')")
    assert form_of(page) == ("case-1", "", "")
    other.page.reload()
    assert form_of(other) == ("case-1", "", "")
    page.page.fill("#months input", "7")
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


def test_the_steps_say_where_the_case_stands_and_keys_lead_to_them(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    page.see("#step-study-button[data-state=yours]")
    page.page.click("#load-example")
    page.see("#step-study-button[data-state=done]")
    page.page.keyboard.press("2")
    page.see("#preparation-guide .guide")
    page.page.keyboard.press("1")
    page.see("#prepare:not([disabled])")
    page.page.click("#prepare")
    page.see("#step-preparation-button[data-state=running]")
    page.see("#step-preparation-button[data-state=yours]")
    accept(page)
    page.see("#step-preparation-button[data-state=done]")
    page.see("#step-lesions-button[data-state=yours].selected")
    mark = page.page.evaluate("""() => {
      const mark = getComputedStyle(document.querySelector('#step-lesions-button'), '::after');
      return [mark.content, mark.position, mark.backgroundColor];
    }""")
    assert mark == ['"●"', "static", "rgba(0, 0, 0, 0)"], "the open step shows its state too"
    assert page.troubles == []


def test_the_help_opens_on_a_question_mark_and_the_light_is_kept(fake: tuple[Running, Tab]) -> None:
    _, page = fake
    page.page.keyboard.press("?")
    page.see("#help[open]")
    assert "What the number means" in page.page.inner_text("#help")
    page.keep("0-help")
    page.page.keyboard.press("Escape")
    page.page.wait_for_selector("#help[open]", state="hidden")
    page.page.keyboard.press("t")
    page.page.wait_for_function("!document.body.classList.contains('dark')")
    page.page.reload()
    page.ready()
    assert not page.page.evaluate("document.body.classList.contains('dark')")
    page.keep("1-study-light")
    page.page.fill("#study-path input, #study-path textarea", "t?1")
    assert page.page.locator("#help[open]").count() == 0, "letters belong to the field"
    page.page.click("#light-switch")
    page.page.wait_for_function("document.body.classList.contains('dark')")


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


def test_two_lesions_are_read_and_looked_at_one_after_the_other(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.draw("fill", 0.3)
    page.draw("fill", 0.7)
    page.page.wait_for_function("document.querySelectorAll('table.lesions [data-remove]').length === 2")
    page.saved()
    page.page.click("#to-clinical")
    page.page.click("#analyse")
    page.see("#opinion-2-undecided")
    page.page.wait_for_function(
        "[...document.querySelectorAll('.opinion img')].filter(one => one.naturalWidth).length === 2")
    page.page.click("#opinion-1-undecided")
    assert page.page.locator("#reveal").is_disabled(), "of the other lesion nothing is noted yet"
    page.page.click("#opinion-2-necrosis")
    page.page.click("#reveal:not([disabled])")
    page.see("#overview tr[data-index='0'].chosen")
    page.page.click("#overview tr[data-index='1']")
    page.see("#overview tr[data-index='1'].chosen")
    assert page.page.locator("#lesion-choice input").nth(1).is_checked()
    page.see("#waterfall .plotly")
    page.see("#what-if")
    page.keep("5-reading-two-lesions")
    assert page.troubles == []


def test_an_older_painting_that_comes_late_does_not_lock_the_answer_again(prepared: tuple[Running, Tab]) -> None:
    app, page = prepared
    page.draw("fill", 0.7)
    page.saved()
    page.page.click("#to-clinical")
    page.page.click("#analyse")
    page.see("#opinion-1-necrosis")
    page.quiet(1)  # the clock's last painting has come
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: "Route") -> None:
        if held:
            route.continue_()
        else:
            # Fetched outside of the browser, which alone finds the app's own name.
            address = route.request.url.replace(app.origin, f"http://127.0.0.1:{app.port}")
            held.append((route, route.fetch(url=address, headers=route.request.headers | {"host": app.host})))

    page.page.route("**/gradio_api/run/**", hold_the_first)
    page.page.evaluate("window.dispatchEvent(new CustomEvent('rnapp-kept'))")  # all is painted again, without opinions
    while not held:
        page.page.wait_for_timeout(50)
    page.page.click("#opinion-1-necrosis")
    page.see("#reveal:not([disabled])")
    route, older = held[0]
    route.fulfill(response=older)
    page.quiet()
    assert page.page.locator("#reveal").is_enabled()
    assert page.page.locator("#opinion-1-necrosis").is_checked()
    assert page.troubles == []


def test_an_earlier_scan_lies_beside_the_present_one_and_its_lesion_is_followed(
        prepared: tuple[Running, Tab], tmp_path: Path) -> None:
    from tests.ui.fake_pipeline import FakePipeline

    FakePipeline().example_study(None, tmp_path / "given")
    _, page = prepared
    page.draw("fill", 0.7)
    page.see("table.lesions tbody tr")
    page.page.click("#step-time-button")
    page.page.fill("#earlier-path input, #earlier-path textarea", str(tmp_path / "given" / "study"))
    page.page.fill("#earlier-day input, #earlier-day textarea", "2026-01-05")
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
    page.page.locator("#earlier-viewer-canvas").click(position={"x": 60, "y": 60})
    page.page.wait_for_function("""['earlier', 'present'].map(side => document.querySelector(`#${side}-viewer`)
        .rnapp.nv.scene.crosshairPos.map(value => value.toFixed(3)).join()).every((one, _, all) => one === all[0])""")
    page.page.click("#earlier-scans [data-act=remove]")
    page.see("#earlier-scans .empty")
    assert page.troubles == []


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
