"""python -m tests.benchmarks.first_page [PROGRAM]: how long the app takes from its start to its first page.

PROGRAM: an installed rnapp; without one the source is started. Its own window opens, as for a user, in a Chromium
without a screen; the clock stops when the first page shows the (empty) case. Beside it the peer: a page of plain
Gradio with one line of text, whose browser starts at the same moment. One start of each before that is not counted.
"""

import os
import re
import socket
import stat
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ui.browsing import ARGUMENTS, chromium
from tests.ui.running import ROOT

RUNS = 5
SHOWN = "window.rnappState && 'head' in window.rnappState"
PEER_SHOWN = "document.querySelector('.prose')"
PEER = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.Markdown("one line")
_, address, _ = page.launch(prevent_thread_lock=True, quiet=True)
print("open at", address, flush=True)
page.block_thread()
"""
LONGEST_S = 300


def main(program: str | None) -> None:
    """A line per run and the medians."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [program] if program else [sys.executable, str(ROOT / "app.py")]
        app_once(command, Path(folder))
        peer_once(Path(folder))
        app, peer = [], []
        for _ in range(RUNS):
            app.append(app_once(command, Path(folder)))
            peer.append(peer_once(Path(folder)))
            print(f"first page after {app[-1]:.1f} s; plain Gradio {peer[-1]:.1f} s", flush=True)
    ours, theirs = statistics.median(app), statistics.median(peer)
    print(f"median {ours:.1f} s; plain Gradio {theirs:.1f} s; ratio {ours / theirs:.2f}")


def app_once(command: list[str], folder: Path) -> float:
    """Seconds until the app's own window shows the case."""
    port = _free_port()
    with _started(command, folder, {"RNAPP_BROWSER": str(_browser(folder, port))}) as (_, start):
        return _shown(port, SHOWN, start, lambda _: None)


def peer_once(folder: Path) -> float:
    """The same for a page of plain Gradio."""
    port = _free_port()
    with (_started([str(_browser(folder, port)), f"--user-data-dir={folder / 'peer'}", "about:blank"], folder, {}),
          _started([sys.executable, "-c", PEER], folder, {"GRADIO_ANALYTICS_ENABLED": "False"}) as (peer, start)):
        assert peer.stdout is not None
        found = re.search(r"http://\S+", peer.stdout.readline())
        assert found, "Gradio did not print its address"
        return _shown(port, PEER_SHOWN, start, lambda page: page.goto(found[0]))


def _browser(folder: Path, port: int) -> Path:
    """A program that starts Chromium without a screen, told to listen to us."""
    path = folder / f"browser-{port}"
    path.write_text(f'#!/bin/sh\nexec {chromium()} {" ".join(ARGUMENTS)} --remote-debugging-port={port} "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@contextmanager
def _started(command: list[str], folder: Path, variables: dict[str, str]) -> Iterator[
        tuple[subprocess.Popen[str], float]]:
    environment = os.environ | {"XDG_STATE_HOME": str(folder / "state"), "RNAPP_DATA": str(folder / "data")} | variables
    start = time.monotonic()
    process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield process, start
    finally:
        process.terminate()
        process.wait(60)


def _shown(port: int, what: str, start: float, first: Callable[..., object]) -> float:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        while True:
            try:
                browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
                page = browser.contexts[0].pages[0]
                first(page)
                page.wait_for_function(what, timeout=1000 * LONGEST_S, polling=50)
                return time.monotonic() - start
            except (Error, IndexError):  # no browser, or no page in it, yet; or the page was just loaded again
                if time.monotonic() - start > LONGEST_S:
                    raise
                time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
