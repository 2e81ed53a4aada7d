"""An engineer at the whole park: layers, chains with their losses, names beside ids."""

import shutil
from datetime import date

import pytest

from facilities.parkfile import builtin, load
from facilities.simulate import simulate
from flows.kinds import KINDS

DAY = date(2025, 3, 1)
DRIVERS = (
    "furnace-1.received", "furnace-2.received", "catering.received", "kitchen.received",
    "materials.received", "landfill.collected", "landfill.leachate", "furnace-2.heat-to-district",
)  # fmt: skip


@pytest.fixture(scope="module")
def readings():
    """One day of the park as it is designed, every meter exact, levels the same at both ends."""
    park = load(builtin("chaoyang"))
    network = park.network(DAY, design=True)
    steady = simulate(network, {what: network.flow[what].typical for what in DRIVERS})
    lines = ["what,day,value,unit"]
    for flow in network.flows:
        if flow.device:
            amount = float(steady.of(flow.id)[0])
            lines.append(f"{flow.id},2025-03-01,{amount:.9g},{KINDS[flow.kind].units[0]}")
    for stock in network.stocks:
        unit = KINDS[stock.kind].units[0]
        lines += [f"{stock.id},{day},200,{unit}" for day in ("2025-02-28", "2025-03-01")]
    return "\n".join(lines) + "\n"


def started(folder, in_folder):
    """The whole park, with an empty ledger."""
    (folder / "home").mkdir(parents=True)
    program = in_folder(folder / "park", folder / "home")
    program.folder.mkdir()
    program("init", ".", "--from", "chaoyang")
    return program


@pytest.fixture(scope="module")
def park(tmp_path_factory, in_folder, readings):
    """The whole park with its one day; read it, do not write."""
    program = started(tmp_path_factory.mktemp("day") / "whole", in_folder)
    program("import", program.write("day.csv", readings))
    return program


def balance(program, *words):
    rows = program("balance", "--period", "2025-03-01", "--json", *words).json
    return {row["id"]: row for row in rows}


def test_a_day_of_the_park_is_open_nowhere_in_any_layer(park):
    for layer in ("mass", "energy", "carbon-fossil", "carbon-biogenic"):
        rows = balance(park, "--layer", layer)
        assert [name for name, row in rows.items() if row["closure"] == "open"] == []
        assert any(row["closure"] == "closed" for row in rows.values())


def test_a_furnace_is_balanced_by_heat_though_its_air_is_not_weighed(park):
    assert balance(park, "--layer", "mass")["furnace-1.furnace"]["closure"] == "untested"
    row = balance(park, "--layer", "energy")["furnace-1.furnace"]
    assert row["closure"] == "closed"
    assert row["in"]["value"] == pytest.approx(row["out"]["value"], rel=0.01)
    # most of the doubt is the heating value of the waste, some 10 %
    assert row["residual"]["sigma"] == pytest.approx(0.1 * row["in"]["value"], rel=0.15)


def test_a_measured_heating_value_stands_in_place_of_the_assumed_one(park, tmp_path, in_folder):
    shutil.copytree(park.folder, tmp_path / "park")
    park = in_folder(tmp_path / "park", park.home)
    before = balance(park, "--layer", "energy")["furnace-1.furnace"]
    park("log", "furnace-1.fed.lhv", "7900 kJ/kg", "--day", "2025-03-01")
    after = balance(park, "--layer", "energy")["furnace-1.furnace"]
    assert after["in"]["value"] > before["in"]["value"]


def test_without_a_layer_mass_and_energy_are_shown(park):
    rows = park("balance", "--period", "2025-03-01", "--json").json
    assert {row["layer"] for row in rows} == {"mass", "energy"}
    rows = park("balance", "--period", "2025-03-01", "--json", "--layer", "all").json
    assert {row["layer"] for row in rows} == {
        "mass", "energy", "carbon-fossil", "carbon-biogenic",
    }  # fmt: skip


def test_an_unknown_layer_is_named_with_those_that_there_are(park):
    ended = park("balance", "--period", "2025-03-01", "--layer", "carbn-fossil", check=False)
    assert ended.code == 1
    assert "carbon-fossil" in ended.err


def test_a_table_has_the_park_then_each_facility_before_its_processes(park):
    lines = park("balance", "--period", "2025-03-01", "--layer", "mass").out.splitlines()
    names = [line[1:40].rstrip() for line in lines if line.startswith(" ")]
    start = next(i for i, name in enumerate(names) if name.startswith("Chaoyang"))
    assert names[start + 1] == "Furnace plant 1"
    assert names[start + 2].startswith("  Furnace plant 1: receiving")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nine_chains_with_their_losses_in_both_languages(park, lang):
    out = park("chain", "--period", "2025-03-01", lang=lang).out
    titles = {
        "zh": ("垃圾-粗油脂-生物柴油", "垃圾-绿电", "垃圾-余热资源", "垃圾-再生建材",
               "垃圾-沼气发电或供气", "沼渣残渣焚烧协同处置", "焚烧炉渣协同建材", "沼气集中处理",
               "渗沥液-再生水"),
        "en": ("Waste to crude grease to biodiesel", "Waste to green power", "Waste to heat",
               "Waste to building materials", "Biogas to power or gas supply",
               "Digestate and residues to the furnaces", "Bottom ash to building materials",
               "Biogas collected from three sources", "Leachate to reclaimed water"),
    }  # fmt: skip
    places = [out.index(title) for title in titles[lang]]
    assert places == sorted(places)
    assert {"zh": "  - 餐饮厂分选残渣入炉", "en": "  - Catering: rejects to furnace 2"}[lang] in out


def test_a_loss_has_its_amount_and_share(park):
    steps = park("chain", "waste-to-biodiesel", "--period", "2025-03-01", "--json").json
    (loss,) = steps[0]["losses"]
    assert loss["flow"] == "catering.rejects"
    assert loss["unit"] == "t"
    assert loss["share"] == pytest.approx(0.14, rel=1e-3)
    assert loss["sigma"] > 0.0


def test_findings_say_names_beside_ids(park):
    out = park("findings", "--period", "2025-03-01", lang="zh").out
    assert "填埋气逸散量（landfill.fugitive）" in out
    assert out.count("landfill.fugitive") == 1


def test_doctor_names_a_step_whose_unit_does_not_fit(tmp_path, in_folder):
    chaoyang = started(tmp_path, in_folder)
    file = chaoyang.folder / "park.toml"
    file.write_text(file.read_text("utf-8").replace('unit = "kg/t"', 'unit = "kWh/t"', 1), "utf-8")
    ended = chaoyang("doctor", check=False)
    assert ended.code == 1
    assert "waste-to-biodiesel.biodiesel-per-received" in ended.out
