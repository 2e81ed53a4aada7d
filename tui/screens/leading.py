"""Leads from any screen to a line of the day's sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from tui.app import ParkflowApp


def open_sheet(app: ParkflowApp, day: date, *, what: str = "", facility: str = "") -> None:
    """Show the sheet of a day, the cursor on a line of it.

    Args:
        app: The application.
        day: Operating day; one that is still to come is not opened.
        what: Flow, stock or quality; its property's flow where the sheet has no line of its own.
        facility: Where `what` is no line: the first due line of this facility.
    """
    from tui.screens.sheet import SheetScreen

    app.go("sheet")
    app.show_day(day)
    screen = app.screen
    if not isinstance(screen, SheetScreen):
        return
    lines = screen.state.lines
    own = [at for at, line in enumerate(lines) if what and line.what == what]
    own += [at for at, line in enumerate(lines) if facility and line.facility == facility]
    if own:
        screen.state.go(own[0])
    screen.relabel()
