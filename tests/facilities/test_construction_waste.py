"""Construction waste and bottom ash become building materials: streams and rates by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities import construction_waste as cw
from facilities import tables
from facilities.equations import equations
from facilities.simulate import simulate
from flows.errors import Refused

DAY = date(2025, 3, 1)

CRUSHING = """
    [[facility]]
    id = "building"
    kind = "construction-waste"
    [facility.parameters]
    ash-line = 0
    [[link]]
    from = "environment:district"
    to = "building.received"
    [[link]]
    from = "building.light"
    to = "environment:disposal"
    [[link]]
    from = "environment:grid"
    to = "building.power"
"""
WITH_ASH = (
    CRUSHING.replace("ash-line = 0", "aggregate-per-ash = 0.8")
    + """
    [[link]]
    from = "environment:district"
    to = "building.bottom-ash-furnace"
    [[link]]
    from = "building.materials"
    to = "environment:market"
"""
)


def test_a_thousand_tonnes_crushed_by_hand(park):
    network = park(CRUSHING).network(DAY, design=True)
    run = simulate(network, {"building.received": 1000.0})

    def of(name):
        return float(run.of(f"building.{name}")[0])

    assert of("to-crushing") == 1000.0
    assert of("dust-water") == pytest.approx(20.0)
    # shares of the 1020 t that enter the line
    assert of("metals") == pytest.approx(10.2)
    assert of("light") == pytest.approx(30.6)
    assert of("rejects") == pytest.approx(510.0)
    grades = [of(f"aggregate-{size}") for size in ("0-5", "5-10", "10-25", "25-31")]
    assert grades == pytest.approx([173.4, 102.0, 122.4, 1020 - 10.2 - 30.6 - 510 - 397.8])
    assert of("aggregate") == pytest.approx(sum(grades))
    assert of("power") == pytest.approx(5.0)
    # what is sold of what came in, as it was seen at plants
    assert 0.40 <= cw.sold_rate(of("aggregate"), 1000.0) <= 0.50


def test_without_the_ash_line_there_is_nothing_to_blend(park):
    network = park(CRUSHING).network(DAY, design=True)
    gone = {"ageing", "ash-sorting", "blending"}
    assert not gone & {item.id.removeprefix("building.") for item in network.processes}
    names = {item.id for item in network.flows}
    assert not names & {"building.to-blending", "building.cement", "building.ash-metals"}
    assert {item.id for item in network.stocks} == {
        "stock:building.stockpile",
        "stock:building.product-yard",
    }


def test_a_link_of_ash_without_the_ash_line_is_refused(refused):
    link = '\n[[link]]\nfrom = "environment:district"\nto = "building.bottom-ash"\n'
    (found,) = refused(CRUSHING + link)
    assert (found.code, found.params["what"]) == ("port-unknown", "building.bottom-ash")


def test_a_day_with_bottom_ash_by_hand(park):
    network = park(WITH_ASH).network(DAY, design=True)
    run = simulate(network, {"building.received": 1000.0, "building.bottom-ash-furnace": 300.0})

    def of(name):
        return float(run.of(f"building.{name}")[0])

    # 300 t at 16 % water hold 252 t dry, which at 10 % are 280 t
    assert of("ageing-evaporation") == pytest.approx(20.0)
    assert of("aged-ash") == pytest.approx(280.0)
    assert of("ash-metals") == of("ash-rejects") == pytest.approx(8.4)
    assert of("ash-aggregate") == pytest.approx(263.2)
    assert of("to-blending") == pytest.approx(0.8 * 263.2)
    blended = 1.8 * 263.2
    assert of("cement") == pytest.approx(0.06 * blended)
    assert of("mix-water") == pytest.approx(0.07 * blended)
    assert of("materials") == pytest.approx(1.13 * blended)
    assert of("aggregate") == pytest.approx(469.2 - 0.8 * 263.2)
    assert of("power") == pytest.approx(5.0 + 0.006 * 280.0)
    assert cw.ash_share(of("ash-aggregate"), of("materials")) == pytest.approx(1 / 1.8 / 1.13)


def test_every_process_with_mass_closes_on_every_day(park):
    network = park(WITH_ASH).network(DAY, design=True)
    received = np.linspace(800.0, 2200.0, 15)
    drivers = {
        "building.received": received,
        "building.bottom-ash-furnace": 300.0,
        "stock:building.ageing": np.linspace(-50.0, 50.0, 15),
    }
    run = simulate(network, drivers)
    for process in network.processes:
        if process.closes == ():
            continue
        net = sum(
            run.of(item.id) * item.factor * sign
            for item in network.flows
            for sign in ((item.target == process.id) - (item.source == process.id),)
        )
        if f"stock:{process.id}" in run.ids:
            net = net - run.of(f"stock:{process.id}")
        assert np.abs(net) == pytest.approx(0.0, abs=1e-9), process.id
    assert {f"building.{name} mass" for name in ("crushing", "blending", "ageing")} <= set(
        equations(network).names
    )


def test_ash_that_comes_dry_gives_off_no_water(park):
    text = WITH_ASH.replace("aggregate-per-ash = 0.8", "ash-moisture = 0.10\naged-moisture = 0.12")
    network = park(text).network(DAY, design=True)
    run = simulate(network, {"building.received": 1000.0, "building.bottom-ash-furnace": 300.0})
    assert run.of("building.ageing-evaporation")[0] == 0.0


def test_the_plant_says_what_drives_it(park):
    with pytest.raises(Refused) as caught:
        simulate(park(WITH_ASH).network(DAY, design=True), {"building.received": 1000.0})
    (found,) = caught.value.findings
    assert "building.bottom-ash-furnace" in str(found.params["members"])


def test_what_can_be_converted_and_what_is_sold_are_two_rates():
    # 1000 t: 20 light, 30 to disposal; 450 sold, the other 500 t lie in the yard
    assert cw.convertible_share(1000.0, 20.0, 30.0) == pytest.approx(0.95)
    assert cw.sold_rate(450.0, 1000.0) == pytest.approx(0.45)
    # soil that goes to disposal is not converted
    assert cw.convertible_share(1000.0, 20.0, 30.0, 450.0) == pytest.approx(0.50)


def test_a_product_of_several_materials():
    assert cw.product([(1000.0, 0.17), (280.0, 0.94)]) == pytest.approx(170.0 + 263.2)
    assert cw.product([]) == 0.0


@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_ash_keeps_its_dry_matter_while_it_dries(before, after):
    aged = 1.0 - cw.drying_loss(before, after)
    assert aged * (1.0 - after) == pytest.approx(1.0 - before, rel=1e-12)


def test_recycled_aggregate_avoids_next_to_nothing_by_default():
    p = tables.parameters("construction-waste")
    natural, recycled = (
        (p[f"ef-{name}"].value, p[f"ef-{name}"].sigma) for name in ("natural", "recycled")
    )
    value, sigma = cw.avoided_emission(10_000.0, natural, recycled)
    assert value == pytest.approx(10.0)
    assert sigma == pytest.approx(10.0 * (2.0**2 + 1.6**2) ** 0.5)
    assert abs(value) < sigma
    # hauled 30 km less at 0.1 kg/(t km)
    assert cw.avoided_emission(1000.0, (5, 0), (4, 0), (3.0, 0.5)) == pytest.approx((4.0, 0.5))


def test_every_share_of_the_line_is_of_the_whole_and_leaves_some_for_the_coarse_grade():
    p = tables.parameters("construction-waste")
    shares = [
        p[f"{name}-share"].value
        for name in ("metals", "light", "rejects", "aggregate-0-5", "aggregate-5-10")
    ]
    assert 0.0 < 1.0 - sum(shares) - p["aggregate-10-25-share"].value < 0.2
