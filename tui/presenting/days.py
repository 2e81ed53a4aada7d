"""Many days reconciled, as tables for people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from flows.errors import Refused
from flows.findings import finding
from flows.nearest import nearest
from flows.reconcile.days.patterns import CLASSES
from flows.reconcile.days.series import ALIKE, NOTABLE, statistic_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flows.reconcile.days.alongdays import Table
    from flows.reconcile.days.asjson import Shown
    from flows.reconcile.days.series import Series
    from tui.face import Face

    Names = Mapping[str, Mapping[str, str]]


def series_tables(face: Face, series: Series, shown: Shown, names: Names, period: str) -> None:
    """Sums of flows, then days that fail, levels, spans and biases.

    Args:
        face: Where it is shown.
        series: The answer, canonical units.
        shown: Unit of a flow or stock over so many days, and canonical units per one of it.
        names: Labels by id.
        period: What was asked for.
    """
    words = face.words
    kind = "filtered" if series.filtered else series.by
    tables = [series.flows] if series.by == "time" else [series.flows, series.stocks]
    face.table(
        [words.term(key) for key in (
            "flow", "unit", "measured", "reconciled", "days-measured", "largest-normalized",
            "on-day",
        )],
        [row for table in tables for row in _sums(face, series, table, shown, names)],
        title=words.text(f"series-{kind}-title", period=period, days=len(series.days)),
        right=(2, 3, 4, 5),
        wrap=0,
        without=((4,), (4, 2), (4, 2, 6)),
    )  # fmt: skip
    _bounds(face, series, names)
    if series.by == "day":
        _failed(face, series)
        return
    if series.stocks.names:
        _levels(face, series, shown, names)
    if series.spans:
        _spans(face, series, shown, names)
    _biases(face, series, names)
    if series.feasible:
        print(words.text("balances-close", residual=f"{series.balance_residual:.1e}"))
    if series.chi2 is not None and series.p_value is not None:
        print(
            words.text("global-test-line", chi2=f"{series.chi2:.4g}", dof=series.dof,
                       p=f"{series.p_value:.3g}")
        )  # fmt: skip


def flow_table(face: Face, series: Series, shown: Shown, names: Names, flow: str) -> None:
    """One flow or stock, a day a row.

    Raises:
        Refused: `flow-unknown`.
    """
    words = face.words
    check_flow(series, flow)
    table = series.flows if flow in series.flows.names else series.stocks
    column = table.names.index(flow)
    unit, divisor = shown(flow, 1.0)
    first = date.fromordinal(series.days[0].day)
    eve = len(table.reconciled) > len(series.days)
    days = [first + timedelta(days=row - eve) for row in range(len(table.reconciled))]
    face.table(
        [words.term(key) for key in (
            "day", "measured", "reconciled", "adjustment", "normalized-adjustment", "class",
        )],
        [
            [
                day.isoformat(),
                _number(face, table.measured[row, column] / divisor,
                        table.measured_sigma[row, column] / divisor),
                _number(face, table.reconciled[row, column] / divisor,
                        table.sigma[row, column] / divisor),
                _number(face, table.adjustment[row, column] / divisor),
                _off(table.normalized[row, column]),
                words.term(f"class-{CLASSES[int(table.klass[row, column])]}"),
            ]
            for row, day in enumerate(days)
        ],
        title=words.text("series-one-title", flow=_label(face, names, flow), unit=unit),
        right=(1, 2, 3, 4),
        wrap=5,
        without=((3,), (3, 4)),
    )  # fmt: skip


def check_flow(series: Series, flow: str) -> None:
    """Refuse what is neither a flow nor a stock of these days; "" is all of them."""
    known = [*series.flows.names, *series.stocks.names]
    if flow and flow not in known:
        raise Refused(finding("flow-unknown", "--flow", what=flow, nearest=nearest(flow, known)))


def _sums(face: Face, series: Series, table: Table, shown: Shown, names: Names) -> list[list[str]]:
    """Each flow over all days; a sum stands only where every day of it is known."""
    rows = []
    for column, name in enumerate(table.names):
        unit, divisor = shown(name, float(len(series.days)))
        measured, reconciled = table.measured[:, column], table.reconciled[:, column]
        some = ~np.isnan(measured) & (name not in series.taken)
        worst, day = _worst(series, table, column)
        rows.append(
            [
                _label(face, names, name),
                unit,
                _number(face, float(measured[some].sum()) / divisor) if some.any() else "",
                _number(face, float(reconciled.sum()) / divisor),
                str(int(some.sum())),
                worst,
                day,
            ]
        )
    return rows


def _worst(series: Series, table: Table, column: int) -> tuple[str, str]:
    """Largest normalized adjustment and its day; nothing where nothing tests the flow."""
    off: NDArray[np.float64] = table.normalized[:, column]
    if np.isnan(off).all():
        return "", ""
    # The first day of those alike: rounding chooses none.
    row = int((np.nan_to_num(np.abs(off)) >= np.nanmax(np.abs(off)) * (1.0 - ALIKE)).argmax())
    eve = len(off) - len(series.days)
    return _off(off[row]), _day(series.days[0].day + row - eve)


def _bounds(face: Face, series: Series, names: Names) -> None:
    for name in series.bounds_active:
        count = sum(name in day.bounds_active for day in series.days)
        said = face.words.text("series-bounds-line", flow=_label(face, names, name), count=count)
        face.line(said)


def _failed(face: Face, series: Series) -> None:
    """Days that fail their test."""
    words = face.words
    failed = [day for day in series.days if day.suspect or not day.feasible]
    if not failed:
        tested = sum(day.p_value is not None for day in series.days)
        face.line(words.text("series-nothing-failed", tested=tested, days=len(series.days)))
        return
    face.table(
        [words.term(key) for key in ("day", "chi-square", "freedom", "p-value")],
        [
            [
                _day(day.day),
                "" if day.chi2 is None else f"{day.chi2:.1f}",
                "" if day.dof is None else str(day.dof),
                "" if day.p_value is None else f"{day.p_value:.2g}",
            ]
            for day in failed
        ],
        title=words.term("series-failed-title"),
        right=(1, 2, 3),
    )


def _levels(face: Face, series: Series, shown: Shown, names: Names) -> None:
    """Stocks at both ends; what was read in between is in `--flow stock:ID` and `--json`."""
    words, table = face.words, series.stocks
    rows = []
    for column, name in enumerate(table.names):
        unit, divisor = shown(name, 0.0)
        ends = [
            _number(
                face, table.reconciled[row, column] / divisor, table.sigma[row, column] / divisor
            )
            for row in (0, -1)
        ]
        read = ~np.isnan(table.measured[:, column]) & (name not in series.taken)
        count = int(read.sum())
        worst, day = _worst(series, table, column)
        rows.append([_label(face, names, name), unit, *ends, str(count), worst, day])
    face.table(
        [words.term(key) for key in (
            "stock", "unit", "level-begin", "level-end", "levels-read", "largest-normalized",
            "on-day",
        )],
        rows,
        title=words.term("series-stocks-title"),
        right=(2, 3, 4, 5),
        wrap=0,
        without=((4,), (4, 6), (4, 5, 6)),
    )  # fmt: skip


def _spans(face: Face, series: Series, shown: Shown, names: Names) -> None:
    """Invoices and other readings over several days."""
    words = face.words
    rows = []
    for item in series.spans:
        unit, divisor = shown(item.span.what, item.span.span.days)
        measured = None if item.span.amount is None else item.span.amount / divisor
        rows.append(
            [
                _label(face, names, item.span.what),
                item.first.isoformat(),
                item.last.isoformat(),
                unit,
                "" if measured is None else _number(face, measured, item.measured_sigma / divisor),
                _number(face, item.reconciled / divisor, item.sigma / divisor),
                "" if item.normalized is None else _off(item.normalized),
            ]
        )
    face.table(
        [words.term(key) for key in (
            "flow", "first-day", "last-day", "unit", "measured", "reconciled",
            "normalized-adjustment",
        )],
        rows,
        title=words.term("series-spans-title"),
        right=(4, 5, 6),
        wrap=0,
        without=((1,), (1, 6)),
    )  # fmt: skip


def _biases(face: Face, series: Series, names: Names) -> None:
    """Devices that are further off than was declared."""
    words = face.words
    found = [(statistic_of(item), item) for item in series.biases]
    odd = sorted((each for each in found if each[0] > NOTABLE), key=lambda each: -each[0])
    if not odd:
        if found:
            face.line(words.text("series-biases-none", count=len(found)))
        return
    face.table(
        [words.term(key) for key in ("device", "bias", "bias-statistic")],
        [
            [
                _label(face, names, item.device),
                f"{item.estimate:.2f} ± {item.sigma:.2f}".replace("-", "−"),
                f"{statistic:.2f}",
            ]
            for statistic, item in odd
        ],
        title=words.term("series-biases-title"),
        right=(1, 2),
    )


def _label(face: Face, names: Names, name: str) -> str:
    """Name of a flow; a stock that has none is called after its process."""
    if name in names:
        return face.words.label(names[name], name)
    process = names.get(name.removeprefix("stock:"))
    if process is None:
        return name
    return face.words.text("stock-waiting", process=face.words.label(process, name))


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _off(value: float) -> str:
    return (
        "" if np.isnan(value) else f"{value + 0.0:.2f}".replace("-", "−").replace("−0.00", "0.00")
    )


def _number(face: Face, value: float, sigma: float | None = None) -> str:
    if np.isnan(value):
        return ""
    return face.words.number(float(value), None if sigma is None or np.isnan(sigma) else sigma)
