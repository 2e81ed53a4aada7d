"""Drafts: what was typed and not yet saved, kept outside the ledger in a log for each day."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.daysheet.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.daysheet.state import SheetState

_UNSAFE = re.compile(r"[^\w.-]")
#: File that says for which park folder a ledger's drafts were typed.
_PLACE = "folder"
#: In place of a ledger's name while it has none.
_UNKNOWN = "unknown"
_FIELDS = frozenset(Cell.__dataclass_fields__)


def drafts_folder() -> Path:
    """Where drafts belong on this system, or where PARKFLOW_DRAFTS says."""
    if folder := os.environ.get("PARKFLOW_DRAFTS"):
        return Path(folder)
    from platformdirs import user_state_path

    return user_state_path("parkflow") / "drafts"


@dataclass
class Drafts:
    """Drafts of one person in one ledger.

    Each day has a file to which lines are only appended, so that a process killed at any moment
    leaves every earlier line whole; what it was writing itself is passed over when read.

    Attributes:
        folder: Of all drafts.
        park: Id of the park.
        user: Who types.
        ledger: Its identity: another ledger in the same folder, or of the same park in another
            one, has drafts of its own.
        place: Folder of the park.
        aside: Where drafts lie that were typed in this folder for another ledger.
        unwritten: By day, what could not be written yet; tried again with the next cell.
    """

    folder: Path
    park: str
    user: str
    ledger: str = ""
    aside: tuple[Path, ...] = ()
    place: str = ""
    unwritten: dict[date, dict[str, Cell | None]] = field(default_factory=dict)
    _dirty: set[Path] = field(default_factory=set)

    def path(self, day: date) -> Path:
        """File of a day."""
        return self.home / self.ledger / f"{day.isoformat()}.jsonl"

    @property
    def home(self) -> Path:
        """Folder of this person's drafts in all ledgers of parks of this id."""
        user = _UNSAFE.sub(lambda sign: f"%{ord(sign[0]):x}", self.user) or "%"
        return self.folder / _UNSAFE.sub("_", self.park) / user

    def put(self, day: date, changes: Mapping[str, Cell | None]) -> None:
        """Write cells down, None for those that are gone; in the kernel's hands on return.

        Raises:
            OSError: If it cannot be written; it is kept in `unwritten`.
        """
        if changes:
            self.unwritten.setdefault(day, {}).update(changes)
        for each in list(self.unwritten):
            self._append(each, self.unwritten[each])
            del self.unwritten[each]

    @property
    def unkept(self) -> int:
        """How many figures are in memory alone."""
        cells = (cell for changes in self.unwritten.values() for cell in changes.values())
        return sum(cell is not None for cell in cells)

    def _append(self, day: date, changes: Mapping[str, Cell | None]) -> None:
        lines = [
            {"what": what, "cell": None if cell is None else asdict(cell)}
            for what, cell in changes.items()
        ]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        path = self.path(day)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.place and not (beside := path.parent / _PLACE).exists():
            beside.write_text(self.place, "utf-8")
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if _torn(descriptor):
                text = "\n" + text
            _write_whole(descriptor, text.encode())
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
            text = ""
        cells: dict[str, Cell] = {}
        for line in text.splitlines():
            try:
                said = json.loads(line)
                what, cell = str(said["what"]), said["cell"]
                if cell is None:
                    cells.pop(what, None)
                else:
                    cells[what] = _cell(cell)
            except (ValueError, TypeError, KeyError):
                continue
        for what, later in self.unwritten.get(day, {}).items():
            cells.pop(what, None)
            if later is not None:
                cells[what] = later
        return cells

    def end(self, day: date, whats: set[str]) -> None:
        """What was saved is a draft no longer; the file goes with its last cell.

        Raises:
            OSError: If it cannot be written.
        """
        waiting = self.unwritten.get(day, {})
        for what in whats & waiting.keys():
            del waiting[what]
        if not waiting:
            self.unwritten.pop(day, None)
        left = self.read(day).keys() - whats
        if left:
            self.put(day, dict.fromkeys(whats))
            return
        self.path(day).unlink(missing_ok=True)

    def tell_aside(self) -> tuple[Path, ...]:
        """Where drafts for another ledger lie; told once."""
        aside, self.aside = self.aside, ()
        try:
            for item in aside:
                (item / _PLACE).write_text(f"{self.place}\naside", "utf-8")
        except OSError:
            pass  # it is told again next time
        return aside

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


def drafts_in(folder: Path, park: Path, name: str, user: str) -> Drafts:
    """The drafts of the ledger that lies in a park's folder now.

    Those that were typed there for another ledger (the park was made anew) stay where they are
    and are told once, by `Drafts.tell_aside`. Where the ledger cannot be read, the drafts are those
    that were typed in this folder last.

    Args:
        folder: Of all drafts.
        park: Folder of the park.
        name: Its id.
        user: Who types.
    """
    from flows.store.identity import identity

    key = identity(park / "park.db")
    place = str(park.resolve())
    own = Drafts(folder, name, user, key or _UNKNOWN, place=place)
    try:
        here = [item for item in own.home.iterdir() if _line(item / _PLACE) == place]
        if not key:  # nothing can be said of what is another ledger's
            here.sort(key=lambda item: item.stat().st_mtime_ns)
            own.ledger = here[-1].name if here else _UNKNOWN
            return own
        for item in here:  # typed before anything was recorded
            if item.name == _UNKNOWN and not (own.home / key).exists():
                item.rename(own.home / key)
        aside = [item for item in here if item.name != own.ledger and item.is_dir()]
        own.aside = tuple(item for item in aside if any(item.glob("*.jsonl")))
    except OSError:
        pass  # no drafts at all yet, or none that can be looked at
    return own


def settle(drafts: Drafts, park: Path) -> Drafts:
    """The same after the first save into an empty ledger, which has a name from then on."""
    if drafts.ledger != _UNKNOWN:
        return drafts
    return drafts_in(drafts.folder, park, drafts.park, drafts.user)


def in_hand(state: SheetState) -> dict[str, Cell | None]:
    """The figure in the field or in a question, as a draft that wants a look; no ticket."""
    line, cell = state.line, state.prompt.cell if state.prompt else None
    if cell is None and (typed := (state.typing or "").strip()):
        cell = Cell(typed, corrects=state.correcting)
    if line is None or cell is None or state.adding or cell.state == "missing" or cell.tickets:
        return {}
    return {line.what: replace(cell, state="pending")}


def _write_whole(descriptor: int, text: bytes) -> None:
    """A disk that is nearly full takes a part and says so by the count alone."""
    while text:
        text = text[os.write(descriptor, text) :]


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _cell(said: Mapping[str, Any]) -> Cell:
    known = {key: said[key] for key in said if key in _FIELDS}
    known["tickets"] = tuple((str(one), str(text)) for one, text in known.get("tickets", ()))
    return Cell(**known)


def _torn(descriptor: int) -> bool:
    """Whether the last line was cut off while it was written."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
