"""Chains: a named path from waste to product, its steps and their yields with sigma."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from flows.balance import TOLERANCE_SIGMAS
from flows.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from flows.network import FlowNetwork
    from flows.reconcile import Reconciliation


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One ratio along a chain: sum of `outputs` over sum of `inputs`.

    Attributes:
        id: Lower-case words with hyphens, unique within the chain.
        outputs, inputs: Flow ids; each side holds flows of one kind only.
        unit: Unit of the ratio as people know it (`kWh/t`, `m3/m3`, `t/t`, `%`).
        low, high: Usual range in `unit`, or None; outside it the step is a finding.
        source: Where the range comes from.
        losses: Flows by which something is lost at this step.
        seasonal: The ratio follows the season, so weeks are compared with those of the year before.
    """

    id: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    unit: str
    names: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    source: str = ""
    losses: tuple[str, ...] = ()
    seasonal: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """A named path; its last step is the whole yield, product over waste."""

    id: str
    steps: tuple[ChainStep, ...]
    names: Mapping[str, str] = field(default_factory=dict)


class Values(Protocol):
    """Values of flows with their covariance, canonical units: a reconciliation, for one."""

    def value(self, flow: str) -> float | None:
        """Value of a flow, None if it is not known."""

    def covariance(self, flows: Sequence[str]) -> np.ndarray:
        """Covariance of known flows, shape (n, n), in their order."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost at a step by one flow, None where it is not known.

    Attributes:
        value, sigma: Canonical unit of the flow's kind.
        share: Of what enters the step, where both are amounts of one layer (t/t, GJ/GJ).
    """

    flow: str
    value: float | None
    sigma: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step worked out: ratio and sigma in the step's unit, None where something is not known.

    `output` and `input` are the sums behind it, canonical units of their kinds.
    """

    step: ChainStep
    value: float | None
    sigma: float | None
    output: float | None
    input: float | None
    unknown: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainResult:
    """A chain worked out, step by step."""

    chain: Chain
    steps: tuple[StepResult, ...]
    findings: tuple[Finding, ...]


def evaluate(chain: Chain, network: FlowNetwork, values: Values) -> ChainResult:
    """Yields of a chain with one standard deviation each.

    For N = sum of outputs, D = sum of inputs, r = N/D, and C the covariance of all flows of the
    step, sigma^2 = g' C g with g = (dN - r dD)/D: outputs and inputs that share flows, or whose
    reconciled values lean on one another, are not treated as independent (JCGM 100:2008, 5.2).
    """
    steps = tuple(
        replace(_step(step, network, values), losses=_losses(step, network, values))
        for step in chain.steps
    )
    return ChainResult(chain, steps, tuple(_range_findings(chain, steps)))


def _step(step: ChainStep, network: FlowNetwork, values: Values) -> StepResult:
    import numpy as np

    flows = tuple(dict.fromkeys((*step.outputs, *step.inputs)))
    known = {flow: values.value(flow) for flow in flows}
    unknown = tuple(flow for flow, value in known.items() if value is None)
    output = _total(step.outputs, known)
    given = _total(step.inputs, known)
    if output is None or given is None or given == 0.0:
        return StepResult(step, None, None, output, given, unknown)
    ratio = output / given
    gradient = np.array(
        [((flow in step.outputs) - ratio * (flow in step.inputs)) / given for flow in flows]
    )
    variance = float(gradient @ values.covariance(flows) @ gradient)
    scale = ratio_scale(step, network)
    sigma = math.sqrt(max(variance, 0.0))
    return StepResult(step, ratio * scale, sigma * scale, output, given)


def _losses(step: ChainStep, network: FlowNetwork, values: Values) -> tuple[Loss, ...]:
    entered = [(network.flow[flow], values.value(flow)) for flow in step.inputs]
    layers = {flow.layer for flow, _ in entered}
    whole = math.fsum(flow.factor * (value or 0.0) for flow, value in entered)
    if len(layers) > 1 or any(value is None for _, value in entered):
        whole = 0.0
    found = []
    for name in step.losses:
        value, flow = values.value(name), network.flow[name]
        if value is None:
            found.append(Loss(name, None, None, None))
            continue
        sigma = math.sqrt(max(float(values.covariance((name,))[0, 0]), 0.0))
        fits = whole > 0.0 and {flow.layer} == layers
        found.append(Loss(name, value, sigma, value * flow.factor / whole if fits else None))
    return tuple(found)


def _total(flows: Sequence[str], known: Mapping[str, float | None]) -> float | None:
    total = 0.0
    for flow in flows:
        value = known[flow]
        if value is None:
            return None
        total += value
    return total


def ratio_scale(step: ChainStep, network: FlowNetwork) -> float:
    """Units of the step per ratio of canonical units.

    Raises:
        Refused: If the unit of the step does not fit the kinds of its flows.
    """
    from flows.units import ratio_factor

    above, below = (network.flow[side[0]] for side in (step.outputs, step.inputs))
    density = {item.id: item.density for item in network.goods}
    densities = density.get(above.good), density.get(below.good)
    return 1.0 / ratio_factor(step.unit, above.kind, below.kind, density=densities)


def _range_findings(chain: Chain, steps: Sequence[StepResult]) -> list[Finding]:
    """A step whose value lies outside its usual range by more than 1.96 sigma."""
    said = []
    for result in steps:
        step = result.step
        if result.value is None or result.sigma is None:
            continue
        margin = TOLERANCE_SIGMAS * result.sigma
        low = step.low if step.low is not None else -math.inf
        high = step.high if step.high is not None else math.inf
        if result.value + margin < low or result.value - margin > high:
            said.append(
                finding(
                    "ratio-range",
                    f"{chain.id}.{step.id}",
                    step=step.id,
                    value=result.value,
                    sigma=result.sigma,
                    low="" if step.low is None else step.low,
                    high="" if step.high is None else step.high,
                    unit=step.unit,
                    source=step.source,
                )
            )
    return said


@dataclass(frozen=True)
class Reconciled:
    """Values of a reconciliation, canonical units, as `evaluate` asks for them."""

    result: Reconciliation

    def value(self, flow: str) -> float | None:
        """Reconciled value, None if the flow is unobservable."""
        return next((row.reconciled for row in self.result.flows if row.id == flow), None)

    def covariance(self, flows: Sequence[str]) -> np.ndarray:
        """Posterior covariance, shape (n, n)."""
        return self.result.covariance(flows)
