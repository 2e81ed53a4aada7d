"""A glance at a park folder: names of the day's sheet, before anything heavy is loaded."""

from __future__ import annotations

import time
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flows.errors import Refused
from flows.findings import finding
from flows.period import Calendar
from flows.tomlfile import parsed
from tui.daysheet.cells import Line, walk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

#: Seconds before its end in which a day is written up by the shift that ends it: a rule of thumb.
_WRITTEN_UP = 2 * 3600


@dataclass(frozen=True, slots=True)
class Glance:
    """What can be said of a park at once; the real reading follows and stands above it.

    Attributes:
        id, names: Of the park.
        facilities: Names by id.
        lines: The tour, as far as the file itself names it.
    """

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    facilities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)

    def today(self) -> date:
        """The operating day of now."""
        return self.calendar.day_of(int(time.time()))

    def runs(self, day: date) -> bool:
        """Whether an operating day goes on; who writes it up in its last hours has it whole."""
        return time.time() < self.calendar.span(day).end - _WRITTEN_UP


def glance(folder: Path) -> Glance:
    """Read what the screen shows first; what is wrong with the rest is told by the real reading.

    Raises:
        Refused: `park-missing` where there is no park file, `toml-syntax` where it is none.
    """
    path = folder / "park.toml"
    try:
        table = parsed(path.read_bytes().decode().removeprefix("\ufeff"))
    except OSError:
        raise Refused(finding("park-missing", str(folder.absolute()))) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(finding("toml-syntax", file=str(path), message=str(error))) from None
    head = _table(table.get("park"))
    facilities = {str(item.get("id")): _names(item) for item in _tables(table, "facility")}
    names: dict[str, dict[str, str]] = {}
    places: dict[str, list[str]] = {}
    for key in ("link", "flow", "stock"):
        for item in _tables(table, key):
            name = str(item.get("id") or _port(item, facilities))
            if key == "stock":
                name = f"stock:{item.get('process')}"
            names[name] = _names(item) or names.get(name, {})
            ends = [name.removeprefix("stock:"), *(str(item.get(end)) for end in ("from", "to"))]
            owners = [end.partition(".")[0] for end in ends]
            places[name] = [owner for owner in owners if owner in facilities]
    order = _table(table.get("tour")).get("order")
    tour = [what for what in order if isinstance(what, str)] if isinstance(order, list) else []
    headings = walk(places.get(what, [what.partition(".")[0]]) for what in tour)
    lines = (
        Line(what, names.get(what, {}), place) for what, place in zip(tour, headings, strict=True)
    )
    return Glance(str(head.get("id", "")), _names(head), facilities, tuple(lines), _calendar(head))


def _port(link: Mapping[str, Any], facilities: Mapping[str, object]) -> str:
    """Id of a link without one: the port that it leaves by, or else arrives at."""
    ends = [str(link.get(key)) for key in ("from", "to")]
    return next((end for end in ends if end.partition(".")[0] in facilities), ends[0])


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = table.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _names(table: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(text) for key, text in _table(table.get("names")).items()}


def _calendar(head: Mapping[str, Any]) -> Calendar:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    zone, start = str(head.get("zone", "UTC")), head.get("day_start", 0)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = "UTC"
    return Calendar(zone, start if isinstance(start, int) and 0 <= start < 24 else 0)
