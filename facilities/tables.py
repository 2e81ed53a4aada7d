"""The numbers that ship with parkflow: parameters, goods, waste fractions, limits, GWP, as rows."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flows.kinds import KINDS
from flows.layers import LAYERS, primary
from flows.network import Good, Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).parent

#: Units a parameter row may have; what stands above the line is per what stands below it.
UNITS = frozenset(
    {
        "1", "t/t", "kg/kg", "kg/t", "g/t", "kg/Gg", "GJ/t", "GJ/GJ", "MWh/MWh", "m3/m3",
        "kWh/m3", "kWh/t", "kWh/Nm3", "kg/m3", "Nm3/t", "Nm3/kg", "t/m3", "1/a",
    }
)  # fmt: skip

#: How sure a number is; only the first two count as verified.
CONFIDENCE = ("seen", "well known", "uncertain")


class TableError(ValueError):
    """A table that ships with parkflow is wrong, which is a mistake of the program."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A plant coefficient: default, plausible range, one standard deviation and its source.

    Attributes:
        value, low, high, sigma: In `unit`; sigma is a quarter of the range where the source
            states none.
        confidence: `seen`, `well known` or `uncertain`.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    sigma: float
    source: str
    confidence: str
    names: Mapping[str, str]

    @property
    def unverified(self) -> bool:
        """Whether it has to be shown as `unverified`."""
        return self.confidence not in CONFIDENCE[:2]


@dataclass(frozen=True, slots=True)
class Fraction:
    """A fraction of mixed waste: share of the wet mass; dm, CF, FCF of IPCC table 2.4 (kg/kg)."""

    id: str
    share: float
    dm: float
    cf: float
    fcf: float
    source: str
    confidence: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StandardLimit:
    """A limit of an official standard, with the days on which it holds.

    Attributes:
        span: What is averaged: `1h`, `24h`, `sample` or `moment`.
        side: `max` or `min`; the limit value itself passes.
        reference: Reference state of the value (`11 % O2`), or "".
    """

    standard: str
    medium: str
    pollutant: str
    span: str
    value: float
    unit: str
    reference: str
    side: str
    validity: Validity
    region: str
    source: str
    confidence: str
    names: Mapping[str, str]

    def passes(self, value: float) -> bool:
        """Whether a value in `unit` keeps the limit."""
        return value >= self.value if self.side == "min" else value <= self.value


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a shipped CSV by header.

    Raises:
        TableError: If a row has more or fewer cells than the header.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream, strict=True))
    for number, row in enumerate(table, start=2):
        if None in row or None in row.values():
            raise TableError(f"{path.name}:{number}: cells do not fit the header")
    return table


def parameter(row: Mapping[str, str], place: str = "") -> Parameter:
    """One parameter row, checked.

    Raises:
        TableError: If the value lies outside its range, or unit, sigma, source or confidence
            are not what they must be.
    """
    value, low, high, sigma = (float(row[key]) for key in ("value", "low", "high", "sigma"))
    problems = (
        (not low <= value <= high, "value outside its range"),
        (row["unit"] not in UNITS, f"unknown unit {row['unit']}"),
        (not 0.0 <= sigma < float("inf"), "sigma is negative or not finite"),
        (row["confidence"] not in CONFIDENCE, f"unknown confidence {row['confidence']}"),
        (not row["source"], "no source"),
        (not row["zh"] or not row["en"], "no name"),
    )
    for wrong, text in problems:
        if wrong:
            raise TableError(f"{place}{row['name']}: {text}")
    return Parameter(
        row["name"], value, low, high, row["unit"], sigma, row["source"], row["confidence"],
        _names(row),
    )  # fmt: skip


@cache
def parameters(kind: str) -> Mapping[str, Parameter]:
    """Default parameters of a facility kind by name, in the order of the file."""
    path = HERE / "parameters" / f"{kind}.csv"
    table = [parameter(row, f"{path.name}: ") for row in rows(path)]
    if len({item.name for item in table}) != len(table):
        raise TableError(f"{path.name}: a name stands twice")
    return {item.name: item for item in table}


@cache
def goods() -> Mapping[str, tuple[Good, str]]:
    """Goods that the kinds move, each with the unit in which it is entered, by id.

    Raises:
        TableError: If a content is of no good or layer, stands twice, or has another unit than
            its good.
    """
    inside: dict[str, dict[str, tuple[float, float]]] = {}
    found = {}
    for row in rows(HERE / "parameters" / "goods.csv"):
        density = float(row["density"]) if row["density"] else None
        contents = inside.setdefault(row["id"], {})
        good = Good(row["id"], row["kind"], _names(row), density, contents)
        found[row["id"]] = good, row["unit"]
    for row in rows(HERE / "parameters" / "contents.csv"):
        if row["good"] not in found:
            raise TableError(f"contents.csv: no such good: {row['good']}")
        good, _ = found[row["good"]]
        if row["layer"] not in LAYERS or row["layer"] in inside[good.id]:
            raise TableError(f"contents.csv: {good.id} {row['layer']}")
        per = row["unit"].partition("/")[2]
        if row["confidence"] not in CONFIDENCE or per != KINDS[good.kind].units[0]:
            raise TableError(f"contents.csv: {good.id} {row['layer']}: confidence or unit")
        # per tonne, whatever the amounts of the good are counted in
        tonnes = primary(good.kind, good.density)[1]
        inside[good.id][row["layer"]] = float(row["value"]) / tonnes, float(row["sigma"]) / tonnes
    return found


@cache
def fractions() -> Mapping[str, Fraction]:
    """Fractions of mixed municipal waste by id; shares add up to 1."""
    return {
        row["fraction"]: Fraction(
            row["fraction"], float(row["share"]), float(row["dm"]), float(row["cf"]),
            float(row["fcf"]), row["source"], row["confidence"], _names(row),
        )
        for row in rows(HERE / "factors" / "waste-fractions.csv")
    }  # fmt: skip


@cache
def gwp(report: str) -> Mapping[str, float]:
    """Global warming potentials over 100 years by gas, of `AR4`, `AR5` or `AR6`, tCO2e/t.

    Raises:
        KeyError: If the report has no rows.
    """
    table = {
        row["gas"]: float(row["value"])
        for row in rows(HERE / "factors" / "gwp.csv")
        if row["report"] == report
    }
    if not table:
        raise KeyError(report)
    return table


@cache
def limits() -> tuple[StandardLimit, ...]:
    """All limits of official standards, in the order of the file."""
    return tuple(
        StandardLimit(
            row["standard"], row["medium"], row["pollutant"], row["span"], float(row["value"]),
            row["unit"], row["reference"], row["side"],
            Validity(_day(row["valid_from"]), _day(row["valid_to"])),
            row["region"], row["source"], row["confidence"], _names(row),
        )
        for row in rows(HERE / "factors" / "limits.csv")
    )  # fmt: skip


def strictest(
    medium: str, span: str, day: date, standards: Iterable[str] = ()
) -> Mapping[str, StandardLimit]:
    """The strictest limit of each pollutant that holds on `day`.

    Args:
        medium: `air`, `water` or `furnace`.
        span: Averaging span of the values to be compared.
        day: Day of the values.
        standards: Only these; all where empty.
    """
    chosen = frozenset(standards)
    best: dict[str, StandardLimit] = {}
    for item in limits():
        if (item.medium, item.span) != (medium, span) or not item.validity.holds(day):
            continue
        if chosen and item.standard not in chosen:
            continue
        held = best.get(item.pollutant)
        if held is None or held.passes(item.value):
            best[item.pollutant] = item
    return best


def _names(row: Mapping[str, str]) -> dict[str, str]:
    return {"zh": row["zh"], "en": row["en"]}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
