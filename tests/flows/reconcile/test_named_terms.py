"""Relations and correlations that speak of stocks and further readings, over one day and many."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

from flows.measured import Measured
from flows.network import Correlation, Flow, FlowNetwork, Process, Relation, Stock
from flows.reconcile import reconcile
from flows.reconcile.days.alone import reconcile_days

SPEC = importlib.util.spec_from_file_location("timed", Path(__file__).with_name("timed.py"))
timed = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(timed)
entry, level = timed.entry, timed.level


def silo(**more):
    flows = Flow("in", "environment", "silo"), Flow("out", "silo", "environment")
    return FlowNetwork(processes=(Process("silo"),), flows=flows, stocks=(Stock("silo"),), **more)


#: A tenth of what comes in stays.
TENTH = Relation("tenth", (("stock:silo", 1.0), ("in", -0.1)))


def test_a_tenth_stays_in_the_silo_in_one_period():
    answer = reconcile(silo(relations=(TENTH,)), [Measured("in", 30.0, 2.0)])
    assert answer.stocks[0].reconciled == pytest.approx(3.0)
    assert answer.flows[1].reconciled == pytest.approx(27.0)


def test_a_tenth_stays_in_the_silo_every_day():
    read = [level("silo", 0, 100.0, 1.0), entry("in", 1, 30.0, 2.0), entry("in", 2, 50.0, 2.0)]
    answer = timed.in_time(silo(relations=(TENTH,)), read, 2)
    assert answer.levels.reconciled[:, 0] == pytest.approx([100.0, 103.0, 108.0])
    assert answer.flows.reconciled[:, 1] == pytest.approx([27.0, 45.0])
    # the level of the eve and a tenth of each day's reading
    last = math.sqrt(1.0 + 2 * 0.2**2)
    assert answer.levels.sigma[-1, 0] == pytest.approx(last)


def test_a_level_and_a_scale_that_err_together_do_so_on_each_day():
    network = silo(correlations=(Correlation("in", "stock:silo", 0.5),))
    read = [level("silo", 0, 100.0, 0.0), entry("in", 1, 30.0, 3.0), level("silo", 1, 110.0, 4.0)]
    alone = reconcile(network, [Measured("in", 30.0, 3.0), Measured("stock:silo", 10.0, 4.0)])
    days = reconcile_days(network, timed.table_of(network, read, 1))
    assert alone.flows[1].sigma_reconciled == pytest.approx(math.sqrt(9 + 16 - 12))
    assert days.sigma[0, 1] == pytest.approx(math.sqrt(9 + 16 - 12))


def test_the_third_reading_has_a_name_of_its_own():
    read = [Measured("in", value, 1.0) for value in (10.0, 11.0, 12.0)]
    tied = reconcile(silo(correlations=(Correlation("in#2", "in#3", 0.999),)), read)
    # two readings that are one, and the first
    assert tied.flows[0].reconciled == pytest.approx((10.0 + 11.5) / 2, abs=1e-3)


def test_a_relation_of_what_is_not_there_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        reconcile(silo(relations=(Relation("x", (("stock:bunker", 1.0),)),)), [])
    carried = Relation("y", (("in.salt", 1.0),))  # of a layer that is not asked for
    assert reconcile(silo(relations=(carried,)), [Measured("in", 1.0, 1.0)]).relations == ()
