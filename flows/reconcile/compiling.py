"""Which plan fits a network and what is measured in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.reconcile.dense import DensePlan

if TYPE_CHECKING:
    from flows.reconcile.plan import Plan
    from flows.reconcile.problem import Readings, System

#: Above so many entries of the echelon form, plain balances are solved by sparse factors.
DENSE_LIMIT = 2_500_000


def compile_plan(system: System, readings: Readings) -> Plan:
    """The plan that fits: dense, or sparse for great plain networks with independent readings.

    Raises:
        numpy.linalg.LinAlgError: If the correlation matrix is not positive definite.
    """
    if not system.rows and readings.correlation is None:
        rank = min(len(system.nodes), system.size)
        if rank * system.size > DENSE_LIMIT:
            from flows.reconcile.sparse import SparsePlan

            return SparsePlan(system, readings)
    return DensePlan(system, readings)
