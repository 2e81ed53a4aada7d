"""The command serve: the terminal application in a browser."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.face import Face, command

if TYPE_CHECKING:
    from tui.serving.doorway import Door
    from tui.serving.server import Plan


@command("serve")
def serve(
    face: Face,
    host: Annotated[
        str, typer.Option("--host", help="Address: 127.0.0.1 or ::1, no other.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any that is free.")
    ] = 8321,
    day: Annotated[
        str, typer.Option("--day", help="Day to begin with.", show_default="today")
    ] = "",
    readonly: Annotated[bool, typer.Option("--readonly", help="Look only, for everybody.")] = False,
    links: Annotated[
        int, typer.Option("--links", min=1, max=50, help="How many one-time addresses to print.")
    ] = 1,
    windows: Annotated[
        int, typer.Option("--windows", min=1, max=100, help="How many windows may be open at once.")
    ] = 8,
    header: Annotated[
        str | None,
        typer.Option("--trust-header", help="Header in which a proxy says who has signed in."),
    ] = None,
    secret: Annotated[
        Path | None,
        typer.Option("--proxy-secret-file", help="File of what that proxy proves itself with."),
    ] = None,
    public: Annotated[
        str, typer.Option("--public-url", help="Address under which a proxy shows it.")
    ] = "",
) -> None:
    """The terminal application in browsers of this computer, by an address that works once.

    Look only, unless a proxy signs people in: docs/serving.md.

    Example: parkflow serve --park mypark
    """
    import asyncio

    from flows.period import parse_day
    from tui.daysheet.glance import glance
    from tui.serving.doorway import Door, proxy_of, public_origin
    from tui.serving.server import Plan, Serving, bound
    from tui.serving.server import serve as answer

    glance(face.folder)  # no park, no server
    if day:
        parse_day(day)
    origin = public_origin(public) if public else ""
    plan = Plan(
        folder=face.folder.absolute(),
        lang=face.lang,
        day=day,
        readonly=readonly or bool(os.environ.get("PARKFLOW_READONLY")),
        host=host,
        port=port,
        public=origin,
        proxy=proxy_of(header, secret, origin),
        windows=windows,
        links=links,
    )
    with bound(plan) as listening:
        door = Door(listening.getsockname()[1], public=origin, proxy=plan.proxy, links=links)
        _log_to_file()
        serving = Serving(plan, door, face.words)
        asyncio.run(answer(serving, listening, lambda: _begun(face, plan, door)))
    face.tell(face.words.term("serve-over"))


def _begun(face: Face, plan: Plan, door: Door) -> None:
    """Print where it is; on one line, which is whole when a program has read it."""
    name = {"::1": "[::1]"}.get(plan.host, plan.host)
    at = plan.public or f"http://{name}:{door.port}"
    urls = [f"{at}/?token={token}" for token in door.tokens] or [f"{at}/"]
    looks = plan.readonly or plan.proxy is None
    if face.as_json:
        told = {
            "url": urls[0], "urls": urls, "host": plan.host, "port": door.port, "pid": os.getpid(),
            "readonly": looks, "identity": "proxy" if plan.proxy else "token",
        }  # fmt: skip
        print(json.dumps(told), flush=True)
        return
    words = face.words
    face.tell(words.term("serve-behind" if plan.proxy else "serve-open"))
    for url in urls:
        print(url, flush=True)
    if looks:
        face.tell(words.term("serve-looks-all" if plan.proxy else "serve-looks"))
    face.tell(words.term("serve-ends"))


def _log_to_file() -> None:
    """What the libraries have to say goes where ours goes, and never onto the terminal."""
    ours = logging.getLogger("parkflow")
    for name in ("aiohttp", "textual-serve", "asyncio"):
        theirs = logging.getLogger(name)
        theirs.handlers[:] = ours.handlers
        theirs.setLevel(logging.INFO)
        theirs.propagate = False
