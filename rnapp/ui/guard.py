"""The door of the app: one person, one browser, this computer only.

The launcher opens an address with a one-time token; the first request that brings it gets a session cookie and
the token is spent. Every other request must carry that cookie, name this computer as its host (against DNS
rebinding) and, where it changes something, come from the app's own page (against cross-site requests). A second start
of the program, which knows the run's key from a file that only this user can read, may have another window opened.
"""

import secrets
from collections.abc import Callable, Iterable
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
# How a second start of the program asks the first one for its window.
ANOTHER_WINDOW, KEY_HEADER = "/another-window", "X-Rnapp-Key"
CLOSED_PAGE = ("<!doctype html><meta charset='utf-8'><title>rnapp</title>"
               "<body style='font:18px system-ui;margin:15vh auto;max-width:34em;padding:0 1em'>"
               "<h1 style='font-size:1.3em'>This window is not open to you</h1><p>{sentence}</p>")
NO_SESSION = ("rnapp answers only the window that it opened itself. Close this one and start rnapp again, "
              "or use the address it printed when it started (it works once).")
WRONG_HOST = "rnapp answers only on this computer, at the address it printed when it started."
WRONG_ORIGIN = "The request came from another page than rnapp's own and was refused."


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _same(one: str, other: str) -> bool:
    """In a time that does not tell how much of it was right."""
    return secrets.compare_digest(one.encode(), other.encode())


@dataclass
class Session:
    """The secrets of one run. cookie: what the browser keeps until it closes; key: what a second start of the program
    shows; another_window: opens one at an address with a fresh token, None where nobody may ask for one."""

    port: int
    cookie: str = field(default_factory=_secret, repr=False)
    key: str = field(default_factory=_secret, repr=False)
    another_window: Callable[[str], None] | None = None
    _unspent: list[str] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def address(self) -> str:
        """What the launcher opens, with a fresh token; works once."""
        token = _secret()
        with self._lock:
            self._unspent.append(token)
        return f"http://127.0.0.1:{self.port}/?token={token}"

    @property
    def cookie_name(self) -> str:
        """Cookies do not know ports: two running apps must not overwrite each other's."""
        return f"rnapp_{self.port}"

    @property
    def hosts(self) -> tuple[str, str]:
        """The only Host headers that are answered."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    def redeem(self, token: str) -> bool:
        """Whether the token is one of ours and was not used before; uses it up."""
        with self._lock:
            valid = [one for one in self._unspent if _same(one, token)]
            self._unspent = [one for one in self._unspent if one not in valid]
            return bool(valid)

    def knows(self, cookie: str) -> bool:
        """Whether this is the session's cookie."""
        return _same(cookie, self.cookie)

    def opens_for(self, key: str) -> bool:
        """Open another window for a second start that knows the key; whether it does."""
        if self.another_window is None or not _same(key, self.key):
            return False
        self.another_window(self.address())
        return True


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
        response = self._refusal(scope) or self._exchange(scope) or self._second_start(scope)
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

    def _second_start(self, scope: Scope) -> Response | None:
        """The answer to a second start of the program, None for any other request."""
        if scope["path"] != ANOTHER_WINDOW or scope["method"] != "POST":
            return None
        known = self.session.opens_for(Headers(scope=scope).get(KEY_HEADER, ""))
        return Response(status_code=204) if known else _closed(NO_SESSION)

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
