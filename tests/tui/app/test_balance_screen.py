"""Balances on the screen: from suspects down to the entries behind them, and corrected there."""

import shutil
import time
from datetime import date

import pytest
from rich.cells import cell_len

from flows.findings import finding
from tui.balances.text import brief
from tui.balances.view import openness
from tui.screens.asking import AskScreen
from tui.screens.balance import BalanceScreen


def lines_of(app):
    """The screen's lines as text."""
    return ["".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()]  # fmt: skip


def text_of(app):
    return "\n".join(lines_of(app))


async def until(pilot, true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, text_of(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


async def opened(pilot, app):
    """The balances of March, and what is doubtful in it."""
    await pilot.press("f4")
    await until(pilot, lambda: isinstance(app.screen, BalanceScreen) and app.screen.doubts)
    return app.screen


async def reached(pilot, screen, *way):
    """Down a way of rows, each reached by its key."""
    for key in way:
        assert screen.table.go(key), (key, [row.key for row in screen.table.rows])
        await pilot.press("enter")
        await until(pilot, lambda: screen.view is not None)


@pytest.fixture
def on(play, demo, tmp_path):
    """Plays a scene on a copy of the demonstration of two facilities."""
    folder = tmp_path / "copy"
    shutil.copytree(demo.folder, folder)
    started = type(play)(folder, tmp_path / "other drafts")

    def run(scene, **setup):
        return started(scene, **({"day": date(2025, 3, 14)} | setup))

    return run


def test_suspects_come_first_in_plain_words_and_lead_to_the_flow(on, demo):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        said = [row.cells[0] for row in screen.table.rows if row.key.startswith("doubt:")]
        screen.table.go(next(f"doubt:{at}" for at, item in enumerate(screen.doubts)
                             if item.code == "meter-suspect"))  # fmt: skip
        await pilot.press("enter")
        await until(pilot, lambda: screen.view is not None and screen.way)
        way, text, came_from = list(screen.way), text_of(app), screen._cursors[-1]
        await pilot.press("escape")
        await until(pilot, lambda: screen.view is screen.balances)
        assert screen.table.key == came_from
        return said, way, text

    said, way, text = on(scene)
    found = demo("findings", "--period", "2025-03", "--json").json
    worth = [item["text"] for item in found if item["severity"] != "info"]
    assert [line.removeprefix("! ") for line in said] == [brief(one) for one in worth]
    assert "(leachate.nf-permeate)" not in "".join(said)
    assert way == ["", "leachate.nf-permeate"]
    assert next(line.split()[0] for line in text.splitlines() if "in doubt" in line) == (
        ">2025-03-05"
    )


def test_the_figures_are_those_of_the_command_balance(on, demo):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        screen.table.unfold_all()
        await pilot.pause()
        measured = {row.id: str(row.closure) for row in screen.view.rows}
        await pilot.press("r")
        await until(pilot, lambda: screen.view.reconciled)
        return measured, {row.id: row.residual.value for row in screen.view.rows}, text_of(app)

    measured, reconciled, text = on(scene)
    asked = demo("balance", "--period", "2025-03", "--layer", "mass", "--json").json
    assert measured == {row["id"]: row["closure"] for row in asked}
    asked = demo("balance", "--period", "2025-03", "--layer", "mass", "--reconciled", "--json").json
    for row in asked:
        assert reconciled[row["id"]] == pytest.approx(row["residual"]["value"], abs=1e-9)
    assert "reconciled" in text


def test_what_does_not_close_comes_first_and_is_told_in_words_with_its_likely_cause(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        first = screen.table.key
        told = " ".join(text_of(app).split())
        rows = [(row.key, row.cells[-1]) for row in screen.table.rows if ":" not in row.key]
        return first, told, rows, text_of(app)

    first, told, rows, text = on(scene, size=(100, 34))
    assert first == "leachate.nf"
    assert "Open by 323.2 ± 99 t: more out and stored than in; the meters allow 194.98." in told
    assert "Likely why: NF permeate reads too high, as it seems: by" in told
    plant = [key for key, _ in rows].index("leachate")
    assert dict(rows)["leachate"].endswith("! 3")
    assert [state for _, state in rows[plant + 1 : plant + 4]] == ["! Open"] * 3
    assert "! Open" not in [state for _, state in rows[plant + 4 :]]
    (line,) = [line for line in text.splitlines() if " nanofiltration " in line]
    assert "−323.2" in line


def test_a_facility_in_which_everything_closes_is_folded(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        folded = text_of(app)
        screen.table.go("incineration")
        await pilot.press("enter")
        return screen.view.names["incineration.bunker"]["en"], folded, text_of(app)

    name, folded, unfolded = on(scene, size=(100, 34))
    assert name not in folded
    assert name in unfolded


def test_the_flows_of_a_process_are_in_one_unit_and_add_up_in_every_layer(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await reached(pilot, screen, "incineration.bunker")
        seen = {}
        for _ in screen.balances.layers:
            seen[screen.view.layer] = screen.view, text_of(app)
            old = screen.view
            await pilot.press("l")
            await until(pilot, lambda old=old: screen.view is not old)
        return seen

    seen = on(scene, size=(120, 30))
    assert {"mass", "energy", "carbon-fossil", "carbon-biogenic"} <= set(seen)
    for layer in ("mass", "energy", "carbon-biogenic"):
        view, text = seen[layer]
        for side, sum_ in (("in", view.balance.inflow), ("out", view.balance.outflow)):
            parts = [line.measured.value for line in view.lines
                     if line.side == side and line.measured]  # fmt: skip
            assert sum(parts) == pytest.approx(sum_.value)
        assert f"Measured [{view.unit}]" in text
    assert "GJ" in seen["energy"][1]


def test_a_figure_is_followed_to_its_entry_and_corrected_there_with_a_reason(
    on, tmp_path, in_folder
):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await reached(pilot, screen, "leachate.nf", "leachate.nf-permeate", "2025-03-20")
        before = text_of(app)
        await pilot.press("c")
        await pilot.press(*"271.5", "enter")
        await until(pilot, lambda: "Why is it corrected" in text_of(app))
        await pilot.press("1")
        await until(pilot, lambda: "now" in text_of(app) and len(screen.table.rows) == 2)
        after = text_of(app)
        for _ in range(3):
            await pilot.press("escape")
            await until(pilot, lambda: screen.view is not None and not screen._wanted)
        await until(pilot, lambda: screen._stands == screen._asked())
        row = next(row for row in screen.view.rows if row.id == "leachate.nf")
        return before, after, (screen.table.key, row.residual.value)

    before, after, stands = on(scene, size=(120, 30))
    assert stands[0] == "leachate.nf"
    left = f"{stands[1]:.1f}".replace("-", "−")
    assert f"nanofiltration: left over −323.2, now {left} t" in after
    assert "parkflow demo" in before
    (old, new) = [line for line in after.splitlines() if line.lstrip("> +-").startswith("#")][:2]
    assert "replaced" in old
    assert "271.5 m3" in new
    assert "night shift" in new
    assert "misread" in new
    home = tmp_path / "copy home"
    home.mkdir()
    sheet = in_folder(tmp_path / "copy", home)("sheet", "--day", "2025-03-20", "--json").json
    (row,) = [row for row in sheet if row["what"] == "leachate.nf-permeate"]
    assert row["value"] == pytest.approx(271.5)


def test_what_cannot_be_right_is_refused_and_asked_for_again(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await reached(pilot, screen, "leachate.nf", "leachate.nf-permeate", "2025-03-20")
        await pilot.press("c")
        await pilot.press(*"12 kWh".replace(" ", ""), "enter")
        await until(pilot, lambda: isinstance(app.screen, AskScreen) and "Error" in text_of(app))
        refused, count = text_of(app), len(screen.table.rows)
        await pilot.press("escape")
        await pilot.pause()
        return count, refused, len(screen.table.rows), screen.way

    count, refused, after, way = on(scene, size=(120, 30))
    assert count == after == 1
    assert "kWh" in refused
    assert "the right figure in m3" in refused
    assert way[-1] == "2025-03-20"


def test_in_read_only_nothing_is_corrected(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await reached(pilot, screen, "leachate.nf", "leachate.nf-permeate", "2025-03-20")
        await pilot.press("c")
        await pilot.pause()
        return type(app.screen), text_of(app)

    screen, text = on(scene, readonly=True)
    assert screen is BalanceScreen
    assert "This is read-only" in text


def test_escape_goes_up_level_by_level_to_the_row_it_came_from(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await reached(pilot, screen, "leachate.nf", "leachate.nf-permeate", "2025-03-20")
        keys = []
        for _ in range(3):
            await pilot.press("escape")
            await until(pilot, lambda: screen.view is not None and not screen._wanted)
            keys.append(screen.table.key)
        await pilot.press("escape")
        return keys, type(app.screen).__name__

    keys, last = on(scene)
    assert keys == ["2025-03-20", "leachate.nf-permeate", "leachate.nf"]
    assert last == "SheetScreen"


def test_periods_are_stepped_widened_and_typed(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        seen = []
        for keys in (["less_than_sign"], ["w"], ["p", *"2025-03-01..2025-03-14", "enter"], [">"]):
            await pilot.press(*keys)
            await until(
                pilot, lambda: screen.view is not None and screen.view.period == screen.period
            )
            seen.append(screen.period)
        await pilot.press("p", *"2025-17", "enter")
        await pilot.pause()
        return seen, text_of(app)

    seen, text = on(scene)
    assert seen == ["2025-02", "2025-Q1", "2025-03-01..2025-03-14", "2025-03-15..2025-03-28"]
    assert "2025-17" in text
    assert "Error" in text


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_line_of_every_level_fills_the_screen_cell_by_cell(on, size, lang):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        seen = lines_of(app)
        for key in ("leachate.nf", "leachate.nf-permeate", "2025-03-20"):
            await reached(pilot, screen, key)
            seen += lines_of(app)
        return seen

    for line in on(scene, size=size, lang=lang):
        assert cell_len(line) == size[0]


def test_what_is_entered_elsewhere_is_shown_when_one_comes_back(on, tmp_path, in_folder):
    home = tmp_path / "another home"
    home.mkdir()
    other = in_folder(tmp_path / "copy", home)

    async def scene(pilot, app):
        screen = await opened(pilot, app)
        before = {row.id: row.inflow.value for row in screen.view.rows}
        await pilot.press("f2")
        other(
            "correct", "leachate.nf-permeate", "100", "--day", "2025-03-20", "--reason", "misread"
        )
        await until(pilot, lambda: screen._stale)
        await pilot.press("f4")
        await until(
            pilot,
            lambda: any(row.inflow.value != before[row.id] for row in screen.balances.rows),
        )
        return before, {row.id: row.inflow.value for row in screen.balances.rows}

    before, after = on(scene)
    assert after["leachate.ro"] < before["leachate.ro"] - 100.0


def test_language_changes_while_it_stands(on):
    async def scene(pilot, app):
        await opened(pilot, app)
        await pilot.press("ctrl+l")
        await pilot.pause()
        return text_of(app)

    text = on(scene)
    assert "物料平衡" in text
    assert "疑点" in text


def test_where_the_month_of_today_is_empty_the_newest_with_readings_is_shown(on):
    async def scene(pilot, app):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, BalanceScreen) and app.screen.view)
        return app.screen.view.period, " ".join(text_of(app).split())

    period, text = on(scene, day=date(2026, 4, 2))
    assert period == "2025-12"
    assert "Nothing is entered for 2026-04 yet. Shown is 2025-12" in text


def test_once_something_is_entered_for_the_month_of_today_it_is_that_month(on, tmp_path, in_folder):
    home = tmp_path / "another home"
    home.mkdir()
    other = in_folder(tmp_path / "copy", home)

    async def scene(pilot, app):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, BalanceScreen) and app.screen.view)
        screen = app.screen
        await pilot.press("f2")
        other("log", "incineration.received", "1600", "--day", "2026-04-02")
        await until(pilot, lambda: screen._stale)
        await pilot.press("f4")
        await until(pilot, lambda: screen.view and screen.view.period == "2026-04")
        return " ".join(text_of(app).split())

    text = on(scene, day=date(2026, 4, 2))
    assert "Nothing is entered" not in text, text[-900:]


def test_an_open_balance_of_another_layer_is_shown_in_that_layer(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        view = screen.balances
        other = next(layer for layer in view.layers if layer != view.layer)
        screen._follow(finding("balance-open", "leachate.nf", layer=other))
        await until(pilot, lambda: screen.view is not None)
        return other, screen.view.layer, screen.way

    other, layer, way = on(scene)
    assert layer == other
    assert way == ["leachate.nf"]


def test_what_is_worked_out_is_said_while_one_waits_and_in_which_layer(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        screen.request = lambda: None  # the park is slow
        seen = []
        for key in ("l", "r"):
            await pilot.press(key)
            seen.append(lines_of(app)[2].strip())
        return seen

    assert on(scene) == [
        "adding up the readings of 2025-03: fossil carbon ...",
        "reconciling 2025-03: fossil carbon ...",
    ]


def test_doubts_are_of_every_layer_so_another_layer_does_not_look_for_them_again(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        asked, ask = [], screen.ask
        screen.ask = lambda tag, *work, **urgency: (asked.append(tag), ask(tag, *work, **urgency))
        before = screen.doubts
        for key in ("l", "r", "l"):
            await pilot.press(key)
            await until(pilot, lambda: screen._stands == screen._asked())
        assert screen.doubts is before
        screen.ledger_changed()
        await until(pilot, lambda: screen.doubts is not before)
        return asked

    assert on(scene) == ["balance"] * 4 + ["doubts"]


def test_the_search_for_doubts_gives_way_and_comes_back_with_the_same_answer(demo):
    from tui.balances.view import doubts_of
    from tui.session import Session

    with Session.open(demo.folder, readonly=True) as session:
        asked = []

        def pressing():
            asked.append(len(asked))
            return len(asked) == 3

        assert doubts_of(session, "2025-03", pressing) is None
        assert asked == [0, 1, 2]
        assert doubts_of(session, "2025-03", pressing) == doubts_of(session, "2025-03") != ()


def test_in_another_period_the_cursor_begins_on_what_does_not_close(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        first = screen.table.key
        screen.table.go(screen.balances.rows[0].id)
        screen.to_period("2025-02")
        await until(pilot, lambda: screen._stands == screen._asked())
        screen.table.go(screen.balances.rows[0].id)
        screen.to_period("2025-03")
        await until(pilot, lambda: screen._stands == screen._asked())
        rows = [row.id for row in screen.balances.rows if row.level == "process" and openness(row)]
        return first, screen.table.key, rows

    first, later, opens = on(scene)
    assert first == later == opens[0]
