"""The app as a process: its address, its door, and what it leaves behind."""

import json
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.ui.running import ROOT, Running, running


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running("fake", tmp_path) as started:
        yield started


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def status(opener: urllib.request.OpenerDirector, address: str) -> int:
    try:
        with opener.open(address, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_one_browser_gets_in_and_no_other(app: Running) -> None:
    first, second = browser(), browser()
    base = f"http://127.0.0.1:{app.port}"
    assert status(second, base) == 403
    assert status(first, app.address) == 200
    for path in ("/config", "/theme.css", "/ui/viewer.js"):
        assert status(first, base + path) == 200
    assert status(second, app.address) == 403
    for path in ("/config", "/theme.css", "/ui/viewer.js", "/gradio_api/info", "/case/report.pdf"):
        assert status(second, base + path) == 403
    assert status(first, base + "/case/report.pdf?v=0") == 404, "there is no reading yet"
    assert app.outgoing.read_text() == ""


def test_the_page_switches_gradios_reporting_off(app: Running) -> None:
    opener = browser()
    opener.open(app.address, timeout=20).read()
    config = json.loads(opener.open(f"http://127.0.0.1:{app.port}/config", timeout=20).read())
    assert config["analytics_enabled"] is False
    assert not config.get("run_history"), "runs must not be kept in the browser"


def test_only_the_loopback_address_listens(app: Running) -> None:
    with socket.create_connection(("127.0.0.1", app.port), timeout=5):
        pass
    with pytest.raises(OSError, match=r"refused|timed out|assign"):
        socket.create_connection(("127.0.0.2", app.port), timeout=5)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_behind(app: Running, sent: signal.Signals) -> None:
    folders = list(app.temporary.iterdir())
    assert [folder.name[:6] for folder in folders] == ["rnapp-"]
    assert stat.S_IMODE(folders[0].stat().st_mode) == 0o700
    # It answers, so it is past its start: an interrupt before that is lost where the shell has told it to ignore them.
    assert status(browser(), f"http://127.0.0.1:{app.port}") == 403
    app.stop(sent)
    assert list(app.temporary.iterdir()) == []


# The whole app behind its guard, and its first painting.
FIRST_PAGE = """
import sys, tempfile
from pathlib import Path
folder = Path(tempfile.mkdtemp())
from rnapp.desktop.start import checked_model
from rnapp.config import default_settings
from rnapp.ui import server
from rnapp.ui.actions import Actions
from rnapp.ui.door import open_door
from rnapp.ui.keeping import Keeping
from rnapp.ui.workspace import Workspace
with server._session_folder():
    actions = Actions(server._real_pipeline(), checked_model(default_settings()), Workspace(folder))
    actions.warm_up = lambda: None
    keeping = Keeping(actions, folder / "cases")
    from rnapp.ui import handlers
    from rnapp.ui.desk import Desk
    desks = []
    class Seen(Desk):
        def __init__(self, *given):
            super().__init__(*given)
            desks.append(self)
    handlers.Desk = Seen
    server.create_app(actions, keeping, open_door().session, lambda: None)
    assert desks[0].paint_loaded()
    print([name for name in ("torch", "monai", "SimpleITK", "scipy", "rnapp.pipeline") if name in sys.modules])
    actions.pipeline.brain_mask_choices
    print("rnapp.pipeline" in sys.modules, "torch" in sys.modules)
"""


def test_the_first_page_waits_for_none_of_the_heavy_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_PAGE], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "True True"], done.stderr
