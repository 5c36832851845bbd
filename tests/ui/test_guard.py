"""Who may use the app, and who may not."""

import re

import pytest
from fastapi import FastAPI, Response
from starlette.testclient import TestClient

from rnapp.ui import peer
from rnapp.ui.guard import ANOTHER_WINDOW, CACHEABLE, KEY_HEADER, Guard
from rnapp.ui.session import ADDRESS_SECONDS, ENTER, LOOPBACK, PAGE_SECONDS, Session

PORT = 45678
NAME = "rnapp-0123456789.localhost"
HOST = f"{NAME}:{PORT}"
FROM_FILE = {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
             "Sec-Fetch-Dest": "document"}


@pytest.fixture
def session() -> Session:
    return Session(PORT, NAME)


@pytest.fixture
def way_in(session: Session) -> str:
    """The path of the one-time address."""
    return session.address().removeprefix(f"http://{HOST}")


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def client(session: Session) -> TestClient:
    app = FastAPI()

    @app.get("/")
    @app.get("/case/head")
    @app.get("/ui/app.css")
    def read() -> str:
        return "inside"

    @app.get("/gradio_api/info")
    def readable_by_others(answer: Response) -> str:
        answer.headers.update({"Access-Control-Allow-Origin": "http://127.0.0.1:1",
                               "access-control-allow-credentials": "true"})
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
    assert "SameSite=Strict" in cookie
    assert "domain" not in cookie.lower(), "it is this host's alone"
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


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", NAME, "",
                                  f"localhost:{PORT}", f"127.0.0.1:{PORT}", f"[::1]:{PORT}", f"{NAME}:1",
                                  f"other.localhost:{PORT}", f"{NAME}.evil.example:{PORT}"])
def test_another_host_name_is_refused_even_with_the_cookie(known: TestClient, session: Session, host: str) -> None:
    cookie = f"{session.cookie_name}={session.cookie}"
    assert known.get("/", headers={"cookie": cookie}).status_code == 200
    assert known.get("/", headers={"host": host, "cookie": cookie}).status_code == 403


def test_every_run_has_its_own_name() -> None:
    names = {Session(PORT).name for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"rnapp-[0-9a-f]{20}\.localhost", name) for name in names)


def test_the_apps_own_page_may_write(known: TestClient) -> None:
    assert known.post("/case/mask", headers={"origin": f"http://{HOST}"}).text == '"written"'
    own = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
    assert known.post("/case/mask", headers=own).text == '"written"'


@pytest.mark.parametrize("origin", [None, "null", "file://", "http://evil.example", f"https://{HOST}",
                                    "http://127.0.0.1:1", f"http://127.0.0.1:{PORT}", f"http://{NAME}:1"])
def test_another_page_may_not_write(known: TestClient, origin: str | None) -> None:
    answer = known.post("/case/mask", headers={"origin": origin} if origin else {})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["null", "file://", "http://evil.example", "http://127.0.0.1:1", f"http://{NAME}:1"])
def test_another_page_may_not_read(known: TestClient, origin: str) -> None:
    assert known.get("/", headers={"origin": f"http://{HOST}"}).status_code == 200
    assert known.get("/", headers={"origin": origin}).status_code == 403
    assert known.get("/", headers={"referer": f"http://{HOST}/"}).status_code == 200
    assert known.get("/", headers={"referer": f"{origin}/"}).status_code == 403


@pytest.mark.parametrize(("site", "reads", "writes"), [
    ("same-origin", True, True), ("none", True, False), ("same-site", False, False), ("cross-site", False, False),
    ("", False, False), ("same-origin, cross-site", False, False)])
def test_what_the_browser_says_of_the_asking_page_counts(known: TestClient, site: str, reads: bool,
                                                         writes: bool) -> None:
    said = {"sec-fetch-site": site}
    assert known.get("/", headers=said).status_code == (200 if reads else 403)
    written = known.post("/case/mask", headers=said | {"origin": f"http://{HOST}"})
    assert written.status_code == (200 if writes else 403)


def test_no_other_page_is_allowed_to_read_an_answer(known: TestClient) -> None:
    answer = known.get("/gradio_api/info")
    assert answer.text == '"inside"'
    assert [name for name in answer.headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize("path", ["/", "/gradio_api/info"])
@pytest.mark.parametrize("origin", [f"http://{HOST}", "http://127.0.0.1:1"])
def test_a_question_whether_another_page_may_ask_is_refused(known: TestClient, path: str, origin: str) -> None:
    answer = known.options(path, headers={"origin": origin, "access-control-request-method": "POST"})
    assert answer.status_code == 403
    assert [name for name in answer.headers if name.lower().startswith("access-control")] == []


def test_the_launchers_page_is_let_in_once(client: TestClient, session: Session) -> None:
    spent: list[bool] = []
    token = token_of(session.page(lambda: spent.append(True)))
    assert spent == []
    answer = client.post(ENTER, data={"token": token}, headers=FROM_FILE)
    assert answer.status_code == 200, "a redirection would not bring the strict cookie along"
    assert "SameSite=Strict" in answer.headers["set-cookie"]
    assert spent == [True]
    assert client.get("/").text == '"inside"'
    client.cookies.clear()
    again = client.post(ENTER, data={"token": token}, headers=FROM_FILE)
    assert (again.status_code, "set-cookie" in again.headers, spent) == (403, False, [True])


@pytest.mark.parametrize("headers", [
    {"Origin": "http://127.0.0.1:1"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Mode": "no-cors"}, {"Sec-Fetch-Dest": "iframe"},
    {"Host": f"127.0.0.1:{PORT}"}])
def test_only_a_page_in_a_file_is_let_in(client: TestClient, session: Session, headers: dict[str, str]) -> None:
    token = token_of(session.page())
    assert client.post(ENTER, data={"token": token}, headers=FROM_FILE | headers).status_code == 403
    assert client.post(ENTER, data={"token": token}, headers=FROM_FILE).status_code == 200


@pytest.mark.parametrize("body", ["", "token=", "token=wrong", "token=ä", "tok", "token=TOKEN&token=TOKEN",
                                  "token=TOKEN&more=" + 2000 * "x"])
def test_a_wrong_entry_spends_nothing(client: TestClient, session: Session, body: str) -> None:
    token = token_of(session.page())
    assert client.post(ENTER, content=body.replace("TOKEN", token).encode(), headers=FROM_FILE).status_code == 403
    assert client.post(ENTER, data={"token": token}, headers=FROM_FILE).status_code == 200


def test_a_token_that_nobody_used_grows_old(client: TestClient, session: Session) -> None:
    now = 0.0
    session.clock = lambda: now
    early, late, address = token_of(session.page()), token_of(session.page()), session.address()
    now = PAGE_SECONDS - 1
    assert client.post(ENTER, data={"token": early}, headers=FROM_FILE).status_code == 200
    client.cookies.clear()
    now = PAGE_SECONDS + 1
    assert client.post(ENTER, data={"token": late}, headers=FROM_FILE).status_code == 403
    now = ADDRESS_SECONDS + 1
    assert client.get(address).status_code == 403


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
    shown = repr(session)
    for secret in (session.address().partition("=")[2], token_of(session.page()), session.cookie, session.key, NAME):
        assert secret not in shown


def test_without_its_own_name_only_this_users_programs_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(PORT, LOOPBACK)
    app = FastAPI()
    app.add_api_route("/", lambda: "inside")
    cookie = {"cookie": f"{session.cookie_name}={session.cookie}"}
    own, stranger = (TestClient(Guard(app, session), f"http://127.0.0.1:{PORT}", client=("127.0.0.1", port))
                     for port in (5001, 5002))
    monkeypatch.setattr(peer, "_own_connections", lambda: {("127.0.0.1", 5001)})
    assert own.get("/", headers=cookie).text == '"inside"'
    assert stranger.get("/", headers=cookie).status_code == 403, "a stolen cookie"
    assert stranger.get(session.address()).status_code == 403


def test_a_second_address_lets_another_window_in(client: TestClient, session: Session, way_in: str) -> None:
    assert session.address().removeprefix(f"http://{HOST}") != way_in
    assert client.get(way_in).status_code == 303
    client.cookies.clear()
    assert client.get(session.address().removeprefix(f"http://{HOST}")).status_code == 303


def test_who_knows_the_key_has_another_window_opened(client: TestClient, session: Session) -> None:
    opened: list[bool] = []
    session.another_window = lambda: opened.append(True)
    answer = client.post(ANOTHER_WINDOW, headers={"Origin": f"http://{HOST}", KEY_HEADER: session.key})
    assert answer.status_code == 204
    assert opened == [True]


@pytest.mark.parametrize("headers", [{}, {KEY_HEADER: "wrong"}, {KEY_HEADER: ""}])
def test_who_does_not_know_the_key_has_none_opened(client: TestClient, session: Session,
                                                   headers: dict[str, str]) -> None:
    opened: list[bool] = []
    session.another_window = lambda: opened.append(True)
    assert client.post(ANOTHER_WINDOW, headers={"Origin": f"http://{HOST}"} | headers).status_code == 403
    session.another_window = None
    assert client.post(ANOTHER_WINDOW, headers={"Origin": f"http://{HOST}", KEY_HEADER: session.key}).status_code == 403
    assert opened == []
