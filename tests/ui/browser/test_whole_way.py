"""The app in a real Chromium with the real pipeline: the whole way to the report."""

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rnapp.config import weights_folder
from rnapp.io.atlas import read_atlas
from rnapp.io.volumes import read_nifti_bytes
from rnapp.phantom.head import LESION_VOXEL
from rnapp.types import SimilarityTransform
from tests.ui.browser.steps import NEEDS_CHROMIUM, PSEUDONYM, accept, ball_at, lesions
from tests.ui.browsing import Tab, tab
from tests.ui.running import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_CHROMIUM


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


def look_at_the_answer(page: Tab, folder: Path) -> None:
    """The scene is turned and saved, and of the map, if there is one, less is shown."""
    page.page.locator("#look-viewer").scroll_into_view_if_needed()
    page.see("#look-viewer[data-shown*=reading]", 120)
    page.page.locator("#scene-plot .updatemenu-button:has-text('Above')").click()
    page.page.wait_for_function(
        "document.querySelector('#scene-plot .js-plotly-plot').layout.scene.camera.eye.z > 1")
    with page.page.expect_download(timeout=120_000) as picture:
        page.page.locator("#scene-plot .modebar-btn[data-title^=Download]").click()
    picture.value.save_as(folder / "scene.png")
    assert (folder / "scene.png").read_bytes().startswith(b"\x89PNG")
    drawn = "no map" not in page.page.inner_text("#looked-words").lower()
    assert page.page.is_visible("#attention-least") == drawn, "where the networks hardly mattered there is none"
    if drawn:
        page.page.fill("#attention-least", "0.8")
        assert page.page.evaluate("document.querySelector('#look-viewer').rnapp.nv.volumes[1].cal_min") == 0.8
    page.keep("5-reading-attention")


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
            ball_at(page, 20, read_atlas(weights_folder()).head.to_mm(np.array([LESION_VOXEL]))[0])
            page.saved()
            page.see("table.lesions tbody tr")
            assert "patient's left" in lesions(page)
            assert "patient's right" not in lesions(page), "the picture's right side is the patient's left"
            page.page.click("#draw-viewer-view-all")
            page.keep("3-lesions")
            page.page.click("#to-clinical")
            page.page.fill("#field-age input", "64")
            page.page.click("#field-sex label:has-text('Male') >> nth=-1")
            page.page.fill("#field-months-since-radiosurgery input", "9")
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
            look_at_the_answer(page, tmp_path)
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
