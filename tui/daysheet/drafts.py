"""Drafts: what was typed and not yet saved, kept outside the ledger in a log for each day."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tui.daysheet.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSAFE = re.compile(r"[^\w.-]")
_FIELDS = frozenset(Cell.__dataclass_fields__)


def drafts_folder() -> Path:
    """Where drafts belong on this system, or where PARKFLOW_DRAFTS says."""
    if folder := os.environ.get("PARKFLOW_DRAFTS"):
        return Path(folder)
    from platformdirs import user_state_path

    return user_state_path("parkflow") / "drafts"


@dataclass
class Drafts:
    """Drafts of one person in one park.

    Each day has a file to which lines are only appended, so that a process killed at any moment
    leaves every earlier line whole; what it was writing itself is passed over when read.

    Attributes:
        folder: Of all drafts.
        park: Id of the park.
        user: Who types.
    """

    folder: Path
    park: str
    user: str
    _dirty: set[Path] = field(default_factory=set)

    def path(self, day: date) -> Path:
        """File of a day."""
        user = _UNSAFE.sub(lambda sign: f"%{ord(sign[0]):x}", self.user) or "%"
        return self.folder / _UNSAFE.sub("_", self.park) / user / f"{day.isoformat()}.jsonl"

    def put(self, day: date, changes: Mapping[str, Cell | None]) -> None:
        """Write cells down, None for those that are gone; in the kernel's hands on return.

        Raises:
            OSError: If it cannot be written.
        """
        if not changes:
            return
        lines = [
            {"what": what, "cell": None if cell is None else asdict(cell)}
            for what, cell in changes.items()
        ]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        path = self.path(day)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if _torn(descriptor):
                text = "\n" + text
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
        self._dirty.add(path)

    def sync(self) -> None:
        """Force what was written onto the disk; slow, so for a thread of its own."""
        while self._dirty:
            path = self._dirty.pop()
            try:
                descriptor = os.open(path, os.O_RDONLY)
            except OSError:  # saved and gone meanwhile
                continue
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self, day: date) -> dict[str, Cell]:
        """What is typed for a day and not saved; unreadable lines are passed over."""
        try:
            text = self.path(day).read_text("utf-8", errors="replace")
        except OSError:
            return {}
        cells: dict[str, Cell] = {}
        for line in text.splitlines():
            try:
                said = json.loads(line)
                what, cell = str(said["what"]), said["cell"]
                if cell is None:
                    cells.pop(what, None)
                else:
                    cells[what] = Cell(**{key: cell[key] for key in cell if key in _FIELDS})
            except (ValueError, TypeError, KeyError):
                continue
        return cells

    def end(self, day: date, whats: set[str]) -> None:
        """What was saved is a draft no longer; the file goes with its last cell.

        Raises:
            OSError: If it cannot be written.
        """
        left = self.read(day).keys() - whats
        if left:
            self.put(day, dict.fromkeys(whats))
            return
        self.path(day).unlink(missing_ok=True)

    def days(self) -> list[date]:
        """Days that have a draft, the last one first."""
        found = []
        for path in self.path(date.min).parent.glob("*.jsonl"):
            try:
                day = date.fromisoformat(path.stem)
            except ValueError:
                continue
            if self.read(day):
                found.append(day)
        return sorted(found, reverse=True)


def _torn(descriptor: int) -> bool:
    """Whether the last line was cut off while it was written."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
