"""One entry as a person wrote it, to one observation: the one way for files and for `log`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from flows.amounts import fold
from flows.errors import Refused
from flows.findings import finding
from flows.period import DAY, Calendar, Span, parse_day
from flows.records import Observation, Quality, State
from flows.resolve import Sort
from flows.units import KINDS, read_amount, read_spread, slip

if TYPE_CHECKING:
    from flows.findings import Finding
    from flows.network import Device
    from flows.resolve import Resolver, Target

#: What people write for a reading that is known to be missing.
MISSING_WORDS = frozenset({"missing", "缺", "缺失", "缺测", "-", "—", "——"})

#: Words of a state column.
STATES: dict[str, State] = {
    "": State.VALUE,
    "value": State.VALUE,
    "数值": State.VALUE,
    "zero": State.ZERO,
    "零": State.ZERO,
    "register": State.REGISTER,
    "表底数": State.REGISTER,
    **dict.fromkeys(MISSING_WORDS, State.MISSING),
}

#: Words of a quality column.
QUALITIES: dict[str, Quality] = {
    **{quality.value: quality for quality in Quality},
    "称重": Quality.WEIGHED,
    "过磅": Quality.WEIGHED,
    "计量": Quality.METERED,
    "表计": Quality.METERED,
    "预存皮重": Quality.STORED_TARE,
    "估算": Quality.ESTIMATED,
    "估计": Quality.ESTIMATED,
    "沿用": Quality.CARRIED_OVER,
    "计算": Quality.COMPUTED,
}

_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?(\.0+)?$")

#: More than this many times the capacity is refused outright.
IMPOSSIBLE = 2.0

#: Outside 1/UNUSUAL to UNUSUAL of the typical amount an entry wants a second look; a rule of
#: thumb, not from any standard: unverified.
UNUSUAL = 3.0


class Entry(NamedTuple):
    """The cells of one row, or what was typed at a prompt; all text, "" where nothing stands.

    Attributes:
        day: Operating day; or else `start` and `end`, of which an instant needs only `end`.
        row, column: Sheet row (the header is 1) and header of the value, where there are any.
    """

    what: str
    value: str = ""
    unit: str = ""
    day: str = ""
    start: str = ""
    end: str = ""
    sigma: str = ""
    device: str = ""
    quality: str = ""
    register: str = ""
    ticket: str = ""
    cause: str = ""
    state: str = ""
    source: str = ""
    note: str = ""
    row: int | None = None
    column: str = ""


class EntryReader:
    """Builds observations; keeps what it has worked out of names and days.

    Args:
        resolver: Knows what the names mean.
        calendar: The park's zone and hour of the day's begin.
        now: Microseconds since 1970 UTC, for what lies in the future.
    """

    def __init__(self, resolver: Resolver, calendar: Calendar, now: int) -> None:
        self._resolver = resolver
        self._calendar = calendar
        self._now = now // 1_000_000
        self._days: dict[str, date] = {}
        self._today: dict[int, date] = {}
        self._spans: dict[tuple[date, int], Span] = {}

    def read(self, entry: Entry, origin: str = "") -> tuple[Observation, tuple[Finding, ...]]:
        """One observation, with what is unlikely about it.

        Args:
            entry: What was written.
            origin: `file:row`, or "".

        Raises:
            Refused: With the findings that refuse it, placed at the entry's row and column.
        """
        try:
            return self._read(entry, origin)
        except Refused as refused:
            raise _placed(refused, entry) from None

    def _read(self, entry: Entry, origin: str) -> tuple[Observation, tuple[Finding, ...]]:
        day = self._day(entry)
        target = self._resolver.resolve(entry.what, day)
        device = self._resolver.device(entry.device, day) if entry.device else target.device
        state, text = _state(entry)
        instant = target.instant or state is State.REGISTER
        day, span = self._span(entry, day, device, instant=instant)
        return self._said(entry, origin, target, device, day, span, state, text)

    def again(
        self, observation: Observation, entry: Entry
    ) -> tuple[Observation, tuple[Finding, ...]]:
        """What is to stand in place of a recorded observation, over the same span.

        Args:
            observation: From the ledger.
            entry: The new value, and what else changes; what it speaks of, its span, device
                and ticket are the old one's.

        Raises:
            Refused: As `read`.
        """
        day = date.fromordinal(observation.day)
        state = entry.state
        if not state and observation.state is State.REGISTER:
            state = State.REGISTER.value
        new = entry._replace(
            what=observation.what,
            device=observation.device,
            ticket=observation.ticket,
            quality=entry.quality or observation.quality.value,
            state=state,
        )
        try:
            target = self._resolver.resolve(new.what, day)
            device = self._resolver.device(new.device, day) if new.device else None
            span = Span(observation.start, observation.end)
            item, doubts = self._said(new, "", target, device, day, span, *_state(new))
        except Refused as refused:
            raise _placed(refused, new) from None
        return replace(item, supersedes=observation.id), doubts

    def _said(
        self,
        entry: Entry,
        origin: str,
        target: Target,
        device: Device | None,
        day: date,
        span: Span,
        state: State,
        text: str,
    ) -> tuple[Observation, tuple[Finding, ...]]:
        value = sigma = register = None
        typed_unit = ""
        if state is State.REGISTER or (entry.register and state is not State.MISSING):
            register = _counter(entry, entry.register or text)
        if state is State.VALUE:
            seconds = span.seconds or None
            amount = read_amount(
                text,
                kind=target.kind,
                unit=entry.unit,
                default_unit=target.unit,
                seconds=seconds,
                density=target.density,
                gas_state=device.gas_state if device else "",
                signed=target.signed,
            )
            value, typed_unit = amount.value, amount.typed_unit
            state = State.ZERO if value == 0.0 else State.VALUE
        if entry.sigma and value is not None:
            sigma = _sigma(entry, target, span, device, value)
        observation = Observation(
            target.what,
            target.kind,
            day.toordinal(),
            span.start,
            span.end,
            state,
            value,
            sigma,
            text or entry.register,
            typed_unit,
            device.id if device else "",
            _quality(entry, target),
            register,
            _clean(entry.ticket),
            _clean(entry.cause),
            note=_clean(entry.note),
            origin=_clean(f"{origin} {entry.source}"),
            facility=target.facility,
        )
        doubts = self._judged(entry, observation, target)
        if doubts:
            observation = replace(observation, flag=doubts[0].code)
        return observation, doubts

    def _day(self, entry: Entry) -> date:
        """The day by which definitions are looked up."""
        if entry.day:
            known = self._days.get(entry.day)
            if known is None:
                # sheets write a day as a moment at midnight
                known = self._days[entry.day] = parse_day(_MIDNIGHT.sub("", entry.day.strip()))
            return known
        if entry.start:
            return self._calendar.day_of(self._calendar.read_instant(entry.start))
        if entry.end:
            return self._calendar.day_ended_by(self._calendar.read_instant(entry.end))
        raise Refused(finding("day-unreadable", text=""))

    def _span(
        self, entry: Entry, day: date, device: Device | None, *, instant: bool
    ) -> tuple[date, Span]:
        calendar = self._calendar
        if device is not None and device.day_start is not None:
            calendar = Calendar(calendar.zone, device.day_start)
        if entry.day:
            if entry.start or entry.end:
                raise Refused(finding("row-broken", problem="day-and-span", cells=0, expected=0))
            span = self._spans.get((day, calendar.day_start))
            if span is None:
                span = self._spans[day, calendar.day_start] = calendar.span(day)
            if instant:
                span = Span(span.end, span.end)
            last = day
        else:
            end = calendar.read_instant(entry.end or entry.start)
            start = calendar.read_instant(entry.start or entry.end)
            if end < start or (end == start and not instant):
                raise Refused(finding("span-empty", start=entry.start, end=entry.end))
            if _is_register(entry):
                start = end
            span = Span(start, end)
            last = calendar.day_ended_by(end)
            day = calendar.day_of(start) if end > start else last
        today = self._today.get(calendar.day_start)
        if today is None:
            today = self._today[calendar.day_start] = calendar.day_of(self._now)
        if last > today:
            text = entry.day or entry.end or entry.start
            raise Refused(finding("day-future", text=text, today=today.isoformat()))
        return day, span

    def _judged(self, entry: Entry, item: Observation, target: Target) -> tuple[Finding, ...]:
        """What is impossible of a value (refused) or unlikely (said)."""
        if item.value is None:
            return ()
        level = target.instant or target.sort is Sort.CONTEXT
        days = 1.0 if level else (item.end - item.start) / DAY
        capacity = target.maximum * days
        unit = KINDS[target.kind].unit
        about: dict[str, Any] = {"value": item.value, "unit": unit, "text": entry.value}
        if abs(item.value) > (limit := IMPOSSIBLE * capacity):
            raise Refused(
                finding("entry-impossible", target.what, limit=limit, capacity=capacity, **about)
            )
        usual = (target.typical or 0.0) * days
        # of one truck the day's typical amount says nothing
        if not usual or not item.value or item.ticket:
            return ()
        if named := slip(item.value, usual, typed=entry.value):
            said = finding("entry-slip", target.what, slip=named, expected=usual, **about)
        elif not 1.0 / UNUSUAL <= abs(item.value) / usual <= UNUSUAL:
            said = finding("entry-unlikely", target.what, expected=usual, **about)
        else:
            return ()
        return (said.at(row=entry.row, column=entry.column),)


def _placed(refused: Refused, entry: Entry) -> Refused:
    """The same with what it is about and where it stands, where that is still empty."""
    return Refused(
        *(
            replace(item, where=item.where or entry.what).at(row=entry.row, column=entry.column)
            for item in refused.findings
        )
    )


def _is_register(entry: Entry) -> bool:
    return bool(entry.register) or STATES.get(fold(entry.state).lower()) is State.REGISTER


def _state(entry: Entry) -> tuple[State, str]:
    """What is said, and the text of the value."""
    word = fold(entry.state).lower() if entry.state else ""
    if word not in STATES:
        names = ", ".join(filter(None, STATES))
        raise Refused(finding("state-unknown", text=entry.state, names=names))
    text = entry.value.strip()
    state = STATES[word]
    missing = not text[:1].isdigit() and fold(text).lower() in MISSING_WORDS
    if missing:
        state = State.MISSING
    elif state is State.MISSING and text:
        raise Refused(finding("state-unknown", text=f"{entry.state} {text}", names=word))
    if state is State.ZERO:
        return State.VALUE, text or "0"
    if state is State.VALUE and not text and entry.register.strip():
        state = State.REGISTER
    if state is State.VALUE and not text:
        raise Refused(finding("amount-empty"))
    return state, text


def _counter(entry: Entry, text: str) -> float:
    try:
        number = read_amount(text, kind="number").value
    except Refused as refused:
        raise Refused(
            *(item.at(row=entry.row, column="register") for item in refused.findings)
        ) from None
    return number


def _sigma(
    entry: Entry, target: Target, span: Span, device: Device | None, value: float
) -> float | None:
    """The stated standard deviation, canonical unit; a percentage is of max(value, typical)."""
    try:
        spread = read_spread(
            entry.sigma,
            kind=target.kind,
            unit=entry.unit,
            default_unit=target.unit,
            seconds=span.seconds or None,
            density=target.density,
            gas_state=device.gas_state if device else "",
        )
    except Refused as refused:
        raise Refused(
            *(item.at(row=entry.row, column="sigma") for item in refused.findings)
        ) from None
    typical = None if entry.ticket or not target.typical else target.typical * span.days
    sigma = spread.at(value, typical)
    # a percentage of nothing is not exact: the device's own spread then holds
    return sigma if sigma > 0.0 or spread.absolute is not None else None


def _quality(entry: Entry, target: Target) -> Quality:
    if not entry.quality:
        return Quality.WEIGHED if entry.ticket else Quality.METERED
    word = fold(entry.quality).lower()
    if word not in QUALITIES:
        raise Refused(
            finding(
                "quality-unknown", target.what, text=entry.quality, names=", ".join(Quality)
            ).at(row=entry.row, column="quality")
        )
    return QUALITIES[word]


def _clean(text: str) -> str:
    """Free text without control characters, which a ledger's lines cannot hold."""
    text = text.strip()
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else " " for sign in text)
