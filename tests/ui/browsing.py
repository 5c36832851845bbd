"""A Chromium that draws WebGL in software, and the app's screens as a person uses them."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, Response

CASE_NUMBER = "#case-number :is(input, textarea)"
ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"
ARGUMENTS = ["--headless=new", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
             "--no-sandbox"]
# Chrome's remark on how NiiVue's font and Plotly read their canvas; nothing is wrong.
HARMLESS = ("willReadFrequently", "GPU stall due to ReadPixels")
# Two frames later what the last event changed has been drawn.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
# Pictures have come and nothing moves any more, but for what moves as long as a job runs.
STILL = """() => [...document.images].every(one => one.complete) && document.getAnimations().every(one =>
  one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""


def chromium() -> str | None:
    """Where the browser is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Tab:
    """One page with its log. requests: every address it asked for; open: those without an answer yet; last: when it
    asked last, by the monotonic clock; troubles: errors it reported."""

    page: "Page"
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    open: set["Request"] = field(default_factory=set)
    last: float = 0.0

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

    def settle(self) -> None:
        """Wait until the page has drawn what was asked of it so far."""
        self.page.evaluate(DRAWN)

    def quiet(self, seconds: float = 0) -> None:
        """Wait until every request is answered and drawn, and none was made for so long: what was typed and clicked
        has reached the server, and its answer the page."""
        until = time.monotonic() + 120
        self.settle()
        while self.open or time.monotonic() - self.last < seconds:
            assert time.monotonic() < until, [one.url for one in self.open]
            self.page.wait_for_timeout(20)
            self.settle()

    def asked(self, request: "Request") -> None:
        """Note it. Gradio's heartbeat is never answered."""
        self.requests.append(request.url)
        if "/heartbeat/" not in request.url:
            self.open.add(request)
            self.last = time.monotonic()

    def answered(self, request: "Request") -> None:
        """Note that there is an answer, or will be none."""
        self.open.discard(request)

    def begun(self, response: "Response") -> None:
        """Note that an answer begins. NiiVue asks for a volume twice and reads the second answer alone, so that the
        first never ends."""
        if "/case/volume/" in response.url:
            self.answered(response.request)

    def case_number(self) -> str:
        """Of the case that the page shows."""
        return self.page.input_value(CASE_NUMBER)

    def another_case(self, number: str) -> None:
        """Wait until the page shows another case than this one."""
        self.page.wait_for_function("([one, number]) => document.querySelector(one).value !== number",
                                    arg=[CASE_NUMBER, number], timeout=60_000)

    def keep(self, name: str) -> None:
        """A screenshot for a person to look at."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.wait_for_function(STILL)
        self.settle()
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
                self.settle()
            mouse.move(x - 16, y)
            mouse.down()
            for dx, dy in ((-11, -11), (0, -16), (11, -11), (16, 0), (11, 11), (0, 16), (-11, 11), (-16, 1)):
                mouse.move(x + dx, y + dy, steps=3)
            mouse.up()
            self.settle()

    def saved(self) -> None:
        """Wait until the viewer says that the drawing is saved."""
        self.page.wait_for_function("document.querySelector('#draw-viewer-saved').textContent === 'Saved'",
                                    timeout=60_000)


@contextmanager
def chromium_running() -> Iterator["Browser"]:
    """One browser; each of its tabs behaves as if in a separate browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def tab(address: str, width: int = 1280, height: int = 720, browser: "Browser | None" = None,
        cookies: Sequence[Any] = ()) -> Iterator[Tab]:
    """The app's page, opened with its one-time address, or without a token for who has the session's cookies.

    browser: a running one, else a new one.
    """
    with nullcontext(browser) if browser else chromium_running() as running:
        context = running.new_context(viewport={"width": width, "height": height})
        try:
            context.add_cookies(cookies)
            yield _opened(context, address)
        finally:
            context.close()


def _opened(context: "BrowserContext", address: str) -> Tab:
    page = context.new_page()
    log = Tab(page)
    page.on("request", log.asked)
    page.on("response", log.begun)
    page.on("requestfinished", log.answered)
    page.on("requestfailed", log.answered)
    page.on("pageerror", lambda error: log.troubles.append(str(error)))
    page.on("console", lambda message: log.troubles.append(message.text) if message.type == "error" and not any(
        remark in message.text for remark in HARMLESS) else None)
    page.goto(address)
    log.see("#prepare")
    log.ready()
    return log
