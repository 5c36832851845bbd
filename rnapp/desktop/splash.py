"""What the window shows while the app loads, on the app's own address; light, so that it is there at once."""

import socket
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

LOADING, FAILED = 503, 500
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
<h1>rnapp</h1><p>Radiation necrosis or tumour progression after radiosurgery.<br>Research software, not a medical
device.</p><div id="bar"><i></i></div><p id="words" role="status">WORDS</p>
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
                                      "connect-src 'self'; frame-ancestors 'none'"}


class Splash:
    """Answers on the app's socket until the app does. Use: with Splash(listener) as splash."""

    def __init__(self, listener: socket.socket) -> None:
        self._words, self._status = "Starting …", LOADING
        self._server = ThreadingHTTPServer(listener.getsockname(), self._handler(), bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listener
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "Splash":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more; the socket stays open for the app."""
        self._server.shutdown()
        self._thread.join()

    def say(self, words: str) -> None:
        """What is going on."""
        self._words = words

    def fail(self, sentence: str) -> None:
        """Why there will be no app."""
        self._words, self._status = sentence, FAILED

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        splash = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                state = self.path == "/startup"
                body = splash._words if state else _page(splash._words)
                self.send_response(splash._status)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", f"text/{'plain' if state else 'html'}; charset=utf-8")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *values: object) -> None:
                """Addresses hold the one-time token; none is written down."""

        return Handler


def _page(words: str) -> str:
    return (PAGE.replace("WORDS", escape(words)).replace("LOADING", str(LOADING)).replace("FAILED", str(FAILED))
            .replace("AGAIN", str(LOOK_AGAIN_MS)))
