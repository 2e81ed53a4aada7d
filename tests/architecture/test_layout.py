"""The shape of the house: import rule, heavy modules, packaging."""

import json
import subprocess
import sys
from pathlib import Path

import grimp
import networkx as nx
import pytest

from tui.cli import PANELS
from tui.face import COMMANDS

ROOT = Path(__file__).parents[2]
PACKAGES = ("flows", "facilities", "reports", "tui")


def test_the_import_rule_holds():
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout


def test_no_modules_import_each_other_in_a_circle_not_even_late():
    """Imports inside functions count; those for types alone do not exist at run time."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    imports = nx.DiGraph(
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    )
    circles = [circle for circle in nx.strongly_connected_components(imports) if len(circle) > 1]
    assert not circles


def test_sqlmodel_is_named_only_in_the_store_and_plotly_only_in_reports():
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            text, place = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
            for library, home in (
                ("sqlmodel", "flows/store/"),
                ("sqlalchemy", "flows/store/"),
                ("plotly", "reports/"),
                ("textual", "tui/"),
            ):
                imported = f"import {library}" in text or f"from {library}" in text
                assert not imported or place.startswith(home), (place, library)


def test_no_init_file_under_tests():
    assert not list((ROOT / "tests").rglob("__init__.py"))


#: One table of sentences and one of terms; two would only have to be searched.
TABLES = {"reports/sentences.py", "reports/terms.py"}


def test_no_module_has_outgrown_its_room():
    long = {
        path.relative_to(ROOT).as_posix(): count
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if (count := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert not set(long) - TABLES


def test_every_module_says_its_purpose_in_one_sentence():
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            first = path.read_text("utf-8").splitlines()[0]
            assert first.removeprefix("r").startswith('"""'), path
            assert first.rstrip('"').endswith("."), path


HEAVY = (
    "sqlmodel", "sqlalchemy", "alembic", "pint", "numpy", "networkx", "plotly", "textual",
    "xlsxwriter", "openpyxl", "flows.store.workbook",
    "scipy.linalg", "scipy.sparse", "scipy.special",  # pint asks whether there is a scipy at all
)  # fmt: skip

PROBE = """
import json, sys
from tui.cli import app
try:
    app({arguments!r}, standalone_mode=False)
except SystemExit:
    pass
except Exception as error:
    print("failed:", repr(error), file=sys.stderr)
    raise
heavy = [name for name in {heavy!r} if name in sys.modules]
print("HEAVY" + json.dumps(heavy))
"""


def heavy_modules_of(arguments: list[str], folder: Path) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments, heavy=HEAVY)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("HEAVY")]
    return set(json.loads(line.removeprefix("HEAVY")))


@pytest.fixture(scope="module")
def park(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("heavy") / "park"
    run = subprocess.run(
        [Path(sys.executable).with_name("parkflow"), "init", folder, "--from", "two-facilities"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return folder


SCIPY = {"scipy.linalg", "scipy.sparse", "scipy.special"}
ENTRY = {"sqlmodel", "sqlalchemy", "pint", "numpy"}


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["balance", "--help"], set()),
        (["log", "incineration.received", "1600", "--day", "2025-03-01"], ENTRY),
        (["sheet", "--day", "2025-03-01"], ENTRY),
        (["template", "--period", "2025-03"], ENTRY | {"xlsxwriter", "flows.store.workbook"}),
        (["audit"], ENTRY),
        (["balance", "--period", "2025-03"], ENTRY),
        (["reconcile", "--period", "2025-03"], ENTRY | {*SCIPY, "networkx"}),
        (["chain", "--period", "2025-03"], ENTRY | {*SCIPY, "networkx"}),
        (["report", "--period", "2025-03"], ENTRY | {*SCIPY, "networkx", "plotly"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_loads_only_the_heavy_modules_it_needs(park, arguments, allowed):
    assert heavy_modules_of(arguments, park) <= allowed


def test_every_command_stands_in_the_help_page_and_shows_an_example():
    program = Path(sys.executable).with_name("parkflow")

    def told(*words: str) -> str:
        run = subprocess.run([program, *words], capture_output=True, text=True, check=True)
        return run.stdout

    assert {name for names in PANELS.values() for name in names} == set(COMMANDS)
    page = told("--help")
    for name in COMMANDS:
        assert name in page
        assert "Example: parkflow " + name in " ".join(told(name, "--help").split())
