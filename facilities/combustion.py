"""Exact relations of burning: heating values, power, CO2, efficiency and the masses of a plant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facilities.tables import Fraction

#: Heat of evaporation of water at 25 degC, GJ/t (thermodynamic tables).
EVAPORATION = 2.443
#: t CO2 per t C.
CO2_PER_C = 44.0 / 12.0
GJ_PER_MWH = 3.6


def drained_lhv(lhv_received: float, leachate_share: float) -> float:
    """LHV of waste after draining, GJ/t fed.

    LHV_fed = (LHV_rec + 2.443 f)/(1 - f): energy balance with leachate as pure water at its
    heat of evaporation, which is an upper bound because leachate carries COD.

    Args:
        lhv_received: GJ per tonne received.
        leachate_share: f, tonnes drained per tonne received, below 1.
    """
    return (lhv_received + EVAPORATION * leachate_share) / (1.0 - leachate_share)


def wet_lhv(lhv_dry: float, water: float) -> float:
    """LHV of wet waste, GJ/t: LHV_dry (1 - w) - 2.443 w; energy balance, as in CJ/T 313-2009.

    Args:
        lhv_dry: GJ per tonne of dry mass.
        water: w, tonnes of water per tonne wet.
    """
    return lhv_dry * (1.0 - water) - EVAPORATION * water


def gross_power(fed: float, lhv_fed: float, efficiency: float) -> float:
    """Gross power, MWh: E = m LHV eta / 3.6, with t and GJ/t."""
    return fed * lhv_fed * efficiency / GJ_PER_MWH


def co2_by_composition(
    waste: float,
    shares: Mapping[str, float],
    fractions: Mapping[str, Fraction],
    oxidation: float = 1.0,
) -> tuple[float, float]:
    """Fossil and biogenic CO2 of burnt waste, t; the biogenic part is a memo item.

    E = sum W_i dm_i CF_i FCF_i OF 44/12, with (1 - FCF_i) for the biogenic part;
    IPCC 2006 Guidelines vol 5 ch 5 eq 5.2.

    Args:
        waste: t wet.
        shares: Of the wet mass, by fraction; W and shares on the same basis.
        fractions: dm, CF and FCF by fraction (`tables.fractions`).
        oxidation: OF, share of the carbon that is burnt.
    """
    fossil = biogenic = 0.0
    for name, share in shares.items():
        item = fractions[name]
        co2 = waste * share * item.dm * item.cf * oxidation * CO2_PER_C
        fossil += co2 * item.fcf
        biogenic += co2 * (1.0 - item.fcf)
    return fossil, biogenic


def fossil_co2_one_line(waste: float, carbon: float, fossil: float, efficiency: float) -> float:
    """Fossil CO2, t: IW CCW FCF EF 44/12.

    Structure of the provincial inventory guideline (trial, 2011); its text was not read.
    """
    return waste * carbon * fossil * efficiency * CO2_PER_C


def n2o(waste: float, factor: float) -> float:
    """N2O, t: W EF with EF in g per t wet; IPCC 2006 Guidelines vol 5 ch 5 eq 5.5."""
    return waste * factor * 1e-6


def ch4(waste: float, factor: float) -> float:
    """CH4, t: W EF with EF in kg per Gg wet; IPCC 2006 Guidelines vol 5 ch 5 eq 5.4."""
    return waste * factor * 1e-6


def r1(
    power: float,
    heat: float,
    energy_in_waste: float,
    fuel: float = 0.0,
    imported: float = 0.0,
) -> float:
    """Energy efficiency R1 = (Ep - (Ef + Ei))/(0.97 (Ew + Ef)), Ep = 2.6 power + 1.1 heat.

    Directive 2008/98/EC Annex II. A benchmark for a Chinese plant, no legal test; how bought
    power enters Ei is a choice of guidance. Thresholds: 0.60 permitted before 2009, else 0.65.

    Args:
        power: Produced power, GJ.
        heat: Heat used, GJ.
        energy_in_waste: Ew, LHV of the waste treated, GJ.
        fuel: Ef, fuel that makes steam, GJ.
        imported: Ei, other energy brought in, GJ.
    """
    produced = 2.6 * power + 1.1 * heat
    return (produced - (fuel + imported)) / (0.97 * (energy_in_waste + fuel))


def climate_correction(degree_days: float, *, permitted_from_september_2015: bool) -> float:
    """Climate correction factor of R1 by heating degree days, rounded to 3 decimals.

    Directive 2008/98/EC Annex II as amended by (EU) 2015/1127; defined for plants in the EU.
    """
    top, slope, base = (1.12, 0.12, 1.335) if permitted_from_september_2015 else (1.25, 0.25, 1.698)
    if degree_days >= 3350.0:
        return 1.0
    if degree_days <= 2150.0:
        return top
    return round(base - slope / 1200.0 * degree_days, 3)


def at_reference_oxygen(value: float, oxygen: float, reference: float = 11.0) -> float:
    """Concentration at the reference oxygen: C (21 - O2_ref)/(21 - O2); GB 18485-2014.

    Args:
        value: mg/Nm3 dry at the measured oxygen.
        oxygen: Measured, % of dry gas, below 21.
        reference: % of dry gas.

    Raises:
        ValueError: If the oxygen is not below 21 %: then the sample is air.
    """
    if not oxygen < 21.0:
        raise ValueError("oxygen must be below 21 %")
    return value * (21.0 - reference) / (21.0 - oxygen)


def pollutant_mass(gas: float, concentration: float) -> float:
    """Mass of a pollutant, kg: dry gas (Nm3) times concentration (mg/Nm3), one reference state."""
    return gas * concentration * 1e-6


def flue_gas_mass(
    fed: float,
    air: float,
    reagents: float,
    quench_water: float,
    bottom_ash_wet: float,
    fly_ash: float,
) -> float:
    """Flue gas, t: all that enters furnace, ash extractor and gas cleaning less the ashes.

    Mass identity. Quench water is an input because the bottom ash leaves wet.
    """
    return fed + air + reagents + quench_water - bottom_ash_wet - fly_ash
