"""Conversion: from a written unit to the canonical unit of a kind, as one factor."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flows.amounts import fold
from flows.errors import Refused
from flows.findings import CODES, Finding, finding
from flows.kinds import KINDS, Kind
from flows.lexicon import UnitText, nearest_unit, normalize, parse_unit

if TYPE_CHECKING:
    import pint

_DAY = 86_400.0

#: Where the dimension of a unit is another than the kind's, and what leads from one to the other:
#: the unit to convert to first, what is needed, and the power in which it multiplies.
_BRIDGES: dict[str, tuple[tuple[str, str, int], ...]] = {
    "mass": (("cubic_meter", "density", 1),),
    "volume": (("tonne", "density", -1),),
    "gas": (("cubic_meter", "gas-state", 1), ("tonne", "density", -1)),
    "concentration-gas": (("kilogram/cubic_meter", "gas-state", -1),),
    "lhv-gas": (("gigajoule/cubic_meter", "gas-state", -1),),
    "hhv-gas": (("gigajoule/cubic_meter", "gas-state", -1),),
}

#: Powers of ten between units of the registry that meters mostly count in: a sheet of these alone
#: needs no registry, which takes a tenth of a second to load. The tests hold each one to it.
PLAIN: dict[tuple[str, str], float] = {
    ("kilogram", "tonne"): 1e-3,
    ("liter", "cubic_meter"): 1e-3,
    ("kilowatt_hour", "megawatt_hour"): 1e-3,
    ("megajoule", "gigajoule"): 1e-3,
    ("percent", "dimensionless"): 1e-2,
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one unit to the canonical unit of a kind; equal where two units mean the same.

    Attributes:
        unit: As it was written.
        kind: Code of the kind.
        factor: Canonical units (or those before the bridge) per unit; per day if `per_time`.
        per_time: The unit is a rate, and its span is needed.
        needs: "density", "gas-state" or "", with the power in which it multiplies.
        standard: A gas volume at the standard state of its meter (标方).
    """

    unit: str = field(compare=False)
    kind: str
    factor: float
    per_time: bool = False
    needs: str = ""
    power: int = 0
    standard: bool = False

    def factor_at(
        self,
        seconds: float | None = None,
        density: float | None = None,
        gas_state: str = "",
    ) -> float:
        """Canonical units per unit, with what the unit needs beside it.

        Raises:
            Refused: `unit-needs-density`, `unit-needs-gas-state` or `unit-needs-span`.
        """
        factor = self.factor
        if self.needs == "density":
            if density is None or not density > 0.0:
                raise self._lacking("unit-needs-density")
            factor *= density**self.power
        elif self.needs == "gas-state":
            # 标方 names a standard state: a meter at operating conditions does not count it.
            if not gas_state or (self.standard and "=" in gas_state):
                raise self._lacking("unit-needs-gas-state")
            factor *= gas_factor(gas_state) ** self.power
        if self.per_time:
            if seconds is None or not seconds > 0.0:
                raise self._lacking("unit-needs-span")
            factor *= seconds / _DAY
        return factor

    def _lacking(self, code: str) -> Refused:
        return Refused(unit_finding(code, self.kind, unit=self.unit))


def conversion(unit: str, kind: str) -> Conversion:
    """How `unit` becomes the canonical unit of `kind`; "" is that unit itself.

    Raises:
        Refused: `unit-unknown`, `unit-dimension`, `unit-kind` or `percent-needs-base`.
        KeyError: If the kind is not in `KINDS`, which is a mistake of the program.
    """
    judged = _judge(unit or KINDS[kind].unit, kind)
    if isinstance(judged, Finding):
        raise Refused(judged)
    return judged


def unit_factor(
    unit: str,
    kind: str,
    *,
    seconds: float | None = None,
    density: float | None = None,
    gas_state: str = "",
) -> float:
    """Canonical units of the kind per `unit`, so that a whole column is one multiplication.

    Args as in `read_amount`; `unit` "" is the canonical one.

    Raises:
        Refused: With one `unit-*` or `percent-needs-base` finding.
    """
    return conversion(unit, kind).factor_at(seconds, density, gas_state)


def to_unit(
    value: float,
    kind: str,
    unit: str,
    *,
    seconds: float | None = None,
    density: float | None = None,
    gas_state: str = "",
) -> float:
    """The inverse of `unit_factor`: a canonical value in `unit`, for display."""
    return value / unit_factor(unit, kind, seconds=seconds, density=density, gas_state=gas_state)


def check_unit(unit: str, kind: str) -> None:
    """Refuse a declared unit that can never fit the kind; "" is the canonical one and fits.

    What a density, a gas state or a span would still be needed for is accepted here.

    Raises:
        Refused: As `conversion`.
    """
    conversion(unit, kind)


def ratio_factor(
    unit: str,
    over: str,
    under: str,
    *,
    density: tuple[float | None, float | None] = (None, None),
    gas_state: tuple[str, str] = ("", ""),
) -> float:
    """Canonical `over` per canonical `under` for each `unit`, e.g. 0.001 for `kWh/t`.

    Args:
        unit: `A/B`, where A fits the kind `over` and B the kind `under`; `%`, `‰` or `1` where
            both are one kind.
        over: Code of the kind above the line.
        under: Code of the kind below it.
        density: Of the upper and of the lower good, t/m3 or t/Nm3.
        gas_state: Of the upper and of the lower meter.

    Raises:
        Refused: As `unit_factor`; `unit-dimension` if it is no ratio of the two kinds.
    """
    top, slash, bottom = normalize(unit).partition("/")
    if slash:
        return unit_factor(top, over, density=density[0], gas_state=gas_state[0]) / unit_factor(
            bottom, under, density=density[1], gas_state=gas_state[1]
        )
    if over == under:
        return unit_factor(unit, "share")
    parsed = parse_unit(unit)
    code = "percent-needs-base" if parsed and parsed.numerator.percent else "unit-dimension"
    wanted = f"{over}/{under}"
    raise Refused(finding(code, unit=unit, text=unit, kind="share", expected=wanted))


_STANDARD_STATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)°?C", re.IGNORECASE)
_STATE = re.compile(
    r"T=(-?[0-9]+(?:\.[0-9]+)?),p=([0-9]+(?:\.[0-9]+)?)(?:,w=([0-9]+(?:\.[0-9]+)?)(%?))?",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def gas_factor(gas_state: str) -> float:
    """Nm3 of dry gas per m3 at a reference state, ideal gas: 273.15/T * p/101.325 * (1 - w).

    Args:
        gas_state: "0C" and "20C" are at 101.325 kPa; "T=35,p=98.5" gives degC and absolute kPa;
            ",w=0.05" or ",w=5%" the volume share of water vapor in a gas that is not dry.

    Raises:
        Refused: With the finding `gas-state-form`.
    """
    text = "".join(fold(gas_state).replace("℃", "C").split())
    celsius, kilopascal, wet = math.nan, 101.325, 0.0
    if match := _STANDARD_STATE.fullmatch(text):
        celsius = float(match[1])
    elif match := _STATE.fullmatch(text):
        celsius, kilopascal = float(match[1]), float(match[2])
        wet = float(match[3] or 0.0) * (0.01 if match[4] else 1.0)
    kelvin = celsius + 273.15
    if not (kelvin > 0.0 and kilopascal > 0.0 and 0.0 <= wet < 1.0):
        raise Refused(finding("gas-state-form", state=gas_state))
    return 273.15 / kelvin * kilopascal / 101.325 * (1.0 - wet)


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[float]:
    """The one registry, built from park_units.txt when a unit is first converted."""
    # A fifth of a second that no command without amounts should pay for.
    import pint

    return pint.UnitRegistry(
        str(Path(__file__).with_name("park_units.txt")), on_redefinition="raise"
    )


def unit_finding(code: str, expected: str, **params: str) -> Finding:
    """A finding about a unit, with the kind wanted and what people usually write for it."""
    allowed = ", ".join(KINDS[expected].units)
    return Finding(code, CODES[code], params={**params, "expected": expected, "allowed": allowed})


#: A unit alone does not tell them apart.
_ENERGIES = frozenset({"electricity", "heat", "energy-lhv", "energy-hhv"})


@lru_cache(maxsize=4096)
def _judge(unit: str, kind: str) -> Conversion | Finding:
    """How to convert, or why not; both are remembered, so a bad column is judged once."""
    parsed = parse_unit(unit)
    if parsed is None:
        nearest = nearest_unit(unit, KINDS[kind].units)
        return unit_finding("unit-unknown", kind, unit=unit, nearest=nearest)
    if parsed.numerator.percent and kind != "share":
        return unit_finding("percent-needs-base", kind, unit=unit, text=unit, kind="share")
    if named := _other_kind(parsed, kind):
        return unit_finding("unit-kind", kind, unit=unit, kind=named)
    return _convert(unit, parsed, KINDS[kind]) or unit_finding(
        "unit-dimension", kind, unit=unit, kind=_measures(parsed)
    )


def _other_kind(parsed: UnitText, kind: str) -> str:
    """The kind that a part of the unit names, where it is not the one wanted; else ""."""
    for atom in (parsed.numerator, parsed.denominator):
        if atom and atom.kinds and kind not in atom.kinds:
            return atom.kinds[0]
    return ""


def _measures(parsed: UnitText) -> str:
    """The first kind that the unit fits, energy where several forms of it, else its dimension."""
    fits = [
        kind.code
        for kind in KINDS.values()
        if not _other_kind(parsed, kind.code) and _convert("", parsed, kind)
    ]
    if len(_ENERGIES.intersection(fits)) > 1:
        return "energy"
    return fits[0] if fits else str(registry().get_dimensionality(parsed.expression))


def _convert(unit: str, parsed: UnitText, kind: Kind) -> Conversion | None:
    """Through pint: to the canonical unit or to one before a bridge, as an amount or a rate."""
    if kind.code == "number" and not parsed.numerator.kinds:
        return None  # kg/t has no dimension either, and is no count
    if (plain := plain_factor(parsed.expression, kind.pint_unit)) is not None:
        factor = _without_dust(plain * parsed.multiplier)
        return Conversion(unit, kind.code, factor, standard=parsed.standard)
    if kind.extensive and plain_factor(parsed.expression, f"{kind.pint_unit}/day") is not None:
        factor = _without_dust(parsed.multiplier)
        return Conversion(unit, kind.code, factor, per_time=True, standard=parsed.standard)
    import pint

    for target, needs, power in ((kind.pint_unit, "", 0), *_BRIDGES.get(kind.code, ())):
        for per_time in (False, True) if kind.extensive else (False,):
            goal = f"({target})/day" if per_time else target
            try:
                factor = float(registry().convert(1.0, parsed.expression, goal))
            except pint.DimensionalityError:
                continue
            factor = _without_dust(factor * parsed.multiplier)
            return Conversion(unit, kind.code, factor, per_time, needs, power, parsed.standard)
    return None


def plain_factor(unit: str, target: str) -> float | None:
    """How many `target` one `unit` is, both names of the registry, where that needs none."""
    return 1.0 if unit == target else PLAIN.get((unit, target))


def _without_dust(factor: float) -> float:
    """The short decimal that a factor is, but for the last bits of its multiplications."""
    short = float(f"{factor:.12g}")
    return short if abs(short - factor) <= 4 * sys.float_info.epsilon * factor else factor
