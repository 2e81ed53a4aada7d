"""What the watch found in a period, as findings: which meter, since when, how much, what else."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from facilities.limiting import together
from flows.findings import Finding, Severity, finding
from flows.layers import LAYERS
from flows.network import is_environment
from tui.inbox.trending import YEAR, drifts, near_bounds
from tui.reconciling.month import display

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from facilities.park import Park
    from flows.network import FlowNetwork
    from flows.period import Period
    from flows.reconcile.days.daytable import DayTable
    from flows.reconcile.gross.repeats import Repeated
    from flows.reconcile.gross.watch import Alarm
    from flows.rows import Rows
    from tui.session import Session

#: Ids named in a list; the rest is counted.
NAMED = 6

_SEVERITIES = tuple(reversed(Severity))
#: What may be the cause of the rest, and is looked at first.
CAUSES = frozenset(
    {"meter-suspect", "loss-suspect", "slip-suspect", "swap-suspect", "frozen", "copied-day",
     "copied-column", "rounded"}
)  # fmt: skip


def watched(session: Session, period: Period, *, as_of: int | None = None) -> list[Finding]:
    """Gross errors of a period, figures that repeat in it, what drifts or runs full; each once.

    Days before the period tell what is usual, as far as the same flows and processes were there.
    """
    from flows.reconcile.gross.watch import BEFORE

    first, last = period.first.toordinal(), period.last_excluded.toordinal() - 1
    rows = session.ledger.rows(
        as_of=as_of,
        first_day=first - BEFORE - 1,
        last_day=last + 1,
        counters_before=True,
        reaching=session.park.calendar.instant(period.first - timedelta(days=BEFORE)),
    )
    said: dict[str, Finding] = {}
    for begin, end in _stretches(session.park, first, last):
        before = begin
        while before > first - BEFORE and _same(session.park, before - 1, begin):
            before -= 1

        def earlier(flows: Collection[str], days: tuple[int, int] = (before, end)) -> DayTable:
            return _year_before(session, flows, days, as_of)

        for item in _stretch(session.park, rows, (before, begin, end), earlier):
            said[str(item)] = item
    return list(said.values())


def _year_before(
    session: Session, flows: Collection[str], days: tuple[int, int], as_of: int | None
) -> DayTable:
    """Days of some flows a year before, as the park was defined on their last one."""
    from flows.panel import panel
    from flows.reconcile.days.daytable import daytable

    first, last = (day - YEAR for day in days)
    network = replace(session.park.network(date.fromordinal(last)), devices=session.park.devices)
    rows = session.ledger.rows(
        as_of=as_of, first_day=first - 1, last_day=last + 1, whats=flows, counters_before=True
    )
    calendar = session.park.calendar
    laid, _ = panel(rows, network, calendar, first_day=first, last_day=last)
    return daytable(laid, replace(network, stocks=()), calendar)


def _stretches(park: Park, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Days in a row on which the same flows join the same processes."""
    begin = first
    for day in range(first + 1, last + 2):
        if day > last or not _same(park, day, begin):
            yield begin, day - 1
            begin = day


def _same(park: Park, one: int, other: int) -> bool:
    left, right = (park.network(date.fromordinal(day)) for day in (one, other))
    return left is right or _joins(left) == _joins(right)


def _joins(network: FlowNetwork) -> tuple[object, ...]:
    flows = tuple((item.id, item.source, item.target, item.kind) for item in network.flows)
    return flows, tuple(item.id for item in network.processes), tuple(network.stock)


def _stretch(
    park: Park,
    rows: Rows,
    days: tuple[int, int, int],
    year_before: Callable[[Collection[str]], DayTable],
) -> list[Finding]:
    from flows.panel import panel
    from flows.reconcile.days.daytable import daytable
    from flows.reconcile.gross.repeats import Repetition, repeats
    from flows.reconcile.gross.series import day_series
    from flows.reconcile.gross.watch import watch

    before, begin, end = days
    network = replace(park.network(date.fromordinal(end)), devices=park.devices)
    laid, _ = panel(rows, network, park.calendar, first_day=before, last_day=end)
    table = daytable(laid, network, park.calendar)
    repeated = repeats(network, table, first=begin - before)
    wrong = [
        (each.members[0], each.first, each.last)
        for each in repeated
        if each.sort is Repetition.FROZEN
    ]
    alarms = watch(day_series(network, table), first=begin - before, explained=wrong)
    words = _Words(park, network)
    blamed = {one for each in repeated for one in each.members}
    blamed |= {one for alarm in alarms for one in alarm.members}
    return [
        *map(words.repeated, repeated),
        *map(words.alarm, alarms),
        *drifts(park, network, table, blamed, year_before),
        *near_bounds(park, network, table, begin),
    ]


class _Words:
    """Results of the kernel as findings, in the units in which flows are shown."""

    def __init__(self, park: Park, network: FlowNetwork) -> None:
        self.park, self.network, self.shown = park, network, display(network)

    def unit(self, alarm: Alarm) -> tuple[str, float]:
        """Unit of an alarm's size, and canonical units per one of it."""
        if alarm.layer:
            return LAYERS[alarm.layer].unit if alarm.layer in LAYERS else "", 1.0
        return self.shown.get(alarm.members[0], ("", 1.0))

    def device(self, of: str) -> str:
        process = of.removeprefix("stock:")
        item = self.network.flow.get(of) or self.network.stock.get(process)
        return item.device if item is not None else ""

    def alarm(self, alarm: Alarm) -> Finding:
        """What one alarm says."""
        from flows.reconcile.gross.naming import Sort

        unit, per_unit = self.unit(alarm)
        lead, *others = alarm.members
        size, sigma = together(abs(alarm.size) / per_unit, alarm.sigma / per_unit)
        told: dict[str, Any] = {
            "first": _day(alarm.first),
            "last": _day(alarm.last),
            "window": alarm.window,
            "statistic": round(alarm.statistic, 2),
            "threshold": round(alarm.threshold, 2),
        }
        if alarm.rival:
            told["rival"] = alarm.rival
        if device := self.device(lead):
            told["device"] = device
        if alarm.sort is Sort.SWAP:
            return finding("swap-suspect", lead, members=", ".join(alarm.members), **told)
        if alarm.sort is Sort.SLIP:
            low = alarm.factor < 1.0
            value, until = alarm.level / per_unit, f"..{_day(alarm.last)}"
            return finding(
                "slip-suspect", lead, problem="low" if low else "high", value=value, unit=unit,
                likely=float(f"{value / alarm.factor:.4g}"), factor=alarm.factor,
                times=round(1.0 / alarm.factor if low else alarm.factor),
                day=_day(alarm.first) + (until if alarm.first < alarm.last else ""), **told,
            )  # fmt: skip
        if others:
            told["others"] = _list(others)
        if alarm.swapped:
            told["swapped"] = ", ".join(alarm.swapped)
        told |= {"size": size, "sigma": sigma, "unit": unit}
        if alarm.sort is Sort.LEAK:
            problem = "gain" if alarm.size < 0.0 else "loss"
            return finding(
                "loss-suspect", lead, process=lead, layer=alarm.layer, problem=problem, **told
            )
        return finding("meter-suspect", lead, problem="low" if alarm.size < 0.0 else "high", **told)

    def repeated(self, each: Repeated) -> Finding:
        """What one repetition says."""
        from flows.reconcile.gross.repeats import Repetition

        lead = each.members[0]
        unit, per_unit = self.shown.get(lead, ("", 1.0))
        told: dict[str, Any] = {
            "first": _day(each.first), "last": _day(each.last), "count": each.count,
            "of": each.of, "chance": float(f"{each.probability:.2g}"),
        }  # fmt: skip
        if each.sort is Repetition.DAY:
            members = _list(each.members)
            return finding("copied-day", self.park.id, day=told["last"], members=members, **told)
        if each.sort is Repetition.COLUMN:
            return finding("copied-column", lead, members=", ".join(each.members), **told)
        figure = float(f"{each.figure / per_unit:.12g}")
        if each.sort is Repetition.ROUNDED:
            least = float(f"{figure / math.sqrt(12.0):.2g}")
            return finding("rounded", lead, value=figure, sigma=least, unit=unit, **told)
        return finding("frozen", lead, value=figure, unit=unit, **told)


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _list(ids: Sequence[str]) -> str | None:
    """The first ids; None without any."""
    return ", ".join(ids[:NAMED]) or None


def with_reasons(
    network: FlowNetwork, said: Iterable[Finding], watched: Sequence[Finding]
) -> list[Finding]:
    """Open balances and the test of a whole period, with what explains them: `because`.

    A balance is explained by what is said of a flow that enters or leaves it, or of itself; that
    of a facility by what is said of one of its processes.
    """
    causes: dict[str, list[str]] = {}
    for item in watched:
        touched = _touched(network, item)
        plants = {network.process[each].facility for each in touched if each in network.process}
        for place in touched | plants:
            causes.setdefault(place, []).append(item.where)
    whole = [item.where for item in watched if item.code.endswith("-suspect")]
    result = []
    for item in said:
        reasons = whole if item.code == "global-test" else []
        if item.code == "balance-open":
            reasons = causes.get(item.where, [])
        if reasons:
            because = _list(list(dict.fromkeys(reasons)))
            result.append(replace(item, params={**item.params, "because": because}))
        else:
            result.append(item)
    return result


def _touched(network: FlowNetwork, item: Finding) -> set[str]:
    """Processes whose balance a finding of the watch can open."""
    ids = [item.where]
    if item.code in ("swap-suspect", "copied-column"):
        ids = str(item.params["members"]).split(", ")
    found = set()
    for each in ids:
        flow = network.flow.get(each)
        ends = (flow.source, flow.target) if flow else (each.removeprefix("stock:"),)
        found |= {end for end in ends if not is_environment(end)}
    return found


def ordered(park: Park, network: FlowNetwork, said: Sequence[Finding]) -> list[Finding]:
    """By severity, causes before what they cause, then by facility in the order of the park file.

    What is of no facility stands first.
    """
    place = {item.id: number for number, item in enumerate(park.facilities, start=1)}
    of: Mapping[str, str] = {
        **{item.id: item.id for item in park.facilities},
        **{item.id: item.facility for item in network.processes},
        **{item.id: network.process[item.process].facility for item in network.stocks},
        **{item.id: item.facility for item in network.flows},
    }

    def key(item: Finding) -> tuple[int, bool, int]:
        lead = item.where.split(", ")[0]
        rank = _SEVERITIES.index(item.severity)
        return rank, item.code not in CAUSES, place.get(of.get(lead, ""), 0)

    return sorted(said, key=key)
