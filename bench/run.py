"""Run every benchmark beside its floor, in one run, and write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BENCHMARKS = ("startup", "reconcile", "days", "ledger")

HEAD = """# Benchmarks

Written by `make bench`. Each figure is a median, beside its floor or peer measured in the same
run; the ratio is what counts, the seconds are this machine's. A goal is a goal, not a test:
nothing here can fail a build.

Run of {day} on {cores} cores, Python {python}, numpy {numpy}, scipy {scipy}.

| work | seconds | beside | seconds | ratio | goal |
|---|---:|---|---:|---:|---:|
"""


def main() -> None:
    """Measure, print and write down."""
    sys.path.insert(0, str(HERE))
    lines = []
    for name in BENCHMARKS:
        for row in import_module(name).run():
            goal = row["goal"]
            within = (
                "" if goal is None else f"{goal:g}x" + ("" if row["ratio"] <= goal else " (missed)")
            )
            lines.append(
                f"| {row['name']} | {row['seconds']:.4f} | {row['floor_name']} "
                f"| {row['floor_seconds']:.4f} | {row['ratio']:.2f} | {within} |"
            )
            print(lines[-1], flush=True)
    head = HEAD.format(
        day=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        numpy=version("numpy"),
        scipy=version("scipy"),
    )
    PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"written to {PAGE.name}")


if __name__ == "__main__":
    main()
