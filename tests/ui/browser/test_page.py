"""The page around its screens."""

from tests.ui.browser.steps import NEEDS_CHROMIUM, accept
from tests.ui.browsing import Tab
from tests.ui.running import Running

pytestmark = NEEDS_CHROMIUM


def test_a_browser_without_webgl_gets_a_message(visited: tuple[Running, Tab]) -> None:
    _, page = visited
    page.page.add_init_script("""const original = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind === "webgl2" ? null : original.call(this, kind, ...rest); };""")
    page.page.reload()
    page.ready()
    page.page.click("#step-lesions-button")
    page.see("#draw-viewer .cover:has-text('no WebGL2')")
    assert page.page.locator("#mask-file").is_visible(), "a mask can still be uploaded"


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


def test_the_help_opens_on_a_question_mark_and_the_light_is_kept(visited: tuple[Running, Tab]) -> None:
    _, page = visited
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
