"""Who may come in: hosts and origins that are ours, one-time tokens, people named by a proxy."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.errors import Refused, system_problem
from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

#: Addresses that can be served on, and what stands for them in the `Host` of a request.
LOOPBACK = {"127.0.0.1": "127.0.0.1", "::1": "[::1]", "localhost": "127.0.0.1"}
#: Header in which the proxy proves that a request comes through it.
SECRET_HEADER = "X-Parkflow-Proxy"  # noqa: S105  the name of a header
#: Shortest secret of a proxy; 32 hexadecimal digits are 128 bits.
SECRET_LENGTH = 32
#: Longest name of a person.
NAME_LENGTH = 64
#: Seconds that a browser stays signed in: a shift of twelve hours.
SIGNED_IN = 12 * 3600.0

#: Characters of a header's name: RFC 9110, 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Headers that browsers set themselves, or that mean something else.
_TAKEN = frozenset(
    {"host", "origin", "cookie", "authorization", "connection", "upgrade", "referer", "user-agent"}
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that signs people in.

    Attributes:
        header: In which it says who somebody is.
        secret: What it sends in `SECRET_HEADER`, lest anybody else says so.
    """

    header: str
    secret: str = field(repr=False)


def proxy_of(header: str | None, secret_file: Path | None, public: str) -> Proxy | None:
    """The proxy that the options describe, or None where there is none.

    Raises:
        Refused: `serve-proxy` where something is lacking or unsafe, `file-unreadable`.
    """
    if header is None and secret_file is None:
        return None
    if header is None or secret_file is None or not public:
        raise Refused(finding("serve-proxy"))
    if not _TOKEN.fullmatch(header) or header.lower() in {*_TAKEN, SECRET_HEADER.lower()}:
        raise Refused(finding("serve-proxy", "--trust-header", problem="header", text=header))
    try:
        mode = secret_file.stat().st_mode
        secret = secret_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = system_problem(error) if isinstance(error, OSError) else {"problem": "encoding"}
        raise Refused(finding("file-unreadable", file=str(secret_file), **said)) from None
    if stat.S_IMODE(mode) & 0o077:
        raise Refused(finding("serve-proxy", file=str(secret_file), problem="open"))
    if len(secret) < SECRET_LENGTH or not secret.isascii() or not secret.isprintable():
        found = finding("serve-proxy", file=str(secret_file), problem="short", least=SECRET_LENGTH)
        raise Refused(found)
    return Proxy(header, secret)


def public_origin(url: str) -> str:
    """Scheme, host and port of an address, as browsers write it in `Origin`.

    Raises:
        Refused: `serve-url` where it is more, or less, than that.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(finding("serve-url", text=url)) from None
    host = (parts.hostname or "").lower()
    beyond = parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc
    # what stands here goes into a header of every answer
    plain = re.fullmatch(r"[0-9a-z.-]+|[0-9a-f:]+", host)
    if parts.scheme not in {"http", "https"} or not plain or beyond:
        raise Refused(finding("serve-url", text=url))
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in {None, usual} else f":{port}")


class Door:
    """Decides on each request by its headers alone; knows nothing of how it came.

    Args:
        port: Served on.
        public: Origin under which a proxy shows it, or "".
        proxy: That signs people in; then no token lets anybody in.
        links: How many one-time tokens there are.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        port: int,
        *,
        public: str = "",
        proxy: Proxy | None = None,
        links: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port = port
        self.proxy = proxy
        self._clock = clock
        ours = [f"http://{name}" for name in sorted({*LOOPBACK.values(), "localhost"})]
        self._origins = {f"{one}:{port}" for one in ours} | (set(ours) if port == 80 else set())
        if public:
            self._origins.add(public)
        self._public = public.partition("://")[2]
        self._hosts = {origin.partition("://")[2] for origin in self._origins}
        self.tokens = tuple(secrets.token_urlsafe(32) for _ in range(0 if proxy else links))
        self._unused = list(self.tokens)
        self._signed_in: dict[bytes, float] = {}

    @property
    def cookie(self) -> str:
        """Name of the cookie; a browser gives the same cookies to every port of a host."""
        return f"parkflow-{self.port}"

    def knows_host(self, hosts: Sequence[str]) -> bool:
        """Whether a request names us: a page whose name was turned to us names itself."""
        return len(hosts) == 1 and hosts[0].lower() in self._hosts

    def knows_origin(self, origins: Sequence[str], *, needed: bool = False) -> bool:
        """Whether a request was made by a page of ours; a WebSocket must say so."""
        if not origins:
            return not needed
        return len(origins) == 1 and origins[0].lower() in self._origins

    def secure(self, host: str) -> bool:
        """Whether this host is reached over TLS, through the proxy."""
        return host.lower() == self._public and f"https://{self._public}" in self._origins

    def exchange(self, token: str) -> str | None:
        """A cookie for a token that nobody has used yet; the token is used up."""
        given = token.encode("utf-8", "surrogatepass")
        # each is compared to its end, whichever it is, so that time tells nothing
        same = [one for one in self._unused if hmac.compare_digest(one.encode(), given)]
        if not same:
            return None
        self._unused.remove(same[0])
        cookie = secrets.token_urlsafe(32)
        self._signed_in[_digest(cookie)] = self._clock() + SIGNED_IN
        return cookie

    def signed_in(self, cookie: str) -> bool:
        """Whether this cookie was given out, not too long ago."""
        now = self._clock()
        self._signed_in = {key: end for key, end in self._signed_in.items() if end > now}
        return _digest(cookie) in self._signed_in

    def person(self, proofs: Sequence[str], names: Sequence[str]) -> str | None:
        """Who the proxy says it is, or None where it is not the proxy that says so.

        Args:
            proofs: Values of `SECRET_HEADER`.
            names: Values of the trusted header.
        """
        if self.proxy is None or len(proofs) != 1 or len(names) != 1:
            return None
        given = proofs[0].encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(self.proxy.secret.encode(), given):
            return None
        name = names[0].strip()
        if not name or len(name) > NAME_LENGTH or not name.isprintable():
            return None
        return name


def _digest(cookie: str) -> bytes:
    """What is looked up in its place: how long that takes says nothing of the cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()
