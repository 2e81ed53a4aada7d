"""Serves the terminal application to browsers on this computer, over textual-serve and its page."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve.download_manager import DownloadManager

from flows.errors import Refused
from flows.findings import finding
from tui.serving import answers
from tui.serving.doorway import LOOPBACK, SECRET_HEADER, Door, Proxy
from tui.serving.window import Window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from reports.words import Words

log = logging.getLogger("parkflow")

#: Longest message of a browser in bytes (a pasted sheet), and of a request's body: none is read.
_MESSAGE, _BODY = 2_000_000, 1024
#: Seconds between two heartbeats, and those that windows have to save when the server ends.
_HEARTBEAT, _SAVING = 15.0, 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is served, and how.

    Attributes:
        folder: Of the park, absolute.
        lang, day: The application begins with.
        readonly: Look only, whoever it is.
        host, port: Address; port 0 takes any that is free.
        public: Origin under which a proxy shows it, or "".
        proxy: That signs people in, or None.
        windows: How many may be open at once.
        links: How many one-time addresses there are.
    """

    folder: Path
    lang: str
    day: str = ""
    readonly: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    public: str = ""
    proxy: Proxy | None = None
    windows: int = 8
    links: int = 1


def bound(plan: Plan) -> socket.socket:
    """A socket that listens on this computer alone.

    Raises:
        Refused: `serve-address` for any address but a loopback one, `serve-port` where the port
            cannot be had.
    """
    if plan.host not in LOOPBACK:
        raise Refused(finding("serve-address", "--host", text=plan.host))
    host = LOOPBACK[plan.host].strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, plan.port), family=family)
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise Refused(finding("serve-port", "--port", text=plan.port, message=said)) from None


class Serving:
    """Requests and windows of one server.

    Args:
        plan: What is served.
        door: Who comes in.
        words: Of the page and of refusals.
    """

    def __init__(self, plan: Plan, door: Door, words: Words) -> None:
        self.plan = plan
        self.door = door
        self.words = words
        self._windows: dict[Window, web.WebSocketResponse] = {}
        self._leaving: set[Window] = set()
        self._downloads = DownloadManager()
        self._closing = False
        self._statics = answers.statics()

    def application(self) -> web.Application:
        """The routes, behind the door."""
        app = web.Application(middlewares=[self._guard()], client_max_size=_BODY)
        for path, handler in (
            ("/", self._index),
            ("/favicon.ico", self._icon),
            ("/ws", self._window),
            ("/static/{name}", self._static),
            ("/report/{place}/{name}", self._report),
            ("/download/{key}", self._download),
        ):
            app.router.add_get(path, handler, allow_head=False)
        app.on_response_prepare.append(self._signed)
        app.on_shutdown.append(self._close_windows)
        return app

    def _guard(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def guard(
            request: web.Request,
            handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        ) -> web.StreamResponse:
            reason = self._elsewhere(request) or self._unknown(request)
            who = request.get("person", "")
            try:
                answer = self._forbidden() if reason else await handler(request)
            except web.HTTPException as error:
                answer = web.Response(status=error.status, text=error.reason)
            # never the query: the token stands there
            log.info(
                "serve %s %s %s %s %s",
                request.method, request.path[:80], answer.status, reason or "ok", who,
            )  # fmt: skip
            return answer

        return guard

    def _elsewhere(self, request: web.Request) -> str:
        """Why a request is not one of ours, for the log; "" where it is."""
        headers = request.headers
        if not self.door.knows_host(headers.getall("Host", [])):
            return "foreign host"
        if not self.door.knows_origin(headers.getall("Origin", []), needed=request.path == "/ws"):
            return "foreign origin"
        begins = headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if not begins and headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            return "asked by another page"
        return ""

    def _unknown(self, request: web.Request) -> str:
        """Why it is not known who asks, for the log; "" where a token, cookie or proxy says it."""
        door, headers = self.door, request.headers
        if door.proxy is not None:
            names = headers.getall(door.proxy.header, [])
            person = door.person(headers.getall(SECRET_HEADER, []), names)
            request["person"] = person or ""
            return "" if person else "not by the proxy"
        if request.path == "/" and "token" in request.query:
            if "prefetch" in headers.get("Sec-Purpose", ""):
                return "only looked ahead"
            request["cookie"] = door.exchange(request.query["token"])
            return "" if request["cookie"] else "wrong or used token"
        known = door.signed_in(request.cookies.get(door.cookie, ""))
        return "" if known else "not signed in"

    def _forbidden(self) -> web.Response:
        return web.Response(status=403, text=self.words.term("serve-forbidden"))

    async def _signed(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Headers of every answer, refusals too."""
        host = request.host if self.door.knows_host([request.host]) else ""
        at = f"{'wss' if self.door.secure(host) else 'ws'}://{host}" if host else ""
        answer.headers.update(answers.headers(at, report="report" in request))

    async def _index(self, request: web.Request) -> web.StreamResponse:
        """The page; or a cookie for a token, and then the page without it in the address."""
        secure = self.door.secure(request.host)
        if cookie := request.get("cookie"):
            # no redirect: after one, a browser sent by another site would hold the cookie back
            answer = web.Response(text=answers.ONWARD, content_type="text/html", charset="utf-8")
            answer.set_cookie(
                self.door.cookie, cookie, httponly=True, samesite="Strict", secure=secure, path="/"
            )
            return answer
        at = f"{'wss' if secure else 'ws'}://{request.host}/ws"
        size = request.query.get("fontsize", "")
        text = answers.page(self.words, self.plan.folder, at, size)
        return web.Response(text=text, content_type="text/html", charset="utf-8")

    async def _icon(self, _request: web.Request) -> web.StreamResponse:
        """None; browsers ask for it whatever the page says."""
        return web.Response(status=204)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        found = self._statics.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[1], content_type=found[0], charset="utf-8")

    async def _report(self, request: web.Request) -> web.StreamResponse:
        """A report that stands in the list of the report screen."""
        place, name = request.match_info["place"], request.match_info["name"]
        found = await asyncio.to_thread(answers.report, self.plan.folder, place, name)
        if found is None:
            raise web.HTTPNotFound
        request["report"] = True
        return found

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file that the application hands out; to be saved, never shown as a page of ours."""
        key = request.match_info["key"]
        try:
            told = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound from None
        if not isinstance(told.app_service, Window) or told.app_service.owner != self._owner(
            request
        ):
            return self._forbidden()
        answer = web.StreamResponse()
        answer.content_type = "application/octet-stream"
        name = quote(told.file_name, safe="")  # RFC 6266, the name as in RFC 8187
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        await answer.prepare(request)
        async for chunk in self._downloads.download(key):
            await answer.write(chunk)
        await answer.write_eof()
        return answer

    def _owner(self, request: web.Request) -> str:
        """Whose windows and files: the person's, or the browser's."""
        return str(request.get("person", "")) or request.cookies.get(self.door.cookie, "")

    async def _window(self, request: web.Request) -> web.StreamResponse:
        """One window: a WebSocket on one side, a process of its own on the other."""
        answer = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_MESSAGE)
        await answer.prepare(request)
        if self._closing or self._full():
            text = self.words.text("serve-full", count=self.plan.windows)
            await answer.send_bytes(f"\x1b[2J\x1b[H{text}\r\n".encode())
            await answer.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return answer
        window = Window(
            child_argv(self.plan),
            child_environment(os.environ, request.get("person", ""), readonly=self.plan.readonly),
            owner=self._owner(request),
            write_bytes=answer.send_bytes,
            write_str=answer.send_str,
            close=answer.close,
            download_manager=self._downloads,
        )
        self._windows[window] = answer
        try:
            width, height = request.query.get("width", ""), request.query.get("height", "")
            await window.start(*window.sized(width, height))
            async for message in answer:
                if message.type is WSMsgType.TEXT:
                    await self._heed(window, answer, message.data)
        finally:
            self._leaving.add(window)
            try:
                await window.stop()
            finally:
                self._leaving.remove(window)
                del self._windows[window]
        return answer

    def _full(self) -> bool:
        """Whether no window may be opened; one that a reload has left still saves, and is let to.

        So there may be twice as many processes as windows for the seconds of leaving, not more.
        """
        most, every = self.plan.windows, len(self._windows)
        return every - len(self._leaving) >= most or every >= 2 * most

    async def _heed(self, window: Window, answer: web.WebSocketResponse, text: str) -> None:
        """Do what a browser says; what makes no sense is passed over."""
        try:
            match json.loads(text):
                case ["stdin", str(typed)]:
                    await window.send_bytes(typed.encode("utf-8", "replace"))
                case ["resize", {"width": int(width), "height": int(height)}]:
                    await window.set_terminal_size(*window.sized(width, height))
                case ["ping", str(sent)]:
                    await answer.send_json(["pong", sent[:40]])
                case ["blur"]:
                    await window.blur()
                case ["focus"]:
                    await window.focus()
        except (ValueError, RecursionError):
            log.info("serve: a message that is no JSON")

    async def _close_windows(self, _app: web.Application) -> None:
        self._closing = True
        sockets = list(self._windows.values())
        await asyncio.gather(*(one.close(code=WSCloseCode.GOING_AWAY) for one in sockets))


def child_argv(plan: Plan) -> list[str]:
    """The program and its words: no shell reads them; -P keeps the working folder off the path."""
    return [
        sys.executable, "-P", "-m", "tui.serving.child", str(plan.folder), plan.lang, plan.day
    ]  # fmt: skip


#: What a child keeps of the server's environment: where files belong, how Python is found.
_KEPT = frozenset(
    {"HOME", "PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE",
     "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
     "PARKFLOW_LOG_DIR", "PARKFLOW_DRAFTS"}
)  # fmt: skip


def child_environment(
    own: os._Environ[str] | dict[str, str], person: str, *, readonly: bool
) -> dict[str, str]:
    """Environment of a window: no name but the person's, and read-only without one."""
    kept = {key: value for key, value in own.items() if key in _KEPT}
    kept |= {"LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    if person:
        kept["PARKFLOW_BY"] = person
    if readonly or not person:
        kept["PARKFLOW_READONLY"] = "1"
    return kept


async def serve(serving: Serving, listening: socket.socket, ready: Callable[[], object]) -> None:
    """Answer until a signal ends it; then every window saves and its process ends.

    Args:
        serving: What answers.
        listening: From `bound`.
        ready: Called once requests are answered.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(serving.application(), access_log=None, shutdown_timeout=_SAVING)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        ready()
        await ended.wait()
    finally:
        await runner.cleanup()
