"""Balances of a period: suspects, facilities, processes, flows, days, entries; and corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Static

from tui.balances import text as shown
from tui.balances.periods import containing
from tui.balances.view import BalanceView, DayView, FlowView, ProcessView, speaks_of
from tui.desk import SHEET
from tui.messages import Answered
from tui.presenting.tables import visible
from tui.screens.correcting import CHECK, CORRECT, CorrectingScreen
from tui.screens.walking import PeriodScreen
from tui.widgets.bars import Key
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from flows.findings import Finding
    from reports.words import Labels
    from tui.desk import Answer
    from tui.session import Session

#: What a level of the screen shows once its answer is there.
View = BalanceView | ProcessView | FlowView | DayView

#: Period, layer, whether of reconciled values, and the way.
Asked = tuple[str, str, bool, tuple[str, ...]]

#: Length of the way at which entries are shown; before it flows, then days.
_ENTRIES = 3


class BalanceScreen(CorrectingScreen):
    """Down from the balances to the entries behind them, Enter by Enter; Esc goes back up.

    Attributes:
        of_layer: Layer of the balances.
        reconciled: Whether balances are of reconciled values.
        way: Ids from the process down to the day.
    """

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

    DEFAULT_CSS = """
    BalanceScreen #title { height: 1; padding: 0 1; text-style: bold; }
    BalanceScreen #second { height: 1; padding: 0 1; color: $secondary;
      text-wrap: nowrap; text-overflow: ellipsis; }
    BalanceScreen #told { height: 4; background: $surface; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.of_layer = "mass"
        self.reconciled = False
        self.way: list[str] = []
        self.view: View | None = None
        self.balances: BalanceView | None = None
        self.doubts: tuple[Finding, ...] | None = None
        self._cursors: list[str] = []
        self._folded_first = False
        self._told: list[str] = []
        self._stands: Asked | None = None
        self._failed: Answer | None = None
        self._wanted = ""

    def body(self) -> Iterable[Widget]:
        """Title, a line below it, the table, what is said."""
        self.period = self.period or containing(self.park.day, "month")
        yield Static(id="title")
        yield Static(id="second")
        yield Table(id="table")
        yield Static(id="told")

    def on_mount(self) -> None:
        """The table has the keys; the park is asked once the screen stands."""
        self.table.focus()
        self.draw()
        self.call_after_refresh(self.load)

    @property
    def table(self) -> Table:
        """The one table."""
        return self.query_one(Table)

    def keys(self) -> Sequence[Key]:
        """At the entries there is little to choose."""
        return self._AT_ENTRIES if len(self.way) == _ENTRIES else self.KEYS

    def where(self) -> str:
        """Facility of what the cursor stands on."""
        view = self.balances
        if view is None or not self.is_mounted:
            return ""
        here = self.way[0] if self.way else self.table.key
        facility = view.facility_of.get(here, here)
        known = facility in set(view.facility_of.values())
        return self.words.label(view.names.get(facility), facility) if known else ""

    def relabel(self) -> None:
        """Another language."""
        self.draw()

    def ledger_changed(self) -> None:
        """Somebody has written: what is shown is asked for again."""
        self.load()

    # --- asking the park ---

    def _asked(self) -> Asked:
        """What is looked at now; an answer to anything else comes too late."""
        return self.period, self.of_layer, self.reconciled, tuple(self.way)

    def request(self) -> None:
        """Ask for what this level shows; the balances also for what is doubtful."""
        asked = period, layer, reconciled, way = self._asked()

        def work(session: Session) -> tuple[Asked, View]:
            from tui.balances.view import view_of

            return asked, view_of(session, period, layer, way, reconciled=reconciled)

        def doubts(session: Session) -> tuple[str, tuple[Finding, ...]]:
            from tui.balances.view import doubts_of

            return period, doubts_of(session, period)

        self.ask("balance", work, urgency=SHEET)
        if not way:
            self.ask("doubts", doubts)

    def look_at(self, period: str, process: str = "") -> None:
        """Show a period, and of it the flows of a process."""
        self.period, self.doubts, self.view = period, None, None
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
        if answer.tag in (CHECK, CORRECT):
            if self.corrected(answer):
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
            self.doubts = found
        elif answer.tag == "names":
            self.balances = answer.value
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

    # --- keys ---

    @on(Table.Chosen)
    def chosen(self, message: Table.Chosen) -> None:
        """One level down, or where a doubt leads."""
        key, view = message.key, self.view
        if key.startswith(shown.DOUBT):
            self._follow(self.doubts[int(key.removeprefix(shown.DOUBT))] if self.doubts else None)
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
        if about in view.facility_of:
            self._down(about)
        elif any(row.id == about for row in view.rows):
            self.table.go(about)
        elif about in view.names:
            self._cursors.append(self.table.key)
            self.way = ["", about]
            self._go()
        elif "." in about:  # a step of a chain
            self.park.go("chains")
            there = self.app.screen
            if isinstance(there, PeriodScreen):
                there.to_period(self.period)

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
        self.doubts, self._told = None, []
        if len(self.way) == _ENTRIES:
            self.way.pop()
            self._cursors.pop()
            self.view = None
        self.draw()
        self.load()

    def action_layer(self) -> None:
        """The next layer of the park."""
        if self.way or self.balances is None:
            return
        layers = self.balances.layers
        if layers:
            self.of_layer = layers[(layers.index(self.of_layer) + 1) % len(layers)]
            self._draw_title()
            self.load()

    def action_basis(self) -> None:
        """Of measured values, or of reconciled ones."""
        if not self.way:
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

    # --- drawing ---

    def draw(self) -> None:
        """Title, table and what is said, in the language of now."""
        if not self.is_mounted:
            return
        self._draw_title()
        words, view, table, names = self.words, self.view, self.table, self.labels()
        if view is None:
            table.show((), ())
        elif isinstance(view, BalanceView):
            unit = view.rows[0].unit if view.rows else ""
            rows = shown.balance_rows(view, words)
            if not self._folded_first:
                self._folded_first = True
                table.folded = {row.id for row in view.rows if row.level == "facility"}
                table.folded.add("more-doubts")
            said = [visible(words.say(item, names)) for item in self.doubts or ()]
            above = shown.doubt_rows(self.doubts, words, said)
            began = not table.rows
            table.show(shown.balance_cols(words, unit), [*above, *rows])
            if began and not self._wanted:
                table.go(view.rows[0].id if view.rows else "doubts")
        elif isinstance(view, ProcessView):
            facility = self.balances.facility_of.get(view.id, "") if self.balances else ""
            table.show(shown.flow_cols(words), shown.flow_rows(view, words, names, facility))
        elif isinstance(view, FlowView):
            table.show(shown.day_cols(words, view.unit), shown.day_rows(view, words))
        else:
            zone = self.park.glance.calendar.zone
            table.show(shown.entry_cols(words), shown.entry_rows(view, words, zone))
        if self._wanted and view is not None:
            table.go(self._wanted)
            self._wanted = ""
        self._tell()
        self.refresh_bars()

    def labels(self) -> Labels:
        """Names of everything."""
        return self.balances.names if self.balances else {}

    def remark(self, lines: Sequence[str]) -> None:
        """Say something below."""
        self._told = list(lines)
        self._tell()

    def _draw_title(self) -> None:
        words, view = self.words, self.view
        parts = [words.term("screen-balance"), self.period]
        if not self.way:
            basis = words.term("basis-reconciled" if self.reconciled else "basis-measured")
            parts += [words.term(f"layer-{self.of_layer}"), basis]
        parts += [words.label(self.labels().get(id_), id_) for id_ in self.way if id_]
        self.put("#title", "  ".join(parts))
        second = words.term("working") if self._failed is None else ""
        if view is not None and self._stands == self._asked():
            second = shown.second(view, words, max(self.size.width - 4, 10))
        self.put("#second", second)

    def _tell(self) -> None:
        """What is said below: of a failure, of what was done, of the cursor's row."""
        if not self.is_mounted:
            return
        lines, key = list(self._told), self.table.key
        if self._failed is not None:
            lines += self.say(self._failed.findings, self.labels()) or [self._failed.message]
        elif key.startswith(shown.DOUBT) and self.doubts:
            at = int(key.removeprefix(shown.DOUBT))
            lines += self.say(self.doubts[at : at + 1], self.labels())
        elif isinstance(self.view, DayView):
            row = next((row for row in self.table.rows if row.key == key), None)
            lines.append(shown.in_full(row) if row else self.words.term("entries-none"))
        elif self.view is not None:
            lines += shown.below(self.view, key, self.words, self.labels())
            if isinstance(self.view, FlowView):
                about = [item for item in self.doubts or () if speaks_of(item, self.view.id)]
                lines += self.say(about, self.labels())
        self.put("#told", "\n".join(lines))
