"""Network files: the TOML that people write for one reconciliation, read strictly and whole."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import errors, finding
from flows.graph import structure_findings
from flows.networkfile.contents import Contents
from flows.networkfile.definitions import LEAST, MOST, Definitions
from flows.networkfile.equations import read_coefficients, read_correlations, read_relations
from flows.networkfile.readings import gather
from flows.tomlfile import Document, Path
from flows.tomltable import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.networkfile.readings import Gathered
    from flows.reconcile import Reconciliation


@dataclass(frozen=True)
class NetworkFile:
    """What a network file says.

    Attributes:
        network: Definitions; amounts of all flows are of one layer.
        measured: Values over the period, canonical units; the flow's own value before readings,
            contents `<flow>.<layer>` last.
        days: Length of the period.
        units: By id of flow or stock: its unit, and canonical units per one of it over the
            period (a rate is multiplied by the period).
        bounds: By id of flow or stock: least and greatest amount or change over the period,
            canonical unit.
        findings: Warnings and notes.
        carried: Layers that flows carry by a content.
        period: The period as it was stated, `start/end`, or "".
        robust: Whether the file asks for Huber's loss.
        definitions, gathered: The same as it was read, before readings were brought to the period.
    """

    network: FlowNetwork
    measured: tuple[Measured, ...]
    days: float
    units: Mapping[str, tuple[str, float]]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    carried: tuple[str, ...] = ()
    period: str = ""
    robust: bool = False
    definitions: Definitions = field(repr=False, compare=False, kw_only=True)
    gathered: Gathered = field(repr=False, compare=False, kw_only=True)

    def reconcile(self, *, robust: bool | None = None) -> Reconciliation:
        """Reconcile the period, with rows in the units of the file.

        Args:
            robust: By Huber's loss; None: as the file says.

        Raises:
            Refused: As `flows.reconcile.reconcile`.
        """
        wanted = self.robust if robust is None else robust
        if self.carried:
            from flows.reconcile.contents.layered import reconcile_layers

            result = reconcile_layers(
                self.network,
                self.measured,
                layers=self.network.layers,
                carried=self.carried,
                carrier=self.network.flows[0].layer,
                days=self.days,
                bounds=self.bounds,
                robust=wanted,
            )
        else:
            from flows.reconcile import reconcile

            result = reconcile(
                self.network,
                self.measured,
                layer=self.network.layers[0],
                days=self.days,
                bounds=self.bounds,
                robust=wanted,
            )
        result = replace(result.in_units(self.units), period=self.period)
        return result.with_findings(self.findings)


def read_network(text: str | bytes, *, file: str = "") -> NetworkFile:
    """Read a network file.

    Args:
        text: TOML, or the bytes of the file.
        file: Its name, for findings.

    Raises:
        Refused: With every error finding of the file, each with its line where it has one.
    """
    document = Document(text, file)
    root = Table(document)
    _judge_sizes(document)
    definitions = Definitions(root)
    coefficients = read_coefficients(root, definitions)
    contents = Contents(definitions)
    gathered = gather(root, definitions, contents)
    measured = (*gathered.over_period(definitions), *contents.measured)
    units = definitions.units | contents.finish()
    relations = read_relations(root, definitions, units)
    correlations = read_correlations(root, definitions, measured)
    root.close()
    network = replace(
        definitions.network(),
        coefficients=tuple(coefficients),
        relations=tuple(relations),
        correlations=tuple(correlations),
    )
    if refusing := errors(document.findings):
        raise Refused.of(refusing)
    structure = tuple(item.at(file=file) for item in structure_findings(network))
    return NetworkFile(
        network,
        measured,
        definitions.seconds / 86_400,
        units,
        definitions.bounds,
        (*document.findings, *structure),
        definitions.carried,
        definitions.period,
        definitions.robust,
        definitions=definitions,
        gathered=gathered,
    )


def _judge_sizes(document: Document) -> None:
    """Say which numbers are beyond `LEAST` and `MOST`."""
    waiting: list[tuple[Path, object]] = [((), document.data)]
    while waiting:
        path, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, place), item) for place, item in enumerate(value)]
        elif isinstance(value, float) and value and math.isfinite(value):
            if LEAST <= abs(value) <= MOST:
                continue
            key = next(part for part in reversed(path) if isinstance(part, str))
            low, high = (f"{-MOST:g}", f"{MOST:g}") if abs(value) > MOST else (f"{LEAST:g}", "")
            found = finding("value-range", key=key, value=f"{value:g}", low=low, high=high)
            document.add(found.at(file=document.file, row=document.row(path), column=key))
