"""The door: who gets in, and who does not."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rnapp.ui.guard import ANOTHER_WINDOW, CACHEABLE, KEY_HEADER, Guard, Session

PORT = 45678
HOST = f"127.0.0.1:{PORT}"


@pytest.fixture
def session() -> Session:
    return Session(PORT)


@pytest.fixture
def way_in(session: Session) -> str:
    """The path of the one-time address."""
    return session.address().removeprefix(f"http://{HOST}")


@pytest.fixture
def client(session: Session) -> TestClient:
    app = FastAPI()

    @app.get("/")
    @app.get("/case/head")
    @app.get("/ui/app.css")
    def read() -> str:
        return "inside"

    @app.post("/case/mask")
    def write() -> str:
        return "written"

    return TestClient(Guard(app, session), base_url=f"http://{HOST}", follow_redirects=False)


@pytest.fixture
def known(client: TestClient, way_in: str) -> TestClient:
    client.get(way_in)
    return client


def test_the_token_is_exchanged_for_a_strict_cookie_once(client: TestClient, way_in: str) -> None:
    answer = client.get(way_in)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert way_in.partition("=")[2] not in cookie
    assert client.get("/").text == '"inside"'


def test_a_spent_token_opens_nothing(client: TestClient, way_in: str) -> None:
    client.get(way_in)
    client.cookies.clear()
    assert client.get(way_in).status_code == 403
    assert client.get("/").status_code == 403


def test_a_spent_token_with_the_cookie_leads_back_to_the_page(known: TestClient, way_in: str) -> None:
    answer = known.get(way_in)
    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("address", ["/", "/case/head", "/ui/app.css", "/?token=", "/?token=wrong", "/?token=ä"])
def test_nothing_is_served_without_the_cookie(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 403
    assert "inside" not in answer.text
    assert "start rnapp again" in answer.text


def test_a_wrong_token_does_not_spend_the_right_one(client: TestClient, way_in: str) -> None:
    assert client.get("/?token=wrong").status_code == 403
    assert client.get(way_in).status_code == 303


def test_the_token_only_works_on_the_front_page(client: TestClient, way_in: str) -> None:
    assert client.get(f"/case/head{way_in[1:]}").status_code == 403
    assert client.get(way_in).status_code == 303


@pytest.mark.parametrize("cookie", ["wrong", "", "a=b; c"])
def test_a_wrong_cookie_is_refused(client: TestClient, session: Session, cookie: str) -> None:
    assert client.get("/", headers={"cookie": f"{session.cookie_name}={cookie}"}).status_code == 403


def test_a_cookie_under_another_ports_name_is_refused(client: TestClient, session: Session) -> None:
    assert client.get("/", headers={"cookie": f"rnapp_1={session.cookie}"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1",
                                  f"localhost.evil.example:{PORT}", ""])
def test_another_host_name_is_refused_even_with_the_cookie(known: TestClient, host: str) -> None:
    assert known.get("/", headers={"host": host}).status_code == 403


def test_localhost_is_this_computer_too(client: TestClient, session: Session) -> None:
    headers = {"host": f"localhost:{PORT}", "cookie": f"{session.cookie_name}={session.cookie}"}
    assert client.get("/", headers=headers).status_code == 200


def test_the_apps_own_page_may_write(known: TestClient) -> None:
    assert known.post("/case/mask", headers={"origin": f"http://{HOST}"}).text == '"written"'


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", f"https://{HOST}", "http://127.0.0.1:1"])
def test_another_page_may_not_write(known: TestClient, origin: str | None) -> None:
    answer = known.post("/case/mask", headers={"origin": origin} if origin else {})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/case/head"])
def test_patient_data_stays_out_of_the_browsers_cache(known: TestClient, path: str) -> None:
    assert known.get(path).headers["cache-control"] == "no-store"


def test_program_files_may_be_cached(known: TestClient) -> None:
    assert any("/ui/app.css".startswith(prefix) for prefix in CACHEABLE)
    assert "cache-control" not in known.get("/ui/app.css").headers


@pytest.mark.parametrize("path", ["/", "/missing"])
def test_every_answer_forbids_every_other_origin(known: TestClient, path: str) -> None:
    headers = known.get(path).headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self' data: blob:"
    assert not any("http" in sources or "*" in sources for sources in rules.values())
    assert headers["x-content-type-options"] == "nosniff"


def test_a_refused_websocket_is_closed(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/", headers={"host": HOST}):
        pass


def test_secrets_do_not_show_in_a_repr(session: Session) -> None:
    assert session.address().partition("=")[2] not in repr(session)
    assert session.cookie not in repr(session)


def test_a_second_address_lets_another_window_in(client: TestClient, session: Session, way_in: str) -> None:
    assert session.address().removeprefix(f"http://{HOST}") != way_in
    assert client.get(way_in).status_code == 303
    client.cookies.clear()
    assert client.get(session.address().removeprefix(f"http://{HOST}")).status_code == 303


def test_who_knows_the_key_has_another_window_opened(client: TestClient, session: Session) -> None:
    opened: list[str] = []
    session.another_window = opened.append
    answer = client.post(ANOTHER_WINDOW, headers={"Origin": f"http://{HOST}", KEY_HEADER: session.key})
    assert answer.status_code == 204
    assert len(opened) == 1
    assert client.get(opened[0]).status_code == 303


@pytest.mark.parametrize("headers", [{}, {KEY_HEADER: "wrong"}, {KEY_HEADER: ""}])
def test_who_does_not_know_the_key_has_none_opened(client: TestClient, session: Session,
                                                   headers: dict[str, str]) -> None:
    opened: list[str] = []
    session.another_window = opened.append
    assert client.post(ANOTHER_WINDOW, headers={"Origin": f"http://{HOST}"} | headers).status_code == 403
    session.another_window = None
    assert client.post(ANOTHER_WINDOW, headers={"Origin": f"http://{HOST}", KEY_HEADER: session.key}).status_code == 403
    assert opened == []
