"""Starting a park: a new folder from a park file, and the demonstration."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import Finding, finding

if TYPE_CHECKING:
    from tui.face import Face

DEMO_MONTH = "2025-03"


@dataclass(frozen=True, slots=True)
class Started:
    """What `init` wrote."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What `demo` made."""

    report: Path
    period: str


def start_park(folder: Path, source: str) -> Started:
    """Make a park folder with `park.toml` and an empty ledger that knows it.

    Args:
        folder: Made if it is not there; must not hold a park yet.
        source: Name of a park that comes with parkflow, or a park file.

    Raises:
        Refused: If the park file is refused or the folder holds a park already.
    """
    from facilities.parkfile import BUILTIN, builtin, load
    from tui.session import LEDGER_FILE, PARK_FILE, Session

    given = Path(source)
    if source in BUILTIN:
        origin = builtin(source)
    elif given.is_file():
        origin = given
    else:
        known = ", ".join(sorted(BUILTIN))
        raise Refused(finding("park-unknown", source, what=source, known=known))
    for name in (PARK_FILE, LEDGER_FILE):
        if (folder / name).exists():
            raise Refused(finding("park-exists", str(folder), file=str(folder / name)))
    load(origin)
    files = [folder / PARK_FILE]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, files[0])
        for beside in sorted(origin.parent.glob(f"{origin.stem}-*.csv")):
            files.append(folder / beside.name)
            shutil.copyfile(beside, files[-1])
    except OSError as error:
        raise Refused(
            finding("file-unwritable", str(folder), file=str(folder), message=error.strerror or "")
        ) from None
    Session.create(folder)
    files.append(folder / LEDGER_FILE)
    return Started(tuple(files))


def make_demo(folder: Path, seed: int, face: Face) -> Demonstration:
    """The demonstration park with a synthetic month, imported, balanced and reported.

    Making it again with the same seed finds everything there and only reports anew.

    Raises:
        Refused: If the folder holds another park.
    """
    from facilities.demo import synthetic_log
    from flows.period import parse_period
    from tui.entering import import_file
    from tui.presenting import balance_table, reconcile_table
    from tui.reporting import PLANTED_FILE, write_report
    from tui.session import PARK_FILE, Session

    words = face.words
    if not (folder / PARK_FILE).exists():
        start_park(folder, "two-facilities")
    with Session.open(folder) as park:
        if not park.park.synthetic:
            raise Refused(finding("demo-elsewhere", str(folder), file=str(folder / PARK_FILE)))
        face.tell(words.text("demo-park", folder=str(folder)))
        text, planted = synthetic_log(park.park, parse_period(DEMO_MONTH), seed)
        readings = folder / f"synthetic-{DEMO_MONTH}-seed-{seed}.csv"
        readings.write_text(text, encoding="utf-8", newline="")
        faults = json.dumps(
            [
                asdict(fault) | {"visible_at": fault.visible_at, "reason": fault.reason}
                for fault in planted
            ],
            ensure_ascii=False,
            indent=2,
        )
        (folder / PLANTED_FILE).write_text(faults + "\n", encoding="utf-8")
        entry = import_file(park, readings, "parkflow demo")
        face.say(entry.findings)
        face.tell(words.text("demo-readings", rows=entry.rows, file=readings.name))
        month = park.month(DEMO_MONTH)
        if not face.as_json:
            rows, _ = park.balances(DEMO_MONTH)
            balance_table(face, rows, park.names_at(DEMO_MONTH))
            reconcile_table(face, month.result, park.names_at(DEMO_MONTH))
        report = folder / "report.html"
        written = write_report(park, DEMO_MONTH, report, face.lang)
        face.say(written.findings)
    return Demonstration(report, DEMO_MONTH)
