"""The sockets of the app, open before anything slow is loaded."""

import errno
import os
import socket
from typing import NamedTuple

from rnapp.errors import InputError
from rnapp.ui.session import LOOPBACK, Session, own_name

TRIES = 20
# A browser asks for a name of this computer at both addresses; if its port is free at one of them, another program
# could take it there and would be sent the token.
FAMILIES = ((socket.AF_INET, LOOPBACK), (socket.AF_INET6, "::1"))


class Listeners(NamedTuple):
    """Where the app will answer: sockets that only this computer can reach, and the secrets of the run."""

    sockets: tuple[socket.socket, ...]
    session: Session

    def close(self) -> None:
        """Stop answering."""
        for one in self.sockets:
            one.close()


def listen(port: int = 0, named: bool = True) -> Listeners:
    """The sockets already listen, so that the browser may connect early.

    port: 0 takes a free one; named: under a name of its own, for browsers that find *.localhost on this computer, else
    at 127.0.0.1. Raises InputError where the port is taken.
    """
    for _ in range(1 if port else TRIES):
        try:
            sockets = _bound(port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        return Listeners(sockets, Session(sockets[0].getsockname()[1], own_name() if named else LOOPBACK))
    raise InputError(f"Expected a free port, but {port or 'every one that was tried'} is taken by another program; end "
                     "that one, or start rnapp with another --port.")


def _bound(port: int) -> tuple[socket.socket, ...]:
    """On one port of every loopback address there is. Raises OSError."""
    sockets: list[socket.socket] = []
    try:
        for family, address in FAMILIES:
            if family == socket.AF_INET or _has(family, address):
                sockets.append(_listener(family, address, port))
                port = sockets[0].getsockname()[1]
    except OSError:
        for one in sockets:
            one.close()
        raise
    return tuple(sockets)


def _has(family: socket.AddressFamily, address: str) -> bool:
    """Whether this computer has this address at all."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _listener(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    # Declared as TCP, or asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for the browser's
    # acknowledgement of its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:  # or another program could listen on the same port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined,unused-ignore]
        listener.bind((address, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener
