"""The desk's thread: nothing that others write goes unheard."""

import time

from tui.desk import LOOK, SHEET, Desk


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


def test_a_long_look_can_tell_that_somebody_waits_for_more_than_a_look(program):
    told, answers = [], []
    desk = Desk(program.folder, readonly=True, changed=answers.append, lost=answers.append)

    def look(_):
        told.append(desk.pressing)
        desk.ask("another look", lambda _: None, answers.append, urgency=LOOK)
        told.append(desk.pressing)
        desk.ask("sheet", lambda _: None, answers.append, urgency=SHEET)
        told.append(desk.pressing)

    desk.ask("look", look, answers.append)
    desk.start()
    until = time.monotonic() + 20
    while len(answers) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    desk.stop()
    assert told == [False, False, True]
    assert [answer.tag for answer in answers] == ["look", "sheet", "another look"]
