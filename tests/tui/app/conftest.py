"""The terminal application driven by its own pilot, on a fresh park of two facilities."""

import asyncio
import time
from datetime import date

import pytest

from tui.app import ParkflowApp, Setup
from tui.daysheet.glance import glance

DAY = date(2025, 3, 1)


class Started:
    """Starts the application on a folder, and plays a scene on it."""

    def __init__(self, folder, drafts):
        self.folder = folder
        self.drafts = drafts

    def app(self, **setup) -> ParkflowApp:
        chosen = {"lang": "en", "user": "night shift", "by": "night shift", "day": DAY} | setup
        return ParkflowApp(
            Setup(folder=self.folder, drafts=self.drafts, **chosen), glance(self.folder)
        )

    def __call__(self, scene, *, size=(80, 24), loaded=True, **setup):
        async def run():
            app = self.app(**setup)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                end = time.monotonic() + 20
                while loaded and app.screen.state.judge is None:
                    assert time.monotonic() < end, app.screen.state.said
                    await pilot.pause(0.02)
                await pilot.pause()
                return await scene(pilot, app)

        return asyncio.run(run())


@pytest.fixture
def play(program, tmp_path):
    return Started(program.folder, tmp_path / "drafts")
