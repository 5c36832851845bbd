"""Who may use the app: one person, one browser, on this computer only.

The launcher opens a page in a file that only this user can read; it sends a one-time token, which is exchanged for a
session cookie and spent. Every other request must carry that cookie, name the host that only this run has (against DNS
rebinding, and against programs on other ports), come from the app's own page or from the person (against cross-site
requests), and is answered to no other page. A second start of the program, which knows the run's key from a file that
only this user can read, may have another window opened.
"""

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rnapp.ui.session import ENTER, ENTERED, LARGEST_ENTRY, Session

# Gradio builds its templates with Function() and styles inline, hence the two unsafe-*; no other origin is
# reachable: not for scripts, fonts, pictures, frames, forms or fetches.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
))
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
# Program files may stay in the browser's cache; nothing about a patient may.
CACHEABLE = ("/assets/", "/static/", "/ui/", "/theme.css")
SAFE_METHODS = ("GET", "HEAD")
# How a second start of the program asks the first one for its window.
ANOTHER_WINDOW, KEY_HEADER = "/another-window", "X-Rnapp-Key"
CLOSED_PAGE = ("<!doctype html><meta charset='utf-8'><title>rnapp</title>"
               "<body style='font:18px system-ui;margin:15vh auto;max-width:34em;padding:0 1em'>"
               "<h1 style='font-size:1.3em'>You cannot use this window</h1><p>{sentence}</p>")
NO_SESSION = ("rnapp answers only the window that it opened itself. Close this one and start rnapp again, "
              "or use the address it printed when it started (it works once).")
WRONG_HOST = "rnapp answers only on this computer, at the address it printed when it started."
ALLOWING = "access-control-"  # how another page would be allowed to read an answer
WRONG_ORIGIN = "The request came from another page than rnapp's own and was refused."


class Guard:
    """ASGI middleware around the whole app; refuses everything without the session's cookie."""

    def __init__(self, app: ASGIApp, session: Session) -> None:
        self.app = app
        self.session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; lifespan messages pass."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, _with_headers(scope["path"], send))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._stranger(scope) or self._wrong_host(scope) or await self._entry(scope, receive)
        response = response or self._refusal(scope) or self._exchange(scope) or self._second_start(scope)
        if response is None and not self._has_cookie(scope):
            response = _closed(NO_SESSION)
        await (response or self.app)(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = await self._stranger(scope) or self._wrong_host(scope) or self._refusal(scope)
        if refused is None and self._has_cookie(scope):
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _stranger(self, scope: Scope) -> Response | None:
        if self.session.named:
            return None
        served = await run_in_threadpool(self.session.serves, scope.get("client"))
        return None if served else _closed(WRONG_HOST)

    def _wrong_host(self, scope: Scope) -> Response | None:
        return None if Headers(scope=scope).getlist("host") == [self.session.host] else _closed(WRONG_HOST)

    async def _entry(self, scope: Scope, receive: Receive) -> Response | None:
        """The answer to the launcher's page, None for any other request."""
        if scope["path"] != ENTER or scope["method"] != "POST":
            return None
        if not self.session.lets_in(Headers(scope=scope).get, await _body(receive)):
            return _closed(NO_SESSION)
        return HTMLResponse(ENTERED, headers={"Set-Cookie": self.session.cookie_header})

    def _refusal(self, scope: Scope) -> Response | None:
        """The refusal of a request from another page, whether or not that page could read the answer."""
        headers = Headers(scope=scope)
        reads = scope["type"] == "http" and scope["method"] in SAFE_METHODS
        asked_by = headers.getlist("sec-fetch-site")
        if (asked_by not in ([], ["same-origin"], *([["none"]] if reads else []))
                or not self._own_origins(headers, named=not reads)
                or (not asked_by and not self._own_referrer(headers))
                or scope.get("method") == "OPTIONS"):
            return _closed(WRONG_ORIGIN)
        return None

    def _own_origins(self, headers: Headers, named: bool) -> bool:
        """Whether the request names no other page as its origin. named: whether it must name one."""
        return headers.getlist("origin") in ([self.session.origin], *([] if named else [[]]))

    def _own_referrer(self, headers: Headers) -> bool:
        """For browsers that do not send Sec-Fetch-Site."""
        try:
            pages = [urlsplit(one) for one in headers.getlist("referer")]
        except ValueError:
            return False
        return all(f"{one.scheme}://{one.netloc}" == self.session.origin for one in pages)

    def _exchange(self, scope: Scope) -> Response | None:
        """The cookie for a fresh token; None if the address carries no token."""
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if scope["path"] != "/" or scope["method"] != "GET" or not tokens:
            return None
        fresh = self.session.redeem(tokens[0])
        if not fresh and not self._has_cookie(scope):
            return _closed(NO_SESSION)
        response = RedirectResponse("/", status_code=303)
        if fresh:
            response.headers["Set-Cookie"] = self.session.cookie_header
        return response

    def _second_start(self, scope: Scope) -> Response | None:
        """The answer to a second start of the program, None for any other request."""
        if scope["path"] != ANOTHER_WINDOW or scope["method"] != "POST":
            return None
        known = self.session.opens_for(Headers(scope=scope).get(KEY_HEADER, ""))
        return Response(status_code=204) if known else _closed(NO_SESSION)

    def _has_cookie(self, scope: Scope) -> bool:
        sent = _cookies(Headers(scope=scope).getlist("cookie"), self.session.cookie_name)
        return any(self.session.knows(cookie) for cookie in sent)


async def _body(receive: Receive) -> bytes:
    """As much of it as an entry may hold, plus one byte."""
    body = b""
    while len(body) <= LARGEST_ENTRY:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:LARGEST_ENTRY + 1]


def _cookies(headers: Iterable[str], name: str) -> list[str]:
    """Values of one cookie; a malformed header counts as none."""
    values = []
    for header in headers:
        try:
            jar = SimpleCookie(header)
        except CookieError:
            continue
        if name in jar:
            values.append(jar[name].value)
    return values


def closed_page(sentence: str) -> str:
    """The page shown to anyone who is not let in."""
    return CLOSED_PAGE.format(sentence=sentence)


def _closed(sentence: str) -> Response:
    return HTMLResponse(closed_page(sentence), status_code=403)


def _with_headers(path: str, send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.lower().startswith(ALLOWING)]:
                del headers[name]  # Gradio allows pages of other programs on this computer to read its answers
            headers.update(SECURITY_HEADERS)
            if not path.startswith(CACHEABLE):
                headers["Cache-Control"] = "no-store"
        await send(message)

    return sender
