"""Measured qualities of a period: laboratory samples to what a flow carries of the layer energy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import CH4_LHV, Content
from flows.readings import ASSUMED, VALUE, ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.network import Flow, FlowNetwork
    from flows.period import Calendar, Period
    from flows.rows import Rows


def sampled(
    rows: Rows, network: FlowNetwork, calendar: Calendar, period: Period, layer: str
) -> Mapping[str, Content]:
    """Contents of `layer` by flow from the samples that were taken within a period.

    The mean of the samples, sigma^2 = s^2/n + m^2 with s their scatter and m the sigma stated of
    one (a tenth where none is): what a method is wrong by is common to all that are taken by it.
    Heating values (`lhv`) and methane shares of gases (`ch4`) speak of energy; no sample of a
    period, no content here.

    Args:
        rows: Effective or not, of the period at least.
        network: Definitions in force.
        calendar: The park's zone and hour of the day's begin.
        period: Whole operating days.
        layer: Only `energy` is known by samples.
    """
    if layer != "energy":
        return {}
    span = calendar.period_span(period)
    inside = rows.effective & np.isin(rows.state, (VALUE, ZERO))
    inside &= (rows.end > span.start) & (rows.start <= span.end)
    found: dict[str, Content] = {}
    for code, subject in enumerate(rows.subjects):
        what, _, quality = subject.what.rpartition(".")
        flow = network.flow.get(what)
        per_unit = _energy(flow, quality, subject.kind) if flow else None
        if per_unit is None:
            continue
        own = inside & (rows.subject == code)
        if not own.any():
            continue
        values, stated = rows.amount[own] * per_unit, rows.sigma[own] * per_unit
        assumed = (ASSUMED.relative or 0.0) * np.abs(values)
        stated = np.where(np.isnan(stated), assumed, stated)
        scatter = float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
        sigma = math.sqrt(scatter + float(np.mean(stated**2)))
        found[what] = Content(float(values.mean()), sigma, subject.what)
    return found


def _energy(flow: Flow, quality: str, kind: str) -> float | None:
    """GJ per canonical unit of the flow, by canonical unit of the quality; None if not said."""
    if (quality, kind) == ("lhv", "lhv"):
        return flow.factor  # GJ/t, and t per canonical unit
    if (quality, kind, flow.kind) == ("lhv", "lhv-gas", "gas"):
        return 1.0
    if (quality, kind, flow.kind) == ("ch4", "share", "gas"):
        return CH4_LHV
    return None
