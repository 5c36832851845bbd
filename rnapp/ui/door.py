"""The socket of the app, open before anything slow is loaded."""

import os
import socket
from typing import NamedTuple

from rnapp.ui.guard import Session


class Door(NamedTuple):
    """Where the app will answer: a socket that only this computer can reach, and the secrets of the run."""

    listener: socket.socket
    session: Session


def open_door(port: int = 0) -> Door:
    """The socket listens already, so that the browser may come early. port: 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return Door(listener, Session(listener.getsockname()[1]))
