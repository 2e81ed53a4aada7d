"""The inbox on the screen: read, filtered, acknowledged; from it to the sheet and the balance."""

import shutil
import time

import pytest
from rich.cells import cell_len
from textual import events

MONTH = "2025-03"
METER = "meter-suspect leachate.nf-permeate"


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


async def type_(pilot, text):
    """Characters as a terminal sends them, then what the screen makes of it."""
    for sign in text:
        key = {"\n": "enter"}.get(sign)
        pilot.app.post_message(events.Key(key or sign, None if key else sign))
    await pilot.pause()


@pytest.fixture
def park(demo, tmp_path, in_folder):
    """The demonstration of two facilities, to be written to."""
    shutil.copytree(demo.folder, tmp_path / "demo")
    home = tmp_path / "demo-home"
    home.mkdir()
    return in_folder(tmp_path / "demo", home)


def opened(play, park, scene, **setup):
    """Plays a scene once the inbox has come."""
    play.folder = park.folder

    async def start(pilot, app):
        await pilot.press("f6")
        await until(pilot, lambda: app.screen.found.entries)
        return await scene(pilot, app)

    return play(start, **setup)


async def to(pilot, topic):
    """The cursor to a finding."""
    screen = pilot.app.screen
    (entry,) = [item for item in screen.found.entries if item.about == topic]
    screen.query_one("Table").go(entry.key)
    await pilot.pause()


def test_findings_stand_by_severity_with_facility_sentence_and_day(play, park):
    async def scene(_, app):
        return text_of(app)

    text = opened(play, park, scene, size=(140, 40))
    assert "Findings 2025-03  Warnings 10  Notes 3" in text
    assert text.index("- Warnings 10") < text.index("- Notes 3")
    (head,) = [line for line in text.splitlines() if "- Warnings 10" in line]
    counts = [app_word for app_word in head.split() if app_word.isdigit()]
    assert sum(map(int, counts[1:])) == int(counts[0]) == 10
    assert "meters " in head
    (line,) = [line for line in text.splitlines() if "NF permeate reads too" in line]
    assert "Leachate" in line
    assert "2025-03-05" in line
    assert " ! " in line


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (60, 16)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_line_fills_the_screen_cell_by_cell(play, park, size, lang):
    async def scene(pilot, app):
        listed = lines_of(app)
        await to(pilot, METER)
        await pilot.press("i")
        await until(pilot, lambda: app.screen.reading)
        return listed + lines_of(app)

    for line in opened(play, park, scene, size=size, lang=lang):
        assert cell_len(line) == size[0]


def test_i_tells_one_finding_in_full_and_escape_goes_back(play, park):
    async def scene(pilot, app):
        await to(pilot, METER)
        await pilot.press("i")
        await until(pilot, lambda: "Alarm threshold" in text_of(app))
        full = text_of(app)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "报警阈值" in text_of(app))
        await pilot.press("ctrl+l", "escape")
        await until(pilot, lambda: "- Warnings" in text_of(app))
        return full

    text = opened(play, park, scene)
    assert "24.7 m3" in text
    assert "2025-03-05 .. 2025-03-14" in text
    assert "by nobody yet" in text


def test_a_finding_is_acknowledged_with_who_and_why_and_goes_below(play, park):
    async def scene(pilot, app):
        await to(pilot, METER)
        await pilot.press("a")
        await type_(pilot, "称重系统已校验\n")
        await until(pilot, lambda: "Acknowledged 1" in text_of(app))
        assert "night shift: " not in text_of(app)  # folded, and counted
        await pilot.press("h")
        await until(pilot, lambda: "night shift: " in text_of(app))
        (line,) = [line for line in text_of(app).splitlines() if "night shift: " in line]
        assert "night shift: 称重系统已校验" in line
        assert " ok " in line
        await pilot.press("h")
        await until(pilot, lambda: "night shift: " not in text_of(app))

    opened(play, park, scene, size=(140, 40))
    items = park("handover", "--period", MONTH, "--json").json["items"]
    assert METER not in {f"{item['code']} {item['where']}" for item in items}


def test_a_standard_remark_is_one_key(play, park):
    async def scene(pilot, app):
        await to(pilot, METER)
        await pilot.press("a", "2")
        await until(pilot, lambda: "Acknowledged 1" in text_of(app))
        (entry,) = [item for item in app.screen.found.entries if item.seen]
        return entry.about, entry.seen[0].text

    said = opened(play, park, scene)
    assert said == (METER, "meter is being repaired or exchanged")


def test_read_only_nothing_is_acknowledged(play, park):
    async def scene(pilot, app):
        await to(pilot, METER)
        await pilot.press("a")
        await until(pilot, lambda: "read-only: nothing can be acknowledged" in text_of(app))

    before = park("audit", "--json").out
    opened(play, park, scene, readonly=True)
    assert park("audit", "--json").out == before


def test_search_facility_and_severity_narrow_the_list(play, park):
    async def scene(pilot, app):
        await pilot.press("slash")
        await type_(pilot, "swap-susp")
        await until(pilot, lambda: "- Warnings 1 " in text_of(app))
        assert "[/swap-susp]" in text_of(app)
        await pilot.press("enter")
        assert app.screen.entry is None or app.screen.focused is app.screen.query_one("Table")
        await pilot.press("escape")
        await until(pilot, lambda: "- Warnings 10" in text_of(app))
        await pilot.press("v", "v")
        await until(pilot, lambda: "Nothing in 2025-03 fits" in text_of(app))
        await pilot.press("v", "f")
        await until(pilot, lambda: app.screen.chosen.facility == "incineration")
        assert "nanofiltration" not in text_of(app)

    opened(play, park, scene)


def test_s_leads_to_the_day_and_line_where_it_begins(play, park):
    async def scene(pilot, app):
        await to(pilot, METER)
        await pilot.press("s")
        await until(pilot, lambda: "Day's sheet 2025-03-05" in text_of(app))
        return app.screen.state.line.what

    assert opened(play, park, scene) == "leachate.nf-permeate"


def test_b_leads_to_the_balance_of_the_process(play, park):
    async def scene(pilot, app):
        await to(pilot, "balance-open leachate.nf")
        await pilot.press("b")
        await until(pilot, lambda: "NF permeate" in text_of(app))
        return app.screen.period, app.screen.way

    assert opened(play, park, scene) == (MONTH, ["leachate.nf"])


def test_months_are_stepped_and_follow_the_day(play, park):
    async def scene(pilot, app):
        await pilot.press("less_than_sign")
        await until(pilot, lambda: app.screen.found.entries and app.screen.period == "2025-02")
        assert "Findings 2025-02" in text_of(app)
        await pilot.press("greater_than_sign", "greater_than_sign")
        await until(pilot, lambda: "Findings 2025-04  " in text_of(app))

    opened(play, park, scene)


def test_what_others_write_is_seen_when_the_inbox_is_looked_at_again(play, park):
    async def scene(pilot, app):
        await pilot.press("f2")
        park("handover", "--seen", METER, "--text", "seen", "--period", MONTH, "--by", "li")
        screen = app.get_screen("findings")
        await until(pilot, lambda: screen.stale)
        await pilot.press("f6")
        await until(pilot, lambda: "Acknowledged 1" in text_of(app))

    opened(play, park, scene)


def test_an_acknowledgement_is_taken_back_with_a_reason_and_the_history_shows_both(play, park):
    async def scene(pilot, app):
        await to(pilot, METER)
        await pilot.press("u")
        assert "Nobody has acknowledged this finding" in text_of(app)
        await pilot.press("a", "2")
        await until(pilot, lambda: "Acknowledged 1" in text_of(app))
        await to(pilot, METER)
        assert "u open again" in lines_of(app)[-1]
        assert "a acknowledge" not in lines_of(app)[-1]
        await pilot.press("u", "1")
        await until(pilot, lambda: "Acknowledged" not in lines_of(app)[1])
        assert "Open again; kept in the ledger" in text_of(app)
        await to(pilot, METER)
        await pilot.press("i")
        await until(pilot, lambda: "(opened again)" in text_of(app))
        return text_of(app)

    full = opened(play, park, scene, size=(140, 40))
    assert "meter is being repaired or exchanged" in full
    assert "it has come back" in full


def test_k_shows_one_kind_after_the_other(play, park):
    async def scene(pilot, app):
        kinds = []
        while not kinds or app.screen.chosen.kind:
            await pilot.press("k")
            await pilot.pause()
            kinds.append(app.screen.chosen.kind)
            table = app.screen.query_one("Table")
            keys = {row.key for row in table.rows if row.level}
            some = {item.kind for item in app.screen.found.entries if item.key in keys}
            assert some == ({kinds[-1]} if kinds[-1] else some)
        return kinds

    kinds = opened(play, park, scene)
    assert kinds[:3] == ["readings", "meters", "balances"]
    assert kinds[-1] == ""


def test_enter_leads_a_meter_to_the_balance_of_its_process(play, park):
    async def scene(pilot, app):
        await to(pilot, METER)
        assert "Enter: the balance of" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: getattr(app.screen, "way", None))
        return app.screen.period, app.screen.way

    period, way = opened(play, park, scene)
    assert period == MONTH
    assert way in (["leachate.nf"], ["leachate.ro"])


def test_enter_leads_figures_that_repeat_to_their_line_on_their_first_day(play, park):
    async def scene(pilot, app):
        await to(pilot, "frozen leachate.inflow-landfill")
        since = app.screen.entry.since.isoformat()
        await pilot.press("enter")
        await until(pilot, lambda: f"Day's sheet {since}" in text_of(app))
        return app.screen.state.line.what

    assert opened(play, park, scene) == "leachate.inflow-landfill"


def test_enter_leads_missing_readings_to_the_first_line_that_lacks_one(play, park):
    async def scene(pilot, app):
        await pilot.press("w", "w")  # the year has days that somebody left out
        await until(pilot, lambda: app.screen.period == "2025" and app.screen.found.entries, 60.0)
        (entry, *_) = [
            item for item in app.screen.found.entries if item.finding.code == "missing-imputed"
        ]
        app.screen.query_one("Table").go(entry.key)
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: f"Day's sheet {entry.since}" in text_of(app))
        return entry.what, app.screen.state.line

    what, line = opened(play, park, scene)
    assert line.what == what
    assert line.state != "entered"


def test_a_year_tells_which_stage_it_is_at(play, park):
    seen = []

    async def scene(pilot, app):
        screen = app.screen
        usual = screen.tell_all

        def watched():
            usual()
            if screen.loading_month:
                seen.append(str(screen.query_one("#counter").content))

        screen.tell_all = watched
        await pilot.press("w", "w")
        await until(pilot, lambda: screen.found.period == "2025", 60.0)

    opened(play, park, scene)
    stages = [line for line in seen if line.startswith("Findings 2025  working it out: ")]
    assert any("judge the limits (4 of 5)" in line for line in stages)
    assert any("look through the days (5 of 5)" in line for line in stages)
