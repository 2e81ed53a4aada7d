"""The small family of exceptions; what a user did wrong is a Finding, carried by `Refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.findings import Finding


class ParkflowError(Exception):
    """Something in parkflow went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class Refused(ParkflowError):  # noqa: N818  it reads as the sentence it is
    """The input was refused; the findings say what, where, why and what to do."""

    def __init__(self, *findings: Finding) -> None:
        self.findings: tuple[Finding, ...] = findings
        super().__init__("; ".join(str(finding) for finding in findings))

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Refused:
        """Build from any iterable of findings."""
        return cls(*findings)


class LedgerError(ParkflowError):
    """The ledger cannot be used as it is: missing guards, a wrong schema or a broken chain."""
