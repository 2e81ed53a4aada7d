"""A flow's neighbors: what enters where it comes from, what leaves where it goes, with shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.network import is_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.chains import Values
    from flows.network import FlowNetwork


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A flow beside another one.

    Attributes:
        value, sigma: Canonical unit of its kind; None where it is not known.
        share, share_sigma: Of the sum of its side, in the layer of the flow; None where the sum
            or the flow is not known.
    """

    flow: str
    value: float | None
    sigma: float | None
    share: float | None = None
    share_sigma: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """All flows of one layer that enter or leave a process.

    Attributes:
        process: The process, or the named end outside the park.
        complete: Whether all of them are known; else shares are of what is known, and at most.
    """

    process: str
    flows: tuple[Neighbor, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Around:
    """A flow with one hop up and one down.

    Attributes:
        up: What enters the process that the flow leaves.
        beside: What leaves that process, the flow among it.
        down: What leaves the process that the flow enters.
    """

    flow: str
    up: Side
    beside: Side
    down: Side


def around(network: FlowNetwork, values: Values, flow: str) -> Around:
    """Neighbors of a flow in its own layer.

    Args:
        network: Definitions in force.
        values: Reconciled, with their covariance.
        flow: Id of a flow.

    Raises:
        KeyError: If there is no such flow.
    """
    this = network.flow[flow]

    def side(process: str, *, enters: bool) -> Side:
        if is_environment(process):
            return Side(process)
        ids = [
            item.id
            for item in network.flows
            if (item.target if enters else item.source) == process and item.layer == this.layer
        ]
        return shares(network, values, process, ids)

    return Around(
        flow,
        side(this.source, enters=True),
        side(this.source, enters=False),
        side(this.target, enters=False),
    )


def shares(network: FlowNetwork, values: Values, process: str, ids: Sequence[str]) -> Side:
    """Share of each of some flows of one layer in their sum, the largest first.

    With T the sum of f_j v_j over known flows and r_i = f_i v_i / T, the gradient of r_i is
    f_j (delta_ij - r_i) / T, and its variance g' C g with the covariance C of the values
    (JCGM 100:2008, 5.2).
    """
    import numpy as np

    found = {id_: values.value(id_) for id_ in ids}
    known = [id_ for id_ in ids if found[id_] is not None]
    unknown = [Neighbor(id_, None, None) for id_ in ids if found[id_] is None]
    if not known:
        return Side(process, tuple(unknown), not unknown)
    factor = np.array([network.flow[id_].factor for id_ in known])
    value = np.array([found[id_] for id_ in known], np.float64)
    covariance = np.asarray(values.covariance(known))
    total = float(factor @ value)
    rows = []
    for at, id_ in enumerate(known):
        sigma = math.sqrt(max(float(covariance[at, at]), 0.0))
        if total <= 0.0:
            rows.append(Neighbor(id_, float(value[at]), sigma))
            continue
        ratio = float(factor[at] * value[at] / total)
        gradient = -ratio * factor / total
        gradient[at] += factor[at] / total
        spread = math.sqrt(max(float(gradient @ covariance @ gradient), 0.0))
        rows.append(Neighbor(id_, float(value[at]), sigma, ratio, spread))
    rows.sort(key=lambda item: -(item.share or 0.0))
    return Side(process, (*rows, *unknown), not unknown)
