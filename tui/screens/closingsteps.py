"""The steps that close a month: asked about first, then refused in words or taken."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tui.desk import SAVE
from tui.months.cursor import CalendarState
from tui.months.text import label
from tui.screens.asking import AskScreen
from tui.screens.base import ParkScreen
from tui.screens.leading import open_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.store.events import Event
    from tui.months.view import Standing
    from tui.screens.blockers import Chosen
    from tui.session import Session

#: Standard remarks by what they explain; terms.
_REMARKS = {
    "returned": (
        "remark-return-gaps",
        "remark-return-doubts",
        "remark-return-unit",
        "remark-return-stock",
    ),
    "reopen": ("remark-reopen-ticket", "remark-reopen-invoice", "remark-reopen-error"),
    "accept": ("remark-accept-standstill", "remark-accept-meter", "remark-accept-lost"),
}
_PAPERS = (".html", ".xlsx")


class ClosingSteps(ParkScreen):
    """What the calendar does to the month and facility of its cursor.

    A step goes to the desk twice: to ask what stands against it, and, once it was agreed to, to
    take it; the ledger looks again under its lock.

    Attributes:
        state: Cursor, made when it is first asked for.
        standing: What is known of a month; of the cursor's only where `own_standing` says so.
        said: Lines below.
    """

    def __init__(self) -> None:
        super().__init__()
        self.state: CalendarState | None = None
        self.standing: Standing | None = None
        self.said: tuple[str, ...] = ()

    def load(self) -> None:
        """Ask for what is shown."""

    def tell(self) -> None:
        """Draw what has changed."""

    @property
    def cursor(self) -> CalendarState:
        """The cursor; it begins on the application's day."""
        if self.state is None:
            self.state = CalendarState(self.park.day)
        return self.state

    def own_standing(self) -> Standing | None:
        """What is known of the cursor's month and facility."""
        own, state = self.standing, self.cursor
        if own and (own.month, own.facility) == (state.period, state.facility):
            return own
        return None

    def called(self, facility: str) -> str:
        """Name of a facility, or of the whole park."""
        view = self.cursor.view
        return label(view, facility, self.words) if view else facility

    def show_month(self, facility: str, month: str) -> None:
        """A facility's month."""
        self.cursor.show(facility, month)
        self.load()
        self.tell()

    def standing_of(self, month: str, facility: str) -> Callable[[Session], Any]:
        """What asks the session how far a month has come for the person at the screen."""
        by = self.park.setup.by

        def work(session: Session) -> Any:
            from tui.months.view import standing

            return standing(session, month, facility, by)

        return work

    def action_step(self, step: str) -> None:
        """A step of closing: first it is asked whether anything stands against it."""
        if not self._writable() or self.cursor.view is None:
            return
        look = self.standing_of(self.cursor.period, self.cursor.facility)
        self.ask("look", lambda session: (step, look(session)))

    def _writable(self) -> bool:
        if not self.park.setup.readonly:
            return True
        self.said = (self.words.term("calendar-readonly"),)
        self.tell()
        return False

    def asked(self, step: str, standing: Standing) -> None:
        """What is known before a step: its refusal in words, or the question."""
        self.standing = standing
        if not self.is_current or self.own_standing() is None:
            return  # the person has gone on: a question must not take keys meant for elsewhere
        stands = standing.against[step]
        if step == "lock" and stands:
            from tui.screens.blockers import BlockersScreen

            self.app.push_screen(
                BlockersScreen(standing), lambda chosen: self._chosen(chosen, standing)
            )
            return
        if stands:
            self.said = tuple(self.say(stands, standing.names))
            return
        self._question(step, standing)

    def _question(self, step: str, standing: Standing, accept: tuple[str, ...] = ()) -> None:
        words = self.words
        count = len(standing.gaps)
        kind = "accept" if accept else step
        question = words.text(
            f"calendar-ask-{kind}",
            period=standing.month,
            name=self.called(standing.facility),
            count=count or None,
            days=self._drafts(standing.month) if step in {"submitted", "lock"} else "",
        )
        remarks = [words.term(term) for term in _REMARKS.get(kind, ())]
        needed = words.term("calendar-needs-reason")

        def take(reason: str | None) -> None:
            if reason is not None:
                self._take(step, standing, reason if remarks else "", accept)

        self.app.push_screen(
            AskScreen(question, choices=remarks, words=bool(remarks), needed=needed), take
        )

    def _drafts(self, month: str) -> str:
        """Days of a month on which this person has typed something and not saved it."""
        from tui.daysheet.drafts import drafts_in

        setup = self.park.setup
        days = drafts_in(setup.drafts, setup.folder, self.park.glance.id, setup.user).days()
        return ", ".join(text for day in days[::-1] if (text := day.isoformat()).startswith(month))

    def _chosen(self, chosen: Chosen | None, standing: Standing) -> None:
        """What was chosen among what stands against a lock."""
        if chosen is None:
            return
        if chosen.accept:
            gaps = [(gap.what, date.fromordinal(gap.day)) for gap in standing.gaps]
            self._question("lock", standing, tuple(f"{what}@{day}" for what, day in gaps))
        elif chosen.day is not None and chosen.what:
            open_sheet(self.park, chosen.day, what=chosen.what, facility=chosen.facility)
        else:
            self.show_month(chosen.facility, standing.month)
            self.said = (chosen.text,)
            self.tell()

    def _take(self, step: str, standing: Standing, reason: str, accept: tuple[str, ...]) -> None:
        by, month, facility = self.park.setup.by, standing.month, standing.facility

        def work(session: Session) -> Event:
            from tui.months import closing

            if step == "submitted":
                return closing.submit(session, month, facility, by)
            if step == "lock":
                return closing.lock(session, month, facility, by, accept=accept, reason=reason)
            if step == "reopen":
                return closing.reopen(session, month, facility, by, reason=reason)
            return closing.review(session, month, facility, by, verdict=step, reason=reason)

        self.ask("step", work, urgency=SAVE)

    def action_paper(self) -> None:
        """The month sheet as a file, to print or to work with."""
        if not self._writable() or self.cursor.view is None:
            return
        words, month, facility = self.words, self.cursor.period, self.cursor.facility
        kinds = {words.term(f"calendar-paper-{ending[1:]}"): ending for ending in _PAPERS}
        language = words.language

        def write(kind: str | None) -> None:
            if kind is None:
                return

            def work(session: Session) -> Any:
                from tui.months.paper import keep_month_sheet

                return keep_month_sheet(session, month, facility, kinds[kind], language)

            self.ask("paper", work, urgency=SAVE)

        question = words.text("calendar-ask-paper", period=month, name=self.called(facility))
        self.app.push_screen(AskScreen(question, choices=list(kinds)), write)
