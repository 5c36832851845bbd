"""How long the user waits: python -m tests.benchmarks.interactions

Drives the real app with its example in Chromium (WebGL in software) and prints each wait with its limit. Scrolling is
also given as a ratio to drawing the same picture again without moving, which is the renderer's own share of it.
"""

import statistics
import tempfile
import time
from pathlib import Path

from tests.ui.browser.steps import accept, prepare_example
from tests.ui.browsing import Tab, tab
from tests.ui.running import running

REPEATS = 15
SLICES = 8  # of a lesion thick enough to be read
# One drawing, finished: reading a pixel back waits for the renderer.
DRAWN = """(moves => {
  const nv = document.querySelector('#draw-viewer').rnapp.nv, pixel = new Uint8Array(4);
  const start = performance.now();
  if (moves) nv.moveCrosshairInVox(0, 0, 1); else nv.drawScene();
  nv.gl.readPixels(0, 0, 1, 1, nv.gl.RGBA, nv.gl.UNSIGNED_BYTE, pixel);
  return performance.now() - start;
})"""

# From the next click until each is on the screen, ms: asked in every frame, because from outside the page a wait also
# counts what it does afterwards.
WATCH = """selectors => {
  window.seen = selectors.map(() => null);
  document.addEventListener('click', () => {
    const start = performance.now();
    const look = () => {
      selectors.forEach((selector, place) => {
        const found = document.querySelector(selector);
        if (window.seen[place] === null && found && found.offsetParent) window.seen[place] = performance.now() - start;
      });
      if (window.seen.includes(null)) requestAnimationFrame(look);
    };
    look();
  }, {capture: true, once: true});
}"""


def median_ms(page: Tab, moves: bool) -> float:
    """Of drawing the three planes, ms."""
    call = f"{DRAWN}({'true' if moves else 'false'})"
    return statistics.median(page.page.evaluate(call) for _ in range(REPEATS))


def took(page: Tab, button: str, seen: str) -> str:
    """From a click until something is seen."""
    start = time.perf_counter()
    page.page.click(button)
    page.see(seen)
    return f"{time.perf_counter() - start:.2f} s"


def row(what: str, value: str, limit: str) -> None:
    """One line of the table."""
    print(f"| {what} | {value} | {limit} |", flush=True)


def main() -> None:
    """The whole way once."""
    print("| what | measured | limit |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, running("real", Path(folder)) as app, tab(app.address) as page:
        prepare_example(page, 300)
        accept(page)
        scroll, still = median_ms(page, True), median_ms(page, False)
        row("one slice further, three planes", f"{scroll:.0f} ms ({scroll / still:.2f} × drawing it again)", "50 ms")
        page.draw("fill", 0.62, SLICES)
        page.saved()
        page.see("table.lesions tbody tr")
        page.page.click("#draw-clear")
        page.see("#no-lesions")
        page.draw("fill", 0.62, SLICES)
        start = time.perf_counter()
        page.saved()
        row("last stroke to saved", f"{time.perf_counter() - start:.2f} s", "1 s")
        page.see("table.lesions tbody tr")
        row("Lesions → Clinical", took(page, "#step-clinical-button", "#analyse"), "1 s")
        row("Clinical → Lesions", took(page, "#step-lesions-button", "#tool-fill"), "1 s")
        page.page.click("#step-clinical-button")
        page.page.click("#analyse")
        page.see("#opinions fieldset", 300)
        page.page.wait_for_timeout(2000)
        page.page.evaluate(WATCH, ["#probability-rn", "#scene-plot canvas"])
        page.page.click("#skip-opinion")
        page.page.wait_for_function("window.seen.every(one => one !== null)")
        answer, scene = page.page.evaluate("window.seen")
        row("answer", f"{answer / 1000:.2f} s", "1 s")
        row("answer, waterfall and 3D scene", f"{scene / 1000:.2f} s", "1.5 s")


if __name__ == "__main__":
    main()
