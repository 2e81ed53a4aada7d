"""Balances as drawn: the title, the table of each level, and what is said of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Static

from tui.balances import daytext, flowtext
from tui.balances import text as shown
from tui.balances.view import (
    BalanceView,
    DayView,
    FlowView,
    ProcessView,
    openness,
    speaks_of,
)
from tui.presenting.tables import visible
from tui.screens.correcting import CorrectingScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from flows.balance import Balance
    from flows.findings import Finding
    from reports.words import Labels
    from tui.desk import Answer

#: What a level of the screen shows once its answer is there.
View = BalanceView | ProcessView | FlowView | DayView

#: Period, layer, whether of reconciled values, and the way.
Asked = tuple[str, str, bool, tuple[str, ...]]


class BalanceDrawing(CorrectingScreen):
    """What stands on the screen of balances.

    Attributes:
        of_layer: Layer of the balances.
        reconciled: Whether balances are of reconciled values.
        way: Ids from the process down to the day.
    """

    DEFAULT_CSS = """
    BalanceDrawing #title { height: 1; padding: 0 1; text-style: bold; }
    BalanceDrawing #second { height: 1; padding: 0 1; color: $secondary;
      text-wrap: nowrap; text-overflow: ellipsis; }
    BalanceDrawing #told { height: 4; background: $surface; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.of_layer = "mass"
        self.reconciled = False
        self.way: list[str] = []
        self.view: View | None = None
        self.balances: BalanceView | None = None
        self.doubts: tuple[Finding, ...] | None = None
        self._sought = False
        self._cursors: list[str] = []
        self._folded_first = False
        self._unfolded = "", ""
        self._told: list[str] = []
        self._stands: Asked | None = None
        self._failed: Answer | None = None
        self._wanted = ""

    def body(self) -> Iterable[Widget]:
        """Title, a line below it, the table, what is said."""
        self.begin()
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

    def _asked(self) -> Asked:
        """What is looked at now; an answer to anything else comes too late."""
        return self.period, self.of_layer, self.reconciled, tuple(self.way)

    def draw(self) -> None:
        """Title, table and what is said, in the language of now."""
        if not self.is_mounted:
            return
        self._draw_title()
        words, view, table, names = self.words, self.view, self.table, self.labels()
        began = not table.rows
        if view is None:
            table.show((), ())
        elif isinstance(view, BalanceView):
            self._draw_balances(view)
        elif isinstance(view, ProcessView):
            facility = self.balances.facility_of.get(view.id, "") if self.balances else ""
            rows = flowtext.flow_rows(view, words, names, facility)
            table.show(flowtext.flow_cols(words, view.unit), rows)
        elif isinstance(view, FlowView):
            about = [item for item in self.doubts or () if speaks_of(item, view.id)]
            days = daytext.doubted(view, about)
            table.show(daytext.day_cols(words, view.unit), daytext.day_rows(view, words, days))
            if days and began and not self._wanted:
                table.go(min(days))
        else:
            zone = self.park.glance.calendar.zone
            table.show(daytext.entry_cols(words, zone), daytext.entry_rows(view, words, zone))
        if isinstance(view, ProcessView) and began and not self._wanted:
            own = [row for row in table.rows if row.level]
            table.go(
                next((row.key for row in own if "!" in row.cells[3]), own[0].key if own else "")
            )
        if self._wanted and view is not None:
            table.go(self._wanted)
            self._wanted = ""
        self._tell()
        self.refresh_bars()

    def _draw_balances(self, view: BalanceView) -> None:
        """Doubts, then balances; facilities are folded but where something does not close."""
        words, table = self.words, self.table
        opened = [row for row in view.rows if row.level == "process" and openness(row)]
        if not self._folded_first:
            self._folded_first = True
            table.folded = {row.id for row in view.rows if row.level == "facility"}
            table.folded.add("more-doubts")
        fresh = self._unfolded != (view.period, view.layer)
        if fresh:
            self._unfolded = view.period, view.layer
            table.folded -= {view.facility_of.get(row.id, "") for row in opened}
        said = [visible(words.say(item, self.labels())) for item in self.doubts or ()]
        unit = view.rows[0].unit if view.rows else ""
        began = not table.rows
        rows = [*shown.doubt_rows(self.doubts, words, said), *shown.balance_rows(view, words)]
        table.show(shown.balance_cols(words, unit), rows)
        on_park = bool(view.rows) and table.key == view.rows[0].id
        if (began or (fresh and on_park)) and not self._wanted:
            first = opened or view.rows
            table.go(first[0].id if first else "doubts")

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
        if len(self.way) < 2:
            basis = words.term("basis-reconciled" if self.reconciled else "basis-measured")
            parts += [words.term(f"layer-{self.of_layer}"), basis]
        parts += [words.label(self.labels().get(id_), id_) for id_ in self.way if id_]
        self.put("#title", "  ".join(parts))
        second = ""
        if self._failed is None:
            code = "" if len(self.way) > 1 else "-reconciled" if self.reconciled else "-measured"
            layer = words.term(f"layer-{self.of_layer}")
            second = words.text(f"working{code}", period=self.period, layer=layer)
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
            lines += self._why(self.view, key)
        self.put("#told", "\n".join(lines))

    def _why(self, view: View, key: str) -> list[str]:
        """What is doubted of a flow, or may explain that a balance does not close."""
        doubts, names = self.doubts, self.labels()
        if doubts is None:
            return []
        if isinstance(view, BalanceView | ProcessView):
            id_ = view.id if isinstance(view, ProcessView) else key
            about = [item for item in doubts if speaks_of(item, key) and key != id_]
            row = next((row for row in self._rows() if row.id == id_), None)
            if about or row is None or not openness(row):
                return self.say(about, names)
            found = [self.words.say(item, names) for item in shown.reasons(doubts, id_)]
            text = self.words.text
            whys = [text("balance-why", why=visible(shown.brief(said))) for said in found]
            return whys or [text("balance-why-unknown")]
        what = view.id
        return self.say([item for item in doubts if speaks_of(item, what)], names)

    def _rows(self) -> Sequence[Balance]:
        """Balances that stand on the screen, or above what stands there."""
        if isinstance(self.view, ProcessView):
            return (self.view.balance,) if self.view.balance else ()
        return self.balances.rows if self.balances else ()
