"""Opens the terminal application on a park folder, or says in words why it cannot."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import finding
from tui.settings import LANGUAGES, UserSettings, language, role, user_settings

if TYPE_CHECKING:
    from pathlib import Path


def open_app(
    *,
    park: Path,
    lang: str | None = None,
    by: str | None = None,
    day: str | None = None,
    readonly: bool = False,
) -> int:
    """Run the application until it is left.

    Args:
        park: Folder of the park.
        lang: Language, else that of variable, settings or locale.
        by: Name to enter readings under.
        day: Operating day to begin with.
        readonly: Look only.

    Returns:
        Exit code: 0, or 1 where it could not be opened.
    """
    # Textual otherwise asks the terminal for single keys of composed text, and a Chinese phrase
    # of five characters or more arrives as junk (seen on 8.2.8); read when it is first imported.
    os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    settings = UserSettings()
    lang = lang or os.environ.get("PARKFLOW_LANG")
    try:
        settings = user_settings()
        _check(lang)
        return _run(park, language(lang, settings), settings, by, day, readonly=readonly)
    except Refused as refused:
        from reports.words import Words
        from tui.presenting.tables import visible

        words = Words(language(lang, settings))
        for item in refused.findings:
            mark = words.term(f"severity-{item.severity}")
            print(visible(f"{mark}{words.term('place-end')}{words.say(item)}"), file=sys.stderr)
        if any(item.code == "park-missing" for item in refused.findings):
            print(words.term("app-begin"), file=sys.stderr)
        return 1


def _run(
    park: Path,
    lang: str,
    settings: UserSettings,
    by: str | None,
    day: str | None,
    *,
    readonly: bool,
) -> int:
    from flows.period import parse_day
    from tui.daysheet.drafts import drafts_folder
    from tui.daysheet.glance import glance
    from tui.logs import start_log

    seen = glance(park)
    start_log(verbose=False)
    from tui.app import ParkflowApp, Setup

    name = by or os.environ.get("PARKFLOW_BY") or settings.by
    app = ParkflowApp(
        Setup(
            folder=park,
            lang=lang,
            drafts=drafts_folder(),
            by=name,
            user=name or _user(),
            role=role(settings),
            readonly=readonly or bool(os.environ.get("PARKFLOW_READONLY")),
            day=parse_day(day) if day else None,
        ),
        seen,
    )
    app.run()
    return app.return_code or 0


def _check(lang: str | None) -> None:
    if lang and lang not in LANGUAGES:
        raise Refused(finding("key-unknown", "--lang", key=lang, names=", ".join(LANGUAGES)))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
