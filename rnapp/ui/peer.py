"""Whose program is at the other end of a connection. The system reveals only the user's own programs."""

import time
from contextlib import suppress
from threading import Lock

import psutil

REMEMBERED_SECONDS = 5.0
Address = tuple[str, int]


class Peers:
    """Which programs are this user's own; for browsers that cannot be given a name of our own (see Session)."""

    def __init__(self) -> None:
        self._known: dict[Address, float] = {}  # until when, by the monotonic clock
        self._lock = Lock()

    def own(self, client: Address | None) -> bool:
        """Whether the connection from there was made by a program of this user."""
        if client is None:
            return False
        client = client[0], client[1]
        now = time.monotonic()
        with self._lock:
            self._known = {address: until for address, until in self._known.items() if until > now}
            if client not in self._known and client in _own_connections():
                self._known[client] = now + REMEMBERED_SECONDS
            return client in self._known


def _own_connections() -> set[Address]:
    """This side's address of every connection that a program of this user holds."""
    held: set[Address] = set()
    me = psutil.Process().username()
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it has ended, or may not be inspected
            if process.username() == me:
                held.update((one.laddr.ip, one.laddr.port) for one in process.net_connections("tcp") if one.laddr)
    return held
