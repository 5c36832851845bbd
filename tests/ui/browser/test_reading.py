"""The form, the board's opinion and the answer on the page."""

import re
from typing import TYPE_CHECKING

from tests.ui.browser.steps import NEEDS_CHROMIUM, lesions
from tests.ui.browsing import Tab
from tests.ui.running import Running
from tests.ui.test_theme import contrast, luminance

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Route

pytestmark = NEEDS_CHROMIUM


def test_reloading_the_page_loses_nothing(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    page.draw("fill", 0.7)
    page.see("table.lesions tbody tr")
    before = lesions(page)
    page.page.click("#to-clinical")
    page.page.fill("#field-age input", "47")
    page.quiet()
    page.page.reload()
    page.ready()
    page.see("#analyse")
    page.page.wait_for_function("document.querySelector('#field-age input').value === '47'")
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


def draw_and_analyse(page: Tab) -> None:
    """One lesion, drawn and saved; its reading is started."""
    page.draw("fill", 0.7)
    page.saved()
    page.page.click("#to-clinical")
    page.page.click("#analyse")


def read_two_lesions(page: Tab) -> None:
    """Both drawn and read; the board is asked about them."""
    page.draw("fill", 0.3)
    page.draw("fill", 0.7)
    page.page.wait_for_function("document.querySelectorAll('table.lesions [data-remove]').length === 2")
    page.saved()
    page.page.click("#to-clinical")
    page.page.click("#analyse")
    page.see("#opinion-2-undecided")


def test_two_lesions_are_read_and_looked_at_one_after_the_other(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    read_two_lesions(page)
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


# Every text of a plot: what it says, its colour, and the colour behind it.
PLOTTED = """selector => {
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!colour.startsWith("rgba(0, 0, 0, 0")) return colour;
    }
  };
  const plot = document.querySelector(selector);
  const sheet = behind(plot.querySelector(".main-svg"));
  return [...plot.querySelectorAll("text")].filter(one => one.textContent).map(one =>
    [one.textContent, getComputedStyle(one).fill, sheet]);
}"""


def as_hex(colour: str) -> str:
    """Of rgb(…) as the browser gives it."""
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


def test_every_plot_follows_the_theme_at_once(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    draw_and_analyse(page)
    page.page.click("#skip-opinion")
    papers = {}
    for room in ("dark", "light"):
        for plot in ("#waterfall", "#scene-plot"):
            page.see(f"{plot} .main-svg")
            shown = page.page.evaluate(PLOTTED, plot)
            assert len(shown) >= 4, plot
            papers[room, plot] = as_hex(shown[0][2])
            unreadable = [one for one in shown if contrast(as_hex(one[1]), as_hex(one[2])) < 4.5]
            assert unreadable == [], (room, plot)
            page.page.locator(plot).scroll_into_view_if_needed()
            page.keep(f"5-{plot[1:]}-{room}")
        page.page.click("#light-switch")
    for plot in ("#waterfall", "#scene-plot"):
        assert luminance(papers["dark", plot]) < 0.1 < 0.7 < luminance(papers["light", plot])
    assert page.troubles == []


def test_two_clicks_at_once_are_both_noted(prepared: tuple[Running, Tab]) -> None:
    _, page = prepared
    read_two_lesions(page)
    page.page.evaluate("""['1-undecided', '2-necrosis'].forEach(
        one => document.querySelector(`#opinion-${one}`).click())""")
    page.page.click("#reveal:not([disabled])")
    page.see("#overview tr[data-index='1']")
    assert "undecided" in page.page.inner_text("#overview tr[data-index='0']").lower()
    assert "radiation necrosis" in page.page.inner_text("#overview tr[data-index='1'] td:last-child").lower()


def test_an_older_painting_that_arrives_late_does_not_lock_the_answer_again(prepared: tuple[Running, Tab]) -> None:
    app, page = prepared
    draw_and_analyse(page)
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
