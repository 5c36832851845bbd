"""What the window shows while the app loads, on the app's own address; light, so that it is there at once."""

import socket
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from rnapp.ui.guard import NO_SESSION, WRONG_HOST, closed_page
from rnapp.ui.listeners import Listeners
from rnapp.ui.session import ENTER, ENTERED, LARGEST_ENTRY, Session

LOADING, FAILED, NOT_YET = 503, 500, 501
PATIENCE_SECONDS = 20
LONGEST_LENGTH = len(str(LARGEST_ENTRY))  # digits
LOOK_AGAIN_MS = 400
# The page asks until somebody else than this server answers; then the same address opens the app.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>rnapp</title>
<style>
body { background: #12161b; color: #dfe5ec; font: 18px/1.5 system-ui, sans-serif; margin: 22vh auto; width: 34em;
  max-width: 90vw; }
h1 { font-size: 1.7em; margin: 0; } p { margin: .4em 0 1.4em; color: #a9b4c0; }
#bar { height: 5px; border-radius: 3px; background: #29313a; overflow: hidden; }
/* In steps: drawn at every frame it would take a core from the program that it waits for, where no GPU draws. */
#bar i { display: block; width: 25%; height: 100%; background: #56b4e9; animation: go 2.4s steps(4) infinite; }
@keyframes go { to { transform: translateX(400%) } }
.failed #bar { display: none; } .failed #words { color: #ffb454; }
</style>
<h1>rnapp</h1><p>Research software, not a medical device.</p><div id="bar"><i></i></div>
<p id="words" role="status">WORDS</p>
<script>
async function look() {
  try {
    const answer = await fetch("/startup", {cache: "no-store"});
    const loading = answer.status === LOADING;
    if (!loading && answer.status !== FAILED) { location.reload(); return; }
    document.querySelector("#words").textContent = await answer.text();
    document.body.classList.toggle("failed", !loading);
  } catch {}
  setTimeout(look, AGAIN);
}
look();
</script></html>"""
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
           "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
                                      "connect-src 'self'; frame-ancestors 'none'",
           "Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}


class Splash:
    """Answers on the app's sockets until the app does, and lets the launcher's page in. Use: with Splash(listeners)
    as splash."""

    def __init__(self, listeners: Listeners) -> None:
        self._words, self._status = "Starting …", LOADING
        handler = _handler(self, listeners.session)
        self._servers = [_Server(listener, handler) for listener in listeners.sockets]
        self._threads = [Thread(target=one.serve_forever, args=(0.05,), daemon=True) for one in self._servers]

    def __enter__(self) -> "Splash":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more; the sockets stay open for the app."""
        for server in self._servers:
            server.shutdown()
        for thread in self._threads:
            thread.join()

    @property
    def state(self) -> tuple[str, int]:
        """The words and the status that are shown now."""
        return self._words, self._status

    def say(self, words: str) -> None:
        """What is going on."""
        self._words = words

    def fail(self, sentence: str) -> None:
        """Why there will be no app."""
        self._words, self._status = sentence, FAILED


class _Server(ThreadingHTTPServer):
    """On a socket that listens already."""

    def __init__(self, listener: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(listener.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


def _handler(splash: Splash, session: Session) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_SECONDS

        def do_GET(self) -> None:
            words, status = splash.state
            if self.path == "/startup":
                self._answer(status, words, "plain")
            else:
                self._answer(status, _page(words))

        def do_POST(self) -> None:
            if self.path != ENTER:
                self._answer(NOT_YET, "")
            elif session.lets_in(self.headers.get, self._body()):
                self._answer(200, ENTERED, cookie=session.cookie_header)
            else:
                self._answer(403, closed_page(NO_SESSION))

        def parse_request(self) -> bool:
            """Whether it is one that is answered: at the name that only this run has."""
            if not super().parse_request():
                return False
            if self.headers.get_all("host") == [session.host] and session.serves(self.client_address[:2]):
                return True
            self._answer(403, closed_page(WRONG_HOST))
            return False

        def _body(self) -> bytes:
            length = self.headers.get("content-length", "")
            return self.rfile.read(int(length)) if length.isdecimal() and len(length) <= LONGEST_LENGTH else b""

        def _answer(self, status: int, body: str, kind: str = "html", cookie: str = "") -> None:
            self.send_response(status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            if cookie:
                self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *values: object) -> None:
            """Nothing of the session is written down."""

    return Handler


def _page(words: str) -> str:
    return (PAGE.replace("WORDS", escape(words)).replace("LOADING", str(LOADING)).replace("FAILED", str(FAILED))
            .replace("AGAIN", str(LOOK_AGAIN_MS)))
