"""What the window shows while the app loads."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from rnapp.desktop.splash import FAILED, LOADING, Splash
from rnapp.ui.door import Door, open_door


@pytest.fixture
def door() -> Iterator[Door]:
    door = open_door()
    yield door
    door.listener.close()


def get(door: Door, path: str, method: str = "GET") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{door.session.port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_says_what_is_going_on_and_why_not(door: Door) -> None:
    with Splash(door.listener) as splash:
        splash.say("Loading <models>")
        status, page = get(door, "/?token=abc")
        assert (status, "Loading &lt;models&gt;" in page, "not a medical" in page) == (LOADING, True, True)
        assert "abc" not in page, "the token is not written anywhere"
        assert get(door, "/startup") == (LOADING, "Loading <models>")
        splash.fail("The weights are altered.")
        assert get(door, "/startup") == (FAILED, "The weights are altered.")


def test_nothing_can_be_sent_to_it(door: Door) -> None:
    with Splash(door.listener):
        assert get(door, "/another-window", "POST")[0] == 501


def test_the_socket_stays_open_for_the_app(door: Door) -> None:
    with Splash(door.listener):
        pass
    with Splash(door.listener):
        assert get(door, "/startup")[0] == LOADING
