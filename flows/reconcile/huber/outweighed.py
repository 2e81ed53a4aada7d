"""The answer of Huber's loss in rows: declared sigmas, weights, and the tests of least squares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flows.findings import finding
from flows.reconcile.answer import NAMED
from flows.reconcile.huber.robust import CONSTANT
from flows.reconcile.result import Robust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile.huber.robust import Outcome
    from flows.reconcile.huber.weighing import Key, Weighing
    from flows.reconcile.result import CoefficientRow, Reconciliation, Row

#: A reading of less weight than this is named.
LIGHT = 0.5


def finished(
    network: FlowNetwork,
    measured: Sequence[Measured],
    plain: Reconciliation,
    final: Reconciliation,
    outcome: Outcome[Any],
    weighing: Weighing,
) -> Reconciliation:
    """The last turn's answer with the declared sigmas, the weights, and the tests of least squares.

    Adjustments over their sigmas are left out: with weights they follow no normal law.
    """
    robust = Robust(CONSTANT, outcome.loss, outcome.turns, outcome.converged)
    found = [item for item in final.findings if item.code not in {"global-test", "not-converged"}]
    found += [item for item in plain.findings if item.code == "global-test"]
    if not outcome.converged:
        found.insert(0, finding("robust-not-converged", network.name, iterations=outcome.turns))
    weights = outcome.weights.tolist()
    by = dict(zip(weighing.keys, weights, strict=True)) if outcome.converged else {}
    rows = _Weights(network, measured, by)
    result = replace(
        final,
        chi2=plain.chi2,
        dof=plain.dof,
        p_value=plain.p_value,
        suspect=plain.suspect,
        suspects=plain.suspects,
        flows=rows.of(plain.flows, final.flows),
        stocks=rows.of(plain.stocks, final.stocks),
        readings=rows.further(plain.readings, final.readings),
        concentrations=rows.of(plain.concentrations, final.concentrations),
        relations=rows.of(plain.relations, final.relations, "relation"),
        coefficients=tuple(
            replace(
                new,
                row=rows.row(old.row, new.row, ("share", rows.share(new))),
            )
            for old, new in zip(plain.coefficients, final.coefficients, strict=True)
        ),
        robust=robust,
    )
    return replace(result, findings=(*found, *_light(result)))


class _Weights:
    """Puts weights into rows."""

    def __init__(
        self, network: FlowNetwork, measured: Sequence[Measured], by: Mapping[Key, float]
    ) -> None:
        self.network, self.by = network, by
        self.first: dict[str, int] = {}
        for place, item in enumerate(measured):
            self.first.setdefault(item.of, place)

    def row(self, old: Row, new: Row, key: Key) -> Row:
        """One row, with the sigma that was declared."""
        weight = self.by.get(key) if old.measured is not None else None
        return replace(new, sigma=old.sigma, normalized_adjustment=None, weight=weight)

    def of(self, old: tuple[Row, ...], new: tuple[Row, ...], kind: str = "") -> tuple[Row, ...]:
        """Rows of flows, stocks and contents, or of relations."""
        return tuple(
            self.row(before, after, (kind, after.id) if kind else self._key(after))
            for before, after in zip(old, new, strict=True)
        )

    def further(self, old: tuple[Row, ...], new: tuple[Row, ...]) -> tuple[Row, ...]:
        """Rows of second and further readings: in the order of their variables."""
        own = set(self.first.values())
        rest = [key for key in self.by if key[0] == "measured" and key[1] not in own]
        exact = [row.sigma == 0.0 for row in old]
        place = iter(rest)
        return tuple(
            self.row(before, after, ("", 0) if fixed else next(place, ("", 0)))
            for before, after, fixed in zip(old, new, exact, strict=True)
        )

    def share(self, item: CoefficientRow) -> int:
        """Place of a coefficient."""
        names = (item.process, item.flow, item.row.layer)
        return next(
            place
            for place, each in enumerate(self.network.coefficients)
            if (each.process, each.flow, each.layer) == names
        )

    def _key(self, row: Row) -> Key:
        layered = f"{row.id}.{row.layer}"
        name = layered if layered in self.first and row.id.startswith("stock:") else row.id
        if name in self.first:
            return "measured", self.first[name]
        flow = self.network.flow.get(row.id.removesuffix(f".{row.layer}"))
        return "good", f"good:{flow.good}.{row.layer}" if flow else ""


def _light(result: Reconciliation) -> list[Finding]:
    """Which readings count for much less than their sigmas say."""
    rows = (*result.flows, *result.stocks, *result.readings, *result.concentrations)
    rows += (*(each.row for each in result.coefficients), *result.relations)
    light = {row.id: row.weight for row in rows if row.weight is not None and row.weight < LIGHT}
    if not light:
        return []
    ordered = sorted(light, key=light.__getitem__)
    members = ", ".join(ordered[:NAMED])
    return [finding("readings-outweighed", members, members=members, share=light[ordered[0]])]
