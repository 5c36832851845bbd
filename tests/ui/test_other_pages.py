"""What a page of another program on this computer can do to the app from the same browser: nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.browsing import chromium, tab
from tests.ui.running import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(chromium() is None and not os.environ.get("CI"), reason="there is no Chromium here")]

# Every way in which a page can ask another origin. What comes back: the beginning of what it could read.
ATTACK = """async origin => {
  const found = {};
  const ask = async (name, path, how) => {
    try { found[name] = (await (await fetch(origin + path, how)).text()).slice(0, 200); }
    catch (error) { found[name] = ""; }
  };
  await ask("cors", "/config", {credentials: "include"});
  await ask("no-cors", "/config", {credentials: "include", mode: "no-cors"});
  await ask("asked before", "/config", {credentials: "include", headers: {"X-Other": "1"}});
  await ask("written", "/case/keep", {method: "POST", credentials: "include", mode: "no-cors"});
  await ask("quit", "/quit", {method: "POST", credentials: "include", mode: "no-cors", body: "x"});
  found.cookie = document.cookie;
  found.script = await new Promise(done => {
    const script = document.createElement("script");
    script.onload = () => done("loaded");
    script.onerror = () => done("");
    script.src = origin + "/ui/viewer.js";
    document.head.append(script);
  });
  found.frame = await new Promise(done => {
    const frame = document.createElement("iframe");
    frame.onload = () => { let text = ""; try { text = frame.contentDocument.body.innerText; } catch {} done(text); };
    frame.src = origin + "/";
    document.body.append(frame);
  });
  return found;
}"""
FORM = """origin => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = origin + "/quit";
  document.body.append(form);
  form.submit();
}"""


@contextmanager
def other_program() -> Iterator[tuple[int, list[str | None]]]:
    """Another program on this computer with a page; its port and the cookies that it was sent."""
    cookies: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cookies.append(self.headers.get("Cookie"))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>other</title><body>other")

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port, cookies
    server.shutdown()
    server.server_close()


def attacked(page: "Page", address: str, origin: str) -> dict[str, Any]:
    other = page.context.new_page()
    other.goto(address)
    found: dict[str, Any] = other.evaluate(ATTACK, origin)
    other.close()
    return found


def alive(app: Running) -> bool:
    return app.process.poll() is None


def test_a_page_of_another_program_reads_writes_and_gets_nothing(tmp_path: Path, browser: "Browser") -> None:
    with (running("fake", tmp_path) as app, tab(app.address, browser=browser) as log,
          other_program() as (port, cookies)):
        page = log.page
        assert page.evaluate("async () => (await (await fetch('/config')).text()).includes('components')")
        name = app.host.rpartition(":")[0]
        # The last one is the worst: it knows the name that only this run has, and is on the same site.
        for host in ("127.0.0.1", "localhost", "other.localhost", name):
            found = attacked(page, f"http://{host}:{port}/", app.origin)
            assert found == dict.fromkeys(found, ""), host
            other = page.context.new_page()
            other.goto(f"http://{host}:{port}/")
            other.evaluate(FORM, app.origin)
            other.wait_for_selector("text=refused", timeout=10_000)
            assert alive(app)
            other.close()
            if host != name:
                assert not any(cookies), "the session's cookie goes to the app's own host alone"
        page.reload()
        log.see("#load-example")
