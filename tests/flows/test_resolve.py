"""Names in a row: what they mean on a day, and what is said of those nobody knows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flows.errors import Refused
from flows.network import Device, Flow, FlowNetwork, Good, Process, Stock, Validity
from flows.resolve import PROPERTIES, NetworkResolver, Sort, meant
from flows.units import KINDS

DAY = date(2025, 3, 1)
CHANGE = date(2025, 6, 1)

NETWORK = FlowNetwork(
    processes=(Process("kitchen.digester", facility="kitchen"),),
    goods=(Good("leachate", "volume", density=1.01), Good("biogas", "gas")),
    flows=(
        Flow(
            "kitchen.leachate",
            "kitchen.digester",
            "environment",
            "leachate",
            "volume",
            names={"zh": "渗沥液", "en": "leachate"},
            unit="m3",
            typical=20.0,
            maximum=50.0,
            device="old-meter",
            facility="kitchen",
            validity=Validity(None, CHANGE),
        ),
        Flow(
            "kitchen.leachate",
            "kitchen.digester",
            "environment",
            "leachate",
            "volume",
            names={"zh": "渗沥液", "en": "leachate"},
            maximum=80.0,
            device="new-meter",
            facility="kitchen",
            validity=Validity(CHANGE, date(2026, 1, 1)),
        ),
        Flow("kitchen.biogas", "kitchen.digester", "environment", "biogas", "gas"),
        Flow("grid", "environment", "kitchen.digester", kind="electricity", minimum=-9.0),
        Flow("a", "environment", "kitchen.digester", names={"zh": "水"}),
        Flow("b", "environment", "kitchen.digester", names={"zh": "水"}),
    ),
    devices=(
        Device("old-meter", names={"zh": "流量计"}, validity=Validity(None, CHANGE)),
        Device("new-meter", validity=Validity(CHANGE, None)),
    ),
    stocks=(Stock("kitchen.digester", kind="volume", maximum=4000.0),),
)


@pytest.fixture
def resolver():
    return NetworkResolver(
        NETWORK,
        aliases={"渗滤液量": "kitchen.leachate", "1号表": "old-meter", "ghost": "nowhere"},
        properties={"kpi": "share"},
        contexts={"waste-of-the-district": "mass"},
    )


def refusal(call):
    with pytest.raises(Refused) as refused:
        call()
    (found,) = refused.value.findings
    return found


@pytest.mark.parametrize("name", ["kitchen.leachate", " 渗沥液 ", "leachate", "渗滤液量"])
def test_a_flow_is_known_by_its_id_its_labels_and_its_aliases(resolver, name):
    target = resolver.resolve(name, DAY)
    assert (target.what, target.sort, target.kind) == ("kitchen.leachate", Sort.FLOW, "volume")
    assert (target.unit, target.density, target.facility) == ("m3", 1.01, "kitchen")
    assert (target.typical, target.maximum) == (20.0, 50.0)
    assert resolver.canonical(name) == "kitchen.leachate"


def test_the_definition_of_the_day_holds(resolver):
    before = resolver.resolve("kitchen.leachate", date(2025, 5, 31))
    after = resolver.resolve("kitchen.leachate", CHANGE)
    assert (before.device.id, before.maximum) == ("old-meter", 50.0)
    assert (after.device.id, after.maximum) == ("new-meter", 80.0)
    found = refusal(lambda: resolver.resolve("kitchen.leachate", date(2026, 1, 1)))
    assert (found.code, found.params["day"]) == ("validity-outside", "2026-01-01")


def test_a_label_that_two_flows_share_stands_for_neither(resolver):
    assert resolver.canonical("水") is None
    assert refusal(lambda: resolver.resolve("水", DAY)).code == "flow-unknown"


def test_an_alias_of_nothing_stands_for_nothing(resolver):
    assert resolver.canonical("ghost") is None


def test_a_stock_belongs_to_the_facility_of_its_process(resolver):
    target = resolver.resolve("stock:kitchen.digester", DAY)
    assert (target.sort, target.kind, target.facility) == (Sort.STOCK, "volume", "kitchen")
    assert (target.instant, target.maximum) == (True, 4000.0)


@pytest.mark.parametrize(
    ("name", "what", "kind"),
    [
        ("kitchen.biogas.ch4", "kitchen.biogas.ch4", "share"),
        ("kitchen.biogas.lhv", "kitchen.biogas.lhv", "lhv-gas"),
        ("kitchen.leachate.COD", "kitchen.leachate.cod", "concentration"),
        ("渗沥液.nh3-n", "kitchen.leachate.nh3-n", "concentration"),
        ("kitchen.leachate.kpi", "kitchen.leachate.kpi", "share"),
        ("a.lhv", "a.lhv", "lhv"),
    ],
)
def test_a_property_is_of_a_flow_and_its_name_says_its_kind(resolver, name, what, kind):
    target = resolver.resolve(name, DAY)
    assert (target.what, target.kind, target.sort) == (what, kind, Sort.PROPERTY)
    assert target.instant


def test_a_context_figure_is_known_by_the_name_the_park_gave_it(resolver):
    target = resolver.resolve("context:waste-of-the-district", DAY)
    assert (target.kind, target.sort, target.instant) == ("mass", Sort.CONTEXT, False)


def test_only_a_flow_that_may_turn_takes_a_value_below_zero(resolver):
    assert resolver.resolve("grid", DAY).signed
    assert not resolver.resolve("a", DAY).signed


@pytest.mark.parametrize(
    ("name", "code", "nearest"),
    [
        ("kitchen.leechate", "flow-unknown", "kitchen.leachate"),
        ("qqqq", "flow-unknown", ""),
        ("stock:kitchen.digestor", "stock-unknown", "stock:kitchen.digester"),
        ("kitchen.biogas.ch", "property-unknown", "kitchen.biogas.ch4"),
        ("context:waste", "context-unknown", "context:waste-of-the-district"),
    ],
)
def test_a_name_that_nobody_knows_is_given_its_nearest(resolver, name, code, nearest):
    found = refusal(lambda: resolver.resolve(name, DAY))
    assert (found.code, found.where, found.params["nearest"]) == (code, name, nearest)


@pytest.mark.parametrize("name", ["old-meter", "流量计", "1号表"])
def test_a_device_is_known_by_its_id_its_labels_and_its_aliases(resolver, name):
    assert resolver.device(name, DAY).id == "old-meter"


def test_a_device_holds_only_on_its_days(resolver):
    assert refusal(lambda: resolver.device("old-meter", CHANGE)).code == "validity-outside"
    found = refusal(lambda: resolver.device("new-metre", DAY))
    assert (found.code, found.params["nearest"]) == ("device-unknown", "new-meter")


def test_every_property_is_of_a_kind_that_there_is():
    assert {kind for kinds in PROPERTIES.values() for kind in kinds} <= KINDS.keys()


def test_the_opening_register_of_a_new_meter_is_read_at_the_end_of_the_eve(resolver):
    eve = CHANGE - timedelta(days=1)
    names = ("kitchen.leachate", "new-meter")
    assert refusal(lambda: meant(resolver, names, eve, register=False)).code == "validity-outside"
    _, device = meant(resolver, names, eve, register=True)
    assert device.id == "new-meter"
    two_before = CHANGE - timedelta(days=2)
    found = refusal(lambda: meant(resolver, names, two_before, register=True))
    assert (found.code, found.params["day"]) == ("validity-outside", two_before.isoformat())
