"""The nine chains of the park, each worked by hand from round readings."""

from datetime import date

import numpy as np
import pytest

from facilities.parkfile import builtin, load
from flows.chains import evaluate

PARK = load(builtin("chaoyang"))
NETWORK = PARK.network(date(2025, 3, 1))
FURNACES = ("furnace-1", "furnace-2")

#: Amounts of a month, canonical units: t, m3, Nm3, MWh, GJ. What both furnaces have is half each.
READ = {
    "catering.received": 10_000, "catering.rejects": 1_400, "catering.sorted": 8_600,
    "catering.crude-grease": 280, "catering.solids": 1_000,
    "catering.grease-to-esterification": 250, "catering.biodiesel": 230,
    "catering.glycerol": 20, "catering.grease-residue": 25,
    "catering.raw-biogas": 450_000, "catering.flare": 9_000, "catering.biogas": 440_000,
    "catering.cake": 600, "catering.liquor": 7_000,
    "kitchen.received": 8_000, "kitchen.screenings": 1_200, "kitchen.raw-biogas": 576_000,
    "kitchen.flare": 12_000, "kitchen.biogas": 560_000, "kitchen.cake": 1_200,
    "furnaces.received": 80_000, "furnaces.fed": 72_000, "furnaces.leachate": 14_400,
    "furnaces.bunker-vapour": 1_600, "furnaces.steam": 450_000, "furnaces.boiler-loss": 110_000,
    "furnaces.condenser-heat": 300_000, "furnaces.gross-power": 33_000,
    "furnaces.own-use": 5_940, "furnaces.export": 25_000, "furnaces.bottom-ash": 17_600,
    "furnace-2.heat-to-district": 40_000, "furnace-2.heat-to-catering": 1_000,
    "furnace-2.extraction-heat": 2_500,
    "furnace-1.power-to-leachate": 800,
    "landfill.gas": 1_000_000, "landfill.flare": 50_000, "landfill.leachate": 4_600,
    "biogas.gas-to-engines": 1_200_000, "biogas.gas-to-upgrading": 500_000,
    "biogas.gas-to-boilers": 100_000, "biogas.flare": 200_000, "biogas.gross-power": 2_400,
    "biogas.export": 2_000, "biogas.biomethane": 290_000, "biogas.offgas": 210_000,
    "biogas.heat-to-kitchen": 1_500, "biogas.heat-to-district": 8_100, "biogas.engine-loss": 4_000,
    "materials.received": 60_000, "materials.to-crushing": 50_000,
    "materials.aggregate-0-5": 8_000, "materials.aggregate-5-10": 5_000,
    "materials.aggregate-10-25": 6_000, "materials.aggregate-25-31": 4_000,
    "materials.rejects": 25_000, "materials.light": 1_500, "materials.metals": 500,
    "materials.aggregate-sold": 9_000, "materials.to-blending": 15_000,
    "materials.ash-aggregate": 15_400, "materials.materials": 34_352,
    "materials.ageing-evaporation": 1_200, "materials.ash-metals": 500,
    "materials.ash-rejects": 500,
    "leachate.feed": 26_000, "leachate.mbr-permeate": 24_440, "leachate.sludge": 1_040,
    "leachate.evaporation": 520, "leachate.nf-permeate": 20_774, "leachate.nf-concentrate": 3_666,
    "leachate.ro-permeate": 15_580.5, "leachate.ro-concentrate": 5_193.5,
    "leachate.reclaimed-to-quench-1": 2_000, "leachate.reclaimed-to-quench-2": 2_000,
    "leachate.reclaimed-to-wash-1": 400, "leachate.reclaimed-to-wash-2": 400,
    "leachate.reclaimed-to-kitchen": 2_200, "leachate.reclaimed-to-materials": 2_000,
    "leachate.reclaimed-to-dust": 1_000, "leachate.reclaimed-to-district": 5_600,
}  # fmt: skip

#: By chain: each step's yield, worked by hand.
YIELDS = {
    "waste-to-biodiesel": {
        "sorted-per-received": 0.86,  # 8600/10000
        "grease-per-received": 2.8,  # 280/10000
        "biodiesel-per-grease": 0.92,  # 230/250
        "biodiesel-per-received": 23.0,  # 230 t of 10 000 t
    },
    "waste-to-power": {
        "fed-per-received": 0.9,  # 72000/80000
        "steam-per-fed": 6.25,  # 450000/72000
        "power-per-steam": 73.333333,  # 33 000 MWh / 450 000 GJ, which is 26.4 %
        "gross-power-per-received": 412.5,  # 33 000 MWh / 80 000 t
        "own-use-share": 18.0,  # 5940/33000
        "export-per-received": 312.5,  # 25 000 MWh / 80 000 t
    },
    "waste-to-heat": {
        "heat-per-steam": 19.333333,  # (40 000 + 1000 + 2500)/225 000
        "engine-heat-per-gas": 8.0,  # 9600 GJ / 1.2 million Nm3
        "district-heat-per-received": 1.0,  # 40 000/40 000
    },
    "waste-to-materials": {
        "aggregate-per-crushed": 0.46,  # (8000 + 5000 + 6000 + 4000)/50000
        "sold-per-received": 0.15,  # 9000/60000
        "materials-per-aggregate": 1.13,  # 34352/(15000 + 15400)
    },
    "biogas-to-power-and-gas": {
        "biogas-per-kitchen-waste": 72.0,  # 576000/8000
        "biogas-per-catering-waste": 45.0,  # 450000/10000
        "gas-used": 90.0,  # 1.8 of 2.0 million
        "power-per-gas": 2.0,  # 2.4 GWh / 1.2 million
        "biomethane-per-gas": 58.0,  # 290/500
    },
    "residues-to-furnace": {
        "residues-per-organics": 0.2,  # (1400 + 1000 + 1200)/18000
        "cake-per-organics": 0.1,  # (600 + 1200)/18000
        "share-of-fed": 11.0277778,  # (3600 + 1800 + 1040 + 1500)/72000
    },
    "ash-to-materials": {
        "bottom-ash-per-received": 0.22,  # 17600/80000
        "aggregate-per-ash": 0.875,  # 15400/17600
        "ash-share-of-materials": 44.8300,  # 15400/34352
    },
    "biogas-centralized": {
        "landfill-share": 50.0,  # 1.0 of 2.0 million
        "catering-share": 22.0,
        "kitchen-share": 28.0,
        "power-per-collected": 1.0,  # 2 GWh / 2.0 million
    },
    "leachate-to-reclaimed-water": {
        "mbr-yield": 0.94,  # 24440/26000
        "nf-recovery": 0.85,  # 20774/24440
        "ro-recovery": 0.75,
        "power-per-inflow": 30.769231,  # 800 MWh / (14 400 + 7000 + 4600) m3
        "reclaimed-per-inflow": 0.6,  # 15 600/26 000
        "used-inside": 64.1025641,  # 10 000/15 600
    },
}


class Month:
    """The readings, each with a sigma of 1 % and independent of the others."""

    def value(self, flow):
        facility, _, name = flow.partition(".")
        if facility in FURNACES and f"furnaces.{name}" in READ:
            return READ[f"furnaces.{name}"] / 2
        return READ[flow]

    def covariance(self, flows):
        return np.diag([(0.01 * self.value(flow)) ** 2 for flow in flows])


def worked(chain):
    (found,) = [item for item in PARK.chains if item.id == chain]
    return evaluate(found, NETWORK, Month())


def test_there_are_five_chains_to_the_district_and_four_loops_inside():
    assert [item.id for item in PARK.chains] == list(YIELDS)
    assert len(YIELDS) == 9


@pytest.mark.parametrize("chain", YIELDS)
def test_a_chain_by_hand(chain):
    found = {item.step.id: item.value for item in worked(chain).steps}
    assert found == pytest.approx(YIELDS[chain], rel=1e-5)


@pytest.mark.parametrize("chain", YIELDS)
def test_a_plant_at_work_lies_within_the_usual_ranges(chain):
    assert worked(chain).findings == ()


def test_a_sigma_by_hand():
    # 23 kg/t of two readings of 1 %
    last = worked("waste-to-biodiesel").steps[-1]
    assert last.sigma == pytest.approx(23.0 * 0.01 * 2**0.5)


def test_losses_by_hand():
    step = worked("waste-to-materials").steps[0]
    lost = {item.flow: (item.value, item.share) for item in step.losses}
    assert lost["materials.rejects"] == (25_000, pytest.approx(0.5))
    assert lost["materials.light"] == (1_500, pytest.approx(0.03))


def test_each_chain_names_what_it_loses_or_is_a_share_of_what_it_takes():
    bare = [chain.id for chain in PARK.chains if not any(step.losses for step in chain.steps)]
    assert bare == ["residues-to-furnace"]  # all of it is burnt


def test_every_chain_and_step_is_named_in_both_languages():
    for chain in PARK.chains:
        for item in (chain, *chain.steps):
            assert item.names["zh"]
            assert item.names["en"]
