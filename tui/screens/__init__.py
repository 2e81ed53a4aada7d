"""Screens of the terminal application: one module each, registered in `PLACES`."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A screen that a key leads to.

    Attributes:
        key: Function key.
        name: By which `go` finds it.
        where: `module:Class`, loaded when it is first shown.
        term: Its word in footer, help and palette.
    """

    key: str
    name: str
    where: str
    term: str


#: Every screen, in the order of the keys; what is not here is not shown anywhere.
PLACES: tuple[Place, ...] = (
    Place("f1", "help", "tui.screens.help:HelpScreen", "screen-help"),
    Place("f2", "sheet", "tui.screens.sheet:SheetScreen", "screen-sheet"),
    Place("f3", "calendar", "tui.screens.calendar:CalendarScreen", "screen-calendar"),
    Place("f4", "balance", "tui.screens.balance:BalanceScreen", "screen-balance"),
    Place("f5", "chains", "tui.screens.chains:ChainsScreen", "screen-chains"),
    Place("f6", "findings", "tui.screens.findings:FindingsScreen", "screen-findings"),
    Place("f7", "report", "tui.screens.report:ReportScreen", "screen-report"),
)
