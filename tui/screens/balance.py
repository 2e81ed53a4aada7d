"""Balances of a period: suspects, facilities, processes, flows, days, entries; and corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from tui.balances import text as shown
from tui.balances.view import BalanceView, DayView
from tui.desk import SHEET
from tui.messages import Answered
from tui.screens.balancing import BalanceDrawing
from tui.screens.correcting import CHECK, CORRECT
from tui.widgets.bars import Key
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from flows.findings import Finding
    from tui.screens.balancing import Asked, View
    from tui.session import Session

#: Length of the way at which entries are shown; before it flows, then days.
_ENTRIES = 3


class BalanceScreen(BalanceDrawing):
    """Down from the balances to the entries behind them, Enter by Enter; Esc goes back up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "up", show=False),
        Binding("l", "layer", show=False),
        Binding("r", "basis", show=False),
        Binding("f", "folds", show=False),
        Binding("c", "correct", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("Enter", "key-down-level"),
        Key("Esc", "key-up-level", "screen.up"),
        Key("< >", "key-period-step"),
        Key("r", "key-basis", "screen.basis"),
        Key("l", "key-layer", "screen.layer"),
        Key("w", "key-period-wider", "screen.wider"),
        Key("p", "key-period", "screen.period"),
        Key("f", "key-folds", "screen.folds"),
        Key("c", "key-correct", "screen.correct"),
    )
    _AT_ENTRIES: ClassVar[tuple[Key, ...]] = (
        Key("c", "key-correct", "screen.correct"),
        Key("Esc", "key-up-level", "screen.up"),
    )

    def keys(self) -> Sequence[Key]:
        """At the entries there is little to choose."""
        return self._AT_ENTRIES if len(self.way) == _ENTRIES else self.KEYS

    def ledger_changed(self) -> None:
        """Somebody has written: what is shown is asked for again, and what is doubtful."""
        self._sought = False
        self.load()

    # --- asking the park ---

    def request(self) -> None:
        """Ask for what this level shows, and once for what is doubtful, in every layer."""
        asked = period, layer, reconciled, way = self._asked()

        def work(session: Session) -> tuple[Asked, View]:
            from tui.balances.view import view_of

            return asked, view_of(session, period, layer, way, reconciled=reconciled)

        self.ask("balance", work, urgency=SHEET)
        if not self._sought:
            self._seek()

    def _seek(self) -> None:
        """Look for what is doubtful; gives way to whatever somebody waits for."""
        period, desk = self.period, self.park.desk

        def work(session: Session) -> tuple[str, tuple[Finding, ...] | None]:
            from tui.balances.view import doubts_of

            return period, doubts_of(session, period, lambda: desk.pressing)

        self.ask("doubts", work)

    def look_at(self, period: str, process: str = "") -> None:
        """Show a period, and of it the flows of a process."""
        self.begun = True
        self._cursors = [process] if process else []
        self.period, self.doubts, self.view, self._sought = period, None, None, False
        self.way, layer = [process] if process else [], self.of_layer
        if self.balances is None and process:

            def names(session: Session) -> View:
                from tui.balances.view import balances_of

                return balances_of(session, period, layer, reconciled=False)

            self.ask("names", names, urgency=SHEET)
        if self.is_mounted:
            self.draw()
            self.load()

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """An answer of the desk."""
        answer = message.answer
        if self.began(answer):
            return
        if answer.tag in (CHECK, CORRECT):
            if self.corrected(answer):
                self._sought = False
                self._weigh_again()
                self.load()
            return
        if answer.failed:
            self._failed = answer
            self.draw()
            return
        if answer.tag == "doubts":
            period, found = answer.value
            if period != self.period:
                return
            if found is None:
                self._seek()
                return
            self.doubts, self._sought = found, True
        elif answer.tag == "names":
            self.balances = answer.value
        elif answer.tag == "again":
            before, self.balances = answer.value
            self._told += shown.moved(before, self.balances, self.words)
        else:
            asked, view = answer.value
            if asked != self._asked():
                return
            self.view = view
            if isinstance(view, BalanceView):
                self.balances, self.of_layer = view, view.layer
            self._stands = self._asked()
        self._failed = None
        self.draw()

    def _weigh_again(self) -> None:
        """After a correction: which balances it has moved, and how far."""
        before = self.balances
        if before is None:
            return
        period, layer, reconciled, _ = self._asked()

        def work(session: Session) -> tuple[BalanceView, BalanceView]:
            from tui.balances.view import balances_of

            return before, balances_of(session, period, layer, reconciled=reconciled)

        self.ask("again", work, urgency=SHEET)

    # --- keys ---

    @on(Table.Chosen)
    def chosen(self, message: Table.Chosen) -> None:
        """One level down, or where a doubt leads."""
        key, view = message.key, self.view
        if key.startswith(shown.DOUBT):
            self._follow(self.doubts[int(key.removeprefix(shown.DOUBT))] if self.doubts else None)
        elif view is not None and not isinstance(view, DayView) and view.period != self.period:
            return  # rows of the period before, while the next one is worked out
        elif shown.leads_down(view, key):
            self._down(key)
        else:
            self.table.action_turn()

    @on(Table.Moved)
    def moved(self) -> None:
        """What is said below is of the cursor's row."""
        self._tell()
        self.refresh_bars()

    def _follow(self, doubt: Finding | None) -> None:
        """Down to what a doubt is about: a flow's days, or a process's flows."""
        view = self.balances
        if doubt is None or view is None:
            return
        about = doubt.where.split(", ")[0]
        if doubt.params.get("layer") in view.layers:
            self.of_layer = str(doubt.params["layer"])
        if about in view.facility_of:
            self._down(about)
        elif any(row.id == about for row in view.rows):
            self.table.go(about)
        elif about in view.names:
            self._cursors.append(self.table.key)
            self.way = ["", about]
            self._go()
        elif "." in about:  # a step of a chain
            from tui.screens.chains import show_step

            show_step(self.park, self.period, about, doubt, view.names)

    def _down(self, key: str) -> None:
        self._cursors.append(self.table.key)
        self.way.append(key)
        self._go()

    def action_up(self) -> None:
        """One level up; from the balances back to the sheet."""
        if not self.way:
            self.park.go("sheet")
            return
        self.way.pop()
        if self.way == [""]:
            self.way = []
        self._go(self._cursors.pop() if self._cursors else "")

    def _go(self, cursor: str = "") -> None:
        """Show another level; the balances stand already, everything else is asked for."""
        self._told = []
        self.view = None
        self.table.show((), ())
        if not self.way and self.balances is not None:
            self.view = self.balances
            self.draw()
            self.table.go(cursor)
        else:
            self._wanted = cursor
            self.draw()
        self.load()

    def at_period(self, period: str) -> None:
        """Another period on this level; from a day's entries up to the days."""
        del period
        self.doubts, self._sought, self._told = None, False, []
        if len(self.way) == _ENTRIES:
            self.way.pop()
            self._cursors.pop()
            self.view = None
        self.draw()
        self.load()

    def action_layer(self) -> None:
        """The next layer of the park."""
        if len(self.way) > 1 or self.balances is None:
            return
        layers = self.balances.layers
        if layers:
            self.of_layer = layers[(layers.index(self.of_layer) + 1) % len(layers)]
            self._draw_title()
            self.load()

    def action_basis(self) -> None:
        """Of measured values, or of reconciled ones."""
        if len(self.way) < 2:
            self.reconciled = not self.reconciled
            self._draw_title()
            self.load()

    def action_folds(self) -> None:
        """Every facility unfolded, or folded."""
        if not self.way:
            table = self.table
            if table.folded - {"more-doubts"}:
                table.unfold_all()
            else:
                table.fold_all()

    def action_correct(self) -> None:
        """Correct the entry of the cursor."""
        view, key = self.view, self.table.key
        if not isinstance(view, DayView):
            self.remark([self.words.term("correct-at-entries")])
            return
        for chain in view.histories:
            if any(f"#{one.item.id}" == key for one in chain):
                self.correct(chain[-1].item, view.unit)
