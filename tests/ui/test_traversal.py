"""No path that is asked for leads out of what the app serves, even for a browser that holds the cookie."""

from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import product
from pathlib import Path

import pytest

from tests.ui.running import Running, running

SECRET = "nobody may read this over HTTP"
PLACES = ("/", "/ui/", "/case/volume/", "/static/", "/assets/", "/gradio_api/file=", "/file=", "/svelte/",
          "/theme.css/")
UPS = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "....//", "..;/", "..%00/", "/../")
DEPTHS = range(1, 10)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("fake", tmp_path_factory.mktemp("app")) as started:
        yield started


@pytest.fixture(scope="module")
def cookie(app: Running) -> str:
    """Of the one session."""
    return "; ".join(f"{name}={value}" for name, value in app.cookies().items())


def asked(connection: HTTPConnection, path: str, app: Running, cookie: str) -> tuple[int, bytes]:
    """Status and body; the path goes out as it is, with no tidying by a client."""
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", app.host)
    connection.putheader("Cookie", cookie)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_no_way_leads_out(app: Running, cookie: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    targets = (str(secret).lstrip("/"), "etc/passwd", "rnapp/ui/routes.py")
    connection = HTTPConnection("127.0.0.1", app.port, timeout=20)
    ways = [f"{place}{up * depth}{target}" for place, up, depth, target in product(PLACES, UPS, DEPTHS, targets)]
    assert len(ways) > 2600
    for way in (*ways, *(f"{place}{secret}" for place in PLACES), "/gradio_api/file=/etc/passwd"):
        status, body = asked(connection, way, app, cookie)
        assert status in (400, 403, 404, 405, 422), (way, status)
        assert SECRET.encode() not in body
        assert b"root:" not in body
        assert b"add_routes" not in body


def test_what_is_served_is_served(app: Running, cookie: str) -> None:
    """Otherwise the test above could pass because nothing is answered at all."""
    connection = HTTPConnection("127.0.0.1", app.port, timeout=20)
    assert asked(connection, "/ui/viewer.js", app, cookie)[0] == 200
