"""Roles: who may review, lock and reopen a month, as the park file names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.tomltable import Table


@dataclass(frozen=True, slots=True)
class Roles:
    """Names by role; where a role names nobody, everybody has it.

    Attributes:
        review, lock, reopen: Names as given with `--by`, or of the system's users.
        four_eyes: Whoever entered or submitted readings does not approve them.
    """

    review: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    reopen: tuple[str, ...] = ()
    four_eyes: bool = True

    def of(self, role: str) -> tuple[str, ...]:
        """Names of a role: review, lock or reopen."""
        return {"review": self.review, "lock": self.lock, "reopen": self.reopen}[role]


def roles(table: Table) -> Roles:
    """[roles] of a park file."""
    names = {role: table.words(role) or () for role in ("review", "lock", "reopen")}
    four_eyes = table.flag("four_eyes") if "four_eyes" in table else True
    table.close()
    return Roles(**names, four_eyes=four_eyes)
