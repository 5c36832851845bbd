"""The app as a server for one browser on this computer."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from rnapp.ui.actions import Actions
from rnapp.ui.guard import Guard, Session
from rnapp.ui.offline import go_offline
from rnapp.ui.ports import Pipeline
from rnapp.ui.routes import STATIC, add_routes
from rnapp.ui.trouble import log_file
from rnapp.ui.workspace import Workspace

# Gradio puts this into the page after it has chosen a theme of its own; the class on the body decides.
HEAD = """<meta name="referrer" content="same-origin">
<style>VARIABLES</style>
<script>
document.body.classList.toggle("dark", !/rnapp_room=light/.test(document.cookie));
document.addEventListener("dragover", event => event.preventDefault());
</script>"""


def serve(resources: Any, port: int = 0, open_browser: bool = True, demo: bool = False,
          pipeline: Pipeline | None = None) -> None:
    """Run the app until it is stopped (Ctrl+C or SIGTERM); then remove everything it kept.

    port: 0 takes a free one; demo: start with the example study loaded. Prints the one-time address.
    """
    with _session_folder() as folder, closing(_listen(port)) as listener:
        session = Session(listener.getsockname()[1])
        actions = Actions(pipeline or _real_pipeline(), resources, Workspace(folder / "cases"))
        app = create_app(actions, session)
        if demo:
            actions.load_example()
        print(f"rnapp is open at {session.address} (this address works once)", flush=True)
        if open_browser:
            webbrowser.open(session.address)
        try:
            _server(app).run(sockets=[listener])
        finally:
            actions.stop()


def create_app(actions: Actions, session: Session) -> Guard:
    """The whole app behind its guard. Gradio is imported here, after it was told to stay offline."""
    import gradio as gr

    from rnapp.ui.layout import build
    from rnapp.ui.theme import reading_room, variables

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, actions, log_file())
    page = build(actions)
    gr.mount_gradio_app(app, page, path="/", server_name="127.0.0.1", server_port=session.port, footer_links=[],
                        run_history=False, show_error=False, ssr_mode=False, enable_monitoring=False, pwa=False,
                        mcp_server=False, theme=reading_room(), css_paths=[STATIC / "app.css"],
                        head=HEAD.replace("VARIABLES", variables()), max_file_size="4gb")
    return Guard(app, session)


@contextmanager
def _session_folder() -> Iterator[Path]:
    """This run's private folder (mode 0700), removed however the app ends."""
    folder = Path(tempfile.mkdtemp(prefix="rnapp-"))
    previous = signal.signal(signal.SIGTERM, _terminated)
    try:
        for name in ("cases", "uploads"):
            (folder / name).mkdir(mode=0o700)
        go_offline(folder / "uploads")
        yield folder
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, previous)


def _terminated(number: int, _: FrameType | None) -> None:
    """End through the finally clauses instead of at once."""
    sys.exit(128 + number)


def _listen(port: int) -> socket.socket:
    """A socket that only this computer can reach, listening already, so that the browser may come early."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def _server(app: Guard) -> uvicorn.Server:
    # No log of any kind: addresses and tracebacks can hold file names, and those a patient's.
    return uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="critical", access_log=False,
                                         server_header=False, timeout_graceful_shutdown=2, ws="none"))


def _real_pipeline() -> Pipeline:
    from rnapp import pipeline

    return pipeline
