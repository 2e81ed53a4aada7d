"""A question over a screen: yes or no, one of a few, or words with standard remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app import ParkflowApp


class _Field(Input):
    """A field of words; while it is empty a digit is one of the remarks."""

    async def _on_key(self, event: events.Key) -> None:
        screen = self.screen
        if not self.value and isinstance(screen, AskScreen) and screen.choose(event.character):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)


class AskScreen(ModalScreen[str | None]):
    """Asks and hands back the answer, or None where it is left.

    Args:
        question: What is asked.
        choices: Standard remarks, chosen by their number.
        words: Whether words of one's own may be typed; else Enter is yes, or the first choice.
        needed: What is said where words are needed and none are given.
    """

    DEFAULT_CSS = """
    AskScreen { align: center middle; }
    AskScreen > Vertical { width: 90%; max-width: 90; height: auto; max-height: 90%;
      background: $surface; border: round $primary; padding: 0 1; }
    AskScreen Static { height: auto; }
    AskScreen #ask-question { text-style: bold; }
    AskScreen #ask-keys { color: $accent; }
    AskScreen #ask-lacking { color: $warning; }
    AskScreen Input { height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("n", "leave", show=False),
        Binding("y,enter", "agree", show=False),
    ]

    def __init__(
        self, question: str, *, choices: Sequence[str] = (), words: bool = False, needed: str = ""
    ) -> None:
        super().__init__()
        self._question = question
        self._choices = tuple(choices)
        self._words = words
        self._needed = needed

    def compose(self) -> ComposeResult:
        """The question, its remarks, a field where there may be words, and the keys."""
        app: ParkflowApp = self.app  # type: ignore[assignment]  # there is only one
        with Vertical():
            yield Static(Text(self._question), id="ask-question")
            if self._choices:
                listed = "\n".join(f"{at} {text}" for at, text in enumerate(self._choices, 1))
                yield Static(Text(listed), id="ask-choices")
            if self._words:
                yield _Field(id="ask-field")
                yield Static(id="ask-lacking")
            keys = "words" if self._words else "choose" if self._choices else "yes"
            yield Static(Text(app.words.term(f"calendar-keys-{keys}")), id="ask-keys")

    def on_mount(self) -> None:
        """The field has the keys."""
        if self._words:
            self.query_one(Input).focus()

    def on_key(self, event: events.Key) -> None:
        """A number of a remark."""
        if not self._words and self.choose(event.character):
            event.stop()

    def choose(self, character: str | None) -> bool:
        """Answer by the number of a remark; whether it was one."""
        if not character or not character.isdecimal():
            return False
        at = int(character)
        if not 1 <= at <= len(self._choices):
            return False
        self.dismiss(self._choices[at - 1])
        return True

    @on(Input.Submitted)
    def answered(self, event: Input.Submitted) -> None:
        """Words of one's own."""
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())
        else:
            self.query_one("#ask-lacking", Static).update(Text(self._needed))

    def action_agree(self) -> None:
        """Yes, or the first of the choices."""
        if not self._words:
            self.dismiss(self._choices[0] if self._choices else "yes")

    def action_leave(self) -> None:
        """Nothing is done."""
        self.dismiss(None)
