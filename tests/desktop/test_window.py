"""Which browser shows the app, and how."""

import os
import stat
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from rnapp.desktop import window
from rnapp.desktop.window import Window, find_browser
from rnapp.errors import RnappError
from rnapp.ui.session import ENTER, Session
from tests.ui.test_guard import FROM_FILE, token_of

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


@pytest.fixture
def session() -> Session:
    return Session(9)


def opened_file(address: str) -> Path:
    assert address.startswith("file:///")
    return Path(unquote(urlsplit(address).path))


def secrets_of(session: Session, page: str) -> list[str]:
    return [token_of(page), session.cookie, session.key, session.name]


def said_to_everybody(pid: int) -> str:
    """The command line of a process and its environment, as /proc shows them."""
    folder = Path("/proc") / str(pid)
    return (folder / "cmdline").read_text(errors="replace") + (folder / "environ").read_text(errors="replace")


def enters(session: Session, page: str) -> bool:
    return session.lets_in(lambda name: {key.lower(): one for key, one in FROM_FILE.items()}.get(name),
                           f"token={token_of(page)}".encode())


def test_it_opens_in_app_mode_with_its_own_profile_and_no_way_out(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch,
                                                                  session: Session) -> None:
    said = tmp_path / "said"
    browser = program(tmp_path / "chrome", f'printf "%s\\n" "$@" > {said}; echo end >> {said}; sleep 60')
    monkeypatch.setenv("RNAPP_BROWSER", str(browser))
    shown = Window(tmp_path / "profile", session.page)
    assert not shown.closed, "nothing was opened, so nothing was closed"
    shown.open()
    words = wait_for(said).splitlines()
    assert words[0].startswith("--app=file:///")
    assert f"--user-data-dir={tmp_path}/profile" in words
    assert {"--proxy-server=127.0.0.1:9", "--proxy-bypass-list=127.0.0.1;*.localhost"} <= set(words)
    assert not any("sandbox" in word for word in words)
    assert (tmp_path / "profile").stat().st_mode & 0o077 == 0
    assert not shown.closed
    shown.close()
    assert shown.closed


def test_no_secret_is_where_other_users_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 session: Session) -> None:
    """In the browser's command line and environment; those of the whole app: test_start.py, with a real browser."""
    said = tmp_path / "said"
    browser = program(tmp_path / "chrome", f'printf "%s\\n" "$@" > {said}; env >> {said}; echo end >> {said}; sleep 60')
    monkeypatch.setenv("RNAPP_BROWSER", str(browser))
    shown = Window(tmp_path / "profile", session.page)
    shown.open()
    public = wait_for(said)
    file = opened_file(public.splitlines()[0].removeprefix("--app="))
    page = file.read_text()
    if Path("/proc/self/cmdline").is_file():
        public += "".join(said_to_everybody(one) for one in (os.getpid(), *(one.pid for one in shown._processes)))
    assert public.count(str(file)) > 0
    assert [one for one in secrets_of(session, page) if one in public] == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    shown.close()
    assert not file.parent.exists(), "it ends with the app"


def test_the_page_is_gone_once_it_was_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    said = tmp_path / "said"
    browser = program(tmp_path / "chrome", f'echo "$1" >> {said}; echo end >> {said}; exec sleep 60')
    monkeypatch.setenv("RNAPP_BROWSER", str(browser))
    shown = Window(tmp_path / "profile", session.page)
    shown.open()
    shown.open()
    for _ in range(200):
        if len(files := list((tmp_path).glob("rnapp-*/*.html"))) == 2:
            break
        time.sleep(0.02)
    first, second = files
    page = first.read_text()
    assert f'action="{session.origin}{ENTER}"' in page
    assert enters(session, page)
    assert not first.exists()
    assert second.is_file(), "the other window may not have come in yet"
    assert not enters(session, page), "it works once"
    shown.close()
    assert not second.exists()


def test_a_page_that_nobody_used_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    monkeypatch.setenv("RNAPP_BROWSER", str(program(tmp_path / "chrome", "exec sleep 60")))
    monkeypatch.setattr(window, "PAGE_SECONDS", 0.2)
    shown = Window(tmp_path / "profile", session.page)
    shown.open()
    (folder,) = (path for path in tmp_path.glob("rnapp-*") if path.is_dir())
    for _ in range(200):
        if not list(folder.iterdir()):
            break
        time.sleep(0.02)
    assert list(folder.iterdir()) == []
    shown.close()


def test_what_a_killed_app_opened_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                         session: Session) -> None:
    monkeypatch.setenv("RNAPP_BROWSER", str(program(tmp_path / "chrome", "exit 0")))
    left = tmp_path / "rnapp-0123456789ab"
    left.mkdir()
    (left / "x.html").write_text("token")
    left.with_name(left.name + ".lock").touch()
    shown = Window(tmp_path / "profile", session.page)
    shown.open()
    assert not left.exists()
    shown.close()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 session: Session) -> None:
    monkeypatch.setenv("RNAPP_BROWSER", str(program(tmp_path / "chrome", "exit 0")))
    (tmp_path / "file").touch()
    with pytest.raises(RnappError, match="disk refused"):
        Window(tmp_path / "file" / "profile", session.page).open()


def test_a_closed_window_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    monkeypatch.setenv("RNAPP_BROWSER", str(program(tmp_path / "chrome", "exit 0")))
    shown = Window(tmp_path / "profile", session.page)
    shown.open()
    for _ in range(200):
        if shown.closed:
            return
        time.sleep(0.02)
    raise AssertionError("the window is closed, but nobody noticed")


def test_without_such_a_browser_the_default_one_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                         session: Session) -> None:
    opened: list[str] = []
    monkeypatch.delenv("RNAPP_BROWSER", raising=False)
    monkeypatch.setattr(window, "_candidates", lambda: iter([tmp_path / "missing"]))
    monkeypatch.setattr(window.webbrowser, "open", lambda address: bool(opened.append(address)) or True)
    shown = Window(tmp_path / "profile", session.page)
    shown.open()
    (address,) = opened
    assert enters(session, opened_file(address).read_text())
    assert not shown.closed, "it cannot be known of a browser that is not ours"


def test_without_any_browser_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    monkeypatch.delenv("RNAPP_BROWSER", raising=False)
    monkeypatch.setattr(window, "_candidates", lambda: iter([]))
    monkeypatch.setattr(window.webbrowser, "open", lambda _: False)
    with pytest.raises(RnappError, match="none on this computer"):
        Window(tmp_path / "profile", session.page).open()


@pytest.mark.parametrize(("system", "own", "found"), [
    ("linux", False, True), ("win32", False, True), ("darwin", True, True), ("darwin", False, False)])
def test_only_safari_is_not_asked_for_a_name_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str,
                                                        own: bool, found: bool) -> None:
    monkeypatch.delenv("RNAPP_BROWSER", raising=False)
    place = program(tmp_path / "Google Chrome", "exit 0") if own else tmp_path / "missing"
    monkeypatch.setattr(window, "_candidates", lambda: iter([place]))
    monkeypatch.setattr(window.sys, "platform", system)
    assert window.names_found() is found


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


def test_a_snap_gets_a_place_that_it_can_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window.Path, "home", lambda: tmp_path)
    state = tmp_path / ".state" / "window"
    assert window._reachable(state, Path("/usr/bin/chromium")) == state
    assert window._reachable(state, Path("/snap/bin/chromium")) == tmp_path / "snap/chromium/common/rnapp"
    assert window._reachable(state, None) == state
    (tmp_path / "snap").mkdir()
    assert window._reachable(state, None).parent == tmp_path, "the default browser may be one: it sees no hidden folder"
