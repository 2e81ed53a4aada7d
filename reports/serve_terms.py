"""The English words of `parkflow serve` and of its page, by code; part of `reports.terms`."""

from __future__ import annotations

#: What the command tells, and what a browser shows around the terminal.
SERVE_TERMS: dict[str, str] = {
    "serve-open": "Open this address in a browser on this computer. It works once:",
    "serve-behind": "Served to the proxy alone. People come in at:",
    "serve-looks": "Look only: a browser without a signed-in person changes nothing.",
    "serve-looks-all": "Look only, for everybody.",
    "serve-ends": "Ctrl+C ends it.",
    "serve-over": "Ended; every window was closed.",
    "serve-opening": "Opening ...",
    "serve-ended": "This window has ended. What was typed and not saved is kept as a draft.",
    "serve-again": "Open again",
    "serve-held": "The browser held a new tab back.",
    "serve-report": "Open the report",
    "serve-full": (
        "{count} windows are open, and no more are allowed. Close one, then open this one again."
    ),
    "serve-forbidden": (
        "Not allowed. Open the address that “parkflow serve” printed, in the form it was printed;"
        " each address works once. Behind a proxy, sign in there."
    ),
}
