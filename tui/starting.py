"""Starting a park: a new folder from a park file, and the demonstration."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import Refused, system_problem
from flows.findings import Finding, finding
from flows.nearest import nearest

if TYPE_CHECKING:
    from facilities.demo import Synthetic
    from tui.face import Face

#: Year that the demonstration makes up, and the month that it shows.
DEMO_YEAR = "2025"
DEMO_MONTH = "2025-03"

#: No more doubts about the made-up readings are told while the demonstration is made.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Started:
    """What `init` wrote."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What `demo` made: the pages of a month and of the year."""

    report: Path
    period: str
    year_report: Path
    year: str


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
        near, known = nearest(source, BUILTIN), ", ".join(sorted(BUILTIN))
        raise Refused(finding("park-unknown", source, nearest=near, known=known))
    load(origin)
    made: list[Path] = []
    try:
        there = [name for name in (PARK_FILE, LEDGER_FILE) if (folder / name).exists()]
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unwritable", file=str(folder), **said)) from None
    if there:
        raise Refused(finding("park-exists", str(folder)))
    try:
        made += [path for path in (folder, *folder.parents) if not path.exists()][::-1]
        folder.mkdir(parents=True, exist_ok=True)
        beside = sorted(origin.parent.glob(f"{origin.stem}-*.csv"))
        copies = {folder / PARK_FILE: origin} | {folder / path.name: path for path in beside}
        made += [path for path in copies if not path.exists()]
        for path, original in copies.items():
            shutil.copyfile(original, path)
        ledger = folder / LEDGER_FILE
        made += [ledger, *(ledger.with_name(f"{LEDGER_FILE}-{end}") for end in ("wal", "shm"))]
        Session.create(folder)
    except OSError as error:
        _undo(made)
        said = system_problem(error)
        raise Refused(finding("file-unwritable", file=str(folder), **said)) from None
    except BaseException:
        _undo(made)
        raise
    return Started((*copies, ledger))


def _undo(made: list[Path]) -> None:
    """Take away what was made, the last first, so that it can be tried again."""
    for path in reversed(made):
        with contextlib.suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


def make_demo(folder: Path, source: str, seed: int | None, face: Face) -> Demonstration:
    """A demonstration park with a synthetic year, imported, balanced and reported.

    Making it again with the same seed finds everything there and only reports anew.

    Args:
        folder: Made if it is not there.
        source: Park that comes with parkflow and has a scenario.
        seed: Of the meters' noise; None is the scenario's own.
        face: Where it is told.

    Raises:
        Refused: If there is no such park, or the folder holds another one.
    """
    from facilities.demo import synthetic_log
    from facilities.parkfile import BUILTIN, load
    from facilities.scenariofile import beside, load_scenario
    from flows.period import parse_period
    from tui.entering import import_file
    from tui.presenting.results import balance_table, reconcile_table
    from tui.reporting.building import write_report
    from tui.session import PARK_FILE, Session

    words = face.words
    staged = [name for name, path in BUILTIN.items() if beside(path).is_file()]
    if source not in staged:
        near, known = nearest(source, staged), ", ".join(staged)
        raise Refused(finding("park-unknown", source, nearest=near, known=known))
    scenario = load_scenario(beside(BUILTIN[source]), load(BUILTIN[source]))
    seed = scenario.seed if seed is None else seed
    readings = folder / f"synthetic-{DEMO_YEAR}-seed-{seed}.csv"
    try:
        there, ours = (folder / PARK_FILE).exists(), readings.exists()
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unreadable", file=str(folder), **said)) from None
    if there and not ours:
        # a park that somebody works in, or the demonstration of another seed: a ledger that took
        # these readings in could never be rid of them
        raise Refused(finding("demo-elsewhere", str(folder)))
    if not there:
        start_park(folder, source)
    with Session.open(folder) as park:
        if not park.park.synthetic or park.park.id != scenario.park:
            raise Refused(finding("demo-elsewhere", str(folder)))
        face.tell(words.text("demo-park", folder=str(folder)))
        made = synthetic_log(park.park, scenario, parse_period(DEMO_YEAR), seed)
        _write_made(folder, readings, made)
        days, flows = len(made.truth.days), len(made.truth.flows)
        face.tell(words.text("demo-year", days=days, flows=flows, faults=len(made.planted)))
        entry = import_file(park, readings, "parkflow demo")
        face.say(_few(entry.findings))
        face.tell(words.text("demo-readings", rows=entry.rows, file=readings.name))
        month = park.month(DEMO_MONTH)
        if not face.as_json:
            rows, _ = park.balances(DEMO_MONTH)
            balance_table(face, rows, park.names_at(DEMO_MONTH), park.facility_of(DEMO_MONTH))
            reconcile_table(face, month.result, park.names_at(DEMO_MONTH))
        report, year_report = folder / "report.html", folder / f"report-{DEMO_YEAR}.html"
        for period, page in ((DEMO_MONTH, report), (DEMO_YEAR, year_report)):
            written = write_report(park, period, page, face.lang)
            face.tell(words.text("demo-report", period=period, file=page.name))
            if period == DEMO_MONTH:
                face.say(written.findings)
    return Demonstration(report, DEMO_MONTH, year_report, DEMO_YEAR)


def _few(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The first of many, and how many more there are."""
    if len(findings) <= _SHOWN:
        return findings
    *most, last = findings[_SHOWN:]
    more = int(str(last.params["count"])) if last.code == "findings-more" else 1
    return (*findings[:_SHOWN], finding("findings-more", count=len(most) + more))


def _write_made(folder: Path, readings: Path, made: Synthetic) -> None:
    """The readings, and beside them what was planted.

    Raises:
        Refused: `file-unwritable`.
    """
    from tui.reporting.building import PLANTED_FILE

    faults = json.dumps([asdict(item) for item in made.planted], ensure_ascii=False, indent=2)
    try:
        readings.write_text(made.text, encoding="utf-8", newline="")
        (folder / PLANTED_FILE).write_text(faults + "\n", encoding="utf-8")
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unwritable", file=str(folder), **said)) from None
