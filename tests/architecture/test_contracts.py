"""The import contracts speak of every module of the kernel: a new one cannot be forgotten."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "contracts"
]
KERNEL = {
    f"flows.{path.stem}"
    for path in (ROOT / "flows").iterdir()
    if path.stem not in {"__init__", "__pycache__", "store"} and path.suffix in {".py", ""}
}


@pytest.mark.parametrize(
    "name",
    [
        "the ledger's database library stays in flows.store",
        "the pure kernel does not know the store",
    ],
)
def test_every_module_of_the_kernel_stands_in_the_contract(name):
    (contract,) = (item for item in CONTRACTS if item["name"] == name)
    listed = {item for item in contract["source_modules"] if item.startswith("flows.")}
    assert listed == KERNEL
