"""One browser window's process: started without a shell, heard, and ended with its window."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import TYPE_CHECKING, Any

from textual_serve.app_service import AppService

from tui.reporting.files import WEB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger("parkflow")

#: What textual's driver writes first, and how many lines may stand before it.
_PRELUDE, _LINES = b"__GANGLION__\n", 10
#: Seconds to save and leave, and those until it is killed after having been told to end.
_LEAVING, _ENDING = 10.0, 3.0
#: Cells of a window: least and most, of columns and of rows.
_COLUMNS, _ROWS = (20, 500), (5, 200)
#: Bytes of complaints that are kept of one window, and of one packet of its process.
_COMPLAINTS, _PACKET = 20_000, 64 * 2**20


class Window(AppService):
    """The service of textual-serve with its process started from a list of words.

    Args:
        argv: Program and words.
        environment: Of the process, whole.
        owner: Whose window.
        **channels: As `AppService` has them: `write_bytes`, `write_str`, `close`,
            `download_manager`.
    """

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], *, owner: str, **channels: Any
    ) -> None:
        super().__init__("", **channels)
        self.owner = owner
        self._argv = tuple(argv)
        self._environment = dict(environment)
        self._complaints = b""

    @staticmethod
    def sized(width: object, height: object) -> tuple[int, int]:
        """Columns and rows as a browser says them, within reason; 80 x 24 where it says nothing."""
        return _within(width, 80, *_COLUMNS), _within(height, 24, *_ROWS)

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return self._environment | {
            "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
            "TEXTUAL_COLOR_SYSTEM": "truecolor",
            "TERM": "xterm-256color",
            "COLUMNS": str(width),
            "ROWS": str(height),
        }

    async def _open_app_process(
        self, width: int = 80, height: int = 24
    ) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._build_environment(width, height),
            start_new_session=True,  # Ctrl+C is for the server, which lets each window save
        )
        self._stdin = process.stdin
        log.info("serve: process %s began", process.pid)
        return process

    async def run(self) -> None:
        """Pass on what the process shows, until it ends; then the window is closed."""
        process = self._process
        if process is None or process.stdout is None:
            return
        complaining = asyncio.create_task(self._hear_complaints())
        try:
            if await self._began(process.stdout):
                await self._pass_on(process.stdout)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            log.info("serve: process %s: %r", process.pid, error)
            while await process.stdout.read(65536):  # nobody looks: let it write, and leave
                pass
        finally:
            await complaining
            code = await process.wait()
            log.info("serve: process %s ended with %s", process.pid, code)
            if code and self._complaints:
                text = self._complaints.decode("utf-8", "replace")
                log.warning("serve: process %s said: %s", process.pid, text)
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.remote_close()

    async def _began(self, out: asyncio.StreamReader) -> bool:
        """Whether it is an application; where it refused to be one, its words are shown."""
        for _ in range(_LINES):
            line = await out.readline()
            if line == _PRELUDE:
                return True
            if not line:
                break
        await asyncio.sleep(0.1)  # its last words come by another pipe
        text = self._complaints.decode("utf-8", "replace")
        if "Traceback" not in text:  # that is for the log
            shown = "\r\n".join(line for line in text.splitlines() if line.isprintable())
            await self.remote_write_bytes(f"\x1b[2J\x1b[H{shown}\r\n".encode())
        return False

    async def _pass_on(self, out: asyncio.StreamReader) -> None:
        """Packets: a letter, four bytes of length, the load."""
        while True:
            sort = await out.readexactly(1)
            size = int.from_bytes(await out.readexactly(4), "big")
            if size > _PACKET:
                raise ValueError(size)
            load = await out.readexactly(size)
            if sort == b"D":
                await self.on_data(load)
            elif sort == b"M":
                await self.on_meta(load)
            elif sort == b"P":
                await self.on_packed(load)

    async def on_meta(self, data: bytes) -> None:
        """What the process asks of the browser; it leads to a report, nowhere else."""
        asked = json.loads(data)
        if asked.get("type") == "open_url" and not WEB.fullmatch(str(asked.get("url"))):
            log.info("serve: an address was not opened")
            return
        await super().on_meta(data)

    async def _hear_complaints(self) -> None:
        process = self._process
        if process is None or process.stderr is None:
            return
        while heard := await process.stderr.read(4096):
            self._complaints = (self._complaints + heard)[-_COMPLAINTS:]

    async def stop(self) -> None:
        """Ask it to leave, then tell it, then end it."""
        if self._task is None or self._process is None:
            return
        task, self._task = self._task, None
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        await self.send_meta({"type": "quit"})
        for seconds, end in (
            (_LEAVING, self._process.terminate),
            (_ENDING, self._process.kill),
        ):
            done, _ = await asyncio.wait({task}, timeout=seconds)
            if done:
                break
            with contextlib.suppress(ProcessLookupError):
                end()
        await task


def _within(said: object, usual: int, least: int, most: int) -> int:
    try:
        return min(max(int(str(said)), least), most)
    except ValueError:
        return usual
