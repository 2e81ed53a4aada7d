"""What every command shares: its common options, how it speaks, and how it ends."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.errors import LedgerError, Refused
from flows.findings import Finding, Severity, errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reports.words import Words
    from tui.session import Session

log = logging.getLogger("parkflow")

ParkFolder = Annotated[
    Path,
    typer.Option("--park", envvar="PARKFLOW_PARK", help="Folder of the park.", show_default="here"),
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


class Face:
    """One run of one command: the language it speaks and where its words go.

    stdout carries data, stderr carries narration. Findings go to stderr, or into the JSON.
    """

    def __init__(
        self, *, park: Path, as_json: bool, lang: str | None, verbose: bool, strict: bool
    ) -> None:
        from tui.logs import start_log
        from tui.settings import LANGUAGES, language, user_settings

        if lang is not None and lang not in LANGUAGES:
            raise typer.BadParameter(f"{lang!r}; choose from {', '.join(LANGUAGES)}.")
        start_log(verbose=verbose)
        self.folder = park
        self.as_json = as_json
        self.strict = strict
        self.settings = user_settings()
        self.lang = language(lang, self.settings)
        self.said: list[Finding] = []

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
                mark = self.words.term(f"severity-{item.severity}")
                print(f"{mark}: {self.words.say(item)}", file=sys.stderr)

    def tell(self, text: str) -> None:
        """A line of narration."""
        if not self.as_json:
            print(text, file=sys.stderr)

    def data(self, value: object) -> None:
        """The result as JSON on stdout; NaN is not JSON and would be a mistake of the program."""
        print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))

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
                "text": self.words.say(item),
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
    ) -> None:
        """A table on stdout; plain columns without colours where stdout is no terminal."""
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table

        numeric = set(right)
        table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for index, column in enumerate(columns):
            table.add_column(
                column,
                justify="right" if index in numeric else "left",
                no_wrap=index in numeric,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*row)
        width = None if sys.stdout.isatty() else 200
        Console(highlight=False, markup=False, width=width).print(table)


#: Commands by name, in the order in which their modules are loaded.
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
                function(face, **values)
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
    from reports.words import Words

    as_json = face.as_json if face else bool(shared["as_json"])
    words = face.words if face else Words("en")
    said = [*(face.said if face else []), *findings]
    if as_json and face is not None:
        face.data({"refused": True, "message": message, "findings": face.findings_json(said)})
    else:
        for item in findings:
            print(f"{words.term(f'severity-{item.severity}')}: {words.say(item)}", file=sys.stderr)
        if message:
            print(f"{words.term(f'severity-{Severity.ERROR}')}: {message}", file=sys.stderr)
    log.info("refused: %s %s", "; ".join(map(str, findings)), message)
    raise typer.Exit(1)
