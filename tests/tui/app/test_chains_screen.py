"""Chains, a flow's neighbors hop by hop, and the Sankey on the screen."""

import time
from datetime import date

import pytest
from rich.cells import cell_len

from tui.screens.chains import ChainsScreen


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
        await until(pilot, lambda: set(screen.trend) == set(screen._months))
        row = next(row for row in screen.table.rows if row.key.endswith("nf-recovery"))
        return first, screen.trend, row.cells

    first, trend, cells = on(scene)
    asked = demo("chain", "--period", "2025-03", "--json").json
    assert first == pytest.approx({row["step"]: row["value"] for row in asked})
    assert {step: value for (_, step), value in trend["2025-03"].items()} == first
    assert len(cells[5]) == 12
    assert cells[4].startswith("= ")


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
        process = screen.view.lines
        await pilot.press("l")
        await until(pilot, lambda: screen.view.layer == "energy")
        return first, moved, "\n".join(process), screen.view.title

    first, moved, process, title = on(scene)
    assert "district" in first
    assert "Incineration plant" in moved
    assert "nanofiltration" in process
    assert title.startswith("Energy")


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
