"""One running app; a second start finds it."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rnapp.desktop.instance import Instance
from rnapp.ui.guard import ANOTHER_WINDOW, KEY_HEADER
from rnapp.ui.session import Session


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[tuple[str | None, ...]]]]:
    """A running app that answers so; its port and what it was asked."""
    asked: list[tuple[str | None, ...]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path, self.headers.get(KEY_HEADER), self.headers.get("Host")))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def test_only_one_is_first_until_it_ends(tmp_path: Path) -> None:
    first, second = Instance(tmp_path, "1"), Instance(tmp_path, "1")
    assert first.first()
    assert not second.first()
    first.end()
    assert second.first()
    second.end()


def test_two_versions_run_side_by_side(tmp_path: Path) -> None:
    assert Instance(tmp_path, "1").first()
    assert Instance(tmp_path, "2").first()


def test_a_second_start_asks_the_first_with_its_key(tmp_path: Path) -> None:
    with answering(204) as (port, asked):
        first = Instance(tmp_path, "1")
        first.announce(Session(port, "own.localhost", key="secret"))
        assert stat.S_IMODE((tmp_path / "running-1.json").stat().st_mode) == 0o600
        assert Instance(tmp_path, "1").ask_for_window()
        assert asked == [(ANOTHER_WINDOW, "secret", f"own.localhost:{port}")]
        first.end()
    assert not (tmp_path / "running-1.json").exists()


@pytest.mark.parametrize(("status", "answered"), [(204, True), (501, True), (503, True), (403, False), (500, False)])
def test_only_the_apps_own_answers_count(tmp_path: Path, status: int, answered: bool) -> None:
    with answering(status) as (port, _):
        Instance(tmp_path, "1").announce(Session(port))
        assert Instance(tmp_path, "1").ask_for_window() is answered


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"port": "x", "host": "x", "key": "y"}',
                                     json.dumps({"port": 1, "key": "y"}),
                                     json.dumps({"port": 1, "host": "x", "key": "y"})])
def test_a_broken_or_dead_announcement_is_not_an_answer(tmp_path: Path, content: str) -> None:
    (tmp_path / "running-1.json").write_text(content)
    assert not Instance(tmp_path, "1").ask_for_window()
    (tmp_path / "running-1.json").unlink()
    assert not Instance(tmp_path, "1").ask_for_window()
