"""One running app per user and version; a second start asks the first one for its window."""

import json
import os
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from filelock import FileLock, Timeout

from rnapp.ui.guard import ANOTHER_WINDOW, KEY_HEADER
from rnapp.ui.session import LOOPBACK, Session

PATIENCE_SECONDS = 10
DONE, STILL_LOADING = 204, (501, 503)  # while it loads, its window is open already


class Instance:
    """folder: where the lock and the running app's port and key are kept, readable by this user alone; version: of the
    program, because two versions may run side by side."""

    def __init__(self, folder: Path, version: str) -> None:
        self._file = folder / f"running-{version}.json"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The system lets go of the lock when the process ends, however it ends.
        self._lock = FileLock(folder / f"running-{version}.lock", mode=0o600)

    def first(self) -> bool:
        """Whether no other is running; from now on this is the one."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def announce(self, session: Session) -> None:
        """Where a second start finds this one."""
        self._file.unlink(missing_ok=True)
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            json.dump({"port": session.port, "host": session.host, "key": session.key}, stream)

    def ask_for_window(self) -> bool:
        """Have the first one show its window; whether it answered."""
        try:
            other = json.loads(self._file.read_text())
            return _ask(int(other["port"]), str(other["host"]), str(other["key"])) in (DONE, *STILL_LOADING)
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return False

    def end(self) -> None:
        """Nothing is running any more."""
        self._file.unlink(missing_ok=True)
        self._lock.release()


def _ask(port: int, host: str, key: str) -> int:
    """The status of its answer. Asked by its address: not every system knows names below localhost."""
    with closing(HTTPConnection(LOOPBACK, port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("POST", ANOTHER_WINDOW, headers={"Host": host, KEY_HEADER: key, "Origin": f"http://{host}"})
        return connection.getresponse().status
