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


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_port_and_flow_of_a_kind_is_on_the_page(page, kind):
    for port in kind.ports:
        assert re.search(rf"\| {port.name} \| {port.direction}", page), port.name
    for flow in kind.inner:
        assert f"`{flow.name}`" in page
