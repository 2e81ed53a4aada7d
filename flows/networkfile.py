"""Network files: the TOML that people write for one reconciliation, read strictly and whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import errors
from flows.graph import structure_findings
from flows.networkfile_definitions import Definitions
from flows.networkfile_equations import read_coefficients, read_correlations, read_relations
from flows.networkfile_readings import measured_values
from flows.networkfile_tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile import Reconciliation

TABLES = (
    "network",
    "process",
    "flow",
    "reading",
    "device",
    "coefficient",
    "relation",
    "stock",
    "correlation",
)


@dataclass(frozen=True)
class NetworkFile:
    """What a network file says.

    Attributes:
        network: Definitions; all flows are of the one layer of the file.
        measured: Values over the period, canonical units; the flow's own value before readings.
        days: Length of the period.
        units: By id of flow or stock: its unit, and canonical units per one of it over the
            period (a rate is multiplied by the period).
        bounds: By id of flow or stock: least and greatest amount or change over the period,
            canonical unit.
        findings: Warnings and notes.
    """

    network: FlowNetwork
    measured: tuple[Measured, ...]
    days: float
    units: Mapping[str, tuple[str, float]]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def reconcile(self) -> Reconciliation:
        """Reconcile the period, with rows in the units of the file.

        Raises:
            Refused: As `flows.reconcile.reconcile`.
        """
        from flows.reconcile import reconcile

        result = reconcile(
            self.network,
            self.measured,
            layer=self.network.layers[0],
            days=self.days,
            bounds=self.bounds,
        )
        return result.in_units(self.units).with_findings(self.findings)


def read_network(text: str, *, file: str = "") -> NetworkFile:
    """Read a network file.

    Args:
        text: TOML.
        file: Its name, for findings.

    Raises:
        Refused: With every error finding of the file, each with its line where it has one.
    """
    tables = Tables(text, file)
    definitions = Definitions(tables)
    tables.close(TABLES)
    coefficients = read_coefficients(tables, definitions)
    relations = read_relations(tables, definitions)
    correlations = read_correlations(tables, definitions)
    measured = measured_values(tables, definitions)
    network = replace(
        definitions.network(),
        coefficients=tuple(coefficients),
        relations=tuple(relations),
        correlations=tuple(correlations),
    )
    found = _once(tables.findings)
    if refusing := errors(found):
        raise Refused.of(refusing)
    structure = tuple(item.at(file=file) for item in structure_findings(network))
    return NetworkFile(
        network,
        measured,
        definitions.seconds / 86_400,
        definitions.units,
        definitions.bounds,
        (*found, *structure),
    )


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    """Without repetitions: a value that serves twice is judged twice."""
    seen: dict[tuple[object, ...], Finding] = {}
    for item in findings:
        key = (item.code, item.where, item.row, item.column, str(item.params))
        seen.setdefault(key, item)
    return tuple(seen.values())
