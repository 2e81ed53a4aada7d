"""The lines of a day's sheet: by a first look at the ledger, and by the session that follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tui.daysheet.cells import Line, walk
from tui.daysheet.counting import known_ways
from tui.daysheet.tour import sheet_rows
from tui.daysheet.usuals import usuals
from tui.reconciling.month import display

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from facilities.park import Park
    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.records import Observation
    from flows.rows import Rows
    from flows.store.early import EarlyLedger
    from flows.usual import Usual
    from tui.daysheet.cells import Judge


class Readings(Protocol):
    """What the sheet asks of a ledger; `flows.store.repository.Ledger` says what it means."""

    def observations(
        self,
        *,
        as_of: int | None = None,
        first_day: int | None = None,
        last_day: int | None = None,
        whats: Iterable[str] | None = None,
    ) -> list[Observation]:
        """The effective observations of some days."""

    def rows(
        self,
        *,
        as_of: int | None = None,
        first_day: int | None = None,
        last_day: int | None = None,
        whats: Iterable[str] | None = None,
        counters_before: bool = False,
    ) -> Rows:
        """Observations of some days as columns."""


class Source(Protocol):
    """A park and its readings; a `Session` is one."""

    @property
    def park(self) -> Park:
        """The park as its file declares it."""

    @property
    def ledger(self) -> Readings:
        """Its readings."""

    def network(self, day: date) -> FlowNetwork:
        """Definitions in force on a day."""


@dataclass(frozen=True, slots=True)
class EarlyPark:
    """A park of which no more is loaded than its sheet needs; nothing can be written through it."""

    park: Park
    ledger: EarlyLedger

    def network(self, day: date) -> FlowNetwork:
        """Definitions in force on a day."""
        return self.park.network(day)


@dataclass(frozen=True, slots=True)
class SheetDay:
    """A day as the ledger has it.

    Attributes:
        park: Names of the park.
        names: Of facilities, by id.
        labels: Of everything that a finding may point at.
        judge: The checks of what is typed; None of a first look.
        locks: Why a line takes nothing: the lock under which its day stands.
        reviews: How far the review of the day's month has come, by facility.
        newest: The newest day with readings, where there are none on the days before this one.
        barred: Why the person who asked enters nothing in this park, or None.
    """

    day: date
    lines: tuple[Line, ...]
    park: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]
    judge: Judge | None = None
    locks: Mapping[str, Finding] = field(default_factory=dict)
    reviews: Mapping[str, str] = field(default_factory=dict)
    newest: date | None = None
    barred: Finding | None = None


def first_look(folder: Path, park: Park, day: date) -> SheetDay:
    """The sheet of a day, without its checks, before the session is loaded.

    Args:
        folder: Of the park.
        park: What its file says.
        day: Operating day.

    Raises:
        LedgerError: If the ledger cannot be read without the database library.
        Refused: If it lies on a network share.
    """
    from flows.store.early import EarlyLedger
    from tui.session import LEDGER_FILE

    with EarlyLedger.open(folder / LEDGER_FILE) as ledger:
        return unjudged(EarlyPark(park, ledger), day)


def unjudged(source: Source, day: date, known: Mapping[str, Usual] | None = None) -> SheetDay:
    """The sheet of a day, for the screen, without the checks.

    Args:
        source: The park and its readings.
        day: Operating day.
        known: What is usual, by flow or stock, where that was asked already.

    Raises:
        Refused: As the ledger.
    """
    lines = _lines(source, day, usuals(source, day) if known is None else known)
    facilities = {item.id: item.names for item in source.park.facilities}
    labels = {**facilities, **{line.what: line.names for line in lines}}
    return SheetDay(day, lines, source.park.names, facilities, labels)


def _lines(source: Source, day: date, known: Mapping[str, Usual]) -> tuple[Line, ...]:
    network = source.network(day)
    shown = display(network)
    rows = sheet_rows(source, day)
    headings = walk(_places(row.what, network) for row in rows)
    lines = []
    for row, heading in zip(rows, headings, strict=True):
        unit, per_unit = shown.get(row.what, (row.unit, 1.0))
        recent = known.get(row.what)
        flow = network.flow.get(row.what)
        typical = flow.typical / per_unit if flow and flow.typical else None
        lines.append(
            Line(
                row.what,
                row.names,
                heading,
                unit,
                row.state,
                row.value,
                row.yesterday,
                row.mean_7_days,
                recent.low / per_unit if recent else None,
                recent.high / per_unit if recent else None,
                recent.expected / per_unit if recent else typical,
                row.note,
                row.observations,
            )
        )
    return known_ways(source, day, lines, shown)


def _places(what: str, network: FlowNetwork) -> list[str]:
    """Facilities at which a line may be read, its owner first."""
    flow = network.flow.get(what) or network.flow.get(what.rpartition(".")[0])
    ends = [flow.source, flow.target] if flow else [what.removeprefix("stock:")]
    own = [flow.facility] if flow else []
    own += [network.process[end].facility for end in ends if end in network.process]
    return list(dict.fromkeys(own))
