"""The app as a program: a window at once, words while it loads, one instance, an end that leaves nothing."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from rnapp.config import default_settings
from rnapp.desktop.offered import checked_model
from rnapp.desktop.start import watch
from rnapp.errors import WeightsError
from rnapp.models.installed import choose_bundle
from tests.desktop.launch import LOADING
from tests.desktop.test_window import program
from tests.ui.browsing import ARGUMENTS, chromium
from tests.ui.test_guard import token_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
NEEDS_BROWSER = pytest.mark.skipif(chromium() is None and not os.environ.get("CI"), reason="there is no Chromium here")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Desk:
    """Starts of the app with a separate state and a Chromium that can be inspected. port: where; connect: to it, at an
    address."""

    def __init__(self, folder: Path, connect: Callable[[str], "Browser"]) -> None:
        self.folder, self.port, self._connect = folder, free_port(), connect
        arguments = " ".join([*ARGUMENTS, f"--remote-debugging-port={self.port}"])
        notes = f'cp "${{1#--app=file://}}" {folder}/page-$$; echo "$1" >> {folder}/opened'
        browser = program(folder / "browser", f'{notes}; exec {chromium()} {arguments} "$@"')
        (folder / "tmp").mkdir()
        self.loading = folder / "loading"
        self._environment = os.environ | {LOADING: str(self.loading), "XDG_STATE_HOME": str(folder / "state"),
                                          "RNAPP_DATA": str(folder / "data"), "RNAPP_BROWSER": str(browser),
                                          "TMPDIR": str(folder / "tmp")}

    def start(self, kind: str = "loads") -> "subprocess.Popen[str]":
        return subprocess.Popen([sys.executable, "-m", "tests.desktop.launch", kind], cwd=ROOT, text=True,
                                env=self._environment, stderr=subprocess.PIPE)

    def tokens(self) -> list[str]:
        """That the windows were opened with."""
        return [token_of(page.read_text()) for page in self.folder.glob("page-*")]

    def key(self) -> str:
        """What a second start would show."""
        (file,) = (self.folder / "state" / "rnapp").glob("running-*.json")
        return str(json.loads(file.read_text())["key"])

    def opened(self) -> list[str]:
        """The addresses that windows were opened at."""
        lines = (self.folder / "opened").read_text().splitlines()
        return [line.removeprefix("--app=") for line in lines]

    @contextmanager
    def look(self) -> Iterator["Browser"]:
        """Into the app's own window, as soon as it is there."""
        from playwright.sync_api import Error

        window = self._connected(self._connect, Error)
        yield window
        window.close()

    def _connected(self, connect: Callable[[str], "Browser"], refused: type[Exception]) -> "Browser":
        for _ in range(150):
            try:
                return connect(f"http://127.0.0.1:{self.port}")
            except refused as error:
                last = error
                time.sleep(0.2)
        raise AssertionError(f"no window opened: {last}")


@pytest.fixture
def desk(browser: "Browser") -> Iterator[Desk]:
    # Not tmp_path: Chromium makes a socket below its folder for temporary files, whose path must not be long.
    with tempfile.TemporaryDirectory(prefix="rn-") as folder:
        yield Desk(Path(folder), browser.browser_type.connect_over_cdp)


def pages(browser: "Browser") -> list[Any]:
    """Those of the app; it comes from the page in the file to its own address by itself."""
    own = re.compile(r"http://rnapp-[0-9a-f]+\.localhost:\d+/")
    for _ in range(150):
        if found := [page for page in browser.contexts[0].pages if own.match(page.url)]:
            return found
        browser.contexts[0].pages[0].wait_for_timeout(100)
    raise AssertionError([page.url for page in browser.contexts[0].pages])


@pytest.mark.browser
@NEEDS_BROWSER
def test_a_window_opens_at_once_and_becomes_the_app_and_quit_ends_everything(desk: Desk) -> None:
    desk.loading.touch()
    app = desk.start()
    with desk.look() as browser:
        page = pages(browser)[0]
        page.wait_for_selector("#words:has-text('stand-in')", timeout=60_000)
        desk.loading.unlink()
        page.wait_for_selector("#load-example", timeout=60_000)
        assert "token" not in page.url
        second = desk.start()
        assert second.wait(30) == 0, "the first one is asked for its window"
        # Without a screen Chromium does not hand a second window over to the first; its address opens one all the same.
        for _ in range(100):
            if len(desk.opened()) == 2:
                break
            page.wait_for_timeout(100)
        other = browser.contexts[0].new_page()
        other.goto(desk.opened()[1])
        other.wait_for_selector("#load-example", timeout=60_000)
        page.click("#quit")
        assert app.wait(30) == 0
    assert list((desk.folder / "tmp").glob("rnapp-*")) == []
    assert list((desk.folder / "state" / "rnapp").glob("running-*.json")) == []
    again = desk.start()
    with desk.look() as browser:
        pages(browser)[0].wait_for_selector("#load-example", timeout=60_000)
        pages(browser)[0].click("#quit")
        assert again.wait(30) == 0


class Onlooker(Thread):
    """Another user of the computer, who reads again and again what the system shows of every program."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self._ended = Event()

    def run(self) -> None:
        while not self._ended.wait(0.02):
            for file in (*Path("/proc").glob("[0-9]*/cmdline"), *Path("/proc").glob("[0-9]*/environ")):
                with suppress(OSError):
                    self.seen.add(file.read_bytes())

    def stop(self) -> bytes:
        """All that was seen."""
        self._ended.set()
        self.join()
        return b"\n".join(self.seen)


@pytest.mark.browser
@NEEDS_BROWSER
@pytest.mark.skipif(not Path("/proc/self/cmdline").is_file(), reason="only Linux shows it there")
def test_no_secret_is_where_other_users_look(desk: Desk) -> None:
    onlooker = Onlooker()
    onlooker.start()
    app = desk.start()
    with desk.look() as browser:
        page = pages(browser)[0]
        page.wait_for_selector("#load-example", timeout=60_000)
        (cookie,) = (one["value"] for one in page.context.cookies())
        secrets = [*desk.tokens(), cookie, desk.key(), urlsplit(page.url).hostname or "?"]
        assert len(secrets) == 4
        (address,) = desk.opened()
        assert not Path(urlsplit(address).path).exists(), "it was used"
        seen = onlooker.stop()
        page.click("#quit")
        assert app.wait(30) == 0
    assert f"--app={address}".encode() in seen, "the window's command line was among what was seen"
    assert [one for one in secrets if one.encode() in seen] == []


@pytest.mark.browser
@NEEDS_BROWSER
def test_the_window_says_why_the_app_cannot_start(desk: Desk) -> None:
    app = desk.start("fails")
    with desk.look() as browser:
        page = pages(browser)[0]
        page.wait_for_selector(".failed #words:has-text('weights are altered')", timeout=30_000)
        browser.new_browser_cdp_session().send("Browser.close")
        assert app.wait(30) == 1
    assert app.stderr
    assert "install it again" in app.stderr.read()


def after(closed: bool, idle: bool, patience: float) -> bool:
    """Whether the app was ended within a moment."""
    ended, stopped = Event(), list[bool]()
    running: Any = SimpleNamespace(idle=lambda: idle, end=lambda: (stopped.append(True), ended.set()))
    window: Any = SimpleNamespace(closed=closed)
    start = time.monotonic()
    original = ended.wait
    ended.wait = lambda seconds: original(seconds) or time.monotonic() - start > 0.3  # type: ignore[method-assign]
    watch(window, running, ended, patience, 0.01)
    return bool(stopped)


def test_a_closed_window_ends_an_empty_desk_at_once_and_a_case_only_later() -> None:
    assert after(closed=True, idle=True, patience=60)
    assert not after(closed=True, idle=False, patience=60), "it may have been closed by mistake"
    assert after(closed=True, idle=False, patience=0.05)
    assert not after(closed=False, idle=True, patience=0)


def test_an_altered_model_is_refused_before_the_page_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RNAPP_BUNDLE", raising=False)
    with_program = default_settings()
    bundle = choose_bundle(with_program.weights)
    copy = tmp_path / "bundles" / bundle.name
    shutil.copytree(bundle, copy)
    settings = replace(with_program, weights=tmp_path, data=None)
    assert checked_model(settings).card == checked_model(replace(with_program, data=None)).card
    weights = next(copy.glob("vit_*"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(WeightsError, match="altered"):
        checked_model(settings)
