"""The English sentences of findings, by code; other languages hang on them.

A part in [square brackets] that holds a {parameter} is left out where the parameter is not given.
"""

from __future__ import annotations

#: Sentence of each finding: what is wrong, and what to do; its place is put before it.
#: `code/problem` says it for one value of the parameter `problem` or `field`.
SENTENCES: dict[str, str] = {
    "amount-empty": (
        "Nothing is entered[ for {where}]. If the amount was zero, type 0; if there is no "
        "reading, say that it is missing."
    ),
    "amount-not-a-number": (
        "“{text}” cannot be read as an amount.[ Did you mean {nearest}?] Type a number with "
        "its unit, such as 1,623.4 t."
    ),
    "amount-not-a-number/line": (
        "“{text}” cannot be read as a figure.[ Did you mean {nearest}?] Type digits[, such as "
        "{example}]."
    ),
    "amount-grouping": (
        "“{text}”: the digits are not grouped in threes, so it is not sure what is meant.[ Did "
        "you mean {nearest}?] Type it without separators, such as 1623.4."
    ),
    "amount-grouping/line": (
        "“{text}”: what stands between the digits may be a decimal point or nothing.[ Did you "
        "mean {nearest}?] Type a point or nothing[, such as {example}]."
    ),
    "amount-not-finite": (
        "“{text}” is not a number that can be balanced. Type the reading, or say that it is "
        "missing."
    ),
    "amount-negative": (
        "“{text}” is negative, and the amount of a flow cannot be. If something came back, log "
        "it as a flow of its own; if an entry was wrong, correct that entry."
    ),
    "unit-unknown": (
        "Unit “{unit}” is not known.[ Did you mean {nearest}?][ Possible here: {allowed}.]"
    ),
    "unit-missing": "“{text}” has no unit. Write the unit of its meter beside it[: {allowed}].",
    "unit-dimension": (
        "“{unit}” measures {kind}, but {expected} is wanted here.[ Use one of: {allowed}.]"
    ),
    "unit-kind": (
        "“{unit}” is an amount of {kind}[, and {expected} is wanted here]. The two are different "
        "things and never add. Enter the reading of the right meter[; it may be in {allowed}]."
    ),
    "unit-kind/meeting": (
        "At process “{process}” an amount of {expected} (“{beside}”) and one of {kind} (“{flow}”, "
        "in “{unit}”) would be added up, which cannot be. If one of the units is wrong, mend it; "
        "if both are right, balance the two in files of their own."
    ),
    "unit-needs-density": (
        "“{unit}” is a volume, and this flow is balanced by mass; its good[ “{good}”] has no "
        "density. Enter the mass in t, or give the good a density in the park file."
    ),
    "unit-needs-gas-state": (
        "“{unit}” says nothing of temperature and pressure, and the meter[ “{device}”] has no "
        "reference state. Set its gas_state to 0C or 20C: the difference is 7.3 %."
    ),
    "unit-needs-span": (
        "“{unit}” is a rate, and it is not said over how long it ran. Give a start and an end, "
        "or enter the amount."
    ),
    "unit-conflict": (
        "“{text}” carries the unit {unit}, while the column says {other}. Only one of them can "
        "be right; mend the cell or the header."
    ),
    "unit-conflict/line": (
        "“{text}” names two units, {unit} and {other}. Type one unit, behind the last number[, "
        "such as {example}]."
    ),
    "unit-conflict/sum": (
        "In “{text}” only a part of the sum carries a unit, {unit}. Type it behind the last "
        "number, and it counts for all[, such as {example}]."
    ),
    "gas-state-form": (
        "“{state}” cannot be read as the reference state of a gas meter. Write 0C, 20C, or "
        "temperature and absolute pressure such as T=35,p=98.5."
    ),
    "percent-needs-base": (
        "“{text}” is a percentage, and it is not said of what[; {expected} is wanted here].[ "
        "Use one of: {allowed}.] Enter the amount itself, or state the base."
    ),
    "file-unreadable": (
        "The file cannot be read[: {message}][: {detail}]. Check that it is there, that it is "
        "of a kind this command reads and that you may open it."
    ),
    "file-unreadable/missing": "There is no such file. Check its name and folder.",
    "file-unreadable/directory": "This is a folder, not a file. Name the file in it.",
    "file-unreadable/denied": (
        "You have no right to read it. Ask for that right, or read a copy of yours."
    ),
    "file-unwritable": (
        "The file cannot be written[: {message}]. Check that its folder is there and that you "
        "may write in it."
    ),
    "file-unwritable/missing": (
        "It cannot be written, because its folder is not there. Make the folder, or choose another."
    ),
    "file-unwritable/exists": (
        "It cannot be written, because a file stands where a folder is wanted. Choose another name."
    ),
    "file-unwritable/directory": (
        "It cannot be written, because a folder has that name. Choose another name."
    ),
    "file-unwritable/denied": (
        "You have no right to write here. Choose another folder, or ask for that right."
    ),
    "file-unwritable/full": (
        "There is no room left on the disk. Nothing was written; make room and try again."
    ),
    "file-not-utf8": (
        "The file is not in UTF-8[ (first wrong byte: {offset})]. Save it again as UTF-8 "
        "(in Excel: “CSV UTF-8”)."
    ),
    "file-empty": "There is nothing in the file to read. Check that it is the right one.",
    "header-unknown": (
        "The header cannot be read: {text}. A long file has the columns what, day and value; in a"
        " wide one the first column is day, and each other head is a flow. Columns are separated "
        "by comma, semicolon or tab."
    ),
    "header-unknown/across": (
        "The days run across in this row: {text}. Turn the table, so that days go down and "
        "streams across (copy it, then paste it “transposed”)."
    ),
    "toml-syntax": ("The file is not valid TOML[: {message}]. Mend that place and read it again."),
    "key-unknown": (
        "“{key}” means nothing here[ ({where})].[ Did you mean {nearest}?][ Possible: {allowed}.]"
    ),
    "key-missing": (
        "“{key}” is missing[ in {where}]. Add it[, such as {expected}].[ Possible: {allowed}.]"
    ),
    "value-type": (
        "The value of “{key}” is not of the right sort[: {value}].[ Wanted: {expected}.] Write "
        "it so."
    ),
    "value-range": (
        "“{key}”[ = {value}] is outside what is usual or possible[; least: {low}][; most: "
        "{high}]. Check the number."
    ),
    "id-duplicate": (
        "“{id}” is used twice. Every id stands for one thing only; rename one of the two."
    ),
    "id-duplicate/column": "Two columns say the same, “{id}”. Take one of them out.",
    "id-form": (
        "“{id}” cannot be an id. Use lower-case words joined by hyphens[, such as {suggestion}]."
    ),
    "id-form/environment": (
        "“{id}” cannot be the id of a process: it stands for all that lies outside. Give the "
        "process a name of its own, or leave its table out."
    ),
    "not-built-yet": (
        "“{what}” is understood but not built yet[ (key {key})], so it is refused rather than "
        "half read. Leave it out for now."
    ),
    "too-great": (
        "This network is too great for one answer: with {what} its {count} equations times "
        "{unknowns} unknowns are more than {limit}. Reconcile its parts each by itself, or leave "
        "{what} out."
    ),
    "too-many-tied": (
        "Some readings are tied to each other by {what}; then one answer takes {limit} "
        "readings, and there are {count}. Reconcile the network in parts, or leave {what} out."
    ),
    "process-unknown": (
        "There is no process “{what}”[ ({where})].[ Did you mean {nearest}?] Name one that is "
        "declared, or declare this process."
    ),
    "stock-unknown": (
        "There is no stock “{what}”.[ Did you mean {nearest}?] {way_sheet} lists the stocks "
        "to be taken."
    ),
    "flow-unknown": (
        "There is no flow “{what}”.[ Did you mean {nearest}?] The ids stand where the flows are "
        "declared."
    ),
    "flow-unknown/empty": "No flow is named. Type its id or its name; {way_sheet} lists them.",
    "good-unknown": "There is no good “{what}”[ ({where})].[ Did you mean {nearest}?]",
    "device-unknown": (
        "There is no device “{what}”[ ({where})].[ Did you mean {nearest}?] Name one that is "
        "declared, or declare this device."
    ),
    "kind-unknown": (
        "There is no kind “{what}”[ ({where})].[ Did you mean {nearest}?][ Possible: {allowed}.]"
    ),
    "port-unknown": (
        "There is no port “{what}”[ ({where})].[ Did you mean {nearest}?][ Possible: {allowed}.]"
    ),
    "port-unlinked": (
        "The port “{what}”[ for {good}] leads nowhere[ on {day}]. Link it to another facility "
        "or to the environment[: {suggestion}]."
    ),
    "port-direction": (
        "The port “{what}” runs the other way, so it cannot stand at this end (“{key}”).[ "
        "Possible: {allowed}.]"
    ),
    "park-unknown": (
        "There is no built-in park “{what}”, and no file of that name.[ Did you mean {nearest}?]["
        " Built in: {known}.]"
    ),
    "park-missing": (
        "There is no park file[ in {where}]. Make a park with “parkflow init”, or name its "
        "folder with --park."
    ),
    "serve-address": (
        "“{text}” is not an address of this computer alone. Use 127.0.0.1 or ::1; for others, put"
        " a proxy that signs people in before it (docs/serving.md)."
    ),
    "serve-port": (
        "Port {text} cannot be used[: {message}]. End what uses it, name another with --port, or "
        "let one be chosen with --port 0."
    ),
    "serve-url": (
        "“{text}” is not the address of a site. Name scheme and host, such as "
        "https://log.example.cn, with nothing behind them."
    ),
    "serve-proxy": (
        "A proxy that signs people in needs all three: --trust-header, --proxy-secret-file and "
        "--public-url. Name them all, or none."
    ),
    "serve-proxy/header": (
        "[“{text}” ]cannot carry the name of a person. Name a header of its own, such as "
        "X-Remote-User."
    ),
    "serve-proxy/open": (
        "Others may read the secret of the proxy. Take that right from them: chmod 600."
    ),
    "serve-proxy/short": (
        "The secret of the proxy is too short, or holds other signs than plain ones[; it needs at"
        " least {least}]. Make one: openssl rand -hex 32."
    ),
    "park-exists": (
        "There is already a park in {where}. It is left as it is; choose another folder."
    ),
    "park-other": (
        "The ledger is that of the park “{known}”, and the park file that of “{what}”. Put the "
        "right park file back; another park needs a folder of its own."
    ),
    "demo-elsewhere": (
        "{where} holds a park already, and not this demonstration; its ledger could never be rid "
        "of synthetic readings. It is left as it is; choose a new folder."
    ),
    "flow-self-loop": (
        "Flow {where} begins and ends at the same process[ “{process}”], so it cancels out of "
        "every balance. Draw it through a second process, or leave it out."
    ),
    "process-without-input": (
        "Nothing flows into {where}. Its balance can only close from stock; check whether a "
        "flow was left out."
    ),
    "process-without-output": (
        "Nothing flows out of {where}. All that enters must then stay there; check whether a "
        "flow was left out."
    ),
    "coefficient-range": (
        "The transfer coefficients of {where} cannot hold[: {value}]. Each lies between 0 and "
        "1, and those of one process and layer add up to no more than 1."
    ),
    "coefficient-flow": (
        "Flow {flow} does not leave {process}, so it cannot carry a share of what enters "
        "there. Name a flow that begins at this process."
    ),
    "validity-overlap": (
        "Two definitions of “{where}” hold on the same day[, {day}]. Let the first end where "
        "the second begins."
    ),
    "row-broken": "This row cannot be read[: {problem}]. Look for a quote too many or too few.",
    "row-broken/quote": (
        "A quote that opens in this row is not closed where its field ends. Close it, or take it "
        "out."
    ),
    "row-broken/long": (
        "A field of this row is far too long to be one. Look for a quote that was not closed."
    ),
    "row-broken/cells": (
        "Fields in this row: {cells}; in the header: {expected}. Look for a separator or a quote "
        "too many or too few."
    ),
    "row-broken/day-and-span": "Give a day, or a start and an end, not both.",
    "day-unreadable": "“{text}” cannot be read as a day. 1 March 2025 is written 2025-03-01.",
    "day-unreadable/none": (
        "A reading stands here and no day in its row. Write the day into this column."
    ),
    "day-unreadable/year": (
        "“{text}” does not say its year, and neither the title nor the name of the sheet says "
        "one for all (2025年3月). Write the whole day, or put year and month into the title."
    ),
    "day-outside": "“{text}” lies outside the years {low} to {high}. Check the year.",
    "period-unreadable": (
        "“{text}” cannot be read as a period. Write 2025, 2025-Q1, 2025-03, 2025-03-01 or "
        "2025-03-01..2025-03-14."
    ),
    "moment-unreadable": (
        "“{text}” is neither the number of an event nor a moment. Write 128, 2025-03-01 or "
        "2025-03-01T08:00."
    ),
    "moment-unreadable/event": "The ledger ends with event {last}; there is no event {text} yet.",
    "day-future": "{day} is in the future[; today is {today}]. Check the day.",
    "span-empty": (
        "The span from {start} to {end} is empty or runs backward. Let it end after it begins."
    ),
    "span-empty/open": "Only one end of the span is given. Give its start and its end, or a day.",
    "reading-outside": (
        "The reading[ from {start}][ to {end}] lies outside the period of the file and was "
        "left out. Mend its span or the period."
    ),
    "reading-overlap": (
        "Two readings of {where} speak of the same time. Leave one out, or let the first end "
        "where the second begins."
    ),
    "entry-duplicate": (
        "{what} already has an entry[ by {device}][ for {day}][ (row {other})][ (entry #{id})]. "
        "If it is wrong, correct it with {way_correct} and a reason; nothing is overwritten."
    ),
    "ticket-duplicate": (
        "Ticket {ticket} has been entered before for {what}[ by {device}][ (row {other})][ (entry"
        " #{id})]. The same ticket counts once; leave it out, or check its number."
    ),
    "register-drop": (
        "The register of the meter[ {device}] went down[ on {day}][, from {previous}][ to "
        "{value}], so no amount can be told[ for {where}]. Check the reading; if the meter was "
        "exchanged or rolled over, say so in the park file."
    ),
    "register-form": (
        "“{text}” cannot be the reading of a register. Type the bare number that it shows[, such "
        "as {nearest}]; unit and multiplier are the meter's own."
    ),
    "register-form/sort": (
        "{what} has no register: registers belong to flows. Enter its level or sample as an amount."
    ),
    "share-impossible": (
        "“{text}” is more than the whole, and a share cannot be.[ Did you mean {nearest}?] Type "
        "it as 50 % or 0.5."
    ),
    "entry-impossible": (
        "{value} {unit} cannot be right for {what}: more than {limit} {unit} is refused, twice "
        "what is possible ({capacity} {unit}).[ It looks like a slip ({slip}); about {expected} "
        "{unit} is usual.] Check the number and its unit."
    ),
    "entry-impossible/dial": (
        "From {previous} on {day} this reading makes {value} {unit}, and more than {limit} "
        "{unit} is impossible.[ The counter should show {low} to {high}.] Check the digits."
    ),
    "entry-impossible/register": (
        "By the register {device} {what} was {value} {unit} since the reading before[ "
        "({previous}, now {reading})]: more than {limit} {unit} is refused, twice what is "
        "possible ({capacity} {unit}). Check the reading, and the multiplier of the meter."
    ),
    "entry-unlikely": (
        "{value} {unit} is unusual for {what}; about {expected} {unit} is usual[, and {low} to "
        "{high} {unit} of late]. If it is right, say why in a note."
    ),
    "entry-unlikely/dial": (
        "From {previous} on {day} this reading makes {value} {unit}, which is unusual[; the "
        "counter should show {low} to {high}]. If it is right, say why."
    ),
    "entry-unlikely/tickets": (
        "{count} tickets of {what} make {value} {unit}[; about {expected} {unit} is usual][, and "
        "{low} to {high} {unit} of late]. Is one missing or mistyped? + adds one, u takes the "
        "last back."
    ),
    "entry-slip": (
        "{value} {unit} for {what} looks like a slip ({slip}); about {expected} {unit} is "
        "usual.[ “{text}” was typed.] Check the decimal point and the unit."
    ),
    "import-repeated": (
        "This file has been imported before[, from {source}][, by {by}][, on {recorded_at}][, "
        "as event {seq}]. Nothing was added."
    ),
    "encoding-guessed": (
        "The file is not in UTF-8 and was read as {encoding}. Check the names; to be sure, "
        "save it as “CSV UTF-8”."
    ),
    "findings-more": (
        "There are {count} more findings of this sort. Mend those shown first and read the "
        "file again."
    ),
    "property-unknown": (
        "There is no property “{what}”.[ Did you mean {nearest}?][ Possible: {allowed}.]"
    ),
    "context-unknown": (
        "There is no context figure “{what}”.[ Did you mean {nearest}?] They are declared in "
        "the park file."
    ),
    "validity-outside": (
        "{what} does not exist on {day}[; it is valid {valid}]. Check the day, or extend its "
        "validity in the park file."
    ),
    "state-unknown": "“{text}” is no state of a reading.[ Possible: {states}.]",
    "state-unknown/value": (
        "The state is “{text}”, and yet the value is “{value}”. Only one of them can be right; "
        "mend the state or the value."
    ),
    "quality-unknown": "“{text}” does not say how a number came about.[ Possible: {qualities}.]",
    "correction-target": (
        "Entry {id} cannot be corrected. Correct the one in force; {way_sheet} shows the day."
    ),
    "correction-target/replaced": (
        "Entry {id} has been corrected already[, by entry {by}]. Correct the one in force."
    ),
    "correction-target/several": (
        "Several entries stand there: {allowed}. Name the one to correct by its number, with --id."
    ),
    "correction-target/other": "Entry {id} speaks of {of}, not of {what}. Check the number.",
    "correction-target/unknown": (
        "There is no entry to correct[ with the number {id}]. {way_sheet} shows what was "
        "entered on a day; check the flow and the day."
    ),
    "correction-reason": "A correction needs a reason. Say in a few words what was wrong.",
    "workbook-unreadable": (
        "The workbook cannot be read. Open it in a spreadsheet program, save it as .xlsx, and "
        "import that."
    ),
    "workbook-unreadable/damaged": (
        "The workbook is damaged or was not copied whole. Copy it again, or open it in a "
        "spreadsheet program and save it as .xlsx."
    ),
    "workbook-unreadable/encrypted": (
        "The workbook is protected by a password. Save it without one, and import that."
    ),
    "workbook-unreadable/xls": (
        "This is a workbook of the old .xls format, whatever it is called. Open it, and save "
        "it as .xlsx (“Excel Workbook”)."
    ),
    "workbook-unreadable/html": (
        "This is a web page or XML and not a workbook, whatever it is called. Open it in a "
        "spreadsheet program, and save it as .xlsx."
    ),
    "workbook-unreadable/ods": "This is an OpenDocument sheet. Open it, and save it as .xlsx.",
    "workbook-unreadable/xlsb": "This is a binary workbook (.xlsb). Open it, and save it as .xlsx.",
    "workbook-unreadable/doctype": (
        "The workbook declares a document type, which no spreadsheet program does and which "
        "can be made to fill the memory. It was not read; ask where the file comes from."
    ),
    "workbook-too-large": (
        "The workbook is larger than any that is read here[: {value}][, most: {most}]. Split "
        "it by month, or save it as CSV."
    ),
    "workbook-too-large/size": (
        "Unpacked the workbook would be larger than {most} MB. It was not read; ask where the "
        "file comes from, or save its sheets as CSV."
    ),
    "workbook-too-large/parts": (
        "The workbook has far more parts than any that a spreadsheet program writes (most: "
        "{most}). It was not read; ask where the file comes from."
    ),
    "workbook-too-large/cells": (
        "There are more than {most} filled cells in the workbook. Split it by month, or save "
        "it as CSV."
    ),
    "file-other": "The file is not what its name says ({text}); it was read as what it is.",
    "file-other/workbook": (
        "The file is a workbook although its name ends in {text}; it was read as a workbook."
    ),
    "file-other/text": (
        "The file is text although its name ends in {text}; it was read as a CSV file."
    ),
    "sheet-skipped": "The sheet “{sheet}” was not read.",
    "sheet-skipped/hidden": (
        "The sheet “{sheet}” is hidden and was not read. Unhide it if it holds readings."
    ),
    "sheet-skipped/header": (
        "No table was found in the sheet “{sheet}”, and nothing of it was read. If it holds "
        "readings, give its column of days the head “day” or 日期."
    ),
    "cells-hidden": "Hidden cells were not read: {cells}. Unhide them if they hold readings.",
    "cells-hidden/rows": (
        "Hidden or filtered rows were not read: {cells}. Show them if they hold readings."
    ),
    "cells-hidden/columns": (
        "Hidden columns were not read: {cells}. Show them if they hold readings."
    ),
    "row-skipped": "This row was not read[ (“{text}”)].",
    "row-skipped/sum": "“{text}” is worked out from other rows and was not read.",
    "row-skipped/signature": "“{text}” stands below the table and was not read.",
    "row-skipped/empty": "There is no reading in this row[ (“{text}”)], and it was not read.",
    "column-skipped": "This column was not read[ (“{text}”)].",
    "column-skipped/sum": "“{text}” is worked out from other readings and was not read.",
    "column-skipped/nameless": (
        "There are numbers in this column and no head above them; they were not read. Name the "
        "flow if they are readings."
    ),
    "cell-error": (
        "The formula in this cell failed ({text}). Mend it, or clear the cell, and save the "
        "workbook."
    ),
    "cell-merged": (
        "The merged cell {cells} reaches over several days or columns, so it is not clear "
        "whose reading it holds. Unmerge it and write each reading into its own cell."
    ),
    "cell-percent": (
        "Numbers in this column are formatted as percentages and were read as they are shown: "
        "0.05 as 5 %."
    ),
    "formula-uncalculated": (
        "The results of formulas are not in the file: {cells}. Open the workbook in a "
        "spreadsheet program, save it, and import it again."
    ),
    "template-empty": (
        "Nothing is due in {period}[ for {where}], so there is nothing to fill in. Check the "
        "period, the facility and the tour of the park file."
    ),
    "template-exists": (
        "There is a file of that name already, perhaps filled in, and it was not written over. "
        "Choose another name with --out."
    ),
    "ledger-missing": (
        "There is no ledger[ at {where}]. Put it back from a backup; or begin anew from the park "
        "file: “parkflow init NEWFOLDER --from park.toml”."
    ),
    "ledger-readonly": (
        "The ledger {where} cannot be written. Check the rights of the file and its folder."
    ),
    "ledger-readonly/unreadable": (
        "You have no right to read the ledger {where}. Ask for the right to the file and its "
        "folder."
    ),
    "ledger-busy": (
        "Somebody else is writing to the ledger {where}[; waited {seconds} s]. Nothing was "
        "written; try again in a moment."
    ),
    "ledger-schema": (
        "The ledger {where} was written by another version of parkflow[: it has form {found}][, "
        "and this one reads {expected}]. Of an older form, keep a copy and run “parkflow db "
        "upgrade”; of a newer one, use the version that wrote it."
    ),
    "ledger-schema/damaged": (
        "The ledger {where} is damaged, or it is no ledger at all. Leave it as it is, keep it "
        "aside, and put a backup in its place."
    ),
    "ledger-schema/unmarked": (
        "{where} has the tables of a ledger, but the mark of its version (table alembic_version) "
        "is gone, so nothing is read or written. The entries are still there: do not begin anew, "
        "and put the file back from a backup, or let somebody who knows SQLite put the mark back."
    ),
    "ledger-schema/foreign": (
        "{where} is not a ledger: it is empty, or it belongs to another program. Put the ledger "
        "back from a backup; or begin anew from the park file: “parkflow init NEWFOLDER --from "
        "park.toml”."
    ),
    "ledger-guards": (
        "The guards that keep entries of the ledger from being changed are not as they should "
        "be[: {names}]. Do not write to it; run “parkflow audit”, then restore a backup."
    ),
    "ledger-network-share": (
        "The ledger {where} lies on a network share[ ({filesystem})], where SQLite cannot lock "
        "safely. Move it to a local disk, or use PostgreSQL."
    ),
    "ledger-exists": (
        "There is already a ledger at {where}. It is left as it is; choose another folder."
    ),
    "ledger-full": (
        "There is no room left on the disk of the ledger {where}. Nothing was written; make "
        "room and try again."
    ),
    "chain-broken": (
        "The ledger was changed behind its back: event {seq} is not as it was recorded[; "
        "field: {field}][; entry: {observation}][; found: {found}][; wanted: {expected}]. "
        "Everything from there on is in doubt; compare with a backup and with the digest of a "
        "filed report."
    ),
    "digest-not-found": (
        "The ledger does not contain {digest}. It was cut short or rewritten since that digest "
        "was filed, or the digest belongs to another ledger."
    ),
    "digest-not-found/form": (
        "“{digest}” is not a digest. Write it as on the report: 64 hexadecimal digits, @ and "
        "the number of the event."
    ),
    "digest-not-found/seq": (
        "The ledger ends with event {last}, and {digest} is of a later one. It was cut short "
        "since that digest was filed, or the digest belongs to another ledger."
    ),
    "digest-not-found/hash": (
        "Event {seq} of the ledger is not that of {digest}. The ledger was rewritten since that "
        "digest was filed, or the digest belongs to another ledger."
    ),
    "locked": (
        "{period} is locked[ for {facility}][, by {by}][; {what} on {day} would change it]. "
        "Reopen the month with a reason first, or enter it in a month that is open."
    ),
    "lock-already": (
        "{period} is locked already[ for {facility}][, by {by}]. There is nothing to do."
    ),
    "lock-none": ("{period} is not locked[ for {facility}], so there is nothing to reopen."),
    "lock-crossing": (
        "{period} shares days with {other}, which was locked as a whole. Lock and reopen that"
        " same period."
    ),
    "review-not-submitted": (
        "{period} waits for no review[ for {facility}]. Let its operators submit it first "
        "with {way_submit}."
    ),
    "review-not-submitted/approved": (
        "{period} is approved already[ for {facility}]. There is nothing to decide, unless it"
        " is submitted anew."
    ),
    "review-not-submitted/returned": (
        "{period} was returned[ for {facility}] and has not been submitted again. Let its "
        "operators mend it and submit it with {way_submit}."
    ),
    "finding-not-open": (
        "“{text}” is nothing that is open in these months[; did you mean “{nearest}”]. Write code "
        "and id as the list of the handover has them, or give the month with --period."
    ),
    "review-waits": (
        "{period} was submitted[ for {facility}] by {by} and waits for its review. What is "
        "entered meanwhile is reviewed with it; it need not be submitted again."
    ),
    "review-own": (
        "{by} entered or submitted readings of {period}[ for {facility}], and a review needs "
        "a second person. Let somebody else review it, or set four_eyes = false under roles "
        "in the park file."
    ),
    "review-open": (
        "{period} has not been submitted for review[ for {facility}]. Submit it with "
        "{way_submit}; somebody else then reviews it."
    ),
    "review-open/submitted": (
        "{period} is submitted[ for {facility}] and nobody has reviewed it yet. Review it "
        "with {way_review}."
    ),
    "review-open/returned": (
        "{period} was returned[ for {facility}] and is still open. Mend what was asked for "
        "and submit it again."
    ),
    "review-open/changed": (
        "{period} was approved[ for {facility}], and readings came in or were corrected after"
        " that. Submit it again and let it be reviewed."
    ),
    "role-missing": (
        "In this park that is for {names}, and not for {by}. Ask one of them, or add the name"
        " under roles in the park file."
    ),
    "role-missing/enter": (
        "In this park {names} enter readings and submit them, and {by} does not. Ask one of them, "
        "or add the name under roles in the park file."
    ),
    "role-missing/review": (
        "In this park {names} may review, and {by} may not. Ask one of them, or add the name "
        "under roles in the park file."
    ),
    "role-missing/lock": (
        "In this park {names} may lock a month, and {by} may not. Ask one of them, or add the"
        " name under roles in the park file."
    ),
    "role-missing/reopen": (
        "In this park {names} may reopen a month, and {by} may not. Ask one of them, or add "
        "the name under roles in the park file."
    ),
    "reason-missing": ("A reason is needed here. Say it with --reason; it is kept in the ledger."),
    "gaps-open": (
        "{count} readings of {period}[ for {facility}] are neither entered nor said to be "
        "missing, first of them {what} on {day}. Enter them, or accept the gaps with --accept"
        " and a reason."
    ),
    "gap-unknown": (
        "“{text}” is no gap of {period}[ for {facility}]. Only what is due and not entered "
        "can be accepted: write WHAT, WHAT@DAY or all."
    ),
    "period-month": (
        "“{text}” is not one month. Months are submitted, reviewed, locked and reopened "
        "whole: write it like 2025-03."
    ),
    "month-running": ("{period} is not over before {day}. Lock it when its last day is entered."),
    "note-empty": ("A note without words says nothing. Write it with --text."),
    "balance-open": (
        "The {layer} balance of {process} does not close: {residual} {unit} are left over, and "
        "{tolerance} {unit} would be within what the meters allow.[ What is said of {because} "
        "may explain it.] Check its meters, its stock, and whether a flow is missing."
    ),
    "balance-not-closed": (
        "The {layer} balance of {process} cannot be checked, because not everything in it is "
        "measured[: {missing}]."
    ),
    "coverage-facility": (
        "{count} meters of {where} cover {coverage} of {period} at the most, too little for a sum. "
        "Enter what is missing, or ask for a shorter period."
    ),
    "coverage-partial": (
        "Readings of {where} cover only {coverage} of the period[ {period}][; at least {least} "
        "is asked for], so no sum is formed.[ Spans that reach over its ends: {straddling}.] "
        "Enter what is missing."
    ),
    "missing-imputed": (
        "{where}: days without a reading[ in {period}]: {days}[; covered: {coverage}]. "
        "{imputed}[ {unit}][ of {value}] were filled in from the other days, and sigma is "
        "larger for it. Enter the readings if they exist."
    ),
    "readings-due": (
        "{count} readings[ of {where}] are neither entered nor said to be missing, on {days} days"
        " from {first} to {last}; the first is {what}. Enter them, or say that they are missing."
    ),
    "stock-near-bound": (
        "{where} was {share} full on {day}: {value} {unit}, and {bound} is the most that it holds. "
        "Check the level on the spot, and make room before it runs over."
    ),
    "stock-near-bound/low": (
        "{where} was down to {value} {unit} on {day}, and {bound} is the least that it should "
        "hold. Check the level on the spot, and let less out."
    ),
    "limit-exceeded": (
        "{where} is above the limit {limit}: {value}[ ± {sigma}] {unit} for the {span} {day}, "
        "{over} {unit} above the {bound} {unit} allowed[; {count} times from {first} to {last}]."
        "[ The limit is from: {source} ({confidence}).] Check the readings; if they are right, "
        "operation has to change, and the breach may have to be reported."
    ),
    "limit-exceeded/low": (
        "{where} is below the limit {limit}: {value}[ ± {sigma}] {unit} for the {span} {day}, "
        "{over} {unit} below the {bound} {unit} asked for[; {count} times from {first} to {last}]."
        "[ The limit is from: {source} ({confidence}).] Check the readings; if they are right, "
        "operation has to change, and the breach may have to be reported."
    ),
    "limit-near": (
        "{where} comes within one standard deviation of the limit {limit}: {value}[ ± {sigma}] "
        "{unit} for the {span} {day}, {bound} {unit} allowed[; {count} times from {first} to "
        "{last}].[ The limit is from: {source} ({confidence}).] It is kept by the readings, and "
        "may not be kept in truth; leave more room."
    ),
    "limit-near/low": (
        "{where} comes within one standard deviation of the limit {limit}: {value}[ ± {sigma}] "
        "{unit} for the {span} {day}, {bound} {unit} asked for[; {count} times from {first} to "
        "{last}].[ The limit is from: {source} ({confidence}).] It is kept by the readings, and "
        "may not be kept in truth; leave more room."
    ),
    "limit-missing": (
        "Whether {where} keeps the limit {limit} cannot be told: too little was read for the "
        "{span} {day}[; {count} times of {of} from {first} to {last}]. Enter what is missing, or "
        "let it be measured."
    ),
    "limit-missing/partly": (
        "{where} keeps the limit {limit} by what was read for the {span} {day}, {coverage} of it["
        "; {count} times of {of} from {first} to {last}]. What was not read could carry it beyond. "
        "Enter what is missing."
    ),
    "limit-unread": (
        "The limit or target {limit} of the park file says nothing here: its unit {unit} does not "
        "fit {where}. Mend the unit in the park file."
    ),
    "limit-unread/of": (
        "The limit {limit} of the park file says nothing here: there is no {where}. Name a flow, "
        "a quality of a flow, a stock or a context figure under of."
    ),
    "limit-unread/span": (
        "The limit {limit} on {where} says nothing here: {span} is no span. Write 1h, 24h, "
        "sample, month or year in the park file."
    ),
    "target-progress": (
        "{target}: {value}[ ± {sigma}] {unit} by {day}, {share} of the {bound} {unit} of "
        "{year}.[ The other {days} days must bring {rest} {unit}, {rate} {unit} a day after "
        "{usual} {unit} a day so far.][ The target is from: {source}.]"
    ),
    "target-progress/most": (
        "{target}: {value}[ ± {sigma}] {unit} by {day}, {share} of the {bound} {unit} that {year} "
        "may bring at most.[ The other {days} days may bring {rest} {unit}, {rate} {unit} a day "
        "after {usual} {unit} a day so far.][ The target is from: {source}.]"
    ),
    "target-progress/yield": (
        "{target}: {value}[ ± {sigma}] {unit} by {day}, and {bound} {unit} is the target of "
        "{year}.[ It is reached by {rest} {unit} on the other {days} days, if they are fed as "
        "the days so far.][ The target is from: {source}.]"
    ),
    "target-progress/reached": (
        "{target} is reached: {value}[ ± {sigma}] {unit} by {day}, and {bound} {unit} is the "
        "target of {year}.[ The target is from: {source}.]"
    ),
    "target-missed": (
        "{target} was missed: {value}[ ± {sigma}] {unit} by {day}, and {bound} {unit} was the "
        "target of {year}.[ The target is from: {source}.] Say in the report why."
    ),
    "target-missed/missed-already": (
        "{target} cannot be kept any more: {value}[ ± {sigma}] {unit} by {day}, and {year} may "
        "bring {bound} {unit} at most.[ The target is from: {source}.] Say in the report why."
    ),
    "yield-drift": (
        "{where} has drifted: {value}[ ± {sigma}] {unit} from {first} to {last}, after {usual} "
        "{unit} in the weeks before[, carried on as the same weeks of {season} went]. The balances "
        "blame no meter of it, so look at operation: feed, season, temperature, cleaning, wear."
    ),
    "entries-unused": (
        "{where}: entries[ of {period}] that count in no balance[: {count}]. The park file of its "
        "last day does not know it[ as {kind}]. If it was renamed, write its old id under "
        "aliases; if it ended, give it a valid_to in place of taking it out."
    ),
    "period-empty": (
        "There is no reading of {period}, so nothing can be summed up or balanced. Enter the "
        "readings or import them, or ask for another period."
    ),
    "stocktake-missing": (
        "{where} has no level at both ends of the period[ {period}], so its change is not "
        "known and its balance cannot be checked. Take stock on the first and the last day."
    ),
    "sigma-assumed": (
        "Neither {where} nor its meter states a sigma, so {percent} % was assumed, a cautious "
        "guess. Declare the sigma of the device, or state one with the value."
    ),
    "nothing-redundant": (
        "Nothing is redundant here: no reading can be checked against another. The values "
        "stand as they were measured; another meter or a stocktake would make a test possible."
    ),
    "flow-unobservable": (
        "Neither measured nor fixed by the balances, so nothing is said of it: {members}[ and "
        "{more} more]. Each further meter among unmeasured flows that meet narrows what is open."
    ),
    "infeasible": (
        "The exact values contradict each other: the balance of {balance} is off by "
        "{residual}[ {unit}], and nothing in it may move. One of the values called exact is "
        "not; give it a sigma."
    ),
    "not-converged": (
        "No least-squares values were found in {iterations} turns[; what is left over is "
        "{residual} of a product], so nothing is given as reconciled. Contents or shares that are "
        "almost alike, or readings far from every balance, do this: check them, or measure one "
        "more flow."
    ),
    "layer-open": (
        "No process says that {layer} closes there, and it is not conserved by itself, so no "
        "balance tests it. Name it in “closes” of the processes where it does."
    ),
    "robust-not-converged": (
        "Huber's loss came to no least value in {iterations} turns, so nothing is given as "
        "reconciled. Reconcile without --robust, and look at the readings far from every balance."
    ),
    "readings-outweighed": (
        "The other readings contradict these so much that they count for less: {members}. The "
        "least of them counts {share} of a full reading. Check these meters first."
    ),
    "draws-tangent": (
        "Shares and contents are drawn along their tangents at the answer. The amounts of every "
        "draw close; products of an amount and a share are right to first order only."
    ),
    "draws-moved": (
        "Only {share} of all draws lay within the bounds, so each of them was moved to the nearest "
        "state within. What piles up at a bound is the chance of lying beyond it."
    ),
    "draws-none": (
        "No state within all bounds was found near the reconciled values, so nothing was drawn. "
        "Check the least and greatest values of the flows at their bounds."
    ),
    "target-unknown": (
        "Nothing is known of the yield of {where}, so it cannot become surer: {members} cannot be "
        "determined. Ask without --target which meter makes them known."
    ),
    "global-test": (
        "Taken together, the readings do not fit the balances: chi-square {chi2} at {dof} "
        "degrees of freedom, p = {p}. At least one meter is further off than its sigma says; "
        "look at the suspects[, first at what is said of {because}]."
    ),
    "days-suspect": (
        "On {count} of {tested} tested days the readings do not fit the balances of the day at "
        "{level}: {days}. One such day in twenty is chance; more of them, or days in a row, are a "
        "meter that is off: look at the readings that are furthest off on them."
    ),
    "days-infeasible": (
        "On {count} days exact values contradict each other, so nothing is reconciled then: "
        "{days}. Reconcile such a day by itself to see in which balance, and give its values a "
        "sigma or correct one."
    ),
    "days-partial": (
        "On {count} days {where} was read for a part of the day only, and is taken as not measured "
        "then. State the rest of these days."
    ),
    "span-unused": (
        "A reading of {where} over several days begins or ends within a day or outside the period, "
        "so it is not used. Choose a period that holds all of it, or state it for whole days."
    ),
    "waiting-assumed": (
        "Goods that are hauled load by load wait between the hauls at {count} processes without a "
        "declared stock: {members}. What waits is taken as less than a load after a haul and as "
        "unknown on days without one. Declare a stock and log its level where it matters."
    ),
    "suspect": (
        "These readings fit the balances worst: {members} (statistic {statistic}). Check these "
        "meters first. If several are named, the balances cannot tell which of them it is."
    ),
    "meter-suspect": (
        "{what} reads too high, as it seems: by {size} ± {sigma} {unit} a day, from {first} to "
        "{last}[ (meter {device})].[ The balances cannot tell it from an error of {others}.]["
        " Nearly as good an explanation: {rival}.][ It would fit as "
        "well if the figures of {swapped} stood in each other's place.] Check the meter and its "
        "zero, then whether anything was booked twice or on another day."
    ),
    "meter-suspect/low": (
        "{what} reads too low, as it seems: by {size} ± {sigma} {unit} a day, from {first} to "
        "{last}[ (meter {device})].[ The balances cannot tell it from an error of {others}.]["
        " Nearly as good an explanation: {rival}.][ It would fit as "
        "well if the figures of {swapped} stood in each other's place.] Check whether anything "
        "was not logged, then the meter."
    ),
    "loss-suspect": (
        "At {process} something goes missing, as it seems: {size} ± {sigma} {unit} a day of "
        "{layer}, from {first} to {last}.[ The balances cannot tell it from an error of "
        "{others}.][ Nearly as good an explanation: {rival}.][ It would fit as well if the "
        "figures of {swapped} stood in each other's place.] Look for loads that nobody logged, "
        "then for a leak or an overflow, then at the meters around it."
    ),
    "loss-suspect/gain": (
        "At {process} more comes out than goes in, as it seems: {size} ± {sigma} {unit} a day of "
        "{layer}, from {first} to {last}.[ The balances cannot tell it from an error of "
        "{others}.][ Nearly as good an explanation: {rival}.][ It would fit as well if the "
        "figures of {swapped} stood in each other's place.] Look for an inflow that nobody logs, "
        "such as rain, then at the meters around it."
    ),
    "slip-suspect": (
        "{what} on {day}: {value} {unit} is probably {times} times too much, for {likely} {unit} "
        "would close the balances.[ Nearly as good an explanation: another error of {rival}.] "
        "Look at the ticket or the meter, and correct the entry."
    ),
    "slip-suspect/low": (
        "{what} on {day}: {value} {unit} is probably {times} times too little, for {likely} "
        "{unit} would close the balances.[ Nearly as good an explanation: another error of "
        "{rival}.] Look at the ticket or the meter, and correct the entry."
    ),
    "swap-suspect": (
        "The figures of {members} stand in each other's place, as it seems, from {first} to "
        "{last}: exchanged, they close the balances.[ Nearly as good an explanation: {rival}.] "
        "Compare them with the meters and correct the entries."
    ),
    "frozen": (
        "{what} has the same figure, {value} {unit}, on {count} days from {first} to {last}, "
        "though it usually moves. Read the meter on the spot, and ask whether figures were "
        "carried over from day to day."
    ),
    "copied-day": (
        "{count} of {of} figures of {day} are those of {first}: {members}. By chance that hardly "
        "happens. Ask whether the sheet of the day was copied, and correct it by the meters."
    ),
    "copied-column": (
        "{members} have the same figures on {count} days from {first} to {last}, though they "
        "usually differ. One of them was probably entered in the place of the other: compare "
        "both with their meters."
    ),
    "rounded": (
        "{count} of {of} figures of {what} from {first} to {last} stand on whole {value} {unit}, "
        "coarser than the meter shows. Enter what the meter says; a sigma below {sigma} {unit} "
        "cannot hold for such figures."
    ),
    "bound-violated": (
        "To close the balances {where} would have to be {value}[ {unit}], outside its bounds[; "
        "least: {low}][; most: {high}]. It was held at the bound; check it and the flows "
        "beside it."
    ),
    "bound-violated/together": (
        "To close the balances {members} would have to lie outside their bounds, whichever way "
        "they share what is left to them. They were held at their bounds; check them and the "
        "flows beside them."
    ),
    "bound-impossible": (
        "The bounds of {members} cannot hold together with the exact values and the balances[: "
        "it would have to be {value}][ {unit}][; least: {low}][; most: {high}]. Check the "
        "bounds and the values called exact."
    ),
    "cycle-closed": (
        "What enters the loop {members} never leaves it[ (layer {layer})], so origins and "
        "fates cannot be traced. Add the flow by which it leaves."
    ),
    "system-underdetermined": (
        "There are not enough numbers to fix every flow[: {members}]. Measure one of them, or "
        "give a coefficient."
    ),
    "system-contradiction": (
        "The declared coefficients and relations contradict each other[: {members}][, by "
        "{residual}]. Remove one, or give it a sigma."
    ),
    "simulated-negative": (
        "The scenario drives {what} below zero on {day}, to {value} {unit}"
        "[; days in all: {count}]. More leaves the process before it than comes in: look at its "
        "seasons, events and levels."
    ),
    "chain-unknown": "There is no chain “{what}”.[ Did you mean {nearest}?][ Known: {known}.]",
    "ratio-range": (
        "{where} is {value}[ ± {sigma}] {unit}, outside its usual range[; least: {low}][; "
        "most: {high}][; source: {source}]. Check the readings behind it, and their basis, "
        "before it is quoted."
    ),
    "name-taken": (
        "The package name “{name}” is also claimed by {owner}, whose files may stand in for "
        "ours. Install parkflow in an environment of its own."
    ),
    "engine-gas-poor": (
        "The gas holds a methane share of {value}[, and engines need {low}]. Check the "
        "analyzer, send it to the flare, or mix in richer gas."
    ),
    "grease-other-oil": (
        "{value} t of crude grease per t of catering waste is more than this waste holds[; most: "
        "{high}]. Declare the other oil taken in as a flow of its own, or check the figures."
    ),
    "gas-exceeds-feed": (
        "The biogas weighs {value} times the volatile solids it is made from, and it must be "
        "less than 1. Check the gas meter and its reference state, the methane share and the "
        "feed."
    ),
    "synthetic": (
        "The readings are synthetic: simulated, not measured. They must not be quoted as data "
        "of a real plant."
    ),
    "unverified": (
        "The default for {what}[ = {value}][ {unit}] was not checked against its source[ "
        "({source})]. Replace it with the plant's own figure, or verify it."
    ),
}
