"""The door of the app: one person, one browser, this computer only.

The launcher opens an address with a one-time token; the first request that brings it gets a session cookie and
the token is spent. Every other request must carry that cookie, name this computer as its host (against DNS
rebinding) and, where it changes something, come from the app's own page (against cross-site requests).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
CLOSED_PAGE = ("<!doctype html><meta charset='utf-8'><title>rnapp</title>"
               "<body style='font:18px system-ui;margin:15vh auto;max-width:34em;padding:0 1em'>"
               "<h1 style='font-size:1.3em'>This window is not open to you</h1><p>{sentence}</p>")
NO_SESSION = ("rnapp answers only the window that it opened itself. Close this one and start rnapp again, "
              "or use the address it printed when it started (it works once).")
WRONG_HOST = "rnapp answers only on this computer, at the address it printed when it started."
WRONG_ORIGIN = "The request came from another page than rnapp's own and was refused."


@dataclass
class Session:
    """The secrets of one run. token: spent at its first use; cookie: what the browser keeps until it closes."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _spent: bool = field(default=False, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def address(self) -> str:
        """What the launcher opens; works once."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    @property
    def cookie_name(self) -> str:
        """Cookies do not know ports: two running apps must not overwrite each other's."""
        return f"rnapp_{self.port}"

    @property
    def hosts(self) -> tuple[str, str]:
        """The only Host headers that are answered."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    def redeem(self, token: str) -> bool:
        """Whether the token is the right one and was not used before; uses it up."""
        with self._lock:
            valid = not self._spent and secrets.compare_digest(token.encode(), self.token.encode())
            self._spent = self._spent or valid
            return valid

    def knows(self, cookie: str) -> bool:
        """Whether this is the session's cookie."""
        return secrets.compare_digest(cookie.encode(), self.cookie.encode())


class Guard:
    """ASGI middleware around the whole app; lets nothing pass that has not shown the session's cookie."""

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
        response = self._refusal(scope) or self._exchange(scope)
        if response is None and not self._has_cookie(scope):
            response = _closed(NO_SESSION)
        await (response or self.app)(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._refusal(scope) is None and self._has_cookie(scope):
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.getlist("host") not in [[host] for host in self.session.hosts]:
            return _closed(WRONG_HOST)
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if changes and headers.get("origin") != f"http://{headers['host']}":
            return _closed(WRONG_ORIGIN)
        return None

    def _exchange(self, scope: Scope) -> Response | None:
        """The cookie for a fresh token, or None where the address carries no token."""
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if scope["path"] != "/" or scope["method"] != "GET" or not tokens:
            return None
        fresh = self.session.redeem(tokens[0])
        if not fresh and not self._has_cookie(scope):
            return _closed(NO_SESSION)
        response = RedirectResponse("/", status_code=303)
        if fresh:
            response.set_cookie(self.session.cookie_name, self.session.cookie, httponly=True, samesite="strict",
                                path="/")
        return response

    def _has_cookie(self, scope: Scope) -> bool:
        sent = _cookies(Headers(scope=scope).getlist("cookie"), self.session.cookie_name)
        return any(self.session.knows(cookie) for cookie in sent)


def _cookies(headers: Iterable[str], name: str) -> list[str]:
    """Values of one cookie; a header that is no cookie header counts as none."""
    values = []
    for header in headers:
        try:
            jar = SimpleCookie(header)
        except CookieError:
            continue
        if name in jar:
            values.append(jar[name].value)
    return values


def _closed(sentence: str) -> Response:
    return HTMLResponse(CLOSED_PAGE.format(sentence=sentence), status_code=403)


def _with_headers(path: str, send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(SECURITY_HEADERS)
            if not path.startswith(CACHEABLE):
                headers["Cache-Control"] = "no-store"
        await send(message)

    return sender
