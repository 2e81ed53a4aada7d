"""One small park by hand: a bunker, a furnace and a leachate plant that gives water back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from facilities.parkfile import builtin, load
from flows.contents import contents
from flows.findings import finding
from flows.network import is_environment
from flows.units import KINDS
from reports.data import (
    BalanceRow,
    ChainRow,
    FlowRow,
    ImputedRow,
    PlantedFault,
    ProcessRow,
    ReportData,
    StepRow,
    StockRow,
    Verdict,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from flows.network import Flow

# 52 700 received + 310 wash water = 42 400 fed + 9 500 leachate + 800 vapor + 310 into the bunker;
# 42 400 + 950 = 11 900 ash + 1 400 fly ash + 30 050 flue gas;
# 9 500 = 6 080 + 310 + 950 + 160 + 2 000.
FLOWS = """
bunker.waste environment:district incineration.bunker 生活垃圾 waste 52700 52950 530 400
bunker.fed incineration.bunker incineration.furnace 入炉垃圾 fed 42400 41900 840 350
bunker.leachate incineration.bunker leachate.plant 渗沥液 leachate 9500 9440 190 120
bunker.vapor incineration.bunker environment:air 水汽 vapor 800 - - 610
furnace.ash incineration.furnace environment:builders 炉渣 bottom-ash 11900 11900 240 200
furnace.fly-ash incineration.furnace environment:landfill 飞灰 fly-ash 1400 1400 28 28
furnace.flue-gas incineration.furnace environment:air 烟气 flue-gas 30050 - - 420
leachate.reclaimed leachate.plant environment:cooling 再生水 reclaimed 6080 6110 60 55
leachate.wash leachate.plant incineration.bunker 冲洗水 wash 310 310 10 10
leachate.concentrate leachate.plant incineration.furnace 浓缩液 concentrate 950 960 30 28
leachate.sludge leachate.plant incineration.furnace 污泥 sludge None - - -
leachate.sewer leachate.plant environment:sewer 纳管水 to-sewer 2000 1990 40 38
"""


def _number(text: str) -> float | None:
    return None if text in {"-", "None"} else float(text)


def _flow(line: str) -> FlowRow:
    id_, source, target, zh, en, reconciled, measured, sigma, after = line.split()
    x, m, s = _number(reconciled), _number(measured), _number(sigma)
    return FlowRow(
        id_,
        source,
        target,
        "t",
        {"zh": zh, "en": en.replace("-", " ")},
        measured=m,
        sigma=s,
        reconciled=x,
        sigma_reconciled=_number(after),
        adjustment=None if x is None or m is None else x - m,
        normalized_adjustment=None if x is None or m is None or s is None else (x - m) / s,
        class_="unobservable" if x is None else ("observable" if m is None else "redundant"),
        suspect=id_ == "bunker.fed",
    )


def _power(id_: str, target: str, zh: str, en: str, kwh: float) -> FlowRow:
    return FlowRow(
        id_,
        "incineration.furnace",
        target,
        "kWh",
        {"zh": zh, "en": en},
        measured=kwh,
        sigma=0.005 * kwh,
        reconciled=kwh,
        sigma_reconciled=0.005 * kwh,
        adjustment=0.0,
        class_="nonredundant",
        layer="energy",
        factor=0.0036,
    )


@pytest.fixture
def park() -> ReportData:
    return ReportData(
        park_names={"zh": "朝阳循环经济产业园", "en": "Chaoyang circular-economy park"},
        period="2025-03",
        first="2025-03-01",
        last="2025-03-31",
        made_at="2025-04-02 09:00 +08:00",
        digest="3f9a5c0d2b1e4f6a8c7d9e0b1a2c3d4e5f60718293a4b5c6d7e8f90123456789@412",
        park_hash="b1946ac92492d2347c6235b4d2611184",
        version="0.1.0",
        synthetic=True,
        coverage=0.968,
        imputed=(
            ImputedRow("bunker.leachate", 0.968, 306.0, "t", {"zh": "渗沥液", "en": "leachate"}),
        ),
        verdict=Verdict(
            converged=True,
            feasible=True,
            suspect=True,
            chi2=9.73,
            dof=3,
            p_value=0.021,
            balance_residual=2e-15,
        ),
        facilities={
            "incineration": {"zh": "清洁焚烧中心", "en": "Clean incineration center"},
            "leachate": {"zh": "渗沥液处理厂", "en": "Leachate plant"},
        },
        processes=(
            ProcessRow("environment:district", {"zh": "朝阳区", "en": "District"}),
            ProcessRow(
                "incineration.bunker", {"zh": "垃圾池", "en": "Waste bunker"}, "incineration"
            ),
            ProcessRow("incineration.furnace", {"zh": "焚烧炉", "en": "Furnaces"}, "incineration"),
            ProcessRow(
                "leachate.plant", {"zh": "渗沥液处理", "en": "Leachate treatment"}, "leachate"
            ),
            ProcessRow("environment:air", {"zh": "大气", "en": "Air"}),
            ProcessRow("environment:builders", {"zh": "建材厂", "en": "Building materials"}),
            ProcessRow("environment:landfill", {"zh": "填埋场", "en": "Landfill"}),
            ProcessRow("environment:cooling", {"zh": "循环冷却水", "en": "Cooling water"}),
            ProcessRow("environment:sewer", {"zh": "市政管网", "en": "Sewer"}),
            ProcessRow("environment:grid", {"zh": "电网", "en": "Grid"}),
        ),
        flows=(
            *(_flow(line) for line in FLOWS.strip().splitlines()),
            _power("furnace.power", "environment:grid", "上网电量", "power to the grid", 13.2e6),
            _power("furnace.own", "leachate.plant", "厂用电", "power to leachate", 0.31e6),
        ),
        stocks=(
            StockRow(
                "incineration.bunker",
                "t",
                {"zh": "垃圾池库存", "en": "Bunker stock"},
                measured=350.0,
                sigma=150.0,
                reconciled=310.0,
                sigma_reconciled=140.0,
                adjustment=-40.0,
                normalized_adjustment=-0.27,
                class_="redundant",
            ),
        ),
        balances=(
            BalanceRow(
                "process",
                "incineration.bunker",
                "mass",
                "t",
                53260.0,
                None,
                350.0,
                None,
                None,
                "not-closed",
                {"zh": "垃圾池", "en": "Waste bunker"},
            ),
            BalanceRow(
                "process",
                "leachate.plant",
                "mass",
                "t",
                9440.0,
                9370.0,
                0.0,
                70.0,
                410.0,
                "closed",
                {"zh": "渗沥液处理", "en": "Leachate treatment"},
            ),
            BalanceRow(
                "facility",
                "incineration",
                "mass",
                "t",
                54220.0,
                22740.0,
                350.0,
                31130.0,
                1200.0,
                "open",
                {"zh": "清洁焚烧中心", "en": "Clean incineration center"},
            ),
        ),
        chains=(
            ChainRow(
                "waste-to-power",
                (
                    StepRow(
                        "power",
                        249.4,
                        2.6,
                        "kWh/t",
                        {"zh": "吨垃圾上网电量", "en": "net power per tonne"},
                        244.0,
                        306.0,
                        source="three plants",
                    ),
                    StepRow("ash", 0.2258, 0.004, "t/t", low=0.15, high=0.22, basis="measured"),
                ),
                {"zh": "垃圾-绿电", "en": "Waste to green power"},
            ),
        ),
        findings=(
            finding(
                "balance-open",
                "incineration",
                process="incineration",
                layer="mass",
                residual=31130.0,
                tolerance=1200.0,
                unit="t",
            ),
            finding("synthetic"),
            finding(
                "flow-unknown", what="bunker.wast", nearest="bunker.waste", file="a.csv", row=7
            ),
        ),
        planted=(
            PlantedFault(
                "bias",
                "bunker.leachate",
                "2025-03-05",
                "2025-03-14",
                "+8%",
                ("leachate.plant",),
                "metered-on-both-sides",
                found=True,
            ),
            PlantedFault(
                "swapped",
                "furnace.ash/furnace.fly-ash",
                "2025-03-25",
                "2025-03-25",
                reason="nothing-redundant",
            ),
        ),
    )


@pytest.fixture(scope="session")
def chaoyang() -> Callable[..., ReportData]:
    """The report of the whole park, from its park file."""
    return _chaoyang


def _chaoyang(
    amounts: dict[str, float] | None = None, wobble: random.Random | None = None
) -> ReportData:
    """A month in which every flow has its usual amount, or one of `amounts` (canonical units)."""
    park = load(builtin("chaoyang"))
    network = park.network(date(2025, 3, 15))
    carried = contents(network, "energy")
    amounts = amounts or {}

    def row(flow: Flow) -> FlowRow:
        factor = 1.0 if wobble is None else wobble.uniform(0.3, 2.0)
        usual = None if flow.typical is None else 31 * flow.typical * factor
        value = amounts.get(flow.id, usual)
        content = carried.get(flow.id)
        return FlowRow(
            flow.id,
            flow.source,
            flow.target,
            KINDS[flow.kind].unit,
            flow.names,
            measured=value if flow.device else None,
            reconciled=value,
            sigma_reconciled=None if value is None else 0.01 * value,
            layer=flow.layer,
            factor=flow.factor,
            good=flow.good,
            typical=flow.typical,
            carried=None if content is None else content.value,
            carried_sigma=None if content is None else content.sigma,
            carried_usual=None if content is None else content.value,
        )

    ends = {e for flow in network.flows for e in (flow.source, flow.target) if is_environment(e)}
    return ReportData(
        park_names=park.names,
        period="2025-03",
        first="2025-03-01",
        last="2025-03-31",
        made_at="2025-04-02 09:00",
        digest="d@1",
        park_hash="h",
        synthetic=True,
        facilities={item.id: item.names for item in park.facilities},
        goods={item.id: item.names for item in network.goods},
        processes=(
            *(ProcessRow(item.id, item.names, item.facility) for item in network.processes),
            *(ProcessRow(end, park.environment.get(end, {})) for end in sorted(ends)),
        ),
        flows=tuple(map(row, network.flows)),
    )
