"""The sockets that answer: only to this computer, and at once."""

import asyncio
import socket

from rnapp.ui.listeners import listen


async def _delays(listener: socket.socket) -> bool:
    """Whether what answers on this socket holds back small packets (Nagle's algorithm)."""
    answering: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def seen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = writer.get_extra_info("socket")
        answering.set_result(not own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(seen, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        delays = await answering
        writer.close()
    return delays


def test_no_answer_is_held_back_until_the_browser_acknowledges_its_headers() -> None:
    """It would wait 40 ms each time."""
    for listener in listen().sockets:
        assert not asyncio.run(_delays(listener))


def test_a_socket_that_is_not_said_to_be_tcp_would_hold_them_back() -> None:
    plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    plain.bind(("127.0.0.1", 0))
    plain.listen()
    assert asyncio.run(_delays(plain))
