"""What is given out: the page and its files, reports, and the headers that go with each."""

from __future__ import annotations

import html
import string
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import textual_serve
from aiohttp import web

from flows.errors import Refused
from tui.daysheet.drafts import drafts_folder
from tui.daysheet.glance import glance
from tui.reporting.files import listed_report, report_folders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.words import Words

#: What the page may load and do: scripts of ours and no others, nothing from elsewhere. xterm sets
#: the widths of its cells by style elements, so styles are allowed inline; scripts are not.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
#: A report runs its own scripts (its file says which, by hash) as a page of no origin: it reads no
#: cookie, asks for nothing, reaches no window of ours, and what it would ask for is foreign to us.
REPORT_POLICY = (
    "sandbox allow-scripts allow-modals allow-downloads; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Server": "parkflow",
}
#: Leads to the page without the token in the address.
ONWARD = (
    '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>parkflow</title>'
    '<link rel="icon" href="data:,">'
)
#: The terminal's script draws by WebGL and at once by a canvas instead. Without this line it needs
#: no WebGL, which remote desktops lack, and wakes no driver that has something to say.
_WEBGL = b"this.terminal.loadAddon(this.webglAddon),"


def headers(socket: str, *, report: bool = False) -> Mapping[str, str]:
    """Headers of an answer.

    Args:
        socket: Scheme and host of WebSockets, or "" where the host is not ours.
        report: Whether it is a report: a sandboxed page that names an opener policy is an error
            (HTML, "obtain a cross-origin opener policy"); the policy of its opener parts them.
    """
    if report:
        kept = {key: value for key, value in _HEADERS.items() if "Opener" not in key}
        return kept | {"Content-Security-Policy": REPORT_POLICY}
    policy = PAGE_POLICY.format(socket=socket).replace(" ;", ";")
    return _HEADERS | {"Content-Security-Policy": policy}


def statics() -> dict[str, tuple[str, bytes]]:
    """Files of the page by name: content type and content."""
    theirs = Path(textual_serve.__file__).parent / "static"
    ours = files("tui.serving").joinpath("web")
    script = (theirs / "js" / "textual.js").read_bytes()
    return {
        "textual.js": ("text/javascript", script.replace(_WEBGL, b"", 1)),
        "xterm.css": ("text/css", (theirs / "css" / "xterm.css").read_bytes()),
        "page.js": ("text/javascript", ours.joinpath("page.js").read_bytes()),
        "page.css": ("text/css", ours.joinpath("page.css").read_bytes()),
    }


def page(words: Words, folder: Path, socket: str, size: str) -> str:
    """The page that holds a terminal.

    Args:
        words: Of the language.
        folder: Of the park.
        socket: Address of the WebSocket.
        size: Asked for, of letters; 8 to 40 pixels, anything else is 16.
    """
    shown = {
        "lang": {"zh": "zh-CN"}.get(words.language, words.language),
        "title": f"parkflow - {folder.name}",
        "socket": socket,
        "size": size if size.isascii() and size.isdigit() and 8 <= int(size) <= 40 else "16",
    } | {
        name: words.term(f"serve-{name}")
        for name in ("opening", "ended", "again", "held", "report")
    }
    text = files("tui.serving").joinpath("web", "page.html").read_text("utf-8")
    return string.Template(text).substitute(
        {key: html.escape(value) for key, value in shown.items()}
    )


def report(folder: Path, place: str, name: str) -> web.Response | None:
    """A report of the list, to be shown in a tab of its own; None where it is not there.

    Args:
        folder: Of the park.
        place: As `tui.reporting.files.web_address` wrote it.
        name: Likewise.
    """
    try:
        park_id = glance(folder).id
    except Refused:
        return None
    content = listed_report(report_folders(folder, park_id, drafts_folder()), place, name)
    if content is None:
        return None
    answer = web.Response(body=content, content_type="text/html", charset="utf-8")
    saved_as = quote(name, safe="")  # RFC 6266, the name as in RFC 8187
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{saved_as}"
    answer.enable_compression()
    return answer
