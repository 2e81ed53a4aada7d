"""Draws of an answer in its own units, and what they say of flows, stocks and chains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from flows.errors import Refused
from flows.findings import finding
from flows.reconcile.outlook.draws import posterior_draws

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from flows.chains import Chain
    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.reconcile.outlook.foundation import Foundation
    from flows.reconcile.result import Reconciliation, Row

    Floats = NDArray[np.float64]

#: Shares of the draws below the three quantiles.
QUANTILES = (0.025, 0.5, 0.975)


@dataclass(frozen=True, slots=True)
class Spread:
    """What the draws say of one number; None where it is not known in every draw.

    Attributes:
        quantiles: Below which 2.5, 50 and 97.5 % of the draws lie.
    """

    mean: float | None
    sigma: float | None
    quantiles: tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class StepDraws:
    """The yield of one step of a chain, in its unit."""

    chain: str
    step: str
    unit: str
    spread: Spread


@dataclass(frozen=True, eq=False)
class Drawn:
    """Possible states of a period, each of which closes.

    Attributes:
        rows: Flows and stocks, in the order of the answer.
        columns: Amounts in the unit of each row, shape (draws, rows); NaN where unobservable.
        canonical: The same in canonical units, by flow, for ratios.
        method, within: As `draws.Draws`.
        seed: Of the generator.
        findings: What is to be known of how it was drawn.
    """

    rows: tuple[Row, ...]
    columns: Floats
    canonical: Mapping[str, Floats]
    method: str
    within: float
    seed: int
    findings: tuple[Finding, ...]

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(self.columns)

    @cached_property
    def spreads(self) -> list[Spread]:
        """One of each row."""
        return spreads(self.columns)


def key_of(row: Row, foundation: Foundation) -> str:
    """Name of a row's variable: what a flow carries has its layer behind it."""
    for name in (f"{row.id}:{row.layer}", f"{row.id}.{row.layer}"):
        if name in foundation.where:
            return name
    return row.id


def draw(
    result: Reconciliation,
    count: int,
    *,
    seed: int = 0,
    units: Mapping[str, tuple[str, float]] | None = None,
) -> Drawn | None:
    """Draw states from what is known after a reconciliation, within all bounds.

    Args:
        result: The answer, in the units below.
        count: Number of draws, at least 2.
        seed: The same one gives the same draws.
        units: As `Reconciliation.in_units`.

    Returns:
        None where nothing was reconciled.

    Raises:
        Refused: `draws-none` if no state within the bounds was found.
    """
    foundation = result.foundation
    if foundation is None:
        return None
    try:
        made = posterior_draws(
            foundation.plan,
            foundation.values,
            count,
            seed=seed,
            low=foundation.low,
            high=foundation.high,
        )
    except ValueError:
        raise Refused(finding("draws-none")) from None
    rows = (*result.flows, *result.stocks)
    keys = [key_of(row, foundation) for row in rows]
    index = np.array([foundation.where[key] for key in keys], dtype=np.intp)
    columns = made.x[:, index] / foundation.factor[index]
    canonical = {key: columns[:, place] for place, key in enumerate(keys)}
    per_unit = np.array([(units or {}).get(key, ("", 1.0))[1] for key in keys])
    findings = [finding("draws-tangent")] if foundation.tangent else []
    if made.method == "projected":
        findings.append(finding("draws-moved", share=made.within))
    return Drawn(
        rows,
        columns / per_unit,
        canonical,
        made.method,
        made.within,
        seed,
        tuple(findings),
    )


def spreads(columns: Floats) -> list[Spread]:
    """Mean, standard deviation and quantiles of each column, shape (draws, n)."""
    rows = np.array(columns.T, order="C")  # each column in one piece, and nobody else's
    mean, sigma = rows.mean(axis=1), rows.std(axis=1, ddof=1)
    quantiles = np.quantile(rows, QUANTILES, axis=1, overwrite_input=True)
    return [
        Spread(None, None, (None, None, None))
        if np.isnan(middle)
        else Spread(float(middle), float(own), (float(low), float(half), float(high)))
        for middle, own, (low, half, high) in zip(mean, sigma, quantiles.T, strict=True)
    ]


def chain_draws(
    chains: Iterable[Chain], network: FlowNetwork, drawn: Drawn
) -> tuple[StepDraws, ...]:
    """Yields of every step in every draw: its quantiles need no first-order formula."""
    from flows.chains import ratio_scale

    found = []
    for chain in chains:
        for step in chain.steps:
            above, below = (_total(side, drawn) for side in (step.outputs, step.inputs))
            ratio = np.full(drawn.count, np.nan)
            if (below > 0.0).all():
                ratio = above / below * ratio_scale(step, network)
            (spread,) = spreads(ratio[:, None])
            found.append(StepDraws(chain.id, step.id, step.unit, spread))
    return tuple(found)


def _total(flows: Sequence[str], drawn: Drawn) -> Floats:
    return np.asarray(np.sum([drawn.canonical[name] for name in flows], axis=0))


def as_csv(drawn: Drawn) -> Iterable[str]:
    """Lines of a table: a column a flow or stock with its unit, a row a draw; empty is unknown."""
    heads = []
    layers = {row.id for row in drawn.rows if sum(row.id == each.id for each in drawn.rows) > 1}
    for row in drawn.rows:
        name = f"{row.id}:{row.layer}" if row.id in layers else row.id
        heads.append(f"{name} [{row.unit}]" if row.unit else name)
    yield ",".join(f'"{head}"' if "," in head or '"' in head else head for head in heads)
    unknown = np.isnan(drawn.columns[0]).tolist()
    for values in drawn.columns.tolist():
        yield ",".join(
            "" if empty else repr(value) for empty, value in zip(unknown, values, strict=True)
        )


def asjson(drawn: Drawn, chains: Sequence[StepDraws]) -> dict[str, object]:
    """As docs/formats.md promises it."""

    def cells(spread: Spread) -> dict[str, object]:
        return {
            "mean": spread.mean,
            "sigma": spread.sigma,
            "quantiles": None if spread.mean is None else list(spread.quantiles),
        }

    rows = [
        {"id": row.id, "layer": row.layer, "unit": row.unit, **cells(spread)}
        for row, spread in zip(drawn.rows, drawn.spreads, strict=True)
    ]
    flows = sum(not row.id.startswith("stock:") for row in drawn.rows)
    return {
        "count": drawn.count,
        "seed": drawn.seed,
        "method": drawn.method,
        "within": drawn.within,
        "flows": rows[:flows],
        "stocks": [
            {"process": row.id.removeprefix("stock:"), **each}
            for row, each in zip(drawn.rows[flows:], rows[flows:], strict=True)
        ],
        "chains": [
            {"chain": item.chain, "step": item.step, "unit": item.unit, **cells(item.spread)}
            for item in chains
        ],
    }
