"""What every screen shares: header, footer, the desk, and its words in the chosen language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen

from tui.desk import LOOK
from tui.messages import Answered
from tui.screens import PLACES
from tui.widgets.bars import Key, KeyFooter, ParkHeader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from textual.app import ComposeResult
    from textual.widget import Widget

    from flows.findings import Finding
    from reports.words import Labels, Words
    from tui.app import ParkflowApp
    from tui.session import Session


class ParkScreen(Screen[None]):
    """A screen with header and footer.

    A screen of its own gives `body`, `KEYS` and `relabel`; it asks the park by `ask` and gets the
    answer as the message `Answered`.

    Attributes:
        KEYS: What the keys do here, the most needed first; footer, help and palette show them.
    """

    KEYS: ClassVar[tuple[Key, ...]] = ()

    @property
    def park(self) -> ParkflowApp:
        """The application; typed."""
        return self.app  # type: ignore[return-value]  # there is only one

    @property
    def words(self) -> Words:
        """Words of the language that is spoken now."""
        return self.park.words

    def compose(self) -> ComposeResult:
        """Header, what the screen itself has, footer."""
        yield ParkHeader(self._header)
        yield from self.body()
        yield KeyFooter(self._footer)

    def body(self) -> Iterable[Widget]:
        """What stands between header and footer."""
        return ()

    def relabel(self) -> None:
        """The language has changed: texts that widgets hold are made anew."""

    def on_day(self, day: date) -> None:
        """The application works on another day."""

    def ledger_changed(self) -> None:
        """Somebody has written to the ledger; what is shown may be old."""

    def where(self) -> str:
        """Facility that the header names, or ""."""
        return ""

    def ask(self, tag: str, work: Callable[[Session], Any], *, urgency: int = LOOK) -> None:
        """Have work done with the park in the desk's thread; it must not touch widgets."""
        self.park.desk.ask(
            tag, work, lambda answer: self.post_message(Answered(answer)), urgency=urgency
        )

    def say(self, findings: Sequence[Finding], labels: Labels | None = None) -> list[str]:
        """Findings as lines: how much each matters, and its sentence."""
        from tui.presenting.tables import visible

        words = self.words
        return [
            visible(
                f"{words.term(f'severity-{item.severity}')}{words.term('place-end')}"
                + words.say(item, labels)
            )
            for item in findings
        ]

    def refresh_bars(self) -> None:
        """Draw header and footer anew, each only where it says something else."""
        for bar in self.query_children():
            if isinstance(bar, (ParkHeader, KeyFooter)):
                bar.renew()

    def _header(self) -> tuple[list[str], list[str]]:
        return self.park.header(self.where())

    def keys(self) -> Sequence[Key]:
        """Keys in force now, for the footer."""
        return self.KEYS

    def _footer(self) -> list[tuple[str, str, str]]:
        term = self.words.term
        own = [(key.shown, term(key.term), key.action) for key in self.keys()]
        places = [
            (place.key.upper(), term(place.term), f"app.go('{place.name}')") for place in PLACES
        ]
        return [*own, *places, ("F10", term("key-quit"), "app.quit")]
