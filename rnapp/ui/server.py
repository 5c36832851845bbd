"""The app as a server for one browser on this computer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from rnapp.config import data_folder, default_settings
from rnapp.private import ended_by_signals, private_run
from rnapp.ui.actions import Actions
from rnapp.ui.guard import Guard
from rnapp.ui.keeping import Keeping
from rnapp.ui.listeners import Listeners
from rnapp.ui.models import Models
from rnapp.ui.offline import go_offline
from rnapp.ui.ports import Model, Pipeline, real_pipeline
from rnapp.ui.questions import write_last
from rnapp.ui.routes import STATIC, add_leaving, add_routes
from rnapp.ui.session import Session
from rnapp.ui.stubs import write_no_stubs
from rnapp.ui.trouble import log_file
from rnapp.ui.workspace import Workspace

# Gradio puts this into the page after it has chosen a theme of its own; the class on the body decides.
HEAD = """<meta name="referrer" content="same-origin">
<style>VARIABLES</style>
<script>
document.body.classList.toggle("dark", !/rnapp_room=light/.test(document.cookie));
document.addEventListener("dragover", event => event.preventDefault());
</script>"""


@dataclass(frozen=True)
class Running:
    """The app while it is open. end: closes it; idle: whether no case is open and nothing is being done."""

    end: Callable[[], None]
    idle: Callable[[], bool]


def serve(models: Sequence[Model], listeners: Listeners, demo: bool = False, pipeline: Pipeline | None = None,
          begun: Callable[[Running], None] = lambda _: None) -> None:
    """Run the app until it is ended (Quit, Ctrl+C, SIGTERM or SIGHUP); then remove everything that was not kept.

    The page is shown before the pipeline is imported and the model's resources are loaded, which would double the wait.
    models: at most one for each question, the one to begin with first; demo: start with the example study loaded, for
    which they are needed at once; begun: called when the app is about to answer.
    """
    with _session_folder() as folder, closing(listeners):
        actions = Actions(pipeline or real_pipeline(), models, Workspace(folder / "cases"))
        actions.questions.told = partial(_remember, default_settings().state)
        keeping = Keeping(actions, data_folder() / "cases")
        keeping.start()
        server = _server()
        end = partial(setattr, server, "should_exit", True)
        server.config.app = create_app(actions, keeping, listeners.session, end)
        if demo:
            actions.load_example()
        begun(Running(end, actions.workspace.idle))
        try:
            # An exception out of a signal can fall anywhere in the server's loop, also where it is swallowed.
            with ended_by_signals(server.handle_exit):
                server.run(sockets=list(listeners.sockets))
        finally:
            keeping.stop()
            actions.worker.stop()


def create_app(actions: Actions, keeping: Keeping, session: Session, end: Callable[[], None]) -> Guard:
    """The whole app behind its guard. Gradio is imported here, after it has been set offline. end: closes it."""
    write_no_stubs()
    import gradio as gr

    from rnapp.ui.layout import build
    from rnapp.ui.theme import reading_room, variables

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, actions, log_file())
    add_leaving(app, keeping, end)
    page = build(actions, keeping, Models(actions, default_settings()))
    gr.mount_gradio_app(app, page, path="/", server_name=session.name, server_port=session.port, footer_links=[],
                        run_history=False, show_error=False, ssr_mode=False, enable_monitoring=False, pwa=False,
                        mcp_server=False, theme=reading_room(), css_paths=[STATIC / "app.css"],
                        head=HEAD.replace("VARIABLES", variables()), max_file_size="4gb")
    return Guard(app, session)


def _remember(state: Path | None, task: str) -> None:
    """Remember the question for the next start; if it cannot be written, the next start uses the default."""
    if state is not None:
        with suppress(OSError):
            write_last(state, task)


@contextmanager
def _session_folder() -> Iterator[Path]:
    """This run's private folder, removed however the run ends."""
    with private_run() as folder:
        for name in ("cases", "uploads"):
            (folder / name).mkdir(mode=0o700)
        go_offline(folder / "uploads")
        yield folder


def _server() -> uvicorn.Server:
    """The server without its app, which needs to know how to end it."""
    # No log of any kind: addresses and tracebacks can hold file names, and those a patient's. There is no proxy.
    return uvicorn.Server(uvicorn.Config(_no_app, log_config=None, log_level="critical", access_log=False,
                                         server_header=False, proxy_headers=False, timeout_graceful_shutdown=2,
                                         ws="none"))


async def _no_app(_: Scope, __: Receive, ___: Send) -> None:
    """A placeholder until the app is ready."""
