"""What keys do on lines that are read by a counter or weighed by tickets, or that are locked."""

from datetime import date

import pytest

from flows.amounts import split_amount
from flows.errors import Refused
from flows.findings import finding
from flows.period import Calendar
from reports.words import Words
from tui.daysheet.cells import Cell, Counter, Line, Ticket, Verdict
from tui.daysheet.counting import since
from tui.daysheet.drafts import Drafts
from tui.daysheet.glance import Glance
from tui.daysheet.pasting import Pasted, Placed, take
from tui.daysheet.state import SheetState
from tui.daysheet.text import below, columns, counter, texts
from tui.screens.sheetkeys import keys_now

DAY, NEXT = date(2025, 3, 1), date(2025, 3, 2)
#: 2 MWh per one of the counter, which showed 990 yesterday and has three digits.
METER = Counter("m1", 990.0, "2025-02-28", 2.0, 1000.0)
WORDS = Words("en")


def judge(what, text, way="amount"):
    """Amounts above 1000 are impossible, above 100 unlikely; of a ticket nothing is unlikely."""
    value, _ = split_amount(text)
    if way == "register":
        value = since(what, METER, value, "2025-03-01")
    if value > 1000:
        raise Refused(finding("entry-impossible", what, value=value))
    doubtful = value > 100 and way != "ticket"
    doubts = (finding("entry-unlikely", what, value=value),) if doubtful else ()
    return Verdict("register" if way == "register" else "value", value, doubts)


def sheet(*lines):
    state = SheetState(lines)
    state.judge = judge
    state.at = 0
    return state


def press(state, keys):
    named = {"\n": "enter", "\x1b": "escape", "\x7f": "backspace"}
    for key in keys:
        state.press(named.get(key, key), None if key in named else key)
    return state


def under(state):
    return "\n".join(below(state, WORDS, {}))


# --- counters ---


def test_a_bare_figure_is_the_counters_reading_and_makes_the_amount():
    state = press(sheet(Line("f", unit="MWh", counter=METER), Line("g")), "995")
    assert "the amount is 10 MWh" in under(state)  # while it is typed
    press(state, "\n")
    cell = state.cells["f"]
    assert (cell.way, cell.text, cell.value) == ("register", "995", 10.0)
    assert state.state_of(state.lines[0]) == "draft-register"


def test_a_figure_with_a_unit_or_a_sum_is_the_amount():
    for typed, value in (("12 MWh", 12.0), ("12+3", 15.0)):
        state = press(sheet(Line("f", unit="MWh", counter=METER)), f"{typed}\n")
        assert (state.cells["f"].way, state.cells["f"].value) == ("amount", value)


def test_r_says_the_other_of_the_two_before_and_after_typing():
    state = press(sheet(Line("f", unit="MWh", counter=METER)), "r")
    assert "amount of the day" in under(state)
    press(state, "12\n")
    assert (state.cells["f"].way, state.cells["f"].value) == ("amount", 12.0)
    state = press(sheet(Line("f", unit="MWh", counter=METER)), "995\n")
    state.go(0)
    press(state, "r")
    assert (state.cells["f"].way, state.cells["f"].state) == (
        "amount",
        "pending",
    )  # 995 is unlikely
    press(state, "r")
    assert (state.cells["f"].way, state.cells["f"].value) == ("register", 10.0)


def test_a_counter_that_turned_over_says_so():
    state = press(sheet(Line("f", unit="MWh", counter=METER)), "5")
    assert "turned over at 1,000, so the amount is 30 MWh" in under(state)
    press(state, "\n")
    assert state.cells["f"].value == 30.0


def test_a_counter_that_went_back_is_refused_and_stays_in_the_field():
    state = press(sheet(Line("f", unit="MWh", counter=METER)), "985")
    assert "does not go back" in under(state)
    press(state, "\n")
    assert [item.code for item in state.said] == ["register-drop"]
    assert (state.typing, state.cells) == ("985", {})


def test_an_unusual_amount_between_two_readings_wants_a_reason():
    meter = Counter("m1", 990.0, "2025-02-28", 2.0, 10_000.0)
    state = sheet(Line("f", unit="MWh", counter=meter))
    doubt = finding("entry-unlikely", "f", value=120.0)
    state.judge = lambda *_: Verdict("register", 120.0, (doubt,))
    press(state, "1050\n")
    assert state.prompt.sort == "doubt"
    press(state, "2")
    assert (state.cells["f"].way, state.cells["f"].flag) == ("register", "entry-unlikely")


def test_the_first_reading_of_a_counter_has_no_amount_and_says_so():
    state = press(sheet(Line("f", counter=Counter("m2", before="m1"))), "5")
    assert "The first reading of m2, in place of m1" in under(state)
    state = press(sheet(Line("f", counter=Counter("m2"))), "5")
    assert "amounts are known from the next one on" in under(state)


def test_yesterday_and_the_usual_range_are_readings_until_something_is_entered():
    line = Line(
        "f", unit="MWh", counter=METER, yesterday=8.0, mean=9.0, low=2.0, high=16.0, expected=9.0
    )
    state = sheet(line, Line("g"))
    shown = texts(state, line, WORDS)
    assert (shown["yesterday"], shown["range"], shown["unit"]) == ("990", "991–998", "[dial]")
    press(state, "995\n")
    shown = texts(state, line, WORDS)
    assert (shown["yesterday"], shown["entry"], shown["unit"]) == ("8", "10", "[MWh]")


def test_a_reading_is_corrected_as_a_reading_whatever_people_type_of_late():
    late = Counter("m1", 990.0, "2025-02-28", 2.0, 1000.0, leads=False)
    line = Line("f", state="register", value=10.0, unit="MWh", numbers=(7,), counter=late)
    state = press(sheet(line), "c996\n1")
    assert (state.cells["f"].way, state.cells["f"].value) == ("register", 12.0)


# --- tickets ---


def test_plus_adds_a_ticket_and_asks_for_its_number():
    state = press(sheet(Line("f", unit="t", adds=True)), "+12.5\n")
    assert state.prompt.sort == "ticket"
    press(state, "A1\n+7\nA2\n")
    cell = state.cells["f"]
    assert cell.tickets == (("A1", "12.5"), ("A2", "7"))
    assert (cell.value, cell.state) == (19.5, "value")
    assert state.at == 0  # the next truck may stand on the scale
    assert "Tickets: 2, together 19.5 t" in under(state)


def test_tickets_are_added_to_those_in_the_ledger_and_never_replace_them():
    line = Line("f", state="value", value=30.0, unit="t", adds=True, tickets=(Ticket("A1", 30.0),))
    state = press(sheet(line), "5")
    assert (state.typing, state.told.term) == (None, "sheet-tickets-entered")
    press(state, "+12\nA2\n")
    assert not state.conflict(line)
    assert texts(state, line, WORDS)["entry"] == "42"
    assert state.savable().keys() == {"f"}
    press(state, "u")
    assert state.cells == {}


@pytest.mark.parametrize("known", ["ledger", "draft"])
def test_a_ticket_counts_once(known):
    tickets = (Ticket("A1", 30.0),) if known == "ledger" else ()
    line = Line("f", state="value" if tickets else "due", value=30.0, adds=True, tickets=tickets)
    state = press(sheet(line), "" if tickets else "+30\nA1\n")
    press(state, "+30\nA1\n")
    assert [item.code for item in state.said] == ["ticket-duplicate"]
    press(state, "\x7f\x7fA2\n")
    assert [number for number, _ in state.cells["f"].tickets][-1] == "A2"


def test_a_ticket_never_stands_beside_one_figure_for_the_day():
    state = press(sheet(Line("f", state="value", value=30.0, numbers=(1,), adds=True)), "+")
    assert (state.typing, state.told.term) == (None, "sheet-plus-entered")
    state = press(sheet(Line("f", adds=True)), "12\n+")
    assert (state.typing, state.told.term) == (None, "sheet-plus-typed")


def test_a_ticket_that_somebody_else_entered_meanwhile_is_left_out_of_the_draft():
    state = press(sheet(Line("f", adds=True)), "+30\nA1\n+5\nA2\n")
    saved = Line("f", state="value", value=30.0, adds=True, tickets=(Ticket("A1", 30.0),))
    state.merge([saved])
    assert state.cells["f"].tickets == (("A2", "5"),)
    assert texts(state, saved, WORDS)["entry"] == "35"
    other = Line("f", state="value", value=9.0, adds=True, tickets=(Ticket("A2", 9.0),))
    state.merge([other])  # the same number, another weight: kept, and refused when it is saved
    assert state.cells["f"].tickets == (("A2", "5"),)


def test_escape_from_the_number_gives_the_figure_back():
    state = press(sheet(Line("f", adds=True)), "+12.5\n\x1b")
    assert state.typing == "+12.5"
    press(state, "\x7f0\nA1\n")
    assert state.cells["f"].tickets == (("A1", "12.0"),)


# --- locked and read-only ---


@pytest.mark.parametrize("key", ["5", "m", "c", "n", "+", "\x7f"])
def test_a_locked_line_refuses_every_key_that_writes_and_says_how_to_go_on(key):
    state = sheet(Line("f", adds=True), Line("g"))
    state.locks = {"f": finding("locked", "f", period="2025-03", facility="", by="li", day="")}
    press(state, key)
    assert (state.typing, state.prompt, state.cells) == (None, None, {})
    assert [item.code for item in state.said] == ["locked"]
    assert "F3" in under(state)
    assert texts(state, state.lines[0], WORDS)["state"] == "# locked"


def test_what_is_locked_is_counted_at_the_head_of_the_sheet():
    state = sheet(Line("f"), Line("g"))
    lock = finding("locked", "f", period="2025-03", facility="", by="li", day="")
    state.locks = {"f": lock}
    assert counter(state, WORDS).startswith("locked: 1  ")
    state.locks = {"f": lock, "g": lock}
    assert counter(state, WORDS).startswith("LOCKED  ")
    state.locks, state.reviews = {}, {"": "approved"}
    assert counter(state, WORDS).startswith("approved  ")


def shown(state, **about):
    about = {"newest": False, "today": False} | about
    return [key.shown for key in keys_now(state, **about)]


def test_the_footer_offers_nothing_that_is_refused():
    state = sheet(Line("f", counter=METER), Line("g", state="value", value=1.0, numbers=(1,)))
    assert shown(state, newest=True) == ["Enter", "F9", "m", "r", "g", "[ ]", "t"]
    state.locks = {"f": finding("locked", "f", period="2025-03", facility="", by="li", day="")}
    assert shown(state) == ["Enter", "F3", "[ ]", "t"]
    state.go(1)
    assert shown(state) == ["Enter", "F9", "c", "[ ]", "t"]
    state.readonly = True
    assert shown(state, today=True) == ["Enter", "[ ]"]


def test_the_footer_has_what_concerns_a_draft_only_where_there_is_one():
    state = press(sheet(Line("f"), Line("g")), "5\n")
    assert shown(state) == ["Enter", "F9", "m", "u", "[ ]", "t"]
    state.go(0)
    assert shown(state) == ["Enter", "F9", "m", "n", "u", "[ ]", "t"]
    press(state, "n")
    assert shown(state) == ["Enter", "Esc"]


# --- a paste over several days ---


def pasted(*placed):
    return Pasted("month", tuple(Placed(*item) for item in placed))


def test_one_undo_takes_a_paste_back_on_all_its_days(tmp_path):
    drafts = Drafts(tmp_path, "park", "li")
    drafts.put(NEXT, {"f": Cell("3")})
    state = sheet(Line("f"), Line("g"))
    found = pasted((DAY, "f", "1"), (DAY, "g", "2"), (NEXT, "f", "8"), (NEXT, "g", "9"))
    count, others = take(found, state, drafts, DAY)
    assert count == 2
    for day, cells in others.items():
        drafts.put(day, cells)
    press(state, "u")
    assert state.cells == {}
    assert state.told.params == {"count": 4, "days": 2}
    for day, cells in state.restored.items():
        drafts.put(day, cells)
    assert drafts.read(NEXT) == {"f": Cell("3")}


def test_a_paste_can_be_taken_back_from_another_of_its_days(tmp_path):
    state = sheet(Line("f"))
    drafts = Drafts(tmp_path, "park", "li")
    take(pasted((DAY, "f", "1"), (NEXT, "f", "8")), state, drafts, DAY)
    there = sheet(Line("f"))
    there.resume({"f": Cell("8")})
    there.take_steps(state.steps_of_other_days(DAY, NEXT))
    press(there, "u")
    assert there.cells == {}
    assert there.restored == {DAY: {"f": None}}


def test_a_paste_leaves_what_is_entered_or_locked_as_it_is(tmp_path):
    state = sheet(Line("f"), Line("g", state="value", value=1.0), Line("h"))
    state.locks = {"h": finding("locked", "h", period="2025-03", facility="", by="li", day="")}
    found = pasted((DAY, "f", "1"), (DAY, "g", "2"), (DAY, "h", "3"))
    assert take(found, state, Drafts(tmp_path, "park", "li"), DAY)[0] == 1
    assert state.cells.keys() == {"f"}


def test_a_reading_is_told_from_an_amount_of_the_same_unit_in_the_unit_column():
    read, metered = Line("f", unit="MWh", counter=METER), Line("g", unit="MWh")
    state = sheet(read, metered)

    def units():
        return [texts(state, line, WORDS)["unit"] for line in state.lines]

    assert units() == ["[dial]", "MWh"]
    press(state, "995")
    assert units() == ["[dial]", "MWh"]
    press(state, " MWh")
    assert units() == ["[MWh]", "MWh"]  # as it is typed: the amount, with its unit
    press(state, "\x1br")
    assert units() == ["[MWh]", "MWh"]  # r: the amount
    state = press(sheet(Line("f", state="register", value=10.0, unit="MWh", numbers=(7,),
                             counter=METER)), "")  # fmt: skip
    assert units() == ["[MWh]"]  # what the reading made
    press(state, "c996")
    assert units() == ["[dial]"]  # but it is corrected as a reading


# --- a truck that was forgotten ---


def weighed(running=False, tickets=(), **about):
    """A line that usually has 500 to 700 t a day, of trucks; the checks know it, too."""
    line = Line("f", unit="t", adds=True, tickets=tickets, **about)
    state = sheet(line, Line("g"))
    state.running = running

    def check(what, text, way="amount"):
        value, _ = split_amount(text)
        doubts = (finding("entry-unlikely", what, value=value),)
        return Verdict("value", value, doubts if way == "amount" and not 500 < value < 700 else ())

    state.judge = check
    return state


@pytest.mark.parametrize("about", [{"low": 500.0, "high": 700.0}, {"expected": 600.0}])
def test_few_tickets_are_doubted_when_the_last_one_is_in(about):
    state = press(weighed(**about), "+40\nA1\n")
    assert (state.cells["f"].state, state.told.term) == ("pending", "sheet-ticket-few")
    assert state.savable() == {}
    press(state, "+45\nA2\n\n")
    assert state.prompt.sort == "tickets"
    assert "2 tickets of f make 85 t" in under(state)
    press(state, "\x1b+460\nA3\n")  # the truck that was forgotten
    assert state.cells["f"].state == "value"
    assert (state.cells["f"].flag, state.savable().keys()) == ("", {"f"})


def test_few_tickets_that_are_all_are_confirmed_with_a_reason():
    state = press(weighed(low=500.0, high=700.0), "+40\nA1\n\n1")
    cell = state.cells["f"]
    assert (cell.state, cell.reason, cell.flag) == ("value", "doubt-trucks", "entry-unlikely")
    assert (state.at, state.savable().keys()) == (1, {"f"})


def test_tickets_of_the_shift_before_count_before_anything_is_doubted():
    known = (Ticket("A1", 520.0),)
    state = weighed(low=500.0, high=700.0, tickets=known, state="value", value=520.0)
    press(state, "+40\nA2\n")
    assert state.cells["f"].state == "value"


def test_while_the_day_goes_on_few_tickets_are_no_wonder():
    state = press(weighed(running=True, low=500.0, high=700.0), "+40\nA1\n")
    assert (state.cells["f"].state, state.told.term) == ("value", "sheet-ticket-added")
    press(state, "+900\nA2\n")  # too much is too much at any hour
    assert state.prompt.sort == "tickets"


@pytest.mark.parametrize(("hour", "runs"), [(9, True), (29, True), (31, False), (40, False)])
def test_a_day_is_whole_in_its_last_two_hours(monkeypatch, hour, runs):
    """The operating day begins at 8 and ends at 8 of the next morning, hour 32."""
    of = Glance("p", calendar=Calendar("Asia/Shanghai", 8))
    midnight = of.calendar.span(DAY).start - 8 * 3600
    monkeypatch.setattr("tui.daysheet.glance.time.time", lambda: midnight + hour * 3600)
    assert of.runs(DAY) is runs


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_columns_stay_where_they_are_when_a_reading_becomes_an_amount(lang):
    words = Words(lang)
    state = sheet(Line("f", unit="t", counter=METER))

    def widths():
        rows = [texts(state, line, words) for line in state.lines]
        return [column.width for column in columns(rows, words, 78)]

    before = widths()
    press(state, "995\n")
    assert texts(state, state.lines[0], words)["unit"] == "[t]"
    assert widths() == before
