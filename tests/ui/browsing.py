"""A Chromium that draws WebGL in software, and the app's screens as a person uses them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"
ARGUMENTS = ["--headless=new", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
             "--no-sandbox"]
# Chrome's remark on how NiiVue's font and Plotly read their canvas; nothing is wrong.
HARMLESS = ("willReadFrequently", "GPU stall due to ReadPixels")


def chromium() -> str | None:
    """Where the browser is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Tab:
    """One page with its log. requests: every address it asked for; troubles: errors it reported."""

    page: "Page"
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def outgoing(self, origin: str) -> list[str]:
        """Requests that did not go to the app."""
        own = (f"{origin}/", "data:", "blob:")
        return [address for address in self.requests if not address.startswith(own)]

    def ready(self) -> None:
        """Wait until the page shows the case."""
        self.page.wait_for_function("window.rnappState && 'head' in window.rnappState", timeout=60_000)

    def see(self, selector: str, seconds: float = 60) -> None:
        """Wait until it is visible."""
        self.page.wait_for_selector(selector, timeout=1000 * seconds)

    def keep(self, name: str) -> None:
        """A screenshot for a person to look at."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.wait_for_timeout(600)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png", timeout=120_000)

    def draw(self, tool: str, fraction: float, slices: int = 1) -> None:
        """A round blob in the axial view at this fraction of the picture's width (0 left, 1 right)."""
        self.page.click("#draw-viewer-view-axial")
        self.page.click(f"#tool-{tool}")
        box = self.page.locator("#draw-viewer-canvas").bounding_box()
        assert box
        # The axial slice is about as wide as the canvas is high, and lies in its middle.
        x = box["x"] + box["width"] / 2 + (fraction - 0.5) * box["height"] * 0.8
        y = box["y"] + box["height"] / 2
        mouse = self.page.mouse
        for number in range(slices):
            if number:
                mouse.wheel(0, 100)
                self.page.wait_for_timeout(300)
            mouse.move(x - 16, y)
            mouse.down()
            for dx, dy in ((-11, -11), (0, -16), (11, -11), (16, 0), (11, 11), (0, 16), (-11, 11), (-16, 1)):
                mouse.move(x + dx, y + dy, steps=3)
            mouse.up()
            self.page.wait_for_timeout(300)

    def saved(self) -> None:
        """Wait until the viewer says that the drawing is saved."""
        self.page.wait_for_function("document.querySelector('#draw-viewer-saved').textContent === 'Saved'",
                                    timeout=60_000)


@contextmanager
def tab(address: str, width: int = 1280, height: int = 720) -> Iterator[Tab]:
    """The app's page, opened with its one-time address."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        log = Tab(page)
        page.on("request", lambda request: log.requests.append(request.url))
        page.on("pageerror", lambda error: log.troubles.append(str(error)))
        page.on("console", lambda message: log.troubles.append(message.text) if message.type == "error" and not any(
            remark in message.text for remark in HARMLESS) else None)
        page.goto(address)
        log.see("#load-example")
        log.ready()
        yield log
        browser.close()
