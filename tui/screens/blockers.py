"""What stands against the lock of a month, one by one, each to be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.daysheet.text import fitted
from tui.months.text import Part, folded
from tui.months.view import gap_runs
from tui.widgets.parts import PartsView

if TYPE_CHECKING:
    from datetime import date

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app import ParkflowApp
    from tui.months.view import Standing


class Chosen(NamedTuple):
    """What was chosen: a place to go to, or that the gaps are accepted."""

    accept: bool = False
    day: date | None = None
    what: str = ""
    facility: str = ""
    text: str = ""


class BlockersScreen(ModalScreen[Chosen | None]):
    """The list; Enter opens what it is about."""

    DEFAULT_CSS = """
    BlockersScreen { align: center middle; }
    BlockersScreen > Vertical { width: 96%; height: 80%; background: $surface;
      border: round $primary; padding: 0 1; }
    BlockersScreen Static { height: auto; }
    BlockersScreen #blockers-title { text-style: bold; }
    BlockersScreen #blockers-keys { color: $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("enter", "open", show=False),
        Binding("a", "accept", show=False),
    ]

    def __init__(self, standing: Standing) -> None:
        super().__init__()
        self.standing = standing
        self._items: list[Chosen] = []
        self._at = 0

    @property
    def _park(self) -> ParkflowApp:
        return self.app  # type: ignore[return-value]  # there is only one

    def compose(self) -> ComposeResult:
        """Title, list and keys."""
        words = self._park.words
        self._items = self._found()
        names, facility = self.standing.names, self.standing.facility
        name = words.label(names.get(facility), facility) or words.term("calendar-park")
        with Vertical():
            told = words.text("calendar-blockers", period=self.standing.month, name=name)
            yield Static(Text(told), id="blockers-title")
            yield PartsView(self._press, id="blockers-list")
            keys = "calendar-keys-accept" if self.standing.acceptable else "calendar-keys-blockers"
            yield Static(Text(words.term(keys)), id="blockers-keys")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(PartsView).focus()

    def _found(self) -> list[Chosen]:
        """Findings, and under that of the gaps each thing that is not entered."""
        words, standing = self._park.words, self.standing
        found = []
        for item in standing.against["lock"]:
            text = words.say(item, standing.names)
            facility = str(item.params.get("facility") or item.where or standing.facility)
            if item.code != "gaps-open":
                found.append(Chosen(facility=facility, text=text))
                continue
            runs = gap_runs(standing.gaps)
            first = runs[0]
            found.append(Chosen(False, first.day, first.what, first.facility, text))
            for run in runs:
                name = words.label(standing.names.get(run.what), run.what)
                day = run.day.isoformat()
                told = words.text("calendar-gap", what=name, count=run.days, day=day)
                found.append(Chosen(False, run.day, run.what, run.facility, f"  {told}"))
        return found

    @on(PartsView.Sized)
    def sized(self) -> None:
        """Sentences are folded by the room that there is."""
        self._draw()

    @on(PartsView.Pressed)
    def pressed(self) -> None:
        """The cursor has moved."""
        self._draw()

    @on(PartsView.Clicked)
    def clicked(self, message: PartsView.Clicked) -> None:
        """Opened with the mouse."""
        self._at = message.at[0]
        self.action_open()

    def action_open(self) -> None:
        """To what the chosen line is about."""
        if self._items:
            self.dismiss(self._items[self._at])

    def action_accept(self) -> None:
        """Lock all the same, with a reason; only where nothing but gaps is in the way."""
        if self.standing.acceptable:
            self.dismiss(Chosen(accept=True))

    def action_leave(self) -> None:
        """Nothing is locked."""
        self.dismiss(None)

    def _press(self, key: str) -> bool:
        by = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -8, "pagedown": 8}.get(key)
        if by is None:
            return False
        self._at = max(0, min(self._at + by, len(self._items) - 1))
        return True

    def _draw(self) -> None:
        view = self.query_one(PartsView)
        width = max(view.size.width - 3, 10)
        lines: list[list[Part]] = []
        top, tall = 0, 1
        for at, item in enumerate(self._items):
            here = at == self._at
            role = "cursor" if here else "gap" if item.what else "line"
            texts = folded(item.text, width)
            if here:
                top, tall = len(lines), len(texts)
            for number, text in enumerate(texts):
                mark = ">" if here and number == 0 else " "
                lines.append([Part(f"{mark} {fitted(text, width)}", role, (at, 0))])
        view.show(lines, top, tall)
