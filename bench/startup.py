"""How long a command takes as a whole process, beside the least a Python could do."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PARKFLOW = str(Path(sys.executable).with_name("parkflow"))
EMPTY_TYPER = """
import typer
app = typer.Typer()
@app.command()
def main() -> None:
    "Do nothing."
app()
"""


#: As people run it: modules are compiled once and kept, whatever this shell says of bytecode.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}


def seconds(command: list[str]) -> float:
    """Wall time of one process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    return time.perf_counter() - start


def beside(name: str, command: list[str], floor_name: str, floor: list[str], goal: float) -> dict:
    """Median of interleaved runs of both, so that a noisy moment meets both alike."""
    pairs = [(seconds(command), seconds(floor)) for _ in range(9)]
    taken = statistics.median(pair[0] for pair in pairs)
    least = statistics.median(pair[1] for pair in pairs)
    return {
        "name": name,
        "seconds": taken,
        "floor_name": floor_name,
        "floor_seconds": least,
        "ratio": taken / least,
        "goal": goal,
    }


def run() -> list[dict]:
    """Rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        park = Path(folder) / "park"
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY_TYPER)
        subprocess.run(
            [PARKFLOW, "init", str(park), "--from", "two-facilities"],
            check=True,
            capture_output=True,
        )
        entry = [PARKFLOW, "log", "incineration.received", "1600", "--day"]
        days = iter(f"2025-03-{day:02d}" for day in range(1, 32))

        def log_once() -> float:
            return seconds([*entry, next(days), "--park", str(park)])

        year = Path(folder) / "year"
        subprocess.run([PARKFLOW, "demo", str(year)], check=True, capture_output=True)
        imports = [sys.executable, "-c", "import sqlmodel, pint"]
        log_once()
        pairs = [(log_once(), seconds(imports)) for _ in range(9)]
        taken = statistics.median(pair[0] for pair in pairs)
        least = statistics.median(pair[1] for pair in pairs)
        return [
            beside(
                "`parkflow --help`", [PARKFLOW, "--help"],
                "an empty Typer command's --help", [sys.executable, str(empty), "--help"], 2.0,
            ),
            {
                "name": "`parkflow log`, whole process",
                "seconds": taken,
                "floor_name": "Python that imports sqlmodel and pint",
                "floor_seconds": least,
                "ratio": taken / least,
                "goal": 1.5,
            },
            beside(
                "`parkflow balance --json` of a month, whole process",
                [PARKFLOW, "balance", "--period", "2025-03", "--json", "--park", str(year)],
                "Python that imports sqlmodel, pint, networkx and numpy",
                [sys.executable, "-c", "import sqlmodel, pint, networkx, numpy"],
                1.3,
            ),
        ]  # fmt: skip
