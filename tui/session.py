"""The composition root: a park folder opened, its file, ledger and kernel put together."""

from __future__ import annotations

import getpass
import logging
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Self

from facilities import parkfile
from flows.errors import Refused, system_problem
from flows.findings import Finding, finding
from flows.nearest import nearest
from flows.period import parse_day, parse_period
from tui.reconciling.carried import reconciled_balances, with_contents
from tui.reconciling.month import Month, balanced, display

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    from facilities.park import Park
    from flows.balance import Balance
    from flows.chains import ChainResult
    from flows.contents import Content
    from flows.measuring import PeriodMeasured
    from flows.network import FlowNetwork
    from flows.period import Period
    from flows.resolve import NetworkResolver
    from flows.rows import Rows
    from flows.store.repository import Ledger

log = logging.getLogger("parkflow")

PARK_FILE = "park.toml"
LEDGER_FILE = "park.db"

#: In place of a layer: every one.
ALL = "all"

#: Digits of the largest number that an event can have.
_DIGITS = 18


def now_us() -> int:
    """Microseconds since 1970 UTC; the one clock of the program."""
    return time.time_ns() // 1_000


def read_park(folder: Path) -> Park:
    """The park file of a folder.

    Raises:
        Refused: If there is none (`park-missing`), or with all that is wrong with it.
    """
    path = folder / PARK_FILE
    try:
        there = path.is_file()
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unreadable", file=str(path), **said)) from None
    if not there:
        raise Refused(finding("park-missing", str(folder.absolute())))
    return parkfile.load(path)


@dataclass
class Session:
    """A park folder in use; a context manager that gives the ledger back."""

    folder: Path
    park: Park
    ledger: Ledger
    _months: dict[tuple[str, tuple[str, ...], bool, str], Month] = field(default_factory=dict)
    _read: dict[tuple[str, str], Rows] = field(default_factory=dict)
    _summed: dict[tuple[str, str], tuple[FlowNetwork, PeriodMeasured]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, *, readonly: bool = False, unguarded: bool = False) -> Self:
        """Open the park of a folder.

        Raises:
            Refused: If park file or ledger is missing or cannot be used.
        """
        from flows.store.repository import Ledger

        park = read_park(folder)
        log.debug("park %s %s", park.id, park.hash)
        ledger = Ledger.open(
            folder / LEDGER_FILE, readonly=readonly, clock=now_us, unguarded=unguarded
        )
        return cls(folder, park, ledger)

    @classmethod
    def create(cls, folder: Path) -> None:
        """Make the ledger of a folder that holds a park file, and record that file in it."""
        from flows.store.repository import Ledger

        park = read_park(folder)
        with Ledger.create(folder / LEDGER_FILE, clock=now_us) as ledger:
            ledger.append_park(park.text, park.hash, authenticated=who())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ledger.close()

    @property
    def today(self) -> date:
        """The operating day of now."""
        return self.park.calendar.day_of(now_us() // 1_000_000)

    def day(self, text: str | None) -> date:
        """A day as typed; without one the operating day of now."""
        return self.today if text is None else parse_day(text)

    @cached_property
    def resolver(self) -> NetworkResolver:
        """What names mean in this park, on any day."""
        return self.park.resolver()

    def seq(self, text: str | None) -> int | None:
        """What `--as-of` asks for: an event's number, or the last event before a moment.

        Raises:
            Refused: If it is neither.
        """
        if text is None:
            return None
        if text.isdecimal():
            last = int(self.ledger.head().partition("@")[2])
            if len(text) > _DIGITS or int(text) > last:
                raise Refused(finding("moment-unreadable", text=text, last=last, problem="event"))
            return int(text)
        try:
            moment = self.park.calendar.read_instant(text)
        except Refused as refused:
            (said,) = refused.findings
            unreadable = said.code == "day-unreadable"
            raise Refused(finding("moment-unreadable", text=text) if unreadable else said) from None
        return self.ledger.seq_at(moment * 1_000_000)

    def network(self, day: date) -> FlowNetwork:
        """Definitions in force on a day."""
        return self.park.network(day)

    def names_at(self, period: str) -> dict[str, Mapping[str, str]]:
        """Labels of flows, stocks, processes, facilities and steps of chains, by id."""
        network = self.network(parse_period(period).last_excluded - timedelta(days=1))
        names: dict[str, Mapping[str, str]] = {self.park.id: self.park.names}
        names |= {item.id: item.names for item in self.park.facilities}
        names |= {item.id: item.names for item in network.processes}
        names |= {
            item.id: item.names or network.process[item.process].names for item in network.stocks
        }
        names |= {f"{of.id}.{step.id}": step.names for of in self.park.chains for step in of.steps}
        names |= {f"limit:{item.id}": item.names for item in self.park.limits}
        names |= {f"target:{item.id}": item.names for item in self.park.targets}
        return names | {item.id: item.names for item in network.flows}

    def check_facility(self, facility: str) -> None:
        """Refuse a facility that the park does not have; "" is the whole park."""
        ids = [item.id for item in self.park.facilities]
        if facility and facility not in ids:
            raise Refused(_not_among("--facility", facility, ids))

    def facility_of(self, period: str) -> dict[str, str]:
        """Facility of each process of a period."""
        network = self.network(parse_period(period).last_excluded - timedelta(days=1))
        return {item.id: item.facility for item in network.processes}

    def month(
        self,
        text: str,
        *,
        layers: tuple[str, ...] = (),
        robust: bool = False,
        as_of: int | None = None,
    ) -> Month:
        """A period measured and reconciled; worked out once for a state of the ledger.

        Args:
            text: The period.
            layers: Reconcile with what matter carries of these, too.
            robust: By Huber's loss.
            as_of: As of this event.
        """
        from flows.reconcile import reconcile

        key = (text, layers, robust, self._state(as_of))
        if key not in self._months:
            period = parse_period(text)
            network, summed = self.measured(period, as_of=as_of)
            readings = [*summed.measured.values(), *summed.others]
            days = self.park.calendar.period_span(period).days
            if layers:
                values = with_contents(
                    self, network, period, layers, readings, as_of, robust=robust
                )
            else:
                values = reconcile(network, readings, layer="joint", days=days, robust=robust)
            shown = display(network, layers)
            self._months[key] = Month(
                period,
                network,
                summed.measured,
                values.in_units(shown),
                values,
                shown,
                summed.findings,
            )
        return self._months[key]

    def layers(self, network: FlowNetwork, option: str) -> tuple[str, ...]:
        """Layers that `--layer` asks for; `ALL` is each that flows belong to or carry.

        Raises:
            Refused: If there is no such layer.
        """
        known = balanced(network)
        if option and option not in (*known, ALL):
            raise Refused(_not_among("--layer", option, [*known, ALL]))
        return known if option == ALL else (option,) if option else ()

    def carried_layer(self, text: str, option: str) -> tuple[str, ...]:
        """The one layer that matter carries which `--layer` asks for, or none.

        Raises:
            Refused: If goods carry nothing of it.
        """
        network = self.network(parse_period(text).last_excluded - timedelta(days=1))
        carried = {layer for good in network.goods for layer in good.contents}
        known = [layer for layer in balanced(network) if layer in carried]
        if option and option not in known:
            raise Refused(_not_among("--layer", option, known))
        return (option,) if option else ()

    def measured(
        self, period: Period, *, as_of: int | None = None
    ) -> tuple[FlowNetwork, PeriodMeasured]:
        """What the observations of a period add up to, as of an event; summed up once.

        The definitions are those of the period's last day, with every device there ever was: a
        meter replaced within the period has read a part of it.
        """
        from flows.measuring import measured_of_period

        key = (period.text, self._state(as_of))
        if key not in self._summed:
            network = self.network(period.last_excluded - timedelta(days=1))
            network = replace(network, devices=self.park.devices)
            rows = self.rows(period, as_of)
            summed = measured_of_period(rows, network, self.park.calendar, period)
            self._summed[key] = network, summed
        return self._summed[key]

    def rows(self, period: Period, as_of: int | None) -> Rows:
        """Observations of a period with the day before it; read once for a state of the ledger."""
        key = (period.text, self._state(as_of))
        if key not in self._read:
            self._read[key] = self.ledger.rows(
                as_of=as_of,
                first_day=period.first.toordinal() - 1,
                last_day=period.last_excluded.toordinal(),
                counters_before=True,
                reaching=self.park.calendar.period_span(period).start,
            )
        return self._read[key]

    def _state(self, as_of: int | None) -> str:
        """What answers may be kept under: another entry makes another state."""
        return self.ledger.head() if as_of is None else str(as_of)

    def carried(
        self, network: FlowNetwork, period: Period, layer: str, *, as_of: int | None = None
    ) -> dict[str, Content]:
        """What the flows of a period carry of a layer: by its samples, else by their goods."""
        from flows.contents import contents
        from flows.qualities import sampled

        rows = self.rows(period, as_of)
        return contents(network, layer, sampled(rows, network, self.park.calendar, period, layer))

    def balances(
        self,
        text: str,
        *,
        layer: str = "",
        facility: str = "",
        reconciled: bool = False,
        as_of: int | None = None,
    ) -> tuple[list[Balance], tuple[Finding, ...]]:
        """Balances of a period.

        Args:
            text: The period.
            layer: One layer; `ALL` that the flows belong to or carry; else those they belong to.
            facility: Only this facility and its processes.
            reconciled: Of reconciled values, in place of measured ones.
            as_of: As of this event.

        Raises:
            Refused: If there is no such layer or facility.
        """
        from flows.balance import Level, balances

        period = parse_period(text)
        network, summed = self.measured(period, as_of=as_of)
        own = {item.layer for item in network.flows}
        chosen = self.layers(network, layer) or [one for one in balanced(network) if one in own]
        self.check_facility(facility)
        if reconciled:
            findings, rows = reconciled_balances(self, text, chosen, as_of)
        else:
            findings, rows = summed.findings, []
            for one in chosen:
                carried = self.carried(network, period, one, as_of=as_of)
                rows += balances(network, summed.measured, layer=one, carried=carried)
        rows = [replace(row, id=self.park.id) if row.level is Level.PARK else row for row in rows]
        if facility:
            inside = {item.id for item in network.processes if item.facility == facility}
            rows = [row for row in rows if row.id == facility or row.id in inside]
        return rows, findings

    def chains(
        self, text: str, *, name: str = "", as_of: int | None = None
    ) -> tuple[ChainResult, ...]:
        """The park's chains over a period, from reconciled values."""
        from flows.chains import Reconciled, evaluate

        chosen = [item for item in self.park.chains if not name or item.id == name]
        if not chosen:
            ids = [item.id for item in self.park.chains]
            near = nearest(name, ids)
            raise Refused(finding("chain-unknown", name, nearest=near, known=", ".join(ids)))
        month = self.month(text, as_of=as_of)
        values = Reconciled(month.values)
        return tuple(evaluate(item, month.network, values) for item in chosen)

    def findings(
        self,
        text: str,
        *,
        as_of: int | None = None,
        progress: Callable[[str], object] | None = None,
    ) -> tuple[Finding, ...]:
        """Everything doubtful in a period, each thing once.

        Args:
            text: The period.
            as_of: As of this event.
            progress: Called with each of `tui.inbox.kinds.STAGES` before it begins.
        """
        from tui.inbox.gathering import gathered

        return gathered(self, text, as_of=as_of, progress=progress)


def _not_among(option: str, word: str, known: list[str]) -> Finding:
    near, names = nearest(word, known), ", ".join(known)
    return finding("key-unknown", option, key=word, nearest=near, names=names)


def who() -> str:
    """The system's word for who is at work."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
