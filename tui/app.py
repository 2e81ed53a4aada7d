"""The terminal application: screens behind function keys, one language, one day, one desk."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Provider

from reports.words import LANGUAGES, Words
from tui.desk import Desk
from tui.messages import LedgerChanged, LedgerLost
from tui.screens import PLACES
from tui.screens.base import ParkScreen
from tui.widgets.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from textual.binding import BindingType
    from textual.command import Hits
    from textual.screen import Screen

    from tui.daysheet.glance import Glance

#: Seconds that the ledger may take before the header says that it is busy.
PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Setup:
    """How the application was started.

    Attributes:
        by: Name that entries are made under, or "".
        user: Whose drafts: that name, or the system's.
        role: `operator`, `engineer`, `manager`, or "".
        drafts: Folder of all drafts.
    """

    folder: Path
    lang: str
    drafts: Path
    by: str = ""
    user: str = ""
    role: str = ""
    readonly: bool = False
    day: date | None = None
    theme: str = ""


class ParkCommands(Provider):
    """Everything that can be done, for the command palette."""

    def _every(self) -> Iterator[tuple[str, Callable[[], object]]]:
        app = self.app
        if not isinstance(app, ParkflowApp):
            return
        term = app.words.term
        for place in PLACES:
            yield f"{term(place.term)} ({place.key.upper()})", _later(app.go, place.name)
        screen = self.screen  # not the application's: that is the palette itself
        if isinstance(screen, ParkScreen):
            in_force = screen.keys()
            for key in in_force:
                if key.action:
                    yield f"{term(key.term)} ({key.shown})", _later(screen.run_action, key.action)
        yield f"{term('key-language')} (Ctrl+L)", app.action_language
        for theme in THEMES:
            yield term(f"theme-{theme.name}"), _later(app.use_theme, theme.name)
        yield f"{term('key-quit')} (F10)", app.action_quit

    async def discover(self) -> Hits:
        """All of it, before anything is typed."""
        for title, does in self._every():
            yield DiscoveryHit(title, does)

    async def search(self, query: str) -> Hits:
        """What fits the typed letters."""
        matcher = self.matcher(query)
        for title, does in self._every():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), does)


def _later(does: Callable[[str], object], word: str) -> Callable[[], object]:
    return lambda: does(word)


class ParkflowApp(App[None]):
    """The application; `go` leads to a screen, `show_day` to a day."""

    CSS_PATH = "app.tcss"
    TITLE = "parkflow"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ParkCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(place.key, f"go('{place.name}')", show=False) for place in PLACES),
        Binding("f10", "quit", show=False, priority=True),
        Binding("q", "quit", show=False),
        Binding("ctrl+l", "language", show=False, priority=True),
    ]

    def __init__(self, setup: Setup, glance: Glance) -> None:
        super().__init__()
        self.setup = setup
        self.glance = glance
        self.day = setup.day or glance.today()
        self.words = Words(setup.lang, "screen")
        self.trouble = ""
        self._waits = False
        self.desk = Desk(
            setup.folder,
            readonly=setup.readonly,
            changed=lambda head: self.post_message(LedgerChanged(head)),
            lost=lambda answer: self.post_message(LedgerLost(answer)),
        )
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = setup.theme or THEMES[0].name
        # 80 milliseconds of a slide are 80 milliseconds in which the old figure is still there
        self.animation_level = "none"

    async def on_event(self, event: events.Event) -> None:
        """Esc and a key right behind it arrive over slow lines as one, with Alt: they are two."""
        if isinstance(event, events.Key) and event.key.startswith("alt+"):
            key = event.key.removeprefix("alt+")
            await super().on_event(events.Key("escape", None))
            await super().on_event(events.Key(key, key if len(key) == 1 else None))
            return
        await super().on_event(event)

    def get_default_screen(self) -> Screen[None]:
        """The sheet is the first screen; there is no blank one before it."""
        return self._place("sheet")

    def on_mount(self) -> None:
        """From now on it is said when the ledger is busy."""
        self.set_interval(PATIENCE, self._look)

    def on_resize(self) -> None:
        """A window that is too small says so, and nothing is lost below."""
        self.call_next(self._fit)  # when the new size is known everywhere

    def on_ready(self) -> None:
        """The first frame stands: the desk starts to load park and ledger."""
        self.desk.start()

    def on_unmount(self) -> None:
        """A save at work is waited for."""
        self.desk.stop()

    async def action_quit(self) -> None:
        """Leave; figures that are nowhere but in memory are told of first."""
        from tui.screens.sheet import SheetScreen

        sheets = [screen for screen in self._standing() if isinstance(screen, SheetScreen)]
        if any(screen.holds_on() for screen in sheets):
            self.go("sheet")
            return
        self.exit()

    def go(self, name: str) -> None:
        """Show a screen by its name; the sheet stays below every other one."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if name != "sheet":
            self.push_screen(self._place(name))
        self._fit()

    def action_go(self, name: str) -> None:
        """Show a screen by its name."""
        self.go(name)

    def action_language(self) -> None:
        """The other language, on every screen."""
        at = LANGUAGES.index(self.words.language)
        self.words = Words(LANGUAGES[(at + 1) % len(LANGUAGES)], "screen")
        for screen in self._standing():
            screen.relabel()
            screen.refresh_bars()
        self._fit()

    def show_day(self, day: date) -> None:
        """Work on another day."""
        if day == self.day or day > self.glance.today():
            return
        self.day = day
        for screen in self._standing():
            screen.on_day(day)
            screen.refresh_bars()

    def use_theme(self, name: str) -> None:
        """Change the colors."""
        self.theme = name

    def header(self, where: str) -> tuple[list[str], list[str]]:
        """What the header says: left park and facility, right ledger, day and person."""
        words, setup = self.words, self.setup
        role = words.term(f"role-{setup.role}") if setup.role else ""
        person = f"{setup.user} ({role})" if role else setup.user
        readonly = f"[{words.term('readonly')}]" if setup.readonly else ""
        park = words.label(self.glance.names, self.glance.id)
        return [park, where], [self.trouble, readonly, self.day.isoformat(), person]

    def on_ledger_changed(self) -> None:
        """Every screen that stands may show something old."""
        self._say_trouble("")
        for screen in self._standing():
            screen.ledger_changed()

    def on_ledger_lost(self, message: LedgerLost) -> None:
        """Said in the header until it can be read again."""
        self._waits = False
        busy = any(item.code == "ledger-busy" for item in message.answer.findings)
        self._say_trouble(self.words.term("ledger-is-busy" if busy else "ledger-is-lost"))

    def _look(self) -> None:
        waiting = self.desk.waiting
        if waiting > PATIENCE:
            self._waits = True
            self._say_trouble(self.words.text("ledger-waits", seconds=round(waiting)))
        elif self._waits:
            self._waits = False
            self._say_trouble("")

    def _fit(self) -> None:
        """Put the notice of a small window above everything, or take it away."""
        from tui.screens.small import SmallScreen, too_small

        notice = next((item for item in self.screen_stack if isinstance(item, SmallScreen)), None)
        if notice is not None:
            notice.renew()
        elif too_small(self.size):
            self.push_screen(SmallScreen())

    def _say_trouble(self, text: str) -> None:
        if text != self.trouble:
            self.trouble = text
            for screen in self._standing():
                screen.refresh_bars()

    def _standing(self) -> list[ParkScreen]:
        known = [*self._installed_screens.values(), *self.screen_stack]
        return list(
            {id(item): item for item in known if isinstance(item, ParkScreen) and item.is_mounted}
            .values()
        )  # fmt: skip

    def _place(self, name: str) -> Screen[None]:
        """A screen, loaded and built when it is first asked for."""
        if name in self._installed_screens:
            return self.get_screen(name)
        place = next(item for item in PLACES if item.name == name)
        module, _, kind = place.where.partition(":")
        screen: Screen[None] = getattr(importlib.import_module(module), kind)()
        self.install_screen(screen, name)
        return screen
