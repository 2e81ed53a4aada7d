"""Chains, a flow's neighbors hop by hop, and the Sankey on the screen."""

import shutil
import time
from datetime import date, timedelta
from textwrap import dedent

import pytest
from rich.cells import cell_len

from tui.entering import import_file
from tui.screens.chains import ChainsScreen
from tui.session import Session
from tui.widgets.lines import LinesView
from tui.widgets.table import Table


def lines_of(app):
    """The screen's lines as text."""
    return ["".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()]  # fmt: skip


def text_of(app):
    return "\n".join(lines_of(app))


async def until(pilot, true, seconds=30.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, text_of(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


async def opened(pilot, app):
    await pilot.press("f5")
    await until(pilot, lambda: isinstance(app.screen, ChainsScreen) and app.screen.view)
    return app.screen


@pytest.fixture
def on(play, demo, tmp_path):
    """Plays a scene on the demonstration of two facilities, which is only read."""
    started = type(play)(demo.folder, tmp_path / "drafts")

    def run(scene, **setup):
        return started(scene, **({"day": date(2025, 3, 14), "readonly": True} | setup))

    return run


def test_yields_are_those_of_the_command_chain_with_the_months_as_they_come(on, demo):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        first = {step.step.id: step.value for item in screen.view.chains for step in item.steps}
        await until(pilot, lambda: set(screen.trend) == set(screen.months))
        row = next(row for row in screen.table.rows if row.key.endswith("nf-recovery"))
        return first, screen.trend, row.cells

    first, trend, cells = on(scene)
    asked = demo("chain", "--period", "2025-03", "--json").json
    assert first == pytest.approx({row["step"]: row["value"] for row in asked})
    assert {step: value for (_, step), value in trend["2025-03"].items()} == first
    assert len(cells[5]) == 12
    assert cells[4].startswith("= ")


def test_yields_by_day_are_those_of_the_readings_and_a_day_without_one_is_a_gap(
    play, demo, tmp_path, in_folder
):
    folder = tmp_path / "copy"
    shutil.copytree(demo.folder, folder)
    program = in_folder(folder, tmp_path)
    given = program("sheet", "--day", "2025-03-05", "--json").json
    read = {row["what"]: row["value"] for row in given if row["state"] == "value"}
    program("correct", "leachate.nf-permeate", "missing", "--day", "2025-03-06",
            "--reason", "meter out for calibration")  # fmt: skip

    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await pilot.press("d")
        await until(pilot, lambda: screen.days is not None)
        return screen.days, screen.table.rows, text_of(app)

    days, rows, text = type(play)(folder, tmp_path / "drafts")(scene, day=date(2025, 3, 14))
    series = days.yields["leachate-to-reclaimed-water", "nf-recovery"]
    assert series[4] == pytest.approx(read["leachate.nf-permeate"] / read["leachate.mbr-permeate"])
    assert series[5] is None
    bars = next(row.cells[4] for row in rows if row.key.endswith("nf-recovery"))
    assert len(bars) == 31
    assert [at for at, bar in enumerate(bars) if bar == "·"] == [
        at for at, value in enumerate(series) if value is None
    ]
    assert "Days of 2025-03" in text


def test_a_flow_is_followed_hop_by_hop_and_back(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await pilot.press("a")
        await until(pilot, lambda: screen.view is not None)
        screen.table.go("leachate.nf-permeate")
        way = []
        for _ in range(2):
            await pilot.press("enter")
            await until(pilot, lambda: screen.view is not None)
            way.append([row.key for row in screen.table.rows])
            screen.table.go(next(key for key in way[-1] if key.startswith("down:")))
        here = screen.at
        await pilot.press("escape")
        await until(pilot, lambda: screen.view is not None)
        return way, here, screen.at, text_of(app)

    way, here, back, text = on(scene)
    assert "up:leachate.mbr-permeate" in way[0]
    assert {"down:leachate.ro-permeate", "down:leachate.ro-concentrate"} <= set(way[0])
    assert here == "leachate.ro-permeate"
    assert back == "leachate.nf-permeate"
    assert " %" in text


def test_the_picture_names_facilities_and_scrolls(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: screen.view is not None)
        first = text_of(app)
        for _ in range(5):
            await pilot.press("right")
        moved = text_of(app)
        await pilot.press("v")
        await until(pilot, lambda: screen.view.level == "process")
        process = screen.view.drawn.text()
        await pilot.press("l")
        await until(pilot, lambda: screen.view.layer == "energy")
        return first, moved, "\n".join(process), screen.view.title

    first, moved, process, title = on(scene)
    assert "district" in first
    assert "household waste 4" in first
    assert "Incineration plant" in first + moved
    assert "household waste 4" not in moved
    assert "nanofiltration" in process
    assert title.startswith("Energy")


def test_a_chain_is_drawn_alone_with_every_flow_of_its_steps(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        steps = {item.chain.id: item.chain.steps for item in screen.view.chains}
        screen.table.go("waste-to-power")
        seen = []
        await pilot.press("c")
        for key in ("l", "c", "s"):
            await until(pilot, lambda: screen.picture() and screen._stands == screen._asked())
            picture = screen.picture()
            seen.append((picture.chain, picture.layer, picture.drawn, picture.notes))
            await pilot.press(key)
        await until(pilot, lambda: screen.picture() and not screen.picture().chain)
        await pilot.press("escape")
        await until(pilot, lambda: screen.view is not None)
        return steps, seen, screen.table.key

    steps, seen, came_back = on(scene)
    ids = {flow for step in steps["waste-to-power"]
           for flow in (*step.inputs, *step.outputs, *step.losses)}  # fmt: skip
    (_, one, first, notes), (chain, other, second, _), (following, *_) = seen
    assert {one, other} == {"mass", "energy"}
    assert chain == "waste-to-power"
    assert first.drawn + second.drawn == first.whole + second.whole == len(ids)
    assert any(f"{second.whole} flows of this chain" in note for note in notes)
    assert following == [*steps][[*steps].index("waste-to-power") + 1]
    assert came_back == "waste-to-power"


def test_what_of_a_drawing_stands_outside_the_window_is_said_until_it_is_seen(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, screen.picture)
        drawing, said = screen.query_one(LinesView), []
        for key in ("home", "end", *["pagedown"] * 9):
            await pilot.press(key)
            await pilot.pause()
            said.append((drawing.outside(), lines_of(app)[-2]))
        longest = max(sum(len(text) for text, _ in line) for line in drawing._shown)
        return said, longest, drawing.virtual_size

    said, longest, whole = on(scene, size=(80, 24))
    (left, right, _, _), text = said[0]
    assert left == 0
    assert f"→ {right}" in text
    (left, right, _, _), text = said[1]
    assert right == 0
    assert f"← {left}" in text
    (_, _, above, below), text = said[-1]
    assert below == 0
    assert f"↑ {above}" in text
    assert "↓" not in text
    assert whole.width == longest


def test_one_facility_after_the_other_is_drawn_alone_and_then_the_whole_again(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: screen.view is not None)
        seen = []
        for key in ("o", "o", "i", "i", "o", "z"):
            old = screen.view
            await pilot.press(key)
            await until(pilot, lambda old=old: screen.view is not old)
            seen.append(screen.view.facility)
        return seen, text_of(app)

    seen, text = on(scene)
    one, two = "incineration", "leachate"
    assert seen == [one, two, one, "", one, one]
    assert "Mass, reconciled [t]  Incineration plant" in text


def test_colors_follow_the_theme(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: screen.view is not None)
        lines = screen.query_one(LinesView)
        seen = []
        for theme in ("parkflow-dark", "parkflow-light"):
            app.theme = theme
            await pilot.pause()
            await pilot.pause()
            seen.append({color for line in lines._shown for _, color in line if color})
        return seen

    dark, light = on(scene)
    assert dark
    assert light
    assert not dark & light


def test_the_drawing_fills_a_window_that_has_grown(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: screen.view is not None)
        small = screen.view.drawn
        await pilot.resize_terminal(140, 40)
        await until(pilot, lambda: screen.view.drawn is not small)
        return small, screen.view.drawn

    small, large = on(scene)
    assert len(large.lines) > len(small.lines)
    assert large.drawn >= small.drawn


def test_where_the_month_of_today_is_empty_the_newest_with_readings_is_shown(on):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        said = text_of(app)
        await pilot.press(">")
        await until(pilot, lambda: screen.view is not None and screen.view.period == "2026-01")
        return said, text_of(app)

    said, after = on(scene, day=date(2026, 4, 2))
    assert "Chains  2025-12" in said
    assert "Nothing is entered for 2026-04 yet. Shown is 2025-12" in said
    assert "Chains  2026-01" in after


#: A plant whose share of aggregate falls in the last weeks of March.
CRUSHER = """
    [park]
    id = "crusher"
    zone = "Asia/Shanghai"
    [[process]]
    id = "crusher"
    [[flow]]
    id = "rubble"
    from = "environment"
    to = "crusher"
    unit = "t"
    sigma = "2 %"
    [[flow]]
    id = "aggregate"
    from = "crusher"
    to = "environment"
    unit = "t"
    sigma = "2 %"
    [[flow]]
    id = "residue"
    from = "crusher"
    to = "environment"
    unit = "t"
    [[chain]]
    id = "rubble-to-aggregate"
    names = { en = "Rubble to aggregate" }
    [[chain.step]]
    id = "aggregate-per-rubble"
    names = { en = "Aggregate per rubble" }
    outputs = ["aggregate"]
    inputs = ["rubble"]
    unit = "t/t"
    low = 0.4
    high = 1.0
"""


def test_a_yield_that_drifts_leads_from_the_findings_to_its_step_and_its_series(play, tmp_path):
    lines = ["what,day,value,unit"]
    for number in range(66):
        day = date(2025, 1, 25) + timedelta(days=number)
        fed = 200 + 3 * (number % 5)
        share = 0.8 if day < date(2025, 3, 10) else 0.65
        lines.append(f"rubble,{day},{fed},t")
        lines.append(f"aggregate,{day},{round(fed * share + number % 3, 1)},t")
    folder = tmp_path / "crusher"
    folder.mkdir()
    (folder / "park.toml").write_text(dedent(CRUSHER), encoding="utf-8")
    (folder / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    Session.create(folder)
    with Session.open(folder) as session:
        import_file(session, folder / "log.csv", "test")

    async def scene(pilot, app):
        await pilot.press("f6")
        await until(pilot, lambda: "has drifted" in text_of(app))
        table = app.screen.query_one(Table)
        table.go(next(row.key for row in table.rows if "drifted" in " ".join(row.cells)))
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, ChainsScreen) and app.screen.view)
        screen = app.screen
        await until(pilot, lambda: set(screen.months) <= set(screen.trend))
        return screen.table.key, screen.period, text_of(app)

    started = type(play)(folder, tmp_path / "drafts of the crusher")
    key, period, text = started(scene, day=date(2025, 3, 31))
    assert key == "rubble-to-aggregate\taggregate-per-rubble"
    assert period == "2025-03"
    assert "has drifted" in " ".join(text.split())
    series = next(line for line in text.splitlines() if "2025-03 0." in line)
    assert "2025-02 0.80" in series


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_line_fills_the_screen_cell_by_cell(on, size, lang):
    async def scene(pilot, app):
        screen = await opened(pilot, app)
        seen = lines_of(app)
        for key in ("a", "enter", "s"):
            await pilot.press(key)
            await until(pilot, lambda: screen.view is not None)
            seen += lines_of(app)
        return seen

    for line in on(scene, size=size, lang=lang):
        assert cell_len(line) == size[0]
