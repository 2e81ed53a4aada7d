"""Where reports lie, which there are, and the program that opens one."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from flows.errors import Refused
from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

#: Folder of reports beside the park file.
FOLDER = "reports"

#: Seconds that a program which opens a page may take to hand it on.
PATIENCE = 20.0

#: Where the served application gives reports out: number of the folder, name of the file.
WEB = re.compile(r"/report/\d/[^/?#\\]+")

_NAME = re.compile(
    r"report-(?P<period>\d{4}(-\d{2}|-Q[1-4])?)(-(?P<lang>[a-z]{2}))?(-(?P<seq>\d+))?"
)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report on disk.

    Attributes:
        period, lang, seq: As its name says; "" and 0 where it does not. `seq` is the event of the
            ledger up to which it holds.
        made: Seconds since 1970 UTC.
    """

    path: Path
    period: str
    lang: str
    seq: int
    made: float
    size: int


def report_name(period: str, lang: str, seq: int) -> str:
    """Name of a report: another state of the ledger makes another file.

    >>> report_name("2025-03", "zh", 412)
    'report-2025-03-zh-412.html'
    """
    return f"report-{period}-{lang}-{seq}.html"


def report_folder(park: Path, others: Iterable[Path]) -> Path:
    """Where reports are written: beside the park file, else the first other that takes files.

    Raises:
        Refused: `file-unwritable`, of the folder beside the park file.
    """
    wanted = park / FOLDER
    for folder in (wanted, *others):
        if _takes_files(folder):
            return folder
    raise Refused(finding("file-unwritable", file=str(wanted), problem="denied"))


def report_folders(park: Path, park_id: str, drafts: Path) -> tuple[Path, ...]:
    """Where reports lie: beside the park file, where `demo` puts its own, and of the user.

    The last is for a park folder that cannot be written.

    Args:
        park: Folder of the park.
        park_id: Its id.
        drafts: Folder of the user's drafts.
    """
    return park / FOLDER, park, drafts.parent / FOLDER / park_id


def web_address(path: Path, folders: Sequence[Path]) -> str:
    """Path under which the served application gives a listed report out.

    >>> from pathlib import Path
    >>> web_address(Path("park/reports/report-2025.html"), [Path("park/reports"), Path("park")])
    '/report/0/report-2025.html'
    """
    return f"/report/{folders.index(path.parent)}/{quote(os.fsencode(path.name), safe='')}"


def listed_report(folders: Sequence[Path], place: str, name: str) -> bytes | None:
    """Content of a report that the list names, by what its address says; None of anything else.

    No path is put together from an address: names are compared to those of the list. A symbolic
    link is none of ours, whatever it leads to.
    """
    if place not in map(str, range(len(folders))):
        return None
    listed = (item.path for item in reports_in([folders[int(place)]]))
    path = next((one for one in listed if one.name == name), None)
    if path is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            return file.read() if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except OSError:
        return None


def _takes_files(folder: Path) -> bool:
    """Whether files can be made in a folder, or in the one that it would be made in."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def reports_in(folders: Iterable[Path]) -> list[ReportFile]:
    """Reports in some folders, the newest first; a folder that is not there has none."""
    found: dict[Path, ReportFile] = {}
    for folder in folders:
        try:
            paths = sorted(folder.glob("report*.html"))
        except OSError:
            continue
        for path in paths:
            try:
                status = path.stat()
            except OSError:
                continue
            if not stat.S_ISREG(status.st_mode):
                continue
            named = _NAME.fullmatch(path.stem)
            told = named.groupdict("") if named else {}
            found[path] = ReportFile(
                path, told.get("period", ""), told.get("lang", ""), int(told.get("seq") or 0),
                status.st_mtime, status.st_size,
            )  # fmt: skip
    return sorted(found.values(), key=lambda item: (-item.made, item.path.name))


def opener(
    environment: Mapping[str, str],
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
) -> tuple[str, ...]:
    """Command that opens a page in a window of its own; () where there is none.

    A browser that runs in the terminal is none: it would take the screen.
    """
    if platform == "darwin":
        wanted: tuple[tuple[str, ...], ...] = (("open",),)
    elif platform == "win32":
        wanted = (("explorer",),)
    elif environment.get("WSL_DISTRO_NAME"):
        wanted = (("wslview",),)
    elif environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        wanted = (("xdg-open",), ("gio", "open"))
    else:
        wanted = ()
    return next((words for words in wanted if which(words[0])), ())


def open_page(path: Path, environment: Mapping[str, str]) -> bool:
    """Have a page opened by the system's browser; whether something took it.

    Waits for the program that hands it on; call it from a thread of its own.
    """
    command = opener(environment)
    if not command:
        return False
    try:
        run = subprocess.run(  # noqa: S603  the command is one of ours, the file one of the list
            [*command, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
            start_new_session=True,
        )
    except OSError:
        return False
    except subprocess.TimeoutExpired:
        return True
    # explorer ends with 1 though it has opened the page
    return run.returncode == 0 or command[0] == "explorer"
