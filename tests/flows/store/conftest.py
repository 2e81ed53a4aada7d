"""A ledger with a park file in force, a clock that ticks, and short ways to write entries."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from flows.network import Device, Flow, FlowNetwork, Good, Process, Spread, Stock
from flows.period import Calendar
from flows.records import Observation
from flows.resolve import NetworkResolver
from flows.store.events import Draft
from flows.store.exchange import Sender
from flows.store.repository import Ledger

DAY_ONE = date(2025, 3, 1)
CALENDAR = Calendar("Asia/Shanghai")
PARK = 'name = "test park"\n'


@pytest.fixture
def clock():
    """Microseconds, one second later at each look; from 2025-04-02 08:00 UTC."""
    ticks = itertools.count(1_743_580_800_000_000, 1_000_000)
    return lambda: next(ticks)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "park.db"


@pytest.fixture
def ledger(path, clock):
    with Ledger.create(path, clock=clock) as made:
        made.append_park(PARK, authenticated="root")
        yield made


@pytest.fixture
def park_hash(ledger):
    return ledger.park_in_force().park_hash


@pytest.fixture
def amount():
    """`amount("in", 3, 12.5)`: 12.5 t of the flow `in` on the third day of March 2025."""

    def make(what="in", day=1, value=10.0, **fields):
        of_day = date(2025, 3, day)
        span = CALENDAR.span(of_day)
        kept = {"kind": "mass", "typed": f"{value}", "typed_unit": "t"} | fields
        return Observation(
            what, day=of_day.toordinal(), start=span.start, end=span.end, value=value, **kept
        )

    return make


@pytest.fixture
def send(ledger, park_hash):
    """Append observations as one submission, or as a correction where a reason is given."""

    def append(*observations, reason="", check=None):
        kind = "correction" if reason else "submission"
        draft = Draft(kind, "root", park_hash, observations, reason=reason)
        return ledger.append(draft, check=check)

    return append


@pytest.fixture
def network():
    return FlowNetwork(
        processes=(Process("plant", facility="kitchen"),),
        goods=(Good("waste"), Good("gas", kind="gas"), Good("water", "volume", density=1.0)),
        flows=(
            Flow(
                "in",
                "environment",
                "plant",
                "waste",
                names={"zh": "进厂垃圾"},
                maximum=1000.0,
                typical=300.0,
                device="scale",
                facility="kitchen",
            ),
            Flow("ash", "plant", "environment", "waste", unit="kg"),
            Flow("water", "plant", "environment", "water", kind="volume"),
            Flow("biogas", "plant", "environment", "gas", kind="gas", device="gas-meter"),
            Flow(
                "power",
                "plant",
                "environment:grid",
                kind="electricity",
                device="meter",
                maximum=1000.0,
            ),
        ),
        devices=(
            Device("scale", names={"zh": "地磅"}, sigma=Spread(relative=0.01), resolution=0.02),
            Device("belt", sigma=Spread(relative=0.02)),
            Device("gas-meter", gas_state="20C"),
            Device("meter", multiplier=2.0, rollover=10_000.0),
        ),
        stocks=(Stock("plant", maximum=500.0),),
    )


@pytest.fixture
def resolver(network):
    return NetworkResolver(
        network, aliases={"垃圾进厂量": "in", "发电量": "power"}, contexts={"population": "number"}
    )


@pytest.fixture
def calendar():
    return CALENDAR


@pytest.fixture
def sender(park_hash):
    return Sender("root", park_hash, claimed="wang")
