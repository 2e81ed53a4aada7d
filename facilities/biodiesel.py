"""Crude grease and biodiesel: grease yield, stoichiometry of methyl esters, fuel replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.findings import finding

if TYPE_CHECKING:
    from flows.findings import Finding

#: g/mol from atomic weights C 12.011, H 1.008, O 15.999: triolein C57H104O6, oleic acid C18H34O2,
#: methanol CH4O, methyl oleate C19H36O2, glycerol C3H8O3.
_TRIOLEIN, _OLEIC_ACID = 885.453, 282.468
_METHANOL, _ESTER, _GLYCEROL, _WATER, _CO2 = 32.042, 296.495, 92.094, 18.015, 44.009
#: Carbon atoms of methyl oleate, one of which comes from methanol.
_ESTER_CARBON = 19

#: LHV of biodiesel and diesel, MJ/kg; Directive (EU) 2018/2001 Annex III.
LHV_FAME, LHV_DIESEL = 37.0, 43.0
#: gCO2e/MJ of the fossil fuel comparator and of biodiesel from waste oil (typical value taken from
#: memory, unverified); Directive (EU) 2018/2001 Annex V. European figures, to be labeled so.
COMPARATOR, WASTE_OIL_FAME = 94.0, 14.9

#: t of crude grease per t of catering waste above which other oil must have come in.
YIELD_WITHOUT_OTHER_OIL = 0.06


@dataclass(frozen=True, slots=True)
class Esterified:
    """What full conversion of an oil takes and gives, in the unit of the oil.

    Attributes:
        fame: Methyl esters.
        methanol: Taken up.
        glycerol: From triglycerides.
        water: From free fatty acids.
    """

    fame: float
    methanol: float
    glycerol: float
    water: float


def esterified(oil: float, free_fatty_acids: float = 0.0) -> Esterified:
    """Full conversion of clean oil, as triolein and oleic acid, to methyl oleate.

    C57H104O6 + 3 CH4O = 3 C19H36O2 + C3H8O3; C18H34O2 + CH4O = C19H36O2 + H2O.

    Args:
        oil: Clean oil, any unit of mass.
        free_fatty_acids: Share of it that is free fatty acid, 0 to 1.
    """
    glyceride = oil * (1.0 - free_fatty_acids) / _TRIOLEIN
    acid = oil * free_fatty_acids / _OLEIC_ACID
    return Esterified(
        fame=(3.0 * glyceride + acid) * _ESTER,
        methanol=(3.0 * glyceride + acid) * _METHANOL,
        glycerol=glyceride * _GLYCEROL,
        water=acid * _WATER,
    )


def crude_grease(feed: float, fat: float, extraction: float) -> float:
    """Crude grease, t: feed (t) times recoverable fat (t/t) times extraction (t/t)."""
    return feed * fat * extraction


def grease_check(where: str, feed: float, grease: float) -> Finding | None:
    """What is to be said of grease made against catering waste received, both in t, or None.

    Yields are 0.015 to 0.05; above 0.06 the grease cannot all be of this waste. Without waste
    there is no yield: what a month without it sells may have been made before.
    """
    if feed <= 0.0 or grease <= YIELD_WITHOUT_OTHER_OIL * feed:
        return None
    return finding("grease-other-oil", where, value=grease / feed, high=YIELD_WITHOUT_OTHER_OIL)


def diesel_replaced(fame: float) -> float:
    """Diesel with the same LHV as biodiesel, in its unit; Directive (EU) 2018/2001 Annex III."""
    return fame * LHV_FAME / LHV_DIESEL


def avoided(fame: float, own: float = WASTE_OIL_FAME, comparator: float = COMPARATOR) -> float:
    """Avoided emission of replaced fuel, t CO2e, by the European comparator.

    Args:
        fame: Biodiesel, t.
        own: gCO2e/MJ of making the biodiesel.
        comparator: gCO2e/MJ of the fossil fuel; Directive (EU) 2018/2001 Annex V.
    """
    return fame * LHV_FAME * (comparator - own) * 1e-3  # t * MJ/kg = GJ; GJ * g/MJ = kg


def saving(own: float = WASTE_OIL_FAME, comparator: float = COMPARATOR) -> float:
    """Share of the comparator's emission that is saved; Directive (EU) 2018/2001 Annex V."""
    return (comparator - own) / comparator


def methanol_co2(fame: float, fossil: float = 1.0) -> float:
    """Fossil CO2 of burning biodiesel whose methanol is fossil: 1 of 19 carbon atoms; unit of FAME.

    Args:
        fame: As methyl oleate.
        fossil: Share of the methanol made from fossil carbon.
    """
    return fame * fossil * _CO2 / _ESTER


def methanol_carbon_share() -> float:
    """Share of the carbon of methyl oleate that comes from methanol: 1/19."""
    return 1.0 / _ESTER_CARBON
