"""Roles: who may enter readings, review, lock and reopen a month, as the park file names them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.tomltable import Table

#: What somebody may do.
ROLES = ("enter", "review", "lock", "reopen")


@dataclass(frozen=True, slots=True)
class Roles:
    """Names by role; where a role names nobody, everybody has it.

    Attributes:
        review, lock, reopen: Who does that to a month: names as given with `--by`, or of the
            system's users.
        enter: Who enters, corrects, imports and submits readings.
        four_eyes: Whoever entered or submitted readings does not approve them.
    """

    review: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    reopen: tuple[str, ...] = ()
    enter: tuple[str, ...] = ()
    four_eyes: bool = True

    def of(self, role: str) -> tuple[str, ...]:
        """Names of one of `ROLES`."""
        return {
            "enter": self.enter, "review": self.review, "lock": self.lock, "reopen": self.reopen,
        }[role]  # fmt: skip

    def allows(self, role: str, name: str) -> bool:
        """Whether somebody has one of `ROLES`."""
        names = self.of(role)
        return not names or same(name) in {same(one) for one in names}


def same(name: str) -> str:
    """What two spellings of one person's name share: neither capitals, width nor blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def roles(table: Table) -> Roles:
    """[roles] of a park file."""
    names = {role: table.words(role) or () for role in ROLES}
    four_eyes = table.flag("four_eyes") if "four_eyes" in table else True
    table.close()
    return Roles(**names, four_eyes=four_eyes)
