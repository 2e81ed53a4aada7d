"""Corrections from a screen: the figure is asked for and checked, then the reason; recorded."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.daysheet.cells import CHOICES
from tui.desk import SAVE, SHEET
from tui.screens.asking import AskScreen
from tui.screens.walking import PeriodScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flows.findings import Finding
    from flows.records import Observation
    from reports.words import Labels
    from tui.desk import Answer
    from tui.session import Session

#: Tags of the jobs.
CHECK, CORRECT = "check-correction", "correct"


class CorrectingScreen(PeriodScreen):
    """A screen of a period on which an entry can be corrected."""

    def __init__(self) -> None:
        super().__init__()
        self._target: tuple[str, int, str] | None = None
        self._again: Callable[[Sequence[str]], None] | None = None

    def labels(self) -> Labels:
        """Names by id."""
        raise NotImplementedError

    def correct(self, target: Observation, unit: str) -> None:
        """Ask for the figure that is to stand in place of an entry."""
        words = self.words
        if self.park.setup.readonly:
            self.remark([words.term("sheet-readonly")])
            return
        name = words.label(self.labels().get(target.what), target.what)
        question = words.text("ask-figure", what=name, unit=unit, number=f"#{target.id}")
        self._ask_figure(target.what, target.id, question)

    def _ask_figure(self, what: str, number: int, question: str, wrong: Sequence[str] = ()) -> None:
        """Ask, with what was wrong with the figure before; a refused one is asked for again."""
        self._again = partial(self._ask_figure, what, number, question)

        def checked(text: str | None) -> None:
            if text is None:
                return
            self._target = what, number, text

            def work(session: Session) -> tuple[Finding, ...]:
                from tui.entering import check_correction

                return check_correction(session, what, number, text)

            self.ask(CHECK, work, urgency=SHEET)

        asked = "\n".join([*wrong, question])
        self.app.push_screen(AskScreen(asked, words=True, needed=question), checked)

    def corrected(self, answer: Answer) -> bool:
        """The answer of a check or a correction; whether something has been recorded."""
        if answer.failed:
            wrong = self.say(answer.findings, self.labels())
            self.remark(wrong or [answer.message])
            if answer.tag == CHECK and wrong and self._again is not None and self.is_current:
                self._again(wrong)
            return False
        if answer.tag == CHECK:
            self._ask_why(answer.value)
            return False
        said = [self.words.text("correct-done", seq=str(answer.value.seq))]
        self.remark([*said, *self.say(answer.value.findings, self.labels())])
        return True

    def _ask_why(self, doubts: Sequence[Finding]) -> None:
        term = self.words.term
        why = term("ask-correct-why")
        question = "\n".join([*self.say(doubts, self.labels()), why])
        choices = [term(code) for code in CHOICES["correct"]]
        screen = AskScreen(question, choices=choices, words=True, needed=why)
        self.app.push_screen(screen, self._reasoned)

    def _reasoned(self, reason: str | None) -> None:
        if reason is None or self._target is None:
            return
        (what, number, text), by = self._target, self.park.setup.by

        def work(session: Session) -> object:
            from flows.store.entry import Entry
            from tui.entering import correct_entry

            return correct_entry(session, Entry(what, value=text), by, reason=reason, number=number)

        self.ask(CORRECT, work, urgency=SAVE)
