"""Reads a scenario file beside a park file: every reference checked, all mistakes said at once."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from facilities.reading import amount
from facilities.scenario import (
    DRIVER_NOISE,
    EVEN_WEEK,
    EVEN_YEAR,
    FAULTS,
    REASONS,
    SHARE_NOISE,
    Driver,
    Event,
    Fault,
    Figure,
    Gap,
    Level,
    Mark,
    Ratio,
    Samples,
    Scenario,
    Share,
    Tickets,
)
from facilities.scenarioreading import Known
from flows.errors import Refused
from flows.findings import CODES, errors, finding
from flows.nearest import nearest
from flows.network import Stock
from flows.records import Quality
from flows.tomlfile import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from facilities.park import Park
    from flows.tomltable import Table

T = TypeVar("T")

#: A scenario lies beside its park file, `<park>-scenario.toml`.
ENDING = "-scenario"

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY = ("day", "month", "quarter")
_RELATIVE = ("bias", "drift", "slip")
_AMOUNTS = ("unlogged", "leak")


def beside(park_file: Path) -> Path:
    """Where the scenario of a park file lies, if there is one."""
    return park_file.with_name(f"{park_file.stem}{ENDING}.toml")


def load_scenario(path: str | Path, park: Park) -> Scenario:
    """Read a scenario file of a park.

    Raises:
        Refused: With all findings, if any of them is an error.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as problem:
        file, message = str(path), problem.strerror or type(problem).__name__
        raise Refused(finding("file-unreadable", file=file, path=file, message=message)) from None
    document = Document(raw, str(path))
    scenario = _Reader(document, park).scenario()
    if errors(document.findings):
        raise Refused.of(document.findings)
    return scenario


def _each(
    tables: Iterable[Table], read: Callable[[Table], T | None], *, once: str = ""
) -> tuple[T, ...]:
    """What could be read of each table; no two may say the same under the key `once`."""
    found: list[T] = []
    said: set[object] = set()
    for table in tables:
        item = read(table)
        if item is None:
            continue
        found.append(item)
        name = table.data.get(once)
        if once and name in said:
            table.report("id-duplicate", once, id=name)
        said.add(name)
    return tuple(found)


class _Reader(Known):
    """One pass over a document, table by table."""

    def scenario(self) -> Scenario:
        """All tables, those first to which others refer."""
        root = self.root
        head = root.table("scenario")
        park = head.text("park", required=True)
        if park and park != self.park.id:
            head.report("park-other", "park", what=park, known=self.park.id)
        first = head.day("first")
        if first is None:
            head.report("key-missing", "first", key="first")
        self.share_noise = self.part(head, "share-noise", SHARE_NOISE)
        ratios = _each(root.tables("ratio"), self._ratio, once="of")
        drivers = _each(root.tables("driver"), self._driver, once="of")
        self.drivers = {item.of for item in drivers}
        found = Scenario(
            park=park,
            first=first or date.min,
            world=head.whole("world", 1, 0, 2**31),
            seed=head.whole("seed", 1, 0, 2**31),
            share_noise=self.share_noise,
            sources=head.words("sources") or (),
            drivers=drivers,
            events=_each(root.tables("event"), self._event),
            shares=_each(root.tables("share"), self._share, once="of"),
            ratios=ratios,
            levels=_each(root.tables("stock"), self._level, once="process"),
            tickets=_each(root.tables("ticket"), self._tickets, once="of"),
            samples=_each(root.tables("sample"), self._samples, once="of"),
            figures=_each(root.tables("context"), self._figure, once="of"),
            gaps=_each(root.tables("missing"), self._gap),
            marks=_each(root.tables("quality"), self._mark),
            faults=_each(root.tables("fault"), self._fault),
        )
        head.close()
        root.close()
        return found

    def _ratio(self, table: Table) -> Ratio | None:
        of = self.known(table, "of", self.flows, "flow-unknown")
        to = tuple(
            name for name in table.words("to", required=True) or () if self.is_flow(table, name)
        )
        value = table.number("value", required=True)
        table.close()
        if not of or not to or value is None:
            return None
        self.designed.add(of)
        return Ratio(of, to, value)

    def _driver(self, table: Table) -> Driver | None:
        of = self.known(table, "of", self.flows, "flow-unknown")
        mean = self.amount(table, "mean", of)
        if of and mean is None and self.flows[of].typical is None and "mean" not in table:
            table.report("key-missing", "mean", key="mean")
        found = Driver(
            of,
            mean,
            self.factors(table, "week", EVEN_WEEK),
            self.factors(table, "months", EVEN_YEAR),
            self.part(table, "noise", DRIVER_NOISE),
            self.part(table, "memory", 0.7),
            self.within(table, "trend", 0.0, -0.99, 10.0),
            self.known(table, "instead", self.designed, "flow-unknown")
            if "instead" in table
            else "",
        )
        table.close()
        return found if of else None

    def _event(self, table: Table) -> Event | None:
        of = self.known(table, "of", self.movable(), "flow-unknown")
        to = self.known(table, "to", self.drivers, "flow-unknown") if "to" in table else ""
        if to and of and of not in self.drivers:
            # a share is no amount that could go elsewhere
            table.report("flow-unknown", "of", what=of, nearest=nearest(of, self.drivers))
        days = self.days(table, required=True)
        factor = table.number("factor", required=True)
        if factor is not None and factor < 0.0:
            table.report("value-range", "factor", key="factor", value=factor, low=0)
        table.text("note")
        table.close()
        return Event(of, days, factor, to) if of and factor is not None else None

    def _share(self, table: Table) -> Share | None:
        of = self.known(table, "of", self.designed, "flow-unknown")
        months = self.factors(table, "months", EVEN_YEAR)
        noise = self.part(table, "noise", self.share_noise)
        found = Share(of, months, noise, self.part(table, "memory", 0.7))
        table.text("note")
        table.close()
        return found if of else None

    def _level(self, table: Table) -> Level | None:
        process = self.known(table, "process", self.stocks, "stock-unknown")
        stock = self.stocks.get(process) or Stock(process)
        mean = amount(table, "mean", stock.kind, unit=stock.unit)
        spread = amount(table, "spread", stock.kind, unit=stock.unit)
        memory = self.part(table, "memory", 0.9)
        every = table.choice("every", _EVERY, "day")
        table.close()
        return Level(process, mean, spread, memory, every) if process else None

    def _tickets(self, table: Table) -> Tickets | None:
        of = self.known(table, "of", self.flows, "flow-unknown")
        load = self.amount(table, "load", of)
        if load is None or not 0.0 < load < math.inf:
            code = "value-range" if "load" in table else "key-missing"
            table.report(code, "load", key="load", value=str(table.data.get("load")), low="> 0")
            load = None
        prefix = table.text("prefix", required=True)
        weekdays = table.words("weekdays") or _WEEKDAYS
        wrong = [day for day in weekdays if day not in _WEEKDAYS]
        if wrong:
            allowed = " | ".join(_WEEKDAYS)
            table.report("value-type", "weekdays", key="weekdays", value=wrong[0], expected=allowed)
        table.close()
        if not of or load is None or wrong:
            return None
        return Tickets(of, load, prefix, tuple(sorted(_WEEKDAYS.index(day) for day in weekdays)))

    def _samples(self, table: Table) -> Samples | None:
        of = table.text("of", required=True)
        flow, _, name = of.rpartition(".")
        if flow and flow not in self.flows and flow not in self.processes:
            table.report("flow-unknown", "of", what=flow, nearest=nearest(flow, self.flows))
        elif of and name not in self.park.properties:
            close = nearest(name, self.park.properties)
            table.report("property-unknown", "of", what=name, nearest=close)
        mean = table.number("mean", required=True)
        every = table.raw("every") or [7, 7]
        whole = isinstance(every, list) and len(every) == 2
        if (
            not whole
            or not all(type(item) is int for item in every)
            or not 1 <= every[0] <= every[1]
        ):
            expected = "[low, high]"
            table.report("value-type", "every", key="every", value=str(every), expected=expected)
            every = [7, 7]
        months = self.factors(table, "months", EVEN_YEAR)
        spread, sigma = self.part(table, "spread", 0.0), self.part(table, "sigma", 0.03)
        table.close()
        return Samples(of, mean, spread, sigma, months, (every[0], every[1])) if mean else None

    def _figure(self, table: Table) -> Figure | None:
        known = [item.id for item in self.park.contexts]
        of = self.known(table, "of", known, "context-unknown")
        value = table.number("value", required=True)
        months, noise = self.factors(table, "months", EVEN_YEAR), self.part(table, "noise", 0.0)
        table.close()
        return Figure(of, value, months, noise) if of and value is not None else None

    def _gap(self, table: Table) -> Gap | None:
        of = self.told(table, "of")
        days = self.days(table, required=True)
        note = table.text("note", required=True)
        table.close()
        return Gap(of, days, note) if of else None

    def _mark(self, table: Table) -> Mark | None:
        of = self.told(table, "of")
        word = table.choice("quality", tuple(Quality))
        if not word:
            table.report("key-missing", "quality", key="quality")
        days = self.days(table)
        note = table.text("note")
        table.close()
        return Mark(of, Quality(word), days, note) if of and word else None

    def _fault(self, table: Table) -> Fault | None:
        kind = table.choice("kind", FAULTS)
        if not kind and "kind" not in table:
            table.report("key-missing", "kind", key="kind")
        if kind == "leak":
            of = self.known(table, "of", self.closing, "process-unknown")
        else:
            of = self.told(table, "of")
        other = self.told(table, "with", like=of) if kind == "swapped" else ""
        size, said = self._size(table, kind, of)
        days = self.days(table, required=True)
        places = table.words("visible_at") or ()
        for place in places:
            if place not in self.processes:
                close = nearest(place, self.processes)
                table.report("process-unknown", "visible_at", what=place, nearest=close)
        codes = table.words("findings") or ()
        for code in codes:
            if code not in CODES:
                close, allowed = nearest(code, CODES), ", ".join(CODES)
                table.report("key-unknown", "findings", key=code, nearest=close, allowed=allowed)
        reason = table.choice("reason", REASONS)
        if not reason and "reason" not in table:
            table.report("key-missing", "reason", key="reason")
        table.text("note")
        table.close()
        if not (kind and of and days.first and days.last):
            return None
        return Fault(kind, of, days.first, days.last, size, said, other, places, codes, reason)

    def _size(self, table: Table, kind: str, of: str) -> tuple[float, str]:
        """A ratio as a number, an amount with its unit."""
        if kind in _RELATIVE:
            value = table.number("size", required=True)
            if value is not None and value <= (0.0 if kind == "slip" else -1.0):
                low = 0 if kind == "slip" else -1
                table.report("value-range", "size", key="size", value=value, low=low)
            text = f"x {value:g}" if kind == "slip" else f"{value or 0.0:+.1%}"
            return value or 0.0, text
        if kind in _AMOUNTS:
            # what leaks is of the layer in which the process is balanced
            found = (
                amount(table, "size", "mass") if kind == "leak" else self.amount(table, "size", of)
            )
            if found is None and "size" not in table:
                table.report("key-missing", "size", key="size")
            return found or 0.0, table.text("size")
        return 0.0, ""
