"""A running app in its own process, as the launcher starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20


@dataclass(frozen=True)
class Running:
    """address: with the one-time token; outgoing: what it called outside; temporary: its folder for temporary files."""

    process: subprocess.Popen[str]
    address: str
    outgoing: Path
    temporary: Path

    @property
    def port(self) -> int:
        """Where it listens."""
        found = re.search(r":(\d+)/", self.address)
        assert found
        return int(found[1])

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(sent)
        return self.process.wait(STOP_SECONDS)


def _command(kind: str, outgoing: Path) -> list[str]:
    """From the source; or an installed program, where RNAPP_PROGRAM names one (build/linux/try.py, where no network is
    there to be called)."""
    program = os.environ.get("RNAPP_PROGRAM")
    if program is None:
        return [sys.executable, "-m", "tests.ui.launch", kind, str(outgoing)]
    assert kind == "real", "an installed program has no stand-in"
    outgoing.touch()
    return [program, "app", "--no-browser"]


@contextmanager
def running(kind: str, folder: Path) -> Iterator[Running]:
    """The app with the stand-in ("fake"; "demo": with the example loaded; "broken": its networks cannot be loaded) or
    the real pipeline ("real")."""
    outgoing, temporary = folder / "outgoing.txt", folder / "temporary"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "XDG_STATE_HOME": str(folder / "state"),
                                "RNAPP_DATA": str(folder / "data")}
    process = subprocess.Popen(_command(kind, outgoing), cwd=ROOT, text=True, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", process.stdout.readline())
        assert found, "the app did not print its address"
        yield Running(process, found[0], outgoing, temporary)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
