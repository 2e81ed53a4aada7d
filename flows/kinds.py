"""Kinds: what a unit cannot say of an amount, and the canonical unit of each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What a unit cannot say; amounts of different kinds never add.

    Attributes:
        code: Its name in files and results.
        unit: Canonical unit, as displayed; every number inside parkflow is in it.
        pint_unit: The same as an expression of park_units.txt.
        extensive: Amounts of spans that follow each other add up, so a rate times its span is
            an amount. False for shares, contents, heating values and areas.
        units: Units offered to people, the canonical one first.
    """

    code: str
    unit: str
    pint_unit: str
    extensive: bool
    units: tuple[str, ...]


def _kind(code: str, pint_unit: str, units: str, *, extensive: bool) -> Kind:
    offered = tuple(units.split())
    return Kind(code, offered[0], pint_unit, extensive, offered)


#: Kinds by code. Gas is dry, at 0 degC and 101.325 kPa; mass is wet, as received.
KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        _kind("mass", "tonne", "t kg 万吨 t/d t/h", extensive=True),
        _kind("dry-mass", "tonne", "t kg tDS t/d", extensive=True),
        _kind("volume", "cubic_meter", "m3 L 万立方米 m3/d m3/h", extensive=True),
        _kind("gas", "normal_cubic_meter", "Nm3 标方 万标方 Nm3/h", extensive=True),
        _kind("electricity", "megawatt_hour", "MWh kWh 万千瓦时 亿度 MW", extensive=True),
        _kind("heat", "gigajoule", "GJ MJ MWh 百万千焦 tce GJ/h MW", extensive=True),
        _kind("energy-lhv", "gigajoule", "GJ MJ MWh tce GJ/d MW", extensive=True),
        _kind("energy-hhv", "gigajoule", "GJ MJ MWh GJ/d MW", extensive=True),
        _kind("co2", "tonne", "t kg 万吨 tCO2", extensive=True),
        _kind("co2e", "tonne", "t kg 万吨 tCO2e", extensive=True),
        _kind("area", "square_meter", "m2 ha 亩 km2", extensive=False),
        _kind("number", "dimensionless", "1 个 车次 人 万人", extensive=True),
        _kind("share", "dimensionless", "1 % ‰ ppm kg/t g/kg", extensive=False),
        _kind("concentration", "kilogram/cubic_meter", "kg/m3 mg/L g/L t/m3", extensive=False),
        _kind("concentration-gas", "kilogram/normal_cubic_meter", "kg/Nm3 mg/Nm3", extensive=False),
        _kind("lhv", "gigajoule/tonne", "GJ/t MJ/kg kJ/kg kcal/kg", extensive=False),
        _kind("hhv", "gigajoule/tonne", "GJ/t MJ/kg kJ/kg kcal/kg", extensive=False),
        _kind("lhv-gas", "gigajoule/normal_cubic_meter", "GJ/Nm3 MJ/Nm3", extensive=False),
        _kind("hhv-gas", "gigajoule/normal_cubic_meter", "GJ/Nm3 MJ/Nm3", extensive=False),
    )
}
