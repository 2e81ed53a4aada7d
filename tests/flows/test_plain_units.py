"""Units that need no registry mean exactly what they mean in it."""

import subprocess
import sys

import pytest

from flows import conversion
from flows.kinds import KINDS
from flows.lexicon import ATOMS, parse_unit
from flows.units import read_amount

MULTIPLIERS = ("", "万", "亿", "百万")


def every_conversion():
    """Of each spelling, by itself and multiplied, per day and per tonne, in each kind."""
    texts = [f"{many}{unit}{under}" for unit in ATOMS for many in MULTIPLIERS
             for under in ("", "/d", "/t")]  # fmt: skip
    found = {}
    for text in texts:
        parsed = parse_unit(text)
        for kind in KINDS.values() if parsed else ():
            said = conversion._convert(text, parsed, kind)
            found[text, kind.code] = said and (
                said.factor, said.per_time, said.needs, said.power, said.standard,
            )  # fmt: skip
    return found


def test_with_and_without_the_plain_factors_every_unit_converts_alike(monkeypatch):
    plain = every_conversion()
    monkeypatch.setattr(conversion, "plain_factor", lambda *_: None)
    assert every_conversion() == plain
    assert sum(said is not None for said in plain.values()) > 500


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1200 kWh", "electricity", 1.2),
        ("0.12万吨", "mass", 1200.0),
        ("3 t", "mass", 3.0),
        ("45 %", "share", 0.45),
    ],
)
def test_what_meters_mostly_count_in_loads_no_registry(text, kind, value):
    assert read_amount(text, kind=kind).value == value
    code = (
        "import sys; from flows.units import read_amount;"
        f"read_amount({text!r}, kind={kind!r}); print('pint' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False"]
