"""The small family of exceptions; what a user did wrong is a Finding, carried by `Refused`."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

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


#: What the system says of a file, to a word for it that has a sentence of its own.
_PROBLEMS = {
    errno.ENOENT: "missing",
    errno.EISDIR: "directory",
    errno.ENOTDIR: "exists",
    errno.EEXIST: "exists",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EROFS: "denied",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.ENAMETOOLONG: "name",
}


def system_problem(error: OSError) -> dict[str, Any]:
    """Parameters of `file-unreadable` or `file-unwritable`: a known problem, or its message."""
    if problem := _PROBLEMS.get(error.errno or 0):
        return {"problem": problem}
    return {"message": error.strerror or type(error).__name__}


class LedgerError(ParkflowError):
    """The ledger cannot be used as it is: missing guards, a wrong schema or a broken chain."""
