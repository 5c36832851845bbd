"""Which browser shows the app, and how."""

import sys
import time
from pathlib import Path

import pytest

from rnapp.desktop import window
from rnapp.desktop.window import Window, find_browser
from rnapp.errors import RnappError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")


def program(file: Path, words: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{words}\n")
    file.chmod(0o755)
    return file


def wait_for(file: Path) -> str:
    for _ in range(200):
        if file.is_file() and file.read_text().endswith("end\n"):
            return file.read_text()
        time.sleep(0.02)
    raise AssertionError("the browser was not started")


def test_it_opens_in_app_mode_with_its_own_profile_and_no_way_out(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    said = tmp_path / "said"
    browser = program(tmp_path / "chrome", f'printf "%s\\n" "$@" > {said}; echo end >> {said}; sleep 60')
    monkeypatch.setenv("RNAPP_BROWSER", str(browser))
    shown = Window(tmp_path / "profile")
    assert not shown.closed, "nothing was opened, so nothing was closed"
    shown.open("http://127.0.0.1:9/?token=x")
    words = wait_for(said).splitlines()
    assert "--app=http://127.0.0.1:9/?token=x" in words
    assert f"--user-data-dir={tmp_path}/profile" in words
    assert {"--proxy-server=127.0.0.1:9", "--proxy-bypass-list=127.0.0.1"} <= set(words)
    assert not any("sandbox" in word for word in words)
    assert (tmp_path / "profile").stat().st_mode & 0o077 == 0
    assert not shown.closed
    shown.close()
    assert shown.closed


def test_a_closed_window_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNAPP_BROWSER", str(program(tmp_path / "chrome", "exit 0")))
    shown = Window(tmp_path / "profile")
    shown.open("http://127.0.0.1:9/")
    for _ in range(200):
        if shown.closed:
            return
        time.sleep(0.02)
    raise AssertionError("the window is closed, but nobody noticed")


def test_without_such_a_browser_the_default_one_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.delenv("RNAPP_BROWSER", raising=False)
    monkeypatch.setattr(window, "_candidates", lambda: iter([tmp_path / "missing"]))
    monkeypatch.setattr(window.webbrowser, "open", lambda address: bool(opened.append(address)) or True)
    shown = Window(tmp_path / "profile")
    shown.open("http://127.0.0.1:9/")
    assert opened == ["http://127.0.0.1:9/"]
    assert not shown.closed, "it cannot be known of a browser that is not ours"


def test_without_any_browser_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RNAPP_BROWSER", raising=False)
    monkeypatch.setattr(window, "_candidates", lambda: iter([]))
    monkeypatch.setattr(window.webbrowser, "open", lambda _: False)
    with pytest.raises(RnappError, match="no browser"):
        Window(tmp_path / "profile").open("http://127.0.0.1:9/")


@pytest.mark.parametrize(("system", "place"), [
    ("linux", "bin/chromium"), ("win32", "edge/Microsoft/Edge/Application/msedge.exe")])
def test_browsers_are_found_where_each_system_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str,
                                                         place: str) -> None:
    monkeypatch.delenv("RNAPP_BROWSER", raising=False)
    there = program(tmp_path / place, "exit 0")
    monkeypatch.setattr(window.sys, "platform", system)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path / "edge"))
    monkeypatch.setattr(window, "WINDOWS_PROGRAMS", tuple(name.replace("\\", "/") for name in window.WINDOWS_PROGRAMS))
    assert find_browser() == there
    there.unlink()
    assert find_browser() is None


def test_a_snap_gets_a_profile_that_it_can_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window.Path, "home", lambda: tmp_path)
    assert window._reachable(tmp_path / "state", Path("/usr/bin/chromium")) == tmp_path / "state"
    assert window._reachable(tmp_path / "state", Path("/snap/bin/chromium")) == tmp_path / "snap/chromium/common/rnapp"
