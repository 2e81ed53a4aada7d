"""Chains with their yields, any flow's neighbors hop by hop, and the Sankey."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Static

from tui.balances import chaintext as shown
from tui.balances.chainview import AroundView, ChainsView, FlowsView, Picture, months_before
from tui.balances.periods import containing
from tui.desk import SHEET
from tui.messages import Answered
from tui.screens.walking import PeriodScreen
from tui.widgets.bars import Key
from tui.widgets.lines import LinesView
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from tui.desk import Answer
    from tui.session import Session

#: What the screen shows once its answer is there.
View = ChainsView | FlowsView | AroundView | Picture

#: Steps of the way other than a flow's id.
ALL_FLOWS, SANKEY = "flows", "sankey"

#: Times that bands can be as high as the screen.
_HIGHEST = 4


class ChainsScreen(PeriodScreen):
    """Chains first; Enter leads to a flow and from there hop by hop, s to the Sankey, Esc back.

    Attributes:
        way: `ALL_FLOWS`, `SANKEY` or a flow's id, from the chains on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "up", show=False),
        Binding("a", "flows", show=False),
        Binding("s", "sankey", show=False),
        Binding("l", "layer", show=False),
        Binding("v", "level", show=False),
        Binding("z", "zoom", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("Enter", "key-down-level"),
        Key("Esc", "key-up-level", "screen.up"),
        Key("< >", "key-period-step"),
        Key("s", "key-sankey", "screen.sankey"),
        Key("a", "key-all-flows", "screen.flows"),
        Key("w", "key-period-wider", "screen.wider"),
        Key("p", "key-period", "screen.period"),
        Key("l", "key-layer", "screen.layer"),
        Key("v", "key-detail-level", "screen.level"),
        Key("z", "key-zoom", "screen.zoom"),
    )
    PICTURE: ClassVar[tuple[Key, ...]] = (
        Key("←↑↓→", "key-scroll"),
        Key("l", "key-layer", "screen.layer"),
        Key("v", "key-detail-level", "screen.level"),
        Key("z", "key-zoom", "screen.zoom"),
        Key("Esc", "key-up-level", "screen.up"),
        Key("< >", "key-period-step"),
    )
    DEFAULT_CSS = """
    ChainsScreen #title { height: 1; padding: 0 1; text-style: bold; }
    ChainsScreen #told { height: 3; background: $surface; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.way: list[str] = []
        self.view: View | None = None
        self.of_layer, self.level, self.zoom = "mass", "facility", 1
        self.trend: dict[str, dict[tuple[str, str], float | None]] = {}
        self._months: tuple[str, ...] = ()
        self._stands: object = None
        self._failed: Answer | None = None
        self._told: list[str] = []
        self._cursors: list[str] = []
        self._wanted = ""

    def body(self) -> Iterable[Widget]:
        """Title, the table or the drawing, what is said."""
        self.period = self.period or containing(self.park.day, "month")
        yield Static(id="title")
        yield Table(id="table")
        yield LinesView(id="drawing")
        yield Static(id="told")

    def on_mount(self) -> None:
        """The table has the keys; the park is asked once the screen stands."""
        self.query_one(LinesView).display = False
        self.table.focus()
        self.draw()
        self.call_after_refresh(self.load)

    @property
    def table(self) -> Table:
        """The one table."""
        return self.query_one(Table)

    @property
    def at(self) -> str:
        """Where the way has led, "" for the chains."""
        return self.way[-1] if self.way else ""

    def keys(self) -> Sequence[Key]:
        """A drawing has other keys."""
        return self.PICTURE if self.at == SANKEY else self.KEYS

    def relabel(self) -> None:
        """Another language; the drawing is made anew."""
        if isinstance(self.view, Picture):
            self.load()
        self.draw()

    def ledger_changed(self) -> None:
        """Somebody has written: yields of every month may be others."""
        self.trend.clear()
        if isinstance(self.view, Picture):
            self.view = None
        self.load()

    # --- asking the park ---

    def _asked(self) -> tuple[object, ...]:
        """What is looked at now; an answer to anything else comes too late."""
        words = self.words.language if self.at == SANKEY else ""
        return self.period, tuple(self.way), self.of_layer, self.level, self.zoom, words

    def request(self) -> None:
        """Ask for what is shown here."""
        period, at, words = self.period, self.at, self.words
        layer, level = self.of_layer, self.level
        size = max(self.size.width - 2, 60), max(self.size.height - 4, 16) * self.zoom
        old = self.view
        data = old.data if isinstance(old, Picture) and old.period == period else None

        asked = self._asked()

        def view(session: Session) -> View:
            from tui.balances import chainview

            if not at:
                return chainview.chains_of(session, period)
            if at == ALL_FLOWS:
                return chainview.flows_of(session, period)
            if at == SANKEY:
                return chainview.picture_of(session, period, layer, level, words, size, data)
            return chainview.around_of(session, period, at)

        def work(session: Session) -> tuple[object, View]:
            return asked, view(session)

        self.ask("chains", work, urgency=SHEET)

    def on_screen_resume(self) -> None:
        """Go on with the months."""
        super().on_screen_resume()
        if isinstance(self.view, ChainsView):
            self._next_month()

    def _next_month(self) -> None:
        """Ask for one month more of the yields; the newest first, one at a time."""
        month = next((each for each in reversed(self._months) if each not in self.trend), "")
        if not month or self.at or not self.is_current:
            return

        def work(session: Session) -> tuple[str, dict[tuple[str, str], float | None]]:
            from tui.balances.chainview import yields_of

            return month, yields_of(session, month)

        self.ask("trend", work)

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """An answer of the desk."""
        answer = message.answer
        if answer.tag == "trend":
            if not answer.failed:
                month, found = answer.value
                self.trend[month] = found
                if isinstance(self.view, ChainsView):
                    self.draw()
                self._next_month()
            return
        if not answer.failed:
            asked, view = answer.value
            if asked != self._asked():
                return
            self.view = view
            if isinstance(self.view, ChainsView):
                self._months = months_before(self.view.period)
                self._next_month()
            if isinstance(self.view, Picture):
                self.of_layer = self.view.layer
            self._stands = self._asked()
        self._failed = answer if answer.failed else None
        self.draw()

    # --- keys ---

    @on(Table.Chosen)
    def chosen(self, message: Table.Chosen) -> None:
        """To a flow's neighbors."""
        view, key = self.view, message.key
        flow = ""
        if isinstance(view, ChainsView):
            flow = shown.flow_of_key(view, key)
        elif isinstance(view, FlowsView) and not key.startswith("facility:"):
            flow = key
        elif isinstance(view, AroundView):
            way, _, id_ = key.partition(":")
            flow = id_ if way in ("up", "down") else ""
        if flow:
            self._down(flow)
        else:
            self.table.action_turn()

    @on(Table.Moved)
    def moved(self) -> None:
        """What is said below is of the cursor's row."""
        self._tell()

    def _down(self, to: str) -> None:
        self._cursors.append(self.table.key)
        self.way.append(to)
        self._go()

    def action_up(self) -> None:
        """One hop back; from the chains to the sheet."""
        if not self.way:
            self.park.go("sheet")
            return
        self.way.pop()
        self._go(self._cursors.pop() if self._cursors else "")

    def _go(self, cursor: str = "") -> None:
        self._told, self._wanted, self.view = [], cursor, None
        self.table.show((), ())
        drawing = self.query_one(LinesView)
        drawing.display = self.at == SANKEY
        self.table.display = not drawing.display
        (drawing if drawing.display else self.table).focus()
        self.draw()
        self.load()

    def action_flows(self) -> None:
        """All flows, to choose one."""
        if self.at not in (ALL_FLOWS, SANKEY):
            self._down(ALL_FLOWS)

    def action_sankey(self) -> None:
        """The drawing."""
        if self.at != SANKEY:
            self._down(SANKEY)

    def action_layer(self) -> None:
        """The next layer of the drawing."""
        if isinstance(self.view, Picture) and self.view.layers:
            layers = self.view.layers
            self.of_layer = layers[(layers.index(self.view.layer) + 1) % len(layers)]
            self._draw_title()
            self.load()

    def action_level(self) -> None:
        """Facilities or processes."""
        if self.at == SANKEY:
            self.level = "process" if self.level == "facility" else "facility"
            self.load()

    def action_zoom(self) -> None:
        """Bands twice as high, four times, and back."""
        if self.at == SANKEY:
            self.zoom = 1 if self.zoom == _HIGHEST else 2 * self.zoom
            self.load()

    def at_period(self, period: str) -> None:
        """Another period, at the same place of the way."""
        del period
        self._told = []
        self._draw_title()
        self.load()

    def remark(self, lines: Sequence[str]) -> None:
        """Say something below."""
        self._told = list(lines)
        self._tell()

    # --- drawing ---

    def draw(self) -> None:
        """Title, table or drawing, and what is said, in the language of now."""
        if not self.is_mounted:
            return
        self._draw_title()
        words, view, table = self.words, self.view, self.table
        if isinstance(view, ChainsView):
            rows = shown.chain_rows(view, self._months, self.trend, words)
            began = not table.rows
            table.show(shown.chain_cols(words), rows)
            if began and not self._wanted:
                table.folded |= {row.key for row in rows if row.key.count(shown.AT) == 1}
                table.go(rows[0].key if rows else "")
        elif isinstance(view, FlowsView):
            table.show(shown.flows_cols(words), shown.flows_rows(view, words))
        elif isinstance(view, AroundView):
            table.show(shown.around_cols(words), shown.around_rows(view, words))
            self._wanted = self._wanted or f"own:{view.around.flow}"
        elif isinstance(view, Picture):
            lines = view.lines or (words.term("sankey-none"),)
            self.query_one(LinesView).show([*lines, "", *view.notes], start=view.start)
        if self._wanted and view is not None:
            table.go(self._wanted)
            self._wanted = ""
        self._tell()
        self.refresh_bars()

    def _draw_title(self) -> None:
        words, view = self.words, self.view
        parts = [words.term("screen-chains"), self.period]
        if self.at == ALL_FLOWS:
            parts.append(words.term("key-all-flows"))
        elif self.at == SANKEY:
            parts.append(view.title if isinstance(view, Picture) else words.term("key-sankey"))
        elif self.at:
            names = view.names if isinstance(view, AroundView) else {}
            label = words.label(names.get(self.at), self.at)
            parts.append(words.text("neighbors-of", what=label))
        if self._failed is None and self._stands != self._asked():
            parts.append(words.term("working"))
        self.put("#title", "  ".join(parts))

    def _tell(self) -> None:
        """What is said below: of a failure, of the cursor's row, of the drawing."""
        if not self.is_mounted:
            return
        lines, view, words = list(self._told), self.view, self.words
        if self._failed is not None:
            lines += self.say(self._failed.findings) or [self._failed.message]
        elif isinstance(view, ChainsView):
            lines += shown.step_said(view, self.table.key, words)
        elif isinstance(view, AroundView | FlowsView):
            id_ = self.table.key.partition(":")[2] or self.table.key
            label = words.label(view.names.get(id_), "")
            lines += [f"{label} ({id_})"] if label else []
        elif isinstance(view, Picture):
            if view.per_line is not None:
                amount = f"{words.number(view.per_line)} {view.unit}"
                lines.append(words.text("sankey-scale", amount=amount))
            lines.append(view.signs)
        self.put("#told", "\n".join(lines))
