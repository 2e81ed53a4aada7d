"""What `parkflow doctor` looks at: installation, park file, ledger."""

from __future__ import annotations

import logging
import platform
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flows.errors import LedgerError, Refused
from flows.findings import Finding, Severity, finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facilities.park import Park

PACKAGES = ("flows", "facilities", "reports", "tui")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, and what was found.

    Attributes:
        code: What was looked at.
        detail: Where it is, or a fact that needs no words.
        counts: Facts with a text of their own, `check-<code>-detail`.
    """

    code: str
    detail: str
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, object] = field(default_factory=dict)


def examine(folder: Path) -> list[Check]:
    """Every check that can be made in this folder."""
    return [_installation(), _log_file(), _park_file(folder), *_ledger(folder)]


def _installation() -> Check:
    """Whether another distribution has taken one of the four plain names."""
    from importlib.metadata import packages_distributions, version

    owners = packages_distributions()
    taken = tuple(
        finding("name-taken", name, name=name, owner=", ".join(sorted(others)))
        for name in PACKAGES
        if (others := set(owners.get(name, ())) - {"parkflow"})
    )
    detail = f"parkflow {version('parkflow')}, Python {platform.python_version()}"
    return Check("installation", detail, taken)


def _log_file() -> Check:
    from tui.settings import log_path

    path = log_path()
    log = next(iter(logging.getLogger("parkflow").handlers), None)
    if isinstance(log, logging.NullHandler):
        said = finding("file-unwritable", file=str(path), severity=Severity.WARNING)
        return Check("log", str(path), (said,))
    return Check("log", str(path))


def _park_file(folder: Path) -> Check:
    from tui.session import read_park

    try:
        park = read_park(folder)
    except Refused as refusal:
        return Check("park", str(folder / "park.toml"), refusal.findings)
    counts = {"park": park.id, "facilities": len(park.facilities), "hash": park.hash[:12]}
    return Check("park", park.id, (*park.findings, *_units(park)), counts)


def _units(park: Park) -> list[Finding]:
    """Steps of chains whose unit does not fit their flows."""
    from flows.chains import ratio_scale

    found = []
    network = park.definitions
    for chain in park.chains:
        for step in chain.steps:
            try:
                ratio_scale(step, network)
            except Refused as refusal:
                found += [replace(item, where=f"{chain.id}.{step.id}") for item in refusal.findings]
    return found


def _ledger(folder: Path) -> list[Check]:
    from tui.session import Session

    path = folder / "park.db"
    try:
        with Session.open(folder, readonly=True, unguarded=True) as session:
            report = session.ledger.audit()
            counts = {"events": report.events, "observations": report.observations}
            return [Check("ledger", report.head, report.findings, counts)]
    except Refused as refusal:
        return [Check("ledger", str(path), refusal.findings)]
    except LedgerError as error:
        return [Check("ledger", f"{path}: {error}", (finding("ledger-guards", str(path)),))]
