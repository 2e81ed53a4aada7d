"""Chains with their yields, any flow's neighbors hop by hop, and the Sankey."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Static

from tui.balances import chaintext as shown
from tui.balances.chainview import AroundView, ChainsView, FlowsView, Picture, months_before
from tui.desk import SHEET
from tui.messages import Answered
from tui.screens.yielding import YieldsScreen
from tui.widgets.bars import Key
from tui.widgets.lines import LinesView
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from flows.findings import Finding
    from reports.words import Labels
    from tui.app import ParkflowApp
    from tui.desk import Answer
    from tui.session import Session

#: What the screen shows once its answer is there.
View = ChainsView | FlowsView | AroundView | Picture

#: Steps of the way other than a flow's id.
ALL_FLOWS, SANKEY = "flows", "sankey"


#: Lines below the table, and below the drawing.
_TOLD = 5, 3


class ChainsScreen(YieldsScreen):
    """Chains first; Enter leads to a flow and from there hop by hop, s to the Sankey, Esc back.

    Attributes:
        way: `ALL_FLOWS`, `SANKEY` or a flow's id, from the chains on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "up", show=False),
        Binding("a", "flows", show=False),
        Binding("s", "sankey", show=False),
        Binding("c", "chain", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("Enter", "key-down-level"),
        Key("Esc", "key-up-level", "screen.up"),
        Key("< >", "key-period-step"),
        Key("s", "key-sankey", "screen.sankey"),
        Key("a", "key-all-flows", "screen.flows"),
        Key("d", "key-chain-days", "screen.days"),
        Key("c", "key-chain-alone", "screen.chain"),
        Key("w", "key-period-wider", "screen.wider"),
        Key("p", "key-period", "screen.period"),
    )
    DEFAULT_CSS = """
    ChainsScreen #title { height: 1; padding: 0 1; text-style: bold; }
    ChainsScreen #told { height: 5; background: $surface; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.way: list[str] = []
        self.view: View | None = None
        self._stands: object = None
        self._failed: Answer | None = None
        self._told: list[str] = []
        self._cursors: list[str] = []
        self._wanted = ""
        self._chains: tuple[str, ...] = ()
        self._about: tuple[str, tuple[str, ...]] = "", ()

    def body(self) -> Iterable[Widget]:
        """Title, the table or the drawing, what is said."""
        self.begin()
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
        self.forget_series()
        if isinstance(self.view, Picture):
            self.view = None
        self.load()

    # --- asking the park ---

    def _asked(self) -> tuple[object, ...]:
        """What is looked at now; an answer to anything else comes too late."""
        drawing = (self.words.language, self.wanted()) if self.at == SANKEY else ()
        return self.period, tuple(self.way), drawing

    def request(self) -> None:
        """Ask for what is shown here."""
        period, at, words, wanted = self.period, self.at, self.words, self.wanted()
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
                return chainview.picture_of(session, period, wanted, words, data)
            return chainview.around_of(session, period, at)

        def work(session: Session) -> tuple[object, View]:
            return asked, view(session)

        self.ask("chains", work, urgency=SHEET)
        if self.by_day and not at:
            self.ask_days()

    def on_screen_resume(self) -> None:
        """Go on with the months."""
        super().on_screen_resume()
        if isinstance(self.view, ChainsView):
            self.next_month()

    def look_at(self, period: str, step: str, said: Sequence[str] = ()) -> None:
        """Show a step of a chain, `<chain>.<step>`, in a period, and what is said of it."""
        chain, _, id_ = step.partition(".")
        self.period, self.begun = period, True
        self.way, self._cursors = [], []
        if self.is_mounted:
            self._go(f"{chain}{shown.AT}{id_}")
        self._wanted = f"{chain}{shown.AT}{id_}"
        self._about = self._wanted, tuple(said)

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """An answer of the desk."""
        answer = message.answer
        if self.began(answer):
            return
        if self.series_came(answer):
            return
        if not answer.failed:
            asked, view = answer.value
            if asked != self._asked():
                return
            self.view = view
            if isinstance(self.view, ChainsView):
                self.months = months_before(self.view.period)
                self.next_month()
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
        self.tell()

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
        self.query_one("#told").styles.height = _TOLD[drawing.display]
        (drawing if drawing.display else self.table).focus()
        self.draw()
        self.load()

    def action_flows(self) -> None:
        """All flows, to choose one."""
        if self.at not in (ALL_FLOWS, SANKEY):
            self._down(ALL_FLOWS)

    def action_sankey(self) -> None:
        """The drawing of the whole, or of the facility that was chosen."""
        if self.at != SANKEY or self.asked.chain:
            self.asked = replace(self.asked, chain="")
            self._picture()

    def action_chain(self) -> None:
        """The chain of the cursor drawn alone; from a drawing of it the next chain."""
        view = self.view
        if isinstance(view, ChainsView):
            self._chains = tuple(each.chain.id for each in view.chains)
            chain = self.table.key.split(shown.AT)[0]
        elif self.at == SANKEY and self.asked.chain in self._chains:
            at = self._chains.index(self.asked.chain)
            chain = self._chains[(at + 1) % len(self._chains)]
        else:
            return
        if chain in self._chains:
            self.asked = replace(self.asked, chain=chain)
            self._picture()

    def _picture(self) -> None:
        if self.at == SANKEY:
            self.load()
        else:
            self._down(SANKEY)

    def picture(self) -> Picture | None:
        """The drawing, if it is shown."""
        return self.view if self.at == SANKEY and isinstance(self.view, Picture) else None

    def on_resize(self) -> None:
        """Another window has room for another drawing."""
        if self.picture():
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
        self.tell()

    # --- drawing ---

    def draw(self) -> None:
        """Title, table or drawing, and what is said, in the language of now."""
        if not self.is_mounted:
            return
        self._draw_title()
        words, view, table = self.words, self.view, self.table
        if isinstance(view, ChainsView):
            began, (cols, rows) = not table.rows, self.yields(view)
            table.show(cols, rows)
            if began:
                table.folded |= {row.key for row in rows if row.key.count(shown.AT) == 1}
                table.go(self._wanted or (rows[0].key if rows else ""))
        elif isinstance(view, FlowsView):
            table.show(shown.flows_cols(words), shown.flows_rows(view, words))
        elif isinstance(view, AroundView):
            table.show(shown.around_cols(words), shown.around_rows(view, words))
            self._wanted = self._wanted or f"own:{view.around.flow}"
        elif isinstance(view, Picture):
            self.show_picture(view)
        if self._wanted and view is not None:
            table.go(self._wanted)
            self._wanted = ""
        self.tell()
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
        waits = self.by_day and not self.at and self.days_of(self.view) is None
        if self._failed is None and (waits or self._stands != self._asked()):
            parts.append(words.term("working"))
        self.put("#title", "  ".join(parts))

    def tell(self) -> None:
        """What is said below: of a failure, of the cursor's row, of the drawing."""
        if not self.is_mounted:
            return
        lines, view, words = list(self._told), self.view, self.words
        if self._failed is not None:
            lines += self.say(self._failed.findings) or [self._failed.message]
        elif isinstance(view, ChainsView):
            key = self.table.key
            lines += self.series_said(key)
            lines += self._about[1] if key == self._about[0] else ()
            lines += shown.step_said(view, key, words)
        elif isinstance(view, AroundView | FlowsView):
            id_ = self.table.key.partition(":")[2] or self.table.key
            label = words.label(view.names.get(id_), "")
            lines += [f"{label} ({id_})"] if label else []
        elif isinstance(view, Picture):
            lines += self.said_of(view)
        self.put("#told", "\n".join(lines))


def show_step(
    park: ParkflowApp, period: str, step: str, finding: Finding, labels: Labels | None = None
) -> None:
    """Lead from a finding about a yield to its step among the chains.

    Args:
        park: The application.
        period: In which it was found.
        step: `<chain>.<step>`.
        finding: What was found; it is said there again.
        labels: Names by id.
    """
    park.go("chains")
    screen = park.screen
    if isinstance(screen, ChainsScreen):
        screen.look_at(period, step, screen.say([finding], labels))
