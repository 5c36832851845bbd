"""The app as a process: its address, its listeners, and what it leaves behind."""

import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ui.running import ROOT, Running, has_ipv6, running

# Windows has no hang-up.
ENDING = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM", "SIGINT") if hasattr(signal, name)]

@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running("fake", tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, httpx.Client]]:
    """An app that none of its tests changes, and the one browser that got in."""
    with running("fake", tmp_path_factory.mktemp("visited")) as started, started.client() as client:
        client.get(started.way_in)
        yield started, client


def test_one_browser_gets_in_and_no_other(app: Running) -> None:
    first, second = app.client(), app.client()
    assert second.get("/").status_code == 403
    assert first.get(app.way_in, follow_redirects=True).status_code == 200
    for path in ("/config", "/theme.css", "/ui/viewer.js"):
        assert first.get(path).status_code == 200
    assert second.get(app.way_in).status_code == 403
    for path in ("/config", "/theme.css", "/ui/viewer.js", "/gradio_api/info", "/case/report.pdf"):
        assert second.get(path).status_code == 403
    assert first.get("/case/report.pdf?v=0").status_code == 404, "there is no reading yet"
    assert app.outgoing.read_text() == ""


def test_the_page_switches_gradios_reporting_off(visited: tuple[Running, httpx.Client]) -> None:
    config = visited[1].get("/config").json()
    assert config["analytics_enabled"] is False
    assert not config.get("run_history"), "runs must not be kept in the browser"


def test_a_stolen_cookie_opens_nothing_elsewhere(visited: tuple[Running, httpx.Client]) -> None:
    app, client = visited
    assert client.get("/config").status_code == 200
    for stolen in ({"Host": f"127.0.0.1:{app.port}"}, {"Host": f"localhost:{app.port}"},
                   {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"},
                   {"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}, {"Referer": "http://localhost:1/"}):
        answer = client.get("/config", headers=stolen)
        assert (answer.status_code, "components" in answer.text) == (403, False), stolen


def test_gradio_allows_no_other_page_to_read_it(visited: tuple[Running, httpx.Client]) -> None:
    app, client = visited
    for method, origin in (("GET", app.origin), ("OPTIONS", app.origin), ("OPTIONS", "http://localhost:1")):
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        answer = client.request(method, "/config", headers=headers)
        assert [name for name in answer.headers if name.startswith("access-control")] == []
        assert answer.status_code == (200 if method == "GET" else 403)


def test_only_the_loopback_addresses_listen(visited: tuple[Running, httpx.Client]) -> None:
    app, _ = visited
    for address in ("127.0.0.1", *(["::1"] if has_ipv6() else [])):
        with socket.create_connection((address, app.port), timeout=5):
            pass
    with pytest.raises(OSError, match=r"refused|timed out|assign"):
        socket.create_connection(("127.0.0.2", app.port), timeout=5)


def patient(folder: Path) -> list[Path]:
    """Copies of the patient's file that remain."""
    return list(folder.rglob("patient.nii.gz"))


def run_folder(app: Running) -> Path:
    (found,) = (path for path in app.temporary.iterdir() if path.is_dir())
    return found


def with_upload(app: Running) -> Path:
    """A file as Gradio keeps it."""
    with app.client() as client:
        client.get(app.way_in)
        sent = client.post("/gradio_api/upload", files={"files": ("patient.nii.gz", b"voxels")},
                           headers={"Origin": app.origin})
    (path,) = sent.json()
    return Path(path)


@pytest.mark.parametrize("sent", ENDING)
def test_nothing_is_left_behind(app: Running, sent: signal.Signals) -> None:
    folder = run_folder(app)
    assert folder.name.startswith("rnapp-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder in with_upload(app).parents
    assert len(patient(app.temporary)) == 1
    app.stop(sent)
    assert list(app.temporary.iterdir()) == []


def test_what_a_killed_app_left_is_removed_by_the_next_and_nothing_of_a_running_one(tmp_path: Path) -> None:
    with running("fake", tmp_path) as killed, running("fake", tmp_path) as alive:
        gone, kept = with_upload(killed), with_upload(alive)
        killed.stop(signal.SIGKILL)
        assert gone.is_file(), "nothing could be done about it"
        with running("fake", tmp_path) as third:
            assert not gone.exists()
            assert kept.is_file()
            third.stop()
        assert kept.is_file()
        alive.stop()
    assert list(alive.temporary.iterdir()) == []


# The whole app behind its guard, and its first painting.
FIRST_PAGE = """
import sys, tempfile
from pathlib import Path
folder = Path(tempfile.mkdtemp())
from rnapp.desktop.offered import checked_models
from rnapp.config import default_settings
from rnapp.ui import server
from rnapp.ui.actions import Actions
from rnapp.ui.listeners import listen
from rnapp.ui.keeping import Keeping
from rnapp.ui.ports import real_pipeline
from rnapp.ui.workspace import Workspace
with server._session_folder():
    actions = Actions(real_pipeline(), checked_models(default_settings()), Workspace(folder))
    actions.warm_up = lambda: None
    keeping = Keeping(actions, folder / "cases")
    from rnapp.ui import layout
    from rnapp.ui.page_painter import PagePainter
    desks = []
    class Seen(PagePainter):
        def __init__(self, *given):
            super().__init__(*given)
            desks.append(self)
    layout.PagePainter = Seen
    server.create_app(actions, keeping, listen().session, lambda: None)
    assert desks[0].paint_loaded()
    print([name for name in ("torch", "monai", "SimpleITK", "scipy", "rnapp.pipeline") if name in sys.modules])
    actions.pipeline.brain_mask_choices
    print("rnapp.pipeline" in sys.modules, "torch" in sys.modules)
"""


def test_the_first_page_waits_for_none_of_the_heavy_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_PAGE], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "True True"], done.stderr
