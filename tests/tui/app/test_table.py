"""A table to look at: levels fold, columns fit, the cursor stays on its row."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from tui.presenting.rows import Col, Row, line_of, measured, parent, standing
from tui.widgets.table import Table

PARK = (
    Row("wte", ("焚烧厂", "1 200", "! open"), tone="head"),
    Row("wte.bunker", ("Bunker", "900", "= closed"), level=1),
    Row("wte.furnace", ("Furnace", "300", "! open"), level=1, tone="bad"),
    Row("leachate", ("Leachate", "80", "= closed"), tone="head"),
    Row("leachate.nf", ("Nanofiltration", "80", "= closed"), level=1),
)
COLS = (Col("Plant", grow=True, least=8), Col("In t", right=True), Col("State", spare=1))


def test_what_is_folded_hides_its_own_rows_and_no_others():
    assert standing(PARK, {"wte"}) == [0, 3, 4]
    assert standing(PARK, {"wte", "leachate"}) == [0, 3]
    assert standing(PARK, ()) == [0, 1, 2, 3, 4]
    assert [parent(PARK, at) for at in range(5)] == [None, 0, 0, None, 3]


def test_a_column_that_can_be_spared_goes_before_a_name_is_cut():
    assert [at for at, _ in measured(COLS, PARK, 40)] == [0, 1, 2]
    assert measured(COLS, PARK, 16) == [(0, 10), (1, 5)]
    assert measured(COLS, PARK, 15) == [(0, 9), (1, 5)]


@given(st.integers(20, 200), st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_every_row_is_as_wide_as_the_others_and_fits_into_the_room(room, names):
    rows = [Row(str(at), (name, "1.5", "= ok")) for at, name in enumerate(names)]
    fit = measured(COLS, rows, room)
    lengths = {cell_len(" ".join(line_of(row.cells, COLS, fit))) for row in rows}
    assert len(lengths) == 1
    assert lengths.pop() <= room


class Shown(App):
    """Only the table."""

    def __init__(self, rows):
        super().__init__()
        self.given, self.said = rows, []

    def compose(self):
        yield Table()

    def on_mount(self):
        self.table = self.query_one(Table)
        self.table.show(COLS, self.given)
        self.table.focus()

    def on_table_moved(self, message):
        self.said.append(message.key)

    def on_table_chosen(self, message):
        self.said.append(f"chosen {message.key}")

    def lines(self):
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]


def shown(scene, rows=PARK, size=(40, 8)):
    async def run():
        app = Shown(rows)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            return await scene(pilot, app)

    return asyncio.run(run())


def test_left_folds_right_unfolds_and_the_cursor_stays():
    async def scene(pilot, app):
        await pilot.press("down", "down", "left", "left")
        folded = [line.split()[0:2] for line in app.lines()[1:4]]
        await pilot.press("right", "down", "down", "enter")
        return folded, app.said

    folded, said = shown(scene)
    assert folded[0] == [">+", "焚烧厂"]
    assert folded[1] == ["-", "Leachate"]
    assert said[-3:] == ["wte.bunker", "wte.furnace", "chosen wte.furnace"]


def test_other_rows_keep_the_cursor_on_its_key():
    async def scene(pilot, app):
        await pilot.press("end")
        app.table.show(COLS, PARK[3:])
        await pilot.pause()
        return app.table.key, app.lines()

    key, lines = shown(scene)
    assert key == "leachate.nf"
    assert lines[2].startswith(">")


def test_a_click_moves_and_a_second_one_chooses():
    async def scene(pilot, app):
        await pilot.click(Table, offset=(5, 4))
        await pilot.click(Table, offset=(5, 4))
        return app.said

    assert shown(scene)[-2:] == ["leachate", "chosen leachate"]


def test_two_thousand_rows_are_gone_through_and_always_in_sight():
    rows = [Row(str(at), (f"流 {at}", f"{at}", "= ok")) for at in range(2000)]

    async def scene(pilot, app):
        seen = []
        for key in ("end", "up", "pageup", "home", "pagedown"):
            await pilot.press(key)
            marked = [line for line in app.lines()[1:] if line.startswith(">")]
            seen.append((app.table.key, len(marked), {cell_len(line) for line in app.lines()}))
        return seen

    assert shown(scene, rows) == [(at, 1, {40}) for at in ("1999", "1998", "1992", "0", "6")]


def test_an_empty_table_takes_every_key():
    async def scene(pilot, app):
        await pilot.press("down", "enter", "left", "right", "space", "end")
        return app.table.key, app.said

    assert shown(scene, ()) == ("", [])
