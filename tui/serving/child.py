"""The terminal application as a child of `parkflow serve`: one process for each browser window."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from flows.errors import Refused
from flows.period import parse_day

#: Seconds between two looks whether the server still lives, and those left to a last save.
_LOOK, _GRACE = 1.0, 10.0


def main(words: list[str]) -> int:
    """Run until the window is closed; the person comes in the environment, where `ps` shows none.

    Args:
        words: Folder of the park, language, operating day or "".
    """
    os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    folder, lang, day = words
    by = os.environ.get("PARKFLOW_BY", "")
    threading.Thread(target=_outlive_nobody, args=(os.getppid(),), daemon=True).start()
    from tui.daysheet.drafts import drafts_folder
    from tui.daysheet.glance import glance
    from tui.logs import start_log

    start_log(verbose=False)
    try:
        seen = glance(Path(folder))
        begin = parse_day(day) if day else None
    except Refused as refused:
        from reports.words import Words

        said = Words(lang)
        for item in refused.findings:
            print(said.say(item), file=sys.stderr)
        return 1
    from tui.app import ParkflowApp, Setup
    from tui.settings import ROLES

    app = ParkflowApp(
        Setup(
            folder=Path(folder),
            lang=lang,
            drafts=drafts_folder(),
            by=by,
            user=by,
            role=ROLES[0] if by else "",
            readonly=not by or bool(os.environ.get("PARKFLOW_READONLY")),
            day=begin,
        ),
        seen,
    )
    app.run()
    return app.return_code or 0


def _outlive_nobody(parent: int) -> None:
    """End with the server, however it ended: no window is left to show anything in."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
