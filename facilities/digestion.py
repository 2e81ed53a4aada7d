"""Anaerobic digestion: gas by what is fed, its upper limits, and the balance of digesters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facilities.biogas import gas_mass
from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.findings import Finding

#: g/mol.
_C, _H, _O, _N, _S = 12.011, 1.008, 15.999, 14.007, 32.06
#: Nm3 per kmol of an ideal gas at 0 degC, 101.325 kPa.
MOLAR_VOLUME = 22.414
#: Nm3 CH4 per kg COD: CH4 + 2 O2, 22.414/64.
CH4_PER_COD = MOLAR_VOLUME / 64.0


@dataclass(frozen=True, slots=True)
class Potential:
    """What full conversion of a substance gives.

    Attributes:
        ch4: Nm3 CH4 per kg.
        ch4_share: CH4 over CH4 and CO2, by volume; ammonia and hydrogen sulfide not counted.
    """

    ch4: float
    ch4_share: float


def buswell(c: float, h: float, o: float, n: float = 0.0, s: float = 0.0) -> Potential:
    """Gas from CcHhOoNnSs: CH4 = c/2 + h/8 - o/4 - 3n/8 - s/4 per formula (Buswell, Boyle)."""
    methane = c / 2.0 + h / 8.0 - o / 4.0 - 3.0 * n / 8.0 - s / 4.0
    mass = c * _C + h * _H + o * _O + n * _N + s * _S
    return Potential(methane * MOLAR_VOLUME / mass, methane / c)


def methane_by_cod(cod: float) -> float:
    """CH4 in 1000 Nm3 from COD turned into gas, t: stoichiometry, 0.3502 Nm3 per kg."""
    return cod * CH4_PER_COD


def volatile_solids(mass: float, ts: float, vs: float, loss: float = 0.0) -> float:
    """VS fed to the digester, t: m TS vs (1 - loss).

    Args:
        mass: t wet as received.
        ts: Dry mass, t/t.
        vs: Volatile share of the dry mass.
        loss: Share lost in pre-treatment.
    """
    return mass * ts * vs * (1.0 - loss)


def biogas(vs: float, ch4_yield: float, ch4_share: float) -> float:
    """Dry biogas, Nm3: VS y/x.

    Args:
        vs: VS fed, t.
        ch4_yield: y, Nm3 CH4 per kg VS fed.
        ch4_share: x, by volume of the dry gas.
    """
    return 1e3 * vs * ch4_yield / ch4_share


@dataclass(frozen=True, slots=True)
class Digested:
    """A digester over a span.

    Attributes:
        biogas: Nm3, dry.
        gas_mass: t, dry.
        digestate: t; the vapour in wet gas has not left it.
        destroyed: Mass of dry gas over VS fed: the destruction of VS if no water were bound.
            Hydrolysis binds water, so that the true value is lower.
    """

    biogas: float
    gas_mass: float
    digestate: float
    destroyed: float

    def check(self, where: str) -> Finding | None:
        """What is to be said where the gas weighs as much as the VS fed or more, or None."""
        if self.destroyed < 1.0:
            return None
        return finding("gas-exceeds-feed", where, value=self.destroyed)


def digested(
    feed: float,
    vs: float,
    ch4_yield: float,
    ch4_share: float,
    shares: Mapping[str, float] | None = None,
) -> Digested:
    """Gas and digestate of what is fed: digestate = feed - dry gas; mass identity.

    Args:
        feed: t wet to the digester, process water with it.
        vs: VS in it, t, above 0.
        ch4_yield: Nm3 CH4 per kg VS fed.
        ch4_share: By volume of the dry gas.
        shares: All shares of the dry gas; without them the rest is CO2.
    """
    volume = biogas(vs, ch4_yield, ch4_share)
    mass = gas_mass(volume, shares or {"CH4": ch4_share, "CO2": 1.0 - ch4_share})
    return Digested(volume, mass, feed - mass, mass / vs)


def cake(dry: float, capture: float, moisture: float) -> float:
    """Dewatered digestate, t wet; what is left of the digestate is liquor.

    Args:
        dry: Dry mass of the digestate, t.
        capture: Share of it that goes into the cake.
        moisture: Water in the cake, t/t, below 1.
    """
    return dry * capture / (1.0 - moisture)


def fugitive_ch4(feed: float, factor: float) -> float:
    """CH4 lost, t: wet feed (t) times a factor in kg/t; IPCC 2006 Guidelines vol 5 ch 4 eq 4.1."""
    return feed * factor * 1e-3
