"""A running app in its own process, as the launcher starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.signals import no_signal_ignored

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20


def has_ipv6() -> bool:
    """Whether this computer has the loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Running:
    """address: with the one-time token; outgoing: what it called outside; temporary: its folder for temporary files."""

    process: subprocess.Popen[str]
    address: str
    outgoing: Path
    temporary: Path

    @property
    def host(self) -> str:
        """The only Host header that it answers to."""
        return urlsplit(self.address).netloc

    @property
    def origin(self) -> str:
        """Of its own pages."""
        return f"http://{self.host}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.host.rpartition(":")[2])

    @property
    def way_in(self) -> str:
        """The path of the one-time address."""
        return self.address.removeprefix(self.origin)

    def client(self, **headers: str) -> httpx.Client:
        """Without a cookie; asks at 127.0.0.1, because only browsers find the app's own name."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"Host": self.host} | headers, timeout=20)

    def cookies(self) -> dict[str, str]:
        """Of the one session; the one-time address is used up."""
        with self.client() as client:
            client.get(self.way_in)
            return dict(client.cookies.items())

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(sent)
        return self.process.wait(STOP_SECONDS)


def _command(kind: str, outgoing: Path, launch: str) -> list[str]:
    """From the source; or an installed program, where RNAPP_PROGRAM names one (build/linux/try.py, where no network is
    there to be called)."""
    program = os.environ.get("RNAPP_PROGRAM")
    if program is None:
        return [sys.executable, "-m", launch, kind, str(outgoing)]
    assert kind == "real", "an installed program has no stand-in"
    outgoing.touch()
    return [program, "app", "--no-browser"]


@contextmanager
def running(kind: str, folder: Path, launch: str = "tests.ui.launch") -> Iterator[Running]:
    """The app with the stand-in ("fake"; "quick": one that takes no time; "demo": with the example loaded; "doubtful":
    a person must look at every mask file first; "withheld": no number before the reader confirms a caution; "broken":
    its networks cannot be loaded) or the real pipeline ("real"). launch: the module that starts it."""
    outgoing, temporary = folder / "outgoing.txt", folder / "temporary"
    temporary.mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(temporary), "XDG_STATE_HOME": str(folder / "state"),
                                "RNAPP_DATA": str(folder / "data")}
    with no_signal_ignored():
        process = subprocess.Popen(_command(kind, outgoing, launch), cwd=ROOT, text=True, env=environment,
                                   stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        found = re.search(r"http://[\w.-]+:\d+/\?token=\S+", process.stdout.readline())
        assert found, "the app did not print its address"
        yield Running(process, found[0], outgoing, temporary)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
