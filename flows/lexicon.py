"""The lexicon of units: every spelling that people write, and the registry name it stands for."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Atom:
    """One unit of the lexicon, without multiplier or denominator.

    Attributes:
        name: Its name in park_units.txt.
        kinds: Kinds that the spelling itself names, the plainest first; empty where the
            dimension alone decides.
        standard: A gas volume at the standard state that only its meter knows (标方).
        percent: A part of a whole that the unit does not name.
    """

    name: str
    kinds: tuple[str, ...] = ()
    standard: bool = False
    percent: bool = False


@dataclass(frozen=True, slots=True)
class UnitText:
    """A unit as parsed: multiplier * numerator / denominator."""

    multiplier: float
    numerator: Atom
    denominator: Atom | None

    @property
    def expression(self) -> str:
        """What pint is asked for; the multiplier stands apart."""
        if self.denominator is None:
            return self.numerator.name
        return f"{self.numerator.name}/{self.denominator.name}"

    @property
    def standard(self) -> bool:
        """Whether it holds a gas volume at the state of its meter."""
        return self.numerator.standard or bool(self.denominator and self.denominator.standard)


_GAS = ("gas", "concentration-gas", "lhv-gas", "hhv-gas")
_GAS_OR_SHARE = (*_GAS, "share")  # Nm3/Nm3
#: Coal equivalents rest on the lower heating value. Electricity has two (0.1229 kgce/kWh by
#: equivalent energy, 0.32 to 0.35 by equal value), so it is not read from them.
_COAL = ("energy-lhv", "heat", "lhv", "lhv-gas")
_POWER = ("electricity",)
_HEAT = ("heat",)
_COUNT = ("number",)

#: registry name: spellings, the kinds that they name.
_UNITS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # `ton` is the metric one: 1000 kg is what the trade means by it here.
    ("tonne", "t 吨 公吨 ton tons tonne tonnes metric_ton", ()),
    ("megagram", "Mg", ()),
    ("gigagram", "Gg", ()),
    ("kilotonne", "kt", ()),
    ("megatonne", "Mt", ()),
    ("kilogram", "kg 千克 公斤", ()),
    ("jin", "斤 市斤", ()),
    ("gram", "g 克", ()),
    ("milligram", "mg 毫克", ()),
    ("microgram", "μg ug 微克", ()),
    ("nanogram", "ng 纳克", ()),
    ("cubic_meter", "m3 M3 立方米 立方 方", ()),
    ("liter", "L l 升 公升", ()),
    ("milliliter", "mL ml 毫升", ()),
    ("square_meter", "m2 M2 平方米 平米", ()),
    ("hectare", "ha hm2 公顷", ()),
    ("square_kilometer", "km2 平方公里 平方千米", ()),
    ("mu_area", "mu 亩 市亩", ()),
    ("normal_cubic_meter", "Nm3 NM3 nm3", _GAS_OR_SHARE),
    ("mole", "mol", _GAS_OR_SHARE),
    ("kilomole", "kmol", _GAS_OR_SHARE),
    ("joule", "J 焦 焦耳", ()),
    ("kilojoule", "kJ 千焦", ()),
    ("megajoule", "MJ 兆焦", ()),
    ("gigajoule", "GJ 吉焦", ()),
    ("terajoule", "TJ 太焦", ()),
    ("petajoule", "PJ", ()),
    ("watt_hour", "Wh 瓦时", ()),
    ("kilowatt_hour", "kWh 千瓦时 千瓦小时", ()),
    ("megawatt_hour", "MWh 兆瓦时 兆瓦小时", ()),
    ("gigawatt_hour", "GWh 吉瓦时", ()),
    ("terawatt_hour", "TWh 太瓦时", ()),
    ("kilowatt_hour", "度 度电 kWhe", _POWER),
    ("megawatt_hour", "MWhe", _POWER),
    ("kilowatt_hour", "kWhth", _HEAT),
    ("megawatt_hour", "MWhth", _HEAT),
    ("watt", "W 瓦", ()),
    ("kilowatt", "kW 千瓦", ()),
    ("megawatt", "MW 兆瓦", ()),
    ("gigawatt", "GW 吉瓦", ()),
    ("kilowatt", "kWe", _POWER),
    ("megawatt", "MWe", _POWER),
    ("kilowatt", "kWth", _HEAT),
    ("megawatt", "MWth", _HEAT),
    ("calorie", "cal 卡", ()),
    ("kilocalorie", "kcal 千卡 大卡", ()),
    ("megacalorie", "Mcal 兆卡", ()),
    ("gigacalorie", "Gcal 吉卡", ()),
    ("tce", "tce 吨标煤 吨标准煤", _COAL),
    ("kilogce", "kgce 千克标煤 千克标准煤 公斤标煤 公斤标准煤", _COAL),
    ("gce", "gce 克标煤 克标准煤", _COAL),
    ("second", "s sec 秒", ()),
    ("minute", "min 分钟", ()),
    ("hour", "h hr hour 小时 时", ()),
    ("day", "d day 天 日", ()),
    ("year", "a y yr year 年", ()),
    ("count", "个 次 车 车次 辆 台 台次 人 户 person persons", _COUNT),
    ("dimensionless", "1", ("number", "share")),
)
_PARTS = {
    "percent": "% percent pct 百分比",
    "permille": "‰",
    "ppm": "ppm ppmv",
    "ppb": "ppb",
}
_STANDARD_GAS = "标方 标立方 标立方米 标准立方米 标准立方 标m3 Sm3 sm3"

#: Behind a mass: whose mass it is. `t` alone fits them too, `tCO2` never fits a mass of waste.
_OF_WHAT: tuple[tuple[str, str], ...] = (
    ("co2e", "CO2e CO2-e CO2eq CO2-eq CO2当量 二氧化碳当量"),
    ("co2", "CO2 二氧化碳"),
    ("dry-mass", "DS DM TS 干 干基 干物质 绝干"),
)

MULTIPLIERS: dict[str, float] = {
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "十亿": 1e9,
    "百亿": 1e10,
}


def _build() -> dict[str, Atom]:
    atoms = {
        spelling: Atom(name, kinds)
        for name, spellings, kinds in _UNITS
        for spelling in spellings.split()
    }
    for name, spellings in _PARTS.items():
        for spelling in spellings.split():
            atoms[spelling] = Atom(name, ("share",), percent=True)
    for spelling in _STANDARD_GAS.split():
        atoms[spelling] = Atom("cubic_meter", _GAS, standard=True)
    masses = ("t", "吨", "kt", "Mt", "Gg", "kg", "千克", "公斤", "g", "克", "mg")
    for kind, suffixes in _OF_WHAT:
        for suffix in suffixes.split():
            for mass in masses:
                atoms[mass + suffix] = Atom(atoms[mass].name, (kind,))
    return atoms


ATOMS: dict[str, Atom] = _build()

#: Spellings that begin so hold in their own case only: MG is mg or Mg, MT a metric ton or a
#: megatonne, G a gram or a giga, Cal is 1000 cal.
_CASE_MATTERS = ("mg", "Mg", "Mt", "Gg", "g", "ng", "ug", "ml", "mL", "cal", "s", "a")


def _case_key(text: str) -> str:
    """Upper and lower case as one, but for a first m (milli) or M (mega): those never merge."""
    return text[0] + text[1:].casefold() if text[:1] in ("m", "M") else text.casefold()


def _fold_case() -> dict[str, Atom | None]:
    folded: dict[str, Atom | None] = {}
    for spelling, atom in ATOMS.items():
        if not spelling.startswith(_CASE_MATTERS):
            key = _case_key(spelling)
            folded[key] = atom if folded.get(key, atom) == atom else None
    return folded


_FOLDED = _fold_case()
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TEN_RAISED = re.compile(r"(?<![0-9])10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_POWER_OF_TEN = re.compile(r"[×x]?10(?:\^|\*\*)([1-9])(?![0-9])")
_CHINESE_MULTIPLIER = re.compile("|".join(sorted(MULTIPLIERS, key=len, reverse=True)))
_INVERSE = re.compile(r"[·⋅•]([A-Za-z]+)\^?[-−]([123])\Z")


def normalize(text: str) -> str:
    """One writing for what differs only in writing: `m³`, `㎥`, `m^3`, `m**3` are `m3`.

    White space goes, full-width letters become plain, `10⁴` becomes `10^4`, `kW·h` `kWh`,
    `mg·L⁻¹` `mg/L`.
    """
    text = _TEN_RAISED.sub(lambda match: "10^" + match[1].translate(_RAISED), text)
    text = "".join(unicodedata.normalize("NFKC", text).split())
    text = re.sub(r"(?<=m)(?:\^|\*\*)(?=[23])", "", text)
    text = re.sub(r"(?<=W)[·⋅•.](?=h)", "", text)
    text = _INVERSE.sub(lambda m: f"/{m[1]}{'' if m[2] == '1' else m[2]}", text)
    return text.replace("每", "/")


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> UnitText | None:
    """Parse a unit such as `t`, `万吨`, `10^4 t`, `mg/L`, `吨/日`; None if it is not known."""
    unit = normalize(text)
    if unit.casefold() == "tpd":
        unit = "t/d"
    over, slash, under = unit.partition("/")
    numerator = _parse_part(over)
    denominator = _parse_part(under) if slash else None
    if numerator is None or (slash and denominator is None):
        return None
    multiplier, atom = numerator
    if denominator is None:
        return UnitText(multiplier, atom, None)
    return UnitText(multiplier / denominator[0], atom, denominator[1])


def nearest_unit(text: str, among: tuple[str, ...] = ()) -> str:
    """The known spelling most like `text`, "" if nothing is; `among` is looked through first."""
    unit = normalize(text)
    for choices in (among, tuple(ATOMS)):
        for choice in choices:
            if choice.casefold() == unit.casefold():
                return choice
    for choices in (among, tuple(ATOMS)):
        if found := difflib.get_close_matches(unit, choices, n=1, cutoff=0.6):
            return found[0]
    return ""


def _parse_part(text: str) -> tuple[float, Atom] | None:
    if atom := _atom(text):
        return 1.0, atom
    if match := _POWER_OF_TEN.match(text):
        multiplier = 10.0 ** int(match[1])
    elif match := _CHINESE_MULTIPLIER.match(text):
        multiplier = MULTIPLIERS[match[0]]
    else:
        return None
    atom = _atom(text[match.end() :])
    if atom is None or atom.name == "dimensionless":
        return None
    return multiplier, atom


def _atom(text: str) -> Atom | None:
    return ATOMS.get(text) or _FOLDED.get(_case_key(text))
