"""One entry as a person wrote it, to one observation: the one way for files and for `log`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from flows.amounts import fold, split_amount
from flows.errors import Refused
from flows.findings import finding
from flows.period import Calendar, Span, parse_day
from flows.records import Observation, Quality, State
from flows.resolve import Sort, meant
from flows.store.judging import judged
from flows.store.vocabulary import MISSING_WORDS, QUALITIES, QUALITY_NAMES, STATE_NAMES, STATES
from flows.units import read_amount, read_spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.findings import Finding
    from flows.network import Device
    from flows.resolve import Resolver, Target
    from flows.usual import Expectation

#: Field of an entry that a finding is about, where it is not the value.
_FIELDS = {
    code: name
    for name, codes in (
        ("what", "flow-unknown stock-unknown property-unknown context-unknown validity-outside"),
        ("day", "day-unreadable day-outside day-future row-broken span-empty"),
        ("unit", "unit-unknown unit-dimension unit-kind"),
        ("device", "device-unknown"),
        ("quality", "quality-unknown"),
        ("state", "state-unknown"),
    )
    for code in codes.split()
}

_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?(\.0+)?$")


class Entry(NamedTuple):
    """The cells of one row, or what was typed at a prompt; all text, "" where nothing stands.

    Attributes:
        day: Operating day; or else `start` and `end`, of which an instant needs only `end`.
        row, column: Sheet row (the header is 1) and header of the value, where there are any.
        heads: Headers of the other fields, by field.
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
    heads: Mapping[str, str] = MappingProxyType({})


class EntryReader:
    """Builds observations; keeps what it has worked out of names and days.

    Args:
        resolver: Knows what the names mean.
        calendar: The park's zone and hour of the day's begin.
        now: Microseconds since 1970 UTC, for what lies in the future.
        expectation: What was usual of late; without it only what the park declares is.
    """

    def __init__(
        self,
        resolver: Resolver,
        calendar: Calendar,
        now: int,
        *,
        expectation: Expectation | None = None,
    ) -> None:
        self._resolver = resolver
        self._expectation = expectation
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
        names = entry.what, entry.device
        target, device = meant(self._resolver, names, day, register=_is_register(entry))
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
            register = _counter(entry, entry.register or text, target)
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
            _check_share(target, value, text)
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
            clean(text or entry.register),
            clean(typed_unit),
            device.id if device else "",
            _quality(entry, target),
            register,
            clean(entry.ticket),
            clean(entry.cause),
            note=clean(entry.note),
            origin=clean(f"{origin} {entry.source}"),
            facility=target.facility,
        )
        doubt = judged(observation, target, entry.value, self._expectation)
        doubts = (doubt.at(row=entry.row, column=entry.column),) if doubt else ()
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
            if not instant and not (entry.start and entry.end):
                raise Refused(
                    finding("span-empty", start=entry.start, end=entry.end, problem="open")
                )
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


def _placed(refused: Refused, entry: Entry) -> Refused:
    """The same with what it is about and where it stands, where that is still empty."""
    return Refused(
        *(
            replace(item, where=item.where or entry.what.strip()).at(
                row=entry.row, column=_column(entry, item)
            )
            for item in refused.findings
        )
    )


def _column(entry: Entry, item: Finding) -> str:
    """Header of the field that a finding is about."""
    about = _FIELDS.get(item.code, "")
    if about == "day" and not entry.day:
        about = "start" if item.params.get("text") == entry.start else "end"
    if about == "unit" and not entry.unit:
        about = ""
    return entry.heads.get(about) or entry.column


def _is_register(entry: Entry) -> bool:
    return bool(entry.register) or STATES.get(fold(entry.state).lower()) is State.REGISTER


def _state(entry: Entry) -> tuple[State, str]:
    """What is said, and the text of the value."""
    word = fold(entry.state).lower() if entry.state else ""
    if word not in STATES:
        raise Refused(finding("state-unknown", text=entry.state, states=STATE_NAMES))
    text = entry.value.strip()
    state = STATES[word]
    missing = not text[:1].isdigit() and fold(text).lower() in MISSING_WORDS
    if missing:
        state = State.MISSING
    elif state is State.MISSING and text:
        raise Refused(finding("state-unknown", text=entry.state, value=text, problem="value"))
    if state is State.ZERO:
        if text and split_amount(text)[0] != 0.0:
            raise Refused(finding("state-unknown", text=entry.state, value=text, problem="value"))
        return State.VALUE, text or "0"
    if state is State.VALUE and not text and entry.register.strip():
        state = State.REGISTER
    if state is State.VALUE and not text:
        raise Refused(finding("amount-empty"))
    return state, text


def _counter(entry: Entry, text: str, target: Target) -> float:
    """What a counter shows: a bare number, for only the meter knows its unit and multiplier."""
    column = entry.heads.get("register", "")
    if target.sort is not Sort.FLOW:
        raise Refused(
            finding("register-form", target.what, column=column, text=text, problem="sort")
        )
    number, unit = split_amount(text)
    if unit or number < 0.0:
        nearest = f"{abs(number):.15g}"
        raise Refused(
            finding("register-form", target.what, column=column, text=text, nearest=nearest)
        )
    return number


def _check_share(target: Target, value: float, text: str) -> None:
    """Refuse more than the whole; a bare 50 is most likely meant as 50 %."""
    if target.kind == "share" and value > 1.0:
        percent = f"{text.strip()} %" if text.strip()[-1].isdigit() and value <= 100.0 else ""
        raise Refused(finding("share-impossible", target.what, text=text, nearest=percent))


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
        column = entry.heads.get("sigma", "")
        raise Refused(*(item.at(column=column) for item in refused.findings)) from None
    typical = None if entry.ticket or not target.typical else target.typical * span.days
    sigma = spread.at(value, typical)
    # a percentage of nothing is not exact: the device's own spread then holds
    return sigma if sigma > 0.0 or spread.absolute is not None else None


def _quality(entry: Entry, target: Target) -> Quality:
    if not entry.quality:
        return Quality.WEIGHED if entry.ticket else Quality.METERED
    word = fold(entry.quality).lower().replace(" ", "-")
    if word not in QUALITIES:
        raise Refused(
            finding("quality-unknown", target.what, text=entry.quality, qualities=QUALITY_NAMES)
        )
    return QUALITIES[word]


def says_something(text: str) -> bool:
    """Whether a reason holds a letter or a digit; a dot is none."""
    return any(sign.isalnum() for sign in text)


def clean(text: str) -> str:
    """Free text without control characters, which a ledger's lines cannot hold."""
    text = text.strip()
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else " " for sign in text)
