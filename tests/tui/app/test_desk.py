"""The desk's thread: nothing that others write goes unheard."""

import time

from tui.desk import SHEET, Desk


def test_what_is_written_while_the_first_job_reads_is_news_after_it(program):
    heads, answers = [], []
    desk = Desk(program.folder, readonly=False, changed=heads.append, lost=answers.append)
    desk.start()

    def work(session):
        before = session.ledger.head()
        program("log", "incineration.received", "1600", "--day", "2025-03-01")
        return before

    desk.ask("first", work, answers.append, urgency=SHEET)
    until = time.monotonic() + 20
    while not heads and time.monotonic() < until:
        time.sleep(0.02)
    desk.stop()
    (answer,) = answers
    assert heads
    assert heads[0] != answer.value
