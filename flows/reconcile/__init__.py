"""Reconciliation: least-squares values that close every balance of a network.

May come in: setting up, classifying and solving a network, its gross errors, and the JSON of the
answer. May not: reading files, units, language.
"""

from __future__ import annotations

from flows.reconcile.asjson import asjson
from flows.reconcile.linear import reconcile
from flows.reconcile.result import Reconciliation

__all__ = ["Reconciliation", "asjson", "reconcile"]
