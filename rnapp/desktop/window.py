"""The app's window: the system's Chrome, Chromium or Edge in app mode with a profile of its own, else any browser."""

import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from rnapp.errors import RnappError

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
             "--proxy-bypass-list=127.0.0.1", "--window-size=1440,900")
CLOSING_SECONDS = 5


class Window:
    """The windows of one run. profile: a folder of this program's own, so that no other window of the browser is
    touched."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._processes: list[subprocess.Popen[bytes]] = []

    def open(self, address: str) -> None:
        """Show this address. Raises RnappError where there is no browser at all."""
        browser = find_browser()
        if browser is None:
            if not webbrowser.open(address):
                raise RnappError("There is no browser on this computer, and rnapp is shown in one; install Chrome, "
                                 "Chromium or Edge.")
            return
        profile = _reachable(self._profile, browser)
        profile.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._processes.append(subprocess.Popen(
            [browser, f"--app={address}", f"--user-data-dir={profile}", *ARGUMENTS],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    @property
    def closed(self) -> bool:
        """Whether the user has closed every window; never known of another browser than our own."""
        return bool(self._processes) and all(process.poll() is not None for process in self._processes)

    def close(self) -> None:
        """Take the windows away."""
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


def _reachable(profile: Path, browser: Path) -> Path:
    """A browser installed as a snap sees no hidden folder of the home, only its own."""
    if "/snap/" not in f"{browser}{browser.resolve()}":
        return profile
    return Path.home() / "snap" / browser.name / "common" / "rnapp"
