"""The page about the park file says what the program reads."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from facilities.kinds import KINDS
from facilities.parkfile import load

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "park.md"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def test_the_example_on_the_page_loads_and_changes_with_time(page, tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "park.toml"
    path.write_text(example, encoding="utf-8")
    park = load(path)
    assert park.findings == ()
    assert park.calendar.day_start == 8
    flow = park.network(date(2025, 2, 28)).flow["water.inflow-landfill"]
    assert flow.device == "meter-inflow"
    flow = park.network(date(2025, 3, 1)).flow["water.inflow-landfill"]
    assert flow.device == "meter-inflow-2"
    (plant,) = park.facilities
    assert plant.parameters(date(2025, 7, 1))["sludge-share"].value == 0.05
    assert plant.parameters(date(2025, 11, 1))["sludge-share"].value == 0.04
    assert plant.parameters(date(2025, 7, 1))["power"].source == "energy audit of 2024"


def ports_on(page):
    """(kind, port, direction) of the page's table of ports; an empty cell means the kind above."""
    found, last = set(), ""
    for line in page[page.index("| kind | port |") :].splitlines()[2:]:
        if not line.startswith("|"):
            break
        kind, port, direction = [cell.strip() for cell in line.split("|")[1:4]]
        last = kind or last
        found.add((last, port, direction.partition(",")[0]))
    return found


def test_the_ports_on_the_page_are_those_of_the_kinds(page):
    assert ports_on(page) == {
        (kind.code, port.name, str(port.direction)) for kind in KINDS for port in kind.ports
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_flow_of_a_kind_is_on_the_page(page, kind):
    for flow in kind.inner:
        assert f"`{flow.name}`" in page
