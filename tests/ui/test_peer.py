"""Whose program asks."""

import socket
from collections.abc import Iterator

import psutil
import pytest

from rnapp.ui.peer import Peers


@pytest.fixture
def asking() -> Iterator[tuple[str, int]]:
    """The address of a connection that this program has made."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        yield client.getsockname()


def test_a_connection_of_this_user_is_known(asking: tuple[str, int]) -> None:
    assert Peers().own(asking)


def test_one_that_is_not_there_is_not(asking: tuple[str, int]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not Peers().own(unused.getsockname())
    assert not Peers().own(None)


def test_one_of_another_user_is_not(asking: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    me = psutil.Process().username()
    names = iter([me])  # whoever asks who he is; every program afterwards is somebody else's
    monkeypatch.setattr(psutil.Process, "username", lambda _: next(names, "somebody else"))
    assert not Peers().own(asking)


def test_what_was_found_is_remembered_for_a_moment_only(asking: tuple[str, int],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("rnapp.ui.peer.time.monotonic", lambda: now)
    peers = Peers()
    assert peers.own(asking)
    monkeypatch.setattr("rnapp.ui.peer._own_connections", set)
    now = 1.0
    assert peers.own(asking)
    now = 100.0
    assert not peers.own(asking)
