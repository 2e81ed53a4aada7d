"""What keys do to the sheet, without a screen."""

import pytest

from flows.amounts import split_amount
from flows.errors import Refused
from flows.findings import finding
from tui.daysheet.cells import Line, Verdict
from tui.daysheet.state import SheetState


def judge(what, text):
    """Values above 1000 are impossible, above 100 unlikely."""
    value, _ = split_amount(text)
    if value > 1000:
        raise Refused(finding("entry-impossible", what, value=value))
    doubts = (finding("entry-unlikely", what, value=value),) if value > 100 else ()
    return Verdict("zero" if value == 0 else "value", value, doubts)


def sheet(*states: str) -> SheetState:
    lines = [
        Line(f"f{n}", state=state, value=None if state == "due" else 5.0, numbers=(n + 1,))
        for n, state in enumerate(states or ("due",) * 4)
    ]
    state = SheetState(lines)
    state.judge = judge
    return state


def press(state, keys):
    named = {"\n": "enter", "\x1b": "escape", "\x7f": "backspace"}
    for key in keys:
        name = named.get(key, key)
        state.press(name, None if key in named else key)
    return state


def test_a_figure_and_enter_is_one_cell_and_leads_to_the_next_due():
    state = press(sheet("due", "value", "due"), "12\n")
    assert state.cells["f0"].value == 12.0
    assert state.at == 2
    assert (state.done, len(state.lines)) == (2, 3)


def test_sixty_flows_take_two_keys_beyond_the_digits():
    state, beyond = sheet(*["due"] * 60), 0
    for n in range(60):
        typed = f"{n}\n"
        press(state, typed)
        beyond += 1
    assert state.done == 60
    assert beyond <= 2 * 60


def test_zero_is_stated_and_empty_is_nothing():
    state = press(sheet(), "0\n")
    assert state.cells["f0"].state == "zero"
    state = press(sheet(), "1\x7f\n")
    assert state.cells == {}


@pytest.mark.parametrize("typed", ["12。5", "12,3", "1_000", "-", "1,62", "１２。５"])
def test_what_is_no_number_is_refused_and_stays_in_the_field(typed):
    state = press(sheet(), f"{typed}\n")
    assert state.cells == {}
    assert state.typing == typed
    assert state.said


@pytest.mark.parametrize(
    ("typed", "value"), [("１２", 12.0), ("1,000", 1000.0), ("1e2", 100.0), ("12.5 t", 12.5)]
)
def test_full_width_grouped_and_with_unit_is_read(typed, value):
    state = press(sheet(), f"{typed}\n")
    state.press("1", "1")  # confirms what is unlikely
    assert state.cells["f0"].value == value


def test_an_impossible_value_is_refused_and_escape_takes_it_back():
    state = press(sheet(), "5000\n")
    assert [item.code for item in state.said] == ["entry-impossible"]
    press(state, "\x1b")
    assert (state.typing, state.cells) == (None, {})


def test_an_unlikely_value_is_confirmed_with_a_reason_and_flagged():
    state = press(sheet(), "500\n")
    assert state.prompt.sort == "doubt"
    press(state, "两车同到\n")
    cell = state.cells["f0"]
    assert (cell.reason, cell.flag) == ("两车同到", "entry-unlikely")
    assert state.state_of(state.lines[0]) == "confirmed"


def test_escape_from_the_question_gives_the_figure_back_to_be_changed():
    state = press(sheet(), "500\n\x1b")
    assert state.typing == "500"
    press(state, "\x7f\n")
    assert state.cells["f0"].value == 50.0


def test_missing_asks_for_its_cause():
    state = press(sheet(), "m")
    assert state.prompt.sort == "cause"
    press(state, "2")
    assert (state.cells["f0"].state, state.cells["f0"].cause) == ("missing", "cause-meter-fault")
    state = press(sheet(), "缺\n停电\n")
    assert state.cells["f0"].cause == "停电"


def test_what_is_entered_is_not_typed_over_but_corrected_with_a_reason():
    state = sheet("value", "due")
    state.go(0)
    press(state, "9")
    assert (state.typing, state.told.term) == (None, "sheet-entered")
    press(state, "c9\n")
    assert state.prompt.sort == "correct"
    press(state, "1")
    cell = state.cells["f0"]
    assert (cell.corrects, cell.value, cell.reason) == (1, 9.0, "correct-misread")


def test_undo_takes_back_step_by_step_and_a_paste_at_once():
    state = press(sheet(), "1\n2\n")
    state.put_all({"f2": "3", "f3": "500"})
    assert state.cells["f3"].state == "pending"
    press(state, "u")
    assert state.cells.keys() == {"f0", "f1"}
    press(state, "u")
    assert state.cells.keys() == {"f0"}
    assert state.drain() == {"f0": state.cells["f0"], "f1": None, "f2": None, "f3": None}


def test_what_was_typed_before_the_checks_were_loaded_is_judged_when_they_come():
    state = sheet()
    state.judge = None
    press(state, "5\n5000\n500\n")
    assert state.savable() == {}
    state.judge_pending(judge)
    assert [cell.state for cell in state.cells.values()] == ["value", "pending", "pending"]
    assert state.savable().keys() == {"f0"}
    state.go(2)
    press(state, "\n")
    assert state.prompt.sort == "doubt"


def test_another_persons_save_is_shown_and_mine_stays_until_i_say_so():
    state = press(sheet(), "7\n8\n")
    theirs = [Line("f0", state="value", value=9.0, numbers=(41,)), *state.lines[1:]]
    assert state.merge(theirs) == ["f0"]
    assert state.savable().keys() == {"f1"}
    state.go(0)
    press(state, "c3")
    assert (state.cells["f0"].corrects, state.cells["f0"].value) == (41, 7.0)
    assert state.savable().keys() == {"f0", "f1"}


def test_the_same_figure_from_two_people_is_no_conflict():
    state = press(sheet(), "7\n")
    theirs = [Line("f0", state="value", value=7.0, numbers=(41,)), *state.lines[1:]]
    assert state.merge(theirs) == []
    assert state.cells == {}


def test_readonly_takes_no_key_that_would_change_anything():
    state = sheet()
    state.readonly = True
    press(state, "5m\n")
    assert (state.typing, state.prompt, state.cells) == (None, None, {})
    assert state.drain() == {}


def test_a_sum_keeps_its_terms():
    state = press(sheet(), "12+3\n")
    assert (state.cells["f0"].value, state.cells["f0"].terms) == (15.0, "12+3")


def test_after_a_refusal_the_next_figure_is_not_typed_behind_it():
    state = press(sheet(), "5000\n42\n43\n")
    assert (state.typing, state.cells, state.bell) == ("5000", {}, True)
    assert state.said  # why it was refused stays in sight
    press(state, "\x7f\x7f\n")
    assert state.cells["f0"].value == 50.0


@pytest.mark.parametrize("sign", ["¶", "±", "«"])
def test_a_sign_that_alt_makes_is_no_figure(sign):
    assert press(sheet(), sign).typing is None
    assert press(sheet(), f"13{sign}").typing == "13"


def test_the_first_word_of_the_ledger_never_moves_the_cursor_from_under_a_question():
    state = press(sheet(), "m")
    state.merge([Line("f0", state="value", value=1.0), *state.lines[1:]])
    assert (state.at, state.prompt.sort) == (0, "cause")
    state = sheet()
    state.merge([Line("f0", state="value", value=1.0), *state.lines[1:]])
    assert state.at == 1  # nobody was there yet: to the first that is due
