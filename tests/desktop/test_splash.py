"""What the window shows while the app loads."""

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest

from rnapp.desktop.splash import FAILED, LOADING, NOT_YET, Splash
from rnapp.errors import InputError
from rnapp.ui import peer
from rnapp.ui.listeners import Listeners, listen
from rnapp.ui.session import ENTER
from tests.ui.running import has_ipv6
from tests.ui.test_guard import FROM_FILE, token_of


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    listeners = listen()
    yield listeners
    listeners.close()


def ask(listeners: Listeners, path: str, method: str = "GET", address: str = "127.0.0.1",
        **more: str) -> httpx.Response:
    headers = {"Host": listeners.session.host} | more
    return httpx.request(method, f"http://{address}:{listeners.session.port}{path}", headers=headers, timeout=5)


def get(listeners: Listeners, path: str) -> tuple[int, str]:
    answer = ask(listeners, path)
    return answer.status_code, answer.text


def test_it_says_what_is_going_on_and_why_not(listeners: Listeners) -> None:
    with Splash(listeners) as splash:
        splash.say("Loading <models>")
        status, page = get(listeners, "/")
        assert (status, "Loading &lt;models&gt;" in page, "not a medical" in page) == (LOADING, True, True)
        assert get(listeners, "/startup") == (LOADING, "Loading <models>")
        splash.fail("The weights are altered.")
        assert get(listeners, "/startup") == (FAILED, "The weights are altered.")


def test_nothing_else_can_be_sent_to_it(listeners: Listeners) -> None:
    with Splash(listeners):
        assert ask(listeners, "/another-window", "POST").status_code == NOT_YET
        assert ask(listeners, "/", "POST").status_code == NOT_YET
        assert ask(listeners, "/", "OPTIONS").status_code == 501


def test_it_lets_the_launchers_page_in_once(listeners: Listeners) -> None:
    body = {"token": token_of(listeners.session.page())}
    address = f"http://127.0.0.1:{listeners.session.port}{ENTER}"
    said = FROM_FILE | {"Host": listeners.session.host}
    with Splash(listeners):
        refused = httpx.post(address, data=body, headers=said | {"Origin": "http://127.0.0.1:1"}, timeout=5)
        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
        answer = httpx.post(address, data=body, headers=said, timeout=5)
        assert answer.status_code == 200
        assert answer.headers["set-cookie"] == listeners.session.cookie_header
        assert httpx.post(address, data=body, headers=said, timeout=5).status_code == 403
        for length in ("-1", "99999999999", "x", "\xb2"):
            with closing(HTTPConnection("127.0.0.1", listeners.session.port, timeout=5)) as raw:
                raw.request("POST", ENTER, headers=said | {"Content-Length": length})
                assert raw.getresponse().status == 403


def test_it_answers_at_its_own_name_only(listeners: Listeners) -> None:
    with Splash(listeners):
        for host in (f"127.0.0.1:{listeners.session.port}", f"localhost:{listeners.session.port}", "evil.example"):
            assert ask(listeners, "/", Host=host).status_code == 403
        assert ask(listeners, "/").status_code == LOADING


def test_without_its_own_name_it_answers_this_user_only(monkeypatch: pytest.MonkeyPatch) -> None:
    listeners = listen(named=False)
    with closing(listeners), Splash(listeners):
        assert listeners.session.host == f"127.0.0.1:{listeners.session.port}"
        assert ask(listeners, "/").status_code == LOADING
        monkeypatch.setattr(peer, "_own_connections", set)  # as where the asking program is another user's
        listeners.session._peers = peer.Peers()
        assert ask(listeners, "/").status_code == 403
        assert ask(listeners, "/startup").status_code == 403


def test_nobody_else_can_listen_where_the_browser_looks(listeners: Listeners) -> None:
    looks = [(socket.AF_INET, "127.0.0.1", "127.0.0.1"), *([(socket.AF_INET6, "::1", "[::1]")] if has_ipv6() else [])]
    with Splash(listeners):
        for family, address, url in looks:
            assert ask(listeners, "/startup", address=url).status_code == LOADING
            with socket.socket(family) as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with pytest.raises(OSError, match="in use"):
                    other.bind((address, listeners.session.port))


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="another --port"):
        listen(taken.getsockname()[1])


@pytest.mark.skipif(not has_ipv6(), reason="this computer has no IPv6")
def test_a_port_that_is_taken_at_one_address_is_not_used() -> None:
    with (socket.create_server(("::1", 0), family=socket.AF_INET6) as taken,
          pytest.raises(InputError, match="another --port")):
        listen(taken.getsockname()[1])


def test_the_sockets_stay_open_for_the_app(listeners: Listeners) -> None:
    with Splash(listeners):
        pass
    with Splash(listeners):
        assert get(listeners, "/startup")[0] == LOADING
