"""The English words of the terminal application, by code; part of `reports.terms`."""

from __future__ import annotations

#: Labels, keys, questions and remarks of the screens.
SCREEN_TERMS: dict[str, str] = {
    "flow-name": "Flow",
    "mean-7-days-short": "7-day mean",
    "sheet-range": "Usual",
    "expected-short": "Expected",
    "screen-help": "Help",
    "screen-sheet": "Day's sheet",
    "key-next": "next due",
    "key-save": "save",
    "key-missing": "missing",
    "key-correct": "correct",
    "key-keep": "keep mine",
    "key-note": "note",
    "key-undo": "undo",
    "key-theirs": "take theirs",
    "key-day": "day before, after",
    "key-today": "today",
    "key-way": "reading or amount",
    "key-ticket": "add a ticket",
    "key-newest": "newest readings",
    "key-reopen": "to the month",
    "key-take": "take",
    "key-cancel": "cancel",
    "key-choose": "choose",
    "key-answer": "answer",
    "key-back": "back",
    "key-back-to-sheet": "back to the sheet",
    "key-quit": "quit",
    "key-palette": "all commands",
    "key-language": "中文 / English",
    "readonly": "read-only",
    "role-operator": "operator",
    "role-engineer": "engineer",
    "role-manager": "manager",
    "theme-parkflow-dark": "Dark colors",
    "theme-parkflow-light": "Light colors",
    "theme-parkflow-safe": "Colors for every eye",
    "ledger-is-busy": "ledger busy",
    "ledger-is-lost": "ledger not reachable",
    "ledger-waits": "ledger: waiting {seconds} s",
    "weekday-0": "Monday",
    "weekday-1": "Tuesday",
    "weekday-2": "Wednesday",
    "weekday-3": "Thursday",
    "weekday-4": "Friday",
    "weekday-5": "Saturday",
    "weekday-6": "Sunday",
    "sheet-due": "due",
    "sheet-value": "entered",
    "sheet-zero": "zero",
    "sheet-missing": "missing",
    "sheet-register": "register",
    "sheet-draft-register": "reading",
    "sheet-locked": "locked",
    "sheet-day-locked": "LOCKED",
    "sheet-lines-locked": "locked: {count}",
    "sheet-review-submitted": "submitted",
    "sheet-review-approved": "approved",
    "sheet-review-returned": "returned",
    "sheet-review-changed": "changed since approved",
    "sheet-locked-how": (
        "Nothing can be entered on this line. F3 leads to the month; o there reopens it, with a "
        "reason."
    ),
    "unit-reading": "dial",
    "sheet-newest": "No readings just before this day. The newest are of {day}: g goes there.",
    "sheet-aside": (
        "Drafts of another ledger, typed in this folder before, were set aside: {folder}"
    ),
    "sheet-way-amount": "The amount of the day. r: type what the counter shows instead.",
    "sheet-reading": (
        "What the counter shows; {previous} on {day}. r, or a unit: the amount instead."
    ),
    "sheet-reading-makes": "{previous} on {day}, so the amount is {value} {unit}.",
    "sheet-reading-turned": (
        "{previous} on {day}; the counter turned over at {rollover}, so the amount is {value} "
        "{unit}."
    ),
    "sheet-reading-back": (
        "Below {previous} on {day}: a counter does not go back. If it was exchanged, the park "
        "file says so; r: type the amount instead."
    ),
    "sheet-reading-first": (
        "The first reading of this counter[ ({device})]: amounts are known from the next one on. "
        "r: type the amount instead."
    ),
    "sheet-reading-exchanged": (
        "The first reading of {device}, in place of {before}: the amount is known from the next "
        "one on. r: type the amount instead."
    ),
    "sheet-no-counter": "No counter is known for this line: the day's amount is typed.",
    "sheet-tickets": (
        "Tickets: {count}, together {value} {unit}[; {low}–{high} is usual]. + and a figure adds "
        "one."
    ),
    "sheet-ticket-typed": "A ticket: it is added to the day. Enter, then its number.",
    "sheet-ticket-added": "Ticket {number} is added. + for another one, Enter for the next line.",
    "sheet-ticket-few": (
        "Ticket {number} is added; together they are still few for a day. + for another one, "
        "Enter if it was the last."
    ),
    "sheet-tickets-entered": "There are tickets: + and a figure adds one, u takes one back.",
    "sheet-plus-entered": (
        "One figure stands for the whole day; a ticket beside it would count twice. c corrects "
        "the figure."
    ),
    "sheet-plus-typed": (
        "One figure is typed for the whole day; a ticket beside it would count twice. Backspace "
        "changes it (12+5 is added up), u takes it back."
    ),
    "sheet-wait": "The ledger is still being read; Enter again in a moment.",
    "sheet-corrected": "corrected",
    "sheet-withdrawn": "withdrawn",
    "sheet-draft-value": "typed",
    "sheet-draft-zero": "zero",
    "sheet-draft-missing": "missing",
    "sheet-confirmed": "confirmed",
    "sheet-pending": "look",
    "sheet-conflict-mark": "conflict",
    "sheet-empty": "Nothing is due on this day.",
    "sheet-progress": "{done} entered, {due} due",
    "sheet-unsaved": "not saved: {count}",
    "sheet-look": "look again: {count}",
    "sheet-readonly": (
        "This is read-only: nothing can be entered. Start without --readonly to enter readings."
    ),
    "sheet-entered": (
        "This is entered already. Press c to correct it, with a reason; the first entry stays "
        "in the ledger."
    ),
    "sheet-nothing-to-correct": "Nothing is entered here yet: type the figure.",
    "sheet-several": (
        "This day has {count} entries for it (tickets). Correct one by its number: parkflow "
        "correct ... --id NUMBER."
    ),
    "sheet-note-later": "Type a figure first; then n adds a note to it.",
    "sheet-no-undo": "There is nothing to undo. What is saved is corrected with c.",
    "sheet-undone": "Undone, lines: {count}.",
    "sheet-undone-days": "Undone: {count} figures on {days} days.",
    "sheet-refused": "Refused, see above. Backspace changes the figure, Esc drops it.",
    "sheet-all-saved": "Everything is entered and saved.",
    "sheet-all": "Everything is entered. F9 saves what is not saved yet.",
    "sheet-conflict": (
        "Lines that you typed and somebody else saved meanwhile: {count}, marked *. Theirs "
        "stands in the ledger until you choose: c keeps yours, x takes theirs."
    ),
    "sheet-theirs": "[{by} ]saved {saved}",
    "sheet-yours": "yours {mine}[ {unit}]",
    "sheet-conflict-how": "c keeps yours as a correction, with a reason; x takes theirs.",
    "sheet-conflict-several": (
        "The other has several entries here (tickets): x takes theirs; one of them is corrected "
        "by its number."
    ),
    "sheet-theirs-taken": "Theirs stands. u brings yours back.",
    "sheet-no-conflict": (
        "x takes what somebody else saved on a line marked *; nobody did on this one."
    ),
    "sheet-conflicts": "conflicts: {count}",
    "sheet-saved": "Saved in the ledger: {count}.",
    "sheet-saved-others": (
        "Saved in the ledger: {count}. Somebody else was faster with {others}, marked *: c keeps "
        "yours, x takes theirs."
    ),
    "sheet-nothing-to-save": "There is nothing to save.",
    "sheet-only-conflicts": (
        "Nothing is saved yet: somebody else saved {count} of these lines first (marked *). "
        "Choose on each."
    ),
    "sheet-only-looks": (
        "Nothing is saved yet: {count} of these want a look first (marked ?). Enter says why, "
        "and how to go on."
    ),
    "sheet-saving": "Saving {count} ...",
    "sheet-failed": "That could not be done: {message}. What you typed is kept as a draft.",
    "sheet-resumed": "Resumed from before: {count} typed and not saved. F9 saves them.",
    "sheet-unkept": (
        "Not saved, and not kept as a draft either: {count}. F9 saves; F10 once more leaves "
        "without."
    ),
    "disk-full": "the disk is full",
    "no-right": "no right to write there",
    "window-small": (
        "The window is too small: {size}, at least {least} are needed. Make it larger, and all "
        "is as it was; what you typed is kept. F10 leaves."
    ),
    "sheet-no-draft": "The draft could not be written ({message}). Save with F9 before you leave.",
    "ask-cause": "Why is it missing? A number, or words and Enter:",
    "ask-doubt": "Right? Say why, by number or in words (Esc: change it):",
    "ask-tickets": "All there? Say why, by number or in words (Esc: add or undo):",
    "ask-correct": "Why is it corrected? A number, or words and Enter:",
    "ask-note": "Note:",
    "ask-ticket": "{text}: number of its ticket, needed (Esc: change the figure):",
    "sheet-letter": "{key} does nothing here. Type a figure, or F1 for the keys.",
    "cause-not-read": "not read",
    "cause-meter-fault": "meter fault",
    "cause-power-cut": "power cut",
    "cause-connection": "connection down",
    "cause-standstill": "out of operation",
    "doubt-checked": "checked at the meter",
    "doubt-load": "load changed",
    "doubt-standstill": "partly out of operation",
    "doubt-late": "carried over from the day before",
    "doubt-delivery": "special delivery",
    "doubt-trucks": "all trucks counted",
    "doubt-more": "more trucks to come",
    "correct-misread": "misread",
    "correct-unit": "wrong unit",
    "correct-digit": "wrong digit",
    "correct-late": "late ticket",
    "paste-too-large": "This is too large to be a sheet; import the file instead: parkflow import.",
    "paste-unknown-name": "No flow of this name",
    "paste-no-day": "No day in this row",
    "paste-several": "Several figures in one row",
    "paste-columns": "Only the first column is taken",
    "paste-beyond": "More figures than lines below the cursor",
    "paste-twice": "Stands there twice, taken once",
    "paste-left": "row {row}: {why}[ “{text}”]",
    "paste-summary": (
        "Pasted: {rows} x {columns}. Fit: {fitting}, on days: {days}. Do not fit: {unfitting}. "
        "Blank, nothing said: {blanks}."
    ),
    "paste-keys": "Enter takes what fits, leaves the rest (u undoes it)   Esc takes nothing",
    "paste-more": "and {count} more",
    "paste-other-day": "another day, checked when opened",
    "paste-entered": "entered already, left as it is",
    "paste-fits": "fits",
    "paste-locked": "locked, left as it is",
    "paste-future": "not begun yet, left out",
    "paste-locked-why": "locked",
    "paste-entered-why": "entered already",
    "paste-future-why": "not begun yet",
    "paste-unknown-name-why": "no flow of this name",
    "paste-looking": "Looking how the pasted days stand: {days} ...",
    "paste-day": (
        "{day}: taken {taken}[, left as it is {left} ({why})][; the month is {review}, and its "
        "review opens again]"
    ),
    "paste-replaces": "replaces {text}, typed and not saved",
    "paste-unusual": "unusual[; about {expected} {unit} is usual]",
    "paste-none": "Nothing was taken from the paste.",
    "paste-taken": "Taken from the paste: {count}, as drafts.[ On other days: {days} days.]",
    "help-search": "search the keys",
    "help-everywhere": "everywhere",
    "help-amounts": "Figures take any unit that fits: 0.16万吨, 350 m3, 1,234.5",
    "help-sums": "Small sums are added up: 120+35-4",
    "help-zero": "0 is a reading; an empty field is none",
    "help-paste": "Cells pasted from a spreadsheet are shown before they are taken",
    "help-drafts": "What is typed is kept as a draft until it is saved, whatever happens",
    "help-two": "Two people may fill in one sheet; each sees what the other saves",
    "app-begin": (
        "Begin with “parkflow init” for a park of your own, or “parkflow demo” for a "
        "demonstration; then start parkflow in its folder."
    ),
    "app-terminal": (
        "The terminal application needs a terminal. “parkflow sheet” and “parkflow log” do the "
        "same without one."
    ),
}
