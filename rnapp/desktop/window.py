"""The app's window: the system's Chrome, Chromium or Edge in app mode with a profile of its own, else any browser.

Other users of a computer see the command line of every program. The window is therefore opened at a page in a file that
only this user can read, which holds the way in; it is removed as soon as it has been used.
"""

import os
import secrets
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Timer

from rnapp.errors import RnappError
from rnapp.files import disk
from rnapp.private import private_folder
from rnapp.ui.session import PAGE_SECONDS

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "microsoft-edge",
         "microsoft-edge-stable")
MAC_PROGRAMS = ("Google Chrome", "Microsoft Edge", "Chromium")
WINDOWS_PROGRAMS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe",
                    r"Chromium\Application\chrome.exe")
WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
# The window shows rnapp and nothing else: whatever is not on this computer is asked of a proxy that is not there, and
# what a browser does by itself in the background is off.
ARGUMENTS = ("--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-sync",
             "--disable-component-update", "--disable-default-apps", "--disable-breakpad", "--disable-extensions",
             "--disable-features=Translate,MediaRouter,OptimizationHints", "--proxy-server=127.0.0.1:9",
             "--proxy-bypass-list=127.0.0.1;*.localhost", "--window-size=1440,900")
CLOSING_SECONDS = 5
Page = Callable[[Callable[[], None]], str]


class Window:
    """The windows of one run. profile: a folder of this program's own, so that no other window of the browser is
    touched; page: a fresh way in, and who is told when it has been used (see Session.page)."""

    def __init__(self, profile: Path, page: Page) -> None:
        self._profile = profile
        self._page = page
        self._processes: list[subprocess.Popen[bytes]] = []
        self._folder = ExitStack()
        self._files: Path | None = None
        self._environment = dict(os.environ)  # where the run's own temporary files lie is no browser's business

    def open(self) -> None:
        """Show one more. Raises RnappError where there is no browser at all, or no place for the page it opens."""
        browser = find_browser()
        profile = _reachable(self._profile, browser)
        with disk(f"write to {profile.parent}", RnappError):
            profile.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._files = self._files or self._folder.enter_context(private_folder(profile.parent))
            address = self._written(self._files).as_uri()
        if browser is None:
            if not webbrowser.open(address):
                raise RnappError("rnapp is shown in a browser, but there is none on this computer; install Chrome, "
                                 "Chromium or Edge.")
            return
        profile.mkdir(exist_ok=True, mode=0o700)
        self._processes.append(subprocess.Popen(
            [browser, f"--app={address}", f"--user-data-dir={profile}", *ARGUMENTS], env=self._environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def _written(self, folder: Path) -> Path:
        """The page that lets the browser in; gone when it was used, or is too old to be."""
        file = folder / f"{secrets.token_hex(4)}.html"

        def remove() -> None:
            with suppress(OSError):  # the whole folder goes at the end
                file.unlink(missing_ok=True)

        page = self._page(remove)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(page)
        timer = Timer(PAGE_SECONDS, remove)
        timer.daemon = True
        timer.start()
        return file

    @property
    def closed(self) -> bool:
        """Whether the user has closed every window; never known of another browser than our own."""
        return bool(self._processes) and all(process.poll() is not None for process in self._processes)

    def close(self) -> None:
        """Take the windows away, and what they were opened with."""
        self._folder.close()
        running = [process for process in self._processes if process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(CLOSING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def find_browser() -> Path | None:
    """A browser with an app mode; RNAPP_BROWSER names another one."""
    if named := os.environ.get("RNAPP_BROWSER"):
        return Path(named)
    return next((path for path in _candidates() if path.is_file()), None)


def _candidates() -> Iterator[Path]:
    if sys.platform == "win32":
        folders = [os.environ[name] for name in WINDOWS_FOLDERS if name in os.environ]
        yield from (Path(folder, program) for program in WINDOWS_PROGRAMS for folder in folders)
    elif sys.platform == "darwin":
        homes = (Path("/Applications"), Path.home() / "Applications")
        yield from (home / f"{name}.app/Contents/MacOS/{name}" for name in MAC_PROGRAMS for home in homes)
    else:
        yield from (Path(found) for name in NAMES if (found := shutil.which(name)))


def names_found() -> bool:
    """Whether the browser that will be used finds names below localhost on this computer. Chromium and Firefox do so by
    themselves; Safari asks the system, which does not on every macOS."""
    return sys.platform != "darwin" or find_browser() is not None


def _reachable(profile: Path, browser: Path | None) -> Path:
    """A browser installed as a snap sees no hidden folder of the home, only its own. browser: None for the default one,
    of which it is not known whether it is one."""
    snaps = Path.home() / "snap"
    if browser is None:
        return Path.home() / profile.name if snaps.is_dir() else profile
    if "/snap/" not in f"{browser}{browser.resolve()}":
        return profile
    return snaps / browser.name / "common" / "rnapp"
