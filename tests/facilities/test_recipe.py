"""The recipe for a facility kind, built from the page that tells it: simulated, read, balanced."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import pytest

import facilities
from facilities import tables
from facilities.kinds import BY_CODE
from facilities.parkfile import load
from flows.balance import Closure
from flows.store import exchange
from flows.store.repository import Ledger
from tui.session import Session

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPE = PAGE.split("## Recipe: add a facility kind")[1].split("\n## ")[0]
NAMED = r"`([\w./-]+\.(?:csv|py|toml|md))`"
#: Each block by the first file that the paragraph before it names.
BLOCK = {
    name.group(1): block
    for before, block in re.findall(r"((?:[^\n]+\n)+)\n```\w+\n(.*?)```", RECIPE, re.DOTALL)
    if (name := re.search(NAMED, before))
}
PERIOD = "2025-03-01..2025-03-02"
#: 2025-04-02 08:00 UTC, in microseconds.
NOW = 1_743_580_800_000_000


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def forget():
    tables.goods.cache_clear()
    tables.parameters.cache_clear()


@pytest.fixture
def kind(tmp_path, monkeypatch):
    """The kind of the page, known to parkflow as long as a test runs."""
    home = tmp_path / "facilities"
    shutil.copytree(tables.HERE / "parameters", home / "parameters")
    for name in ("goods", "contents"):
        path = home / "parameters" / f"{name}.csv"
        there = path.read_text(encoding="utf-8")
        added = BLOCK[f"facilities/parameters/{name}.csv"].splitlines(keepends=True)
        text = there + "".join(row for row in added if row not in there)
        path.write_text(text, encoding="utf-8")
    parameters = "facilities/parameters/sludge-drying.csv"
    (tmp_path / parameters).write_text(BLOCK[parameters], encoding="utf-8")
    source = home / "sludge_drying.py"
    source.write_text(BLOCK["facilities/sludge_drying.py"], encoding="utf-8")
    made = module("facilities.sludge_drying", source)
    monkeypatch.setattr(tables, "HERE", home)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    monkeypatch.setattr(facilities, "sludge_drying", made, raising=False)
    monkeypatch.setitem(BY_CODE, made.KIND.code, made.KIND)
    forget()
    yield made.KIND
    forget()


@pytest.fixture
def session(kind, tmp_path):
    """The park of the page, with its readings."""
    assert kind.code in BY_CODE
    path, log = tmp_path / "park.toml", tmp_path / "dry.csv"
    path.write_text(BLOCK["dry.toml"], encoding="utf-8")
    log.write_text(BLOCK["dry.csv"], encoding="utf-8")
    made = load(path)
    assert made.findings == ()
    with Ledger.create(tmp_path / "park.db", clock=lambda: NOW) as ledger:
        ledger.append_park(made.text, made.hash, authenticated="root")
        running = Session(tmp_path, made, ledger)
        came = exchange.import_log(
            ledger,
            log,
            exchange.Sender("root", made.hash),
            resolver=running.resolver,
            calendar=made.calendar,
            now_us=NOW,
        )
        assert came.observations == 15
        yield running


def test_every_file_that_the_page_names_is_there():
    named = set(re.findall(r"`((?:[\w-]+/)+[\w.-]+\.\w+)`", PAGE)) - BLOCK.keys()
    assert len(named) > 10
    assert {name for name in named if not (ROOT / name).is_file()} == set()


@pytest.mark.usefixtures("kind")
def test_the_tests_on_the_page_pass(park, tmp_path):
    source = tmp_path / "test_of_the_page.py"
    source.write_text(BLOCK["tests/facilities/test_sludge_drying.py"], encoding="utf-8")
    told = module("test_of_the_page", source)
    told.test_a_fifth_of_dry_matter_at_30_percent_water_weighs_two_sevenths()
    told.test_140_t_of_wet_sludge_by_hand(park)


def test_its_goods_are_known_and_carry_energy_and_carbon(kind):
    goods = tables.goods()
    moved = {item.good for item in (*kind.ports, *kind.inner)}
    assert moved <= goods.keys()
    for name in moved - {"heat", "power"}:
        assert {"energy", "carbon-fossil", "carbon-biogenic"} <= goods[name][0].contents.keys()


def test_its_rows_of_ports_and_its_flows_stand_in_the_recipe(kind):
    rows = BLOCK["docs/formats/park.md"]
    ports = re.findall(r"^\| (?:sludge-drying)? ?\| ([\w-]+) \| (\w+) \|", rows, re.MULTILINE)
    assert ports == [(port.name, port.direction) for port in kind.ports]
    assert all(f"`{flow.name}`" in RECIPE for flow in kind.inner)


def test_its_park_balances_reconciles_and_has_the_yield_that_the_page_says(session):
    rows, _ = session.balances(PERIOD, layer="all")
    closed = {row.layer for row in rows if row.id == "dryer.bunker"}
    assert {"mass", "energy", "carbon-fossil", "carbon-biogenic"} == closed
    (bunker,) = [row for row in rows if (row.id, row.layer) == ("dryer.bunker", "mass")]
    # 280 in, 280 out, 1 more in the bunker
    assert bunker.residual.value == pytest.approx(-1)
    assert bunker.closure is Closure.CLOSED
    result = session.month(PERIOD).result
    checked = {row.id for row in (*result.flows, *result.stocks) if row.klass == "redundant"}
    assert checked == {"dryer.sludge", "dryer.wet", "stock:dryer.bunker"}
    assert result.dof == 1
    ((step,),) = [chain.steps for chain in session.chains(PERIOD)]
    assert step.value == pytest.approx(79.6 / 280, abs=0.002)
    assert step.step.low < step.value < step.step.high
