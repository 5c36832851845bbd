"""The secrets of one run, and the one-time tokens that its launcher hands out, which expire soon."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from threading import Lock
from urllib.parse import parse_qs

from rnapp.ui.peer import Peers

LOOPBACK = "127.0.0.1"
ENTER = "/enter"  # where the launcher's page sends its token
PAGE_SECONDS, ADDRESS_SECONDS = 120.0, 900.0  # a page is opened by the program, an address by a person
LARGEST_ENTRY = 1024  # bytes
# A browser sends no origin for a page in a file, and reports it as cross-site; nothing else may enter this way.
PAGE_SAYS = {"origin": (None, "null", "file://"), "sec-fetch-site": (None, "cross-site"),
             "sec-fetch-mode": (None, "navigate"), "sec-fetch-dest": (None, "document")}
# Sent, not linked: what is in an address is kept in the browser's history.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>rnapp</title>
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src \
'unsafe-inline'; form-action ORIGIN">
<body style="background: #12161b; color: #dfe5ec"><form method="post" action="ORIGIN/enter">
<input type="hidden" name="token" value="TOKEN"><noscript><button>Open rnapp</button></noscript></form>
<script>document.forms[0].submit()</script></html>
"""
# The first request comes from the page in a file, and would get no strict cookie; the next one comes from the app.
ENTERED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>rnapp</title>
<body style="background: #12161b"><script>location.replace("/")</script><noscript><a href="/">Open rnapp</a></noscript>
</html>"""


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _nothing() -> None:
    """Do nothing."""


def _same(one: str, other: str) -> bool:
    """In constant time, so that the duration does not reveal how much was right."""
    return secrets.compare_digest(one.encode(), other.encode())


def own_name() -> str:
    """A host name on this computer that no other program has. Cookies do not know ports: those of 127.0.0.1 go to every
    program that listens on it, those of this name to rnapp alone. Browsers find *.localhost by themselves."""
    return f"rnapp-{secrets.token_hex(10)}.localhost"


@dataclass(frozen=True)
class _Token:
    """until: by the monotonic clock; spent: called when it is used."""

    secret: str = field(repr=False)
    until: float
    spent: Callable[[], None]


@dataclass
class Session:
    """The secrets of one run. name: the only host name that is answered; cookie: what the browser keeps until it
    closes; key: what a second start of the program shows; another_window: opens one, None if none may be requested;
    clock: seconds."""

    port: int
    name: str = field(default_factory=own_name, repr=False)
    cookie: str = field(default_factory=_secret, repr=False)
    key: str = field(default_factory=_secret, repr=False)
    another_window: Callable[[], None] | None = None
    clock: Callable[[], float] = time.monotonic
    _unspent: list[_Token] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _peers: Peers = field(default_factory=Peers, repr=False)

    @property
    def named(self) -> bool:
        """Whether this run has a name of its own."""
        return self.name != LOOPBACK

    def serves(self, client: tuple[str, int] | None) -> bool:
        """Whether a connection from there may be answered at all. With a host name of our own: anyone who knows it.
        Without one, the cookie is sent to every program that listens on this computer: only this user's programs."""
        return self.named or self._peers.own(client)

    @property
    def host(self) -> str:
        """The only Host header that is answered."""
        return f"{self.name}:{self.port}"

    @property
    def origin(self) -> str:
        """Of the app's own pages."""
        return f"http://{self.host}"

    @property
    def cookie_name(self) -> str:
        """Two running apps must not overwrite each other's, where they share a name."""
        return f"rnapp_{self.port}"

    @property
    def cookie_header(self) -> str:
        """Valid for this host alone, because it names no domain."""
        return f"{self.cookie_name}={self.cookie}; HttpOnly; SameSite=Strict; Path=/"

    def address(self) -> str:
        """For a person to open, with a fresh token."""
        return f"{self.origin}/?token={self._token(ADDRESS_SECONDS, _nothing)}"

    def page(self, spent: Callable[[], None] = _nothing) -> str:
        """HTML that logs the browser in, with a fresh token; for a file that only this user can read.

        spent: told when it has been used.
        """
        return PAGE.replace("ORIGIN", escape(self.origin)).replace("TOKEN", self._token(PAGE_SECONDS, spent))

    def redeem(self, token: str) -> bool:
        """Whether the token is one of ours, not used before and not too old; uses it up."""
        with self._lock:
            now = self.clock()
            fresh = [one for one in self._unspent if one.until > now]
            valid = [one for one in fresh if _same(one.secret, token)]
            self._unspent = [one for one in fresh if one not in valid]
        for one in valid:
            one.spent()
        return bool(valid)

    def lets_in(self, header: Callable[[str], str | None], body: bytes) -> bool:
        """Whether this request to ENTER is the launcher's page with a fresh token; uses it up. header: by name."""
        if len(body) > LARGEST_ENTRY or any(header(name) not in allowed for name, allowed in PAGE_SAYS.items()):
            return False
        tokens = parse_qs(body.decode("latin-1")).get("token", [])
        return len(tokens) == 1 and self.redeem(tokens[0])

    def knows(self, cookie: str) -> bool:
        """Whether this is the session's cookie."""
        return _same(cookie, self.cookie)

    def opens_for(self, key: str) -> bool:
        """Open another window for a second start that knows the key; returns whether it does."""
        if self.another_window is None or not _same(key, self.key):
            return False
        self.another_window()
        return True

    def _token(self, seconds: float, spent: Callable[[], None]) -> str:
        token = _Token(_secret(), self.clock() + seconds, spent)
        with self._lock:
            self._unspent.append(token)
        return token.secret
