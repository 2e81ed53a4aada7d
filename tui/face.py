"""What every command shares: its common options, how it speaks, and how it ends."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from flows.errors import LedgerError, Refused
from flows.findings import Finding, Severity, errors
from tui.presenting.tables import layout, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reports.words import Labels, Words
    from tui.session import Session

log = logging.getLogger("parkflow")

ParkFolder = Annotated[
    Path,
    typer.Option(
        "--park",
        envvar="PARKFLOW_PARK",
        help="Folder of the park.",
        show_default="here",
        readable=False,  # a folder without rights is refused in the user's language, as JSON too
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs to read.")]
Language = Annotated[
    str | None,
    typer.Option("--lang", envvar="PARKFLOW_LANG", metavar="zh|en", help="Language to speak."),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step on stderr.")]
Strict = Annotated[bool, typer.Option("--strict", help="End with 1 if there is an error finding.")]

_SHARED: dict[str, tuple[Any, Any]] = {
    "park": (ParkFolder, Path()),
    "as_json": (AsJson, False),
    "lang": (Language, None),
    "verbose": (Verbose, False),
    "strict": (Strict, False),
}


#: Columns of a table where stdout is no terminal.
WIDE = 200

#: Parameters that hold what somebody wrote, and how much of it is shown.
_WRITTEN = frozenset({"text", "unit", "what", "key", "id", "ticket", "value", "by", "source"})
_SHOWN = 100


def shortened(item: Finding) -> Finding:
    """The same, without the length of what was pasted into a field by mistake."""

    def short(text: object) -> Any:
        if not isinstance(text, str) or len(text) <= _SHOWN:
            return text
        return f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 4 :]}"

    params = {key: short(value) if key in _WRITTEN else value for key, value in item.params.items()}
    # a place that a parameter repeats is not shown twice, as long as it stays the same
    where = item.where if item.where in params.values() else short(item.where)
    return replace(item, where=where, column=short(item.column), params=params)


def said(words: Words, item: Finding, labels: Labels | None = None) -> str:
    """A finding on a line: how much it matters, then its sentence with the names of ids."""
    mark = words.term(f"severity-{item.severity}")
    return visible(f"{mark}{words.term('place-end')}{words.say(shortened(item), labels)}")


def print_json(value: object) -> None:
    """JSON on stdout, in plain ASCII where stdout cannot take Chinese."""
    plain = "utf" not in (getattr(sys.stdout, "encoding", "") or "").lower()
    text = json.dumps(value, ensure_ascii=plain, indent=2, allow_nan=False)
    print(text.encode("utf-8", "replace").decode())


class Face:
    """One run of one command: the language it speaks and where its words go.

    stdout carries data, stderr carries narration. Findings go to stderr, or into the JSON.

    Attributes:
        labels: Names by id, of what a finding may point at.
    """

    def __init__(
        self, *, park: Path, as_json: bool, lang: str | None, verbose: bool, strict: bool
    ) -> None:
        from tui.logs import start_log
        from tui.settings import LANGUAGES, language, user_settings

        if lang is not None and lang not in LANGUAGES:
            choices = ", ".join(LANGUAGES)
            raise typer.BadParameter(f"{lang!r} is none of {choices}.", param_hint="--lang")
        start_log(verbose=verbose)
        self.folder = park
        self.as_json = as_json
        self.strict = strict
        self.settings = user_settings()
        self.lang = language(lang, self.settings)
        self.said: list[Finding] = []
        self.labels: Labels = {}

    @classmethod
    def plain(cls, shared: Mapping[str, Any]) -> Self:
        """A face that can speak although the user's settings cannot be read."""
        from tui.settings import UserSettings, language

        face = cls.__new__(cls)
        face.folder, face.as_json, face.strict = shared["park"], shared["as_json"], False
        face.settings, face.said, face.labels = UserSettings(), [], {}
        face.lang = language(shared["lang"], face.settings)
        return face

    @functools.cached_property
    def words(self) -> Words:
        """The words of this run's language."""
        from reports.words import Words

        return Words(self.lang)

    def open(self, *, readonly: bool = False, unguarded: bool = False) -> Session:
        """The park in the chosen folder.

        Raises:
            Refused: If there is none, or it cannot be read.
        """
        from tui.session import Session

        return Session.open(self.folder, readonly=readonly, unguarded=unguarded)

    def say(self, findings: Iterable[Finding]) -> None:
        """Tell findings to the person, or keep them for the JSON."""
        for item in findings:
            self.said.append(item)
            log.info("finding %s", item)
            if not self.as_json:
                print(said(self.words, item, self.labels), file=sys.stderr)

    def tell(self, text: str) -> None:
        """A line of narration."""
        if not self.as_json:
            print(visible(text), file=sys.stderr)

    def line(self, text: str) -> None:
        """A line of the result."""
        print(visible(text))

    def data(self, value: object) -> None:
        """The result as JSON on stdout; NaN is not JSON and would be a mistake of the program."""
        print_json(value)

    def findings_json(self, findings: Iterable[Finding] | None = None) -> list[dict[str, object]]:
        """Findings as the contract of docs/formats.md has them."""
        return [
            {
                "code": item.code,
                "severity": str(item.severity),
                "where": item.where,
                "file": item.file,
                "row": item.row,
                "column": item.column,
                "text": self.words.say(shortened(item), self.labels),
            }
            for item in (self.said if findings is None else findings)
        ]

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        title: str = "",
        right: Iterable[int] = (),
        wrap: int = 0,
        without: Sequence[Sequence[int]] = (),
    ) -> tuple[int, ...]:
        """A table on stdout; plain columns without colours where stdout is no terminal.

        Args:
            columns: Headers.
            rows: Cells as text.
            title: Line above.
            right: Columns of numbers.
            wrap: The column that breaks where there is no room.
            without: Columns to leave out where there is no room: the first set that helps.

        Returns:
            Indexes of the columns that were left out.
        """
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table

        numeric = set(right)
        lines = [[visible(cell) for cell in row] for row in rows]
        room = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
        fit = layout(columns, lines, room, wrap=wrap, without=without)
        table = Table(
            title=visible(title) or None,
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            padding=(0, fit.padding),
        )
        for index, width in zip(fit.kept, fit.widths, strict=True):
            table.add_column(
                columns[index],
                justify="right" if index in numeric else "left",
                width=width,
                overflow="fold",
            )
        for line in lines:
            table.add_row(*(line[index] for index in fit.kept))
        Console(highlight=False, markup=False, width=room).print(table)
        return tuple(index for index in range(len(columns)) if index not in fit.kept)


#: Commands by name; `tui.cli` puts them in order.
COMMANDS: dict[str, Callable[..., None]] = {}


def command(name: str) -> Callable[..., Callable[..., None]]:
    """Make a function `f(face, ...)` a command with the options that all commands share.

    Refusals are told and end with 1; error findings end with 1 under --strict.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(**values: Any) -> None:
            shared = {key: values.pop(key) for key in _SHARED}
            face: Face | None = None
            try:
                face = Face(**shared)
                log.info("%s %s in %s", name, values, face.folder)
                function(face, **values)
                log.info("%s ended", name)
            except Refused as refusal:
                _refuse(face, shared, refusal.findings)
            except LedgerError as error:
                _refuse(face, shared, (), str(error))
            if face is not None and face.strict and errors(face.said):
                raise typer.Exit(1)

        own = inspect.signature(function, eval_str=True)
        parameters = list(own.parameters.values())[1:]
        parameters += [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
            for key, (hint, default) in _SHARED.items()
        ]
        ordered = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters
        ]
        run.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]  # Typer reads it
        run.__annotations__ = {item.name: item.annotation for item in ordered}
        COMMANDS[name] = run
        return run

    return register


def _refuse(
    face: Face | None, shared: dict[str, Any], findings: Sequence[Finding], message: str = ""
) -> None:
    face = face or Face.plain(shared)
    if message:
        message = face.words.text("ledger-error", message=message)
    if face.as_json:
        every = [*face.said, *findings]
        face.data({"refused": True, "message": message, "findings": face.findings_json(every)})
    else:
        for item in findings:
            print(said(face.words, item, face.labels), file=sys.stderr)
        if message:
            mark = face.words.term(f"severity-{Severity.ERROR}")
            print(visible(f"{mark}{face.words.term('place-end')}{message}"), file=sys.stderr)
    log.info("refused: %s %s", "; ".join(map(str, findings)), message)
    raise typer.Exit(1)
