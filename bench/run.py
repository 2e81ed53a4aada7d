"""Run every benchmark beside its floor, in one run, and write docs/benchmarks.md.

What stands there between `<!-- name:begin -->` and `<!-- name:end -->` is kept, for other programs
write it; those of `peers` and `terminal` are written anew.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BENCHMARKS = ("startup", "reconcile", "days", "ledger", "park", "terminal")
KEPT = re.compile(r"<!-- (\w+):begin -->.*?<!-- \1:end -->\n?", re.DOTALL)

HEAD = """# Benchmarks

Written by `make bench`. Each figure is a median, beside its floor or peer measured in the same
run; the ratio is what counts, the seconds are this machine's. A goal is a goal, not a test:
nothing here can fail a build.

Run of {day} on {cores} cores, Python {python}, numpy {numpy}, scipy {scipy}; {minutes:.0f} minutes.

| work | seconds | beside | seconds | ratio | goal |
|---|---:|---|---:|---:|---:|
"""


def main() -> None:
    """Measure, print and write down."""
    sys.path.insert(0, str(HERE))
    begin = time.perf_counter()
    lines = []
    for name in BENCHMARKS:
        for row in import_module(name).run():
            lines.append(
                f"| {row['name']} | {row['seconds']:.4f} | {row['floor_name']} "
                f"| {row['floor_seconds']:.4f} | {row['ratio']:.2f} | {within(row)} |"
            )
            print(lines[-1], flush=True)
    peers = import_module("peers").section()
    head = HEAD.format(
        day=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        numpy=version("numpy"),
        scipy=version("scipy"),
        minutes=(time.perf_counter() - begin) / 60.0,
    )
    # Read at the end: another program may have written its part meanwhile.
    kept = sections(PAGE.read_text(encoding="utf-8") if PAGE.exists() else "")
    if seen := import_module("terminal").section():
        kept["terminal"] = f"<!-- terminal:begin -->\n{seen}<!-- terminal:end -->\n"
    kept["peers"] = f"<!-- peers:begin -->\n{peers}<!-- peers:end -->\n"
    parts = [head + "\n".join(lines) + "\n", *(kept[name] for name in sorted(kept))]
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    print(f"written to {PAGE.name}")


def within(row: dict[str, Any]) -> str:
    """The goal of a row, a ratio or seconds, and whether it was missed."""
    if row["goal"] is not None:
        return f"{row['goal']:g}x" + ("" if row["ratio"] <= row["goal"] else " (missed)")
    if row.get("limit") is not None:
        return f"{row['limit']:g} s" + ("" if row["seconds"] <= row["limit"] else " (missed)")
    return ""


def sections(page: str) -> dict[str, str]:
    """What stands between markers, with them, by name."""
    return {found[1]: found[0].rstrip("\n") + "\n" for found in KEPT.finditer(page)}


if __name__ == "__main__":
    main()
