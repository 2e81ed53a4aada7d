"""What else can be asked of a reconciliation: draws from it, and where to measure next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from flows.errors import Refused, system_problem
from flows.findings import finding
from flows.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from flows.chains import Chain
    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.reconcile import Reconciliation
    from flows.reconcile.outlook.advice import Advice, Target
    from flows.reconcile.outlook.drawn import Drawn, StepDraws


@dataclass(frozen=True)
class Asked:
    """The options of the command.

    Attributes:
        draws: How many, or None for no draws.
        seed: Of the draws.
        draws_to: File that takes them, one a row.
        next_meter: Whether places for a further meter are asked for.
        target: Flow or chain that is to become surer, or "".
    """

    draws: int | None = None
    seed: int = 0
    draws_to: Path | None = None
    next_meter: bool = False
    target: str = ""

    def __bool__(self) -> bool:
        return self.draws is not None or self.next_meter

    def check(self, *, alone: bool) -> None:
        """Options that do not go together are a wrong call.

        Args:
            alone: Whether the period is reconciled as a whole.

        Raises:
            BadParameter: If one says nothing without another.
        """
        if self.draws_to is not None and self.draws is None:
            raise typer.BadParameter("Needs --draws.", param_hint="--draws-to")
        if self.target and not self.next_meter:
            raise typer.BadParameter("Needs --next-meter.", param_hint="--target")
        if self and not alone:
            raise typer.BadParameter("--draws and --next-meter: not together with --by.")


@dataclass(frozen=True)
class Told:
    """The answers; None where it was not asked or nothing was reconciled."""

    drawn: Drawn | None = None
    chains: tuple[StepDraws, ...] = ()
    meters: tuple[Advice, ...] = ()
    target: Target | None = None
    findings: tuple[Finding, ...] = ()
    json: dict[str, object] = field(default_factory=dict)
    asked_meters: bool = False


@dataclass(frozen=True)
class Basis:
    """What was reconciled.

    Attributes:
        result: In the units below.
        network: Definitions.
        units: By id: unit, and canonical units per one of it over the period.
        days: Length of the period.
        chains: Of the park.
    """

    result: Reconciliation
    network: FlowNetwork
    units: Mapping[str, tuple[str, float]]
    days: float
    chains: Sequence[Chain] = ()


def foresee(asked: Asked, basis: Basis) -> Told:
    """Draw, and look for the next meter.

    Raises:
        Refused: `key-unknown` if the target is neither flow nor chain, `target-unknown` if its
            yield is not known; `draws-none`; `file-unwritable`.
    """
    drawn: Drawn | None = None
    chains: tuple[StepDraws, ...] = ()
    findings: tuple[Finding, ...] = ()
    json: dict[str, object] = {}
    if asked.draws is not None:
        from flows.reconcile.outlook import drawn as drawing

        drawn = drawing.draw(basis.result, asked.draws, seed=asked.seed, units=basis.units)
        json["draws"] = None
        if drawn is not None:
            chains = drawing.chain_draws(basis.chains, basis.network, drawn)
            findings = drawn.findings
            json["draws"] = drawing.asjson(drawn, chains)
            if asked.draws_to is not None:
                _write(asked.draws_to, drawn)
    if not asked.next_meter:
        return Told(drawn, chains, findings=findings, json=json)
    from flows.reconcile.outlook import advice

    known = basis.result.foundation is not None
    target = _target(asked.target, basis) if asked.target and known else None
    meters = advice.advise(
        basis.result, basis.network, units=basis.units, days=basis.days, target=target
    )
    json["next_meters"] = advice.asjson(meters, target)
    return Told(drawn, chains, meters, target, findings, json, asked_meters=True)


def _write(path: Path, drawn: Drawn) -> None:
    from flows.reconcile.outlook.drawn import as_csv

    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(f"{line}\n" for line in as_csv(drawn))
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unwritable", file=str(path), **said)) from None


def _target(name: str, basis: Basis) -> Target:
    """A flow of the answer, or a chain by its last step, the whole yield."""
    from flows.chains import Reconciled, evaluate, ratio_scale
    from flows.reconcile.outlook.advice import Target

    flows = [row.id for row in basis.result.flows if row.layer not in basis.result.carried]
    if name in flows:
        unit, per_unit = basis.units.get(name, ("", 1.0))
        return Target(name, unit, {name: 1.0 / per_unit})
    chain = next((item for item in basis.chains if item.id == name), None)
    if chain is None:
        known = [*(item.id for item in basis.chains), *flows]
        near = nearest(name, known)
        raise Refused(finding("key-unknown", column="--target", key=name, nearest=near))
    last = chain.steps[-1]
    made = evaluate(chain, basis.network, Reconciled(_canonical(basis))).steps[-1]
    if made.output is None or not made.input:
        # without a value there is no slope; what makes it known are its own unknown flows
        missing = ", ".join(made.unknown or last.inputs)
        raise Refused(finding("target-unknown", name, members=missing))
    scale, ratio = ratio_scale(last, basis.network), made.output / made.input
    weights = {
        flow: scale * ((flow in last.outputs) - ratio * (flow in last.inputs)) / made.input
        for flow in dict.fromkeys((*last.outputs, *last.inputs))
    }
    return Target(name, last.unit, weights)


def _canonical(basis: Basis) -> Reconciliation:
    """The answer in canonical units again."""
    return basis.result.in_units({name: ("", 1.0 / by) for name, (_, by) in basis.units.items()})
