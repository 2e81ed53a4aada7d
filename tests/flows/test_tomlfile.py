"""TOML files are read strictly: every finding has its line, and nothing in one is a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from datetime import date
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facilities.parkfile import BUILTIN
from flows.errors import Refused
from flows.nearest import nearest
from flows.tomlfile import Document
from flows.tomltable import Table


def document(text):
    return Document(dedent(text).lstrip("\n"), "park.toml")


def refused(source):
    with pytest.raises(Refused) as caught:
        Document(source, "park.toml")
    (found,) = caught.value.findings
    assert found.file == "park.toml"
    return found.code, found.row


# --- lines ---------------------------------------------------------------------------------------


def test_every_table_and_key_has_its_line():
    row = document(
        """
        top = 1
        [park]
        id = "p"
        "names" = { zh = "园" }
        limits.daily.max = 3
        [[chain]]
        id = "first"
        [[chain.step]]
        id = "a"
        [[chain.step]]
        id = "b"
        [[chain]]
          [[ chain . step ]]   # spaces are allowed
          id = "c"
        [chain.step.'odd key']
        x = 1
        """
    ).row
    assert row(("top",)) == 1
    assert (row(("park",)), row(("park", "id")), row(("park", "names"))) == (2, 3, 4)
    assert row(("park", "limits")) == row(("park", "limits", "daily", "max")) == 5
    assert (row(("chain", 0)), row(("chain", 0, "step", 0)), row(("chain", 0, "step", 1))) == (
        6, 8, 10,
    )  # fmt: skip
    assert (row(("chain", 1)), row(("chain", 1, "step", 0, "id"))) == (12, 14)
    assert row(("chain", 1, "step", 0, "odd key", "x")) == 16


def test_what_has_no_line_of_its_own_has_that_of_the_table_around_it():
    row = document('[park]\nnames = { zh = "园", en = "park" }\n').row
    assert row(("park", "names", "zh")) == 2
    assert row(("park", "zone")) == 1
    assert row(("tour", "order")) is None


@pytest.mark.parametrize(
    "hidden",
    [
        'note = """\n[b]\nx = 1\n"""',
        "note = '''\nx = 1'''",
        "note = [\n  [1],\n  [2, 3],\n]",
        'note = [\n  "x = 1",\n]',
        "# he said: ''' and \"\"\"\n# [b]\n# x = 1\nnote = 1",
        "note = 1\r",
        'note = "\u2028"',
    ],
)
def test_lines_within_texts_lists_and_comments_are_no_tables_and_no_keys(hidden):
    text = f"[a]\n{hidden}\nx = 5\n[b]\nx = 6\n"
    found = Document(text)
    assert found.row(("a", "x")) == text.split("\n").index("x = 5") + 1
    assert found.row(("b",)) == text.split("\n").index("[b]", -4) + 1
    assert found.row(("b", "x")) == text.split("\n").index("x = 6") + 1


KEYS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)


@given(st.lists(st.tuples(KEYS, st.booleans(), st.sets(KEYS, max_size=3)), max_size=6))
def test_whatever_tables_a_file_has_each_value_is_found_at_its_line(blocks):
    lines, wanted, counts = [], [], {}
    plain = {name for name, array, _ in blocks if not array}
    for name, _, keys in blocks:
        if name in counts and name in plain:
            continue
        counts[name] = counts.get(name, -1) + 1
        here = (name,) if name in plain else (name, counts[name])
        lines.append(f"[{name}]" if name in plain else f"[[{name}]]")
        for key in sorted(keys):
            lines.append(f"{key} = {len(lines)}")
            wanted.append(((*here, key), len(lines)))
    found = Document("\n".join(["# none", *lines]))
    assert all(found.row(path) == row + 1 for path, row in wanted)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "code", "row"),
    [
        ("", "file-empty", None),
        ("\ufeff \n", "file-empty", None),
        (b"\xef\xbb\xbf", "file-empty", None),
        (b'a = 1\nb = "caf\xe9"\n', "file-not-utf8", 2),
        ("a = 1\nb = \n", "toml-syntax", 2),
        ("a = 1\nb = [1,\n\n", "toml-syntax", 2),
        ("a = 1\na = 2\n", "toml-syntax", 2),
        ("a = " + "[" * 5000, "toml-syntax", None),
        ("a = " + "9" * 5000, "toml-syntax", None),
        ("[b]\na = " + "[" * 40 + "]" * 40, "toml-syntax", 2),
        (".".join("a" * 100) + " = 1", "toml-syntax", 1),
        ("[b]\na = " + "9" * 400, "value-range", 2),
        ("a = 1\n[[b]]\nx = [1, 0x" + "f" * 5000 + "]", "value-range", 3),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(source, code, row):
    assert refused(source) == (code, row)


def test_whole_numbers_of_64_bits_are_read():
    assert Table(Document(f"a = {2**63 - 1}\nb = {-(2**63)}")).number("a") == 2.0**63
    assert refused(f"a = {2**63}") == ("value-range", 1)


@given(st.text() | st.binary())
@example("a = 1e999")
@example("a = 2025-02-30")
def test_no_text_is_more_than_a_refusal(source):
    with suppress(Refused):
        assert isinstance(Document(source).data, dict)


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "value", "answer", "code"),
    [
        (lambda t: t.text("x"), '" steam "', "steam", ""),
        (lambda t: t.text("x", required=True), '"  "', "", "key-missing"),
        (lambda t: t.text("x"), "3", "", "value-type"),
        (lambda t: t.text("x", "plain"), "3", "plain", "value-type"),
        (lambda t: t.flag("x"), "true", True, ""),
        (lambda t: t.flag("x"), "1", False, "value-type"),
        (lambda t: t.number("x"), "3", 3.0, ""),
        (lambda t: t.number("x"), "true", None, "value-type"),
        (lambda t: t.number("x"), '"3"', None, "value-type"),
        (lambda t: t.number("x"), "nan", None, "amount-not-finite"),
        (lambda t: t.number("x"), "-inf", None, "amount-not-finite"),
        (lambda t: t.number("x", infinite=True), "-inf", float("-inf"), ""),
        (lambda t: t.number("x", infinite=True), "nan", None, "amount-not-finite"),
        (lambda t: t.whole("x", 5, 0, 23), "23", 23, ""),
        (lambda t: t.whole("x", 5, 0, 23), "24", 5, "value-range"),
        (lambda t: t.whole("x", 5, 0, 23), "8.0", 5, "value-type"),
        (lambda t: t.day("x"), "2025-03-01", date(2025, 3, 1), ""),
        (lambda t: t.day("x"), "2025-03-01T08:00:00", None, "value-type"),
        (lambda t: t.moment("x"), "2025-03-01", "2025-03-01", ""),
        (lambda t: t.moment("x"), "2025-03-01T08:00:00", "2025-03-01 08:00:00", ""),
        (lambda t: t.moment("x"), '"1 March"', "1 March", ""),
        (lambda t: t.moment("x"), "08:00:00", "", "value-type"),
        (lambda t: t.words("x"), '["a", "b"]', ("a", "b"), ""),
        (lambda t: t.words("x"), '["a", 3]', None, "value-type"),
        (lambda t: t.words("x"), '"a"', None, "value-type"),
        (lambda t: t.choice("x", ("up", "down")), '"down"', "down", ""),
        (lambda t: t.choice("x", ("up", "down"), "up"), '"left"', "up", "value-type"),
        (lambda t: t.names("x"), '"园"', {"zh": "园", "en": "园"}, ""),
        (lambda t: t.names("x"), '{ zh = "园" }', {"zh": "园"}, ""),
        (lambda t: t.names("x"), "{ zh = 3 }", {}, "value-type"),
        (lambda t: t.names("x"), "3", {}, "value-type"),
        (lambda t: t.id("x"), '"belt-2"', "belt-2", ""),
        (lambda t: t.id("x"), '"Belt 2"', "Belt 2", "id-form"),
        (lambda t: t.id("x"), '"water.feed"', "water.feed", "id-form"),
        (lambda t: t.id("x", dotted=True), '"water.feed"', "water.feed", ""),
        (lambda t: t.table("x").data, "3", {}, "value-type"),
        (lambda t: t.tables("x"), "[3]", [], "value-type"),
        (lambda t: t.tables("x"), "{}", [], "value-type"),
    ],
)  # fmt: skip
def test_a_value_is_taken_only_if_it_is_of_the_sort_that_was_asked_for(ask, value, answer, code):
    found = Document(f"[flow]\nid = 'f'\nx = {value}\n")
    assert ask(Table(found).table("flow")) == answer
    assert [(item.code, item.where, item.row, item.column) for item in found.findings] == (
        [(code, "f", 3, "x")] if code else []
    )


def test_what_is_not_there_is_nothing_and_said_only_where_it_must_be():
    found = Document("[flow]\n")
    table = Table(found).table("flow")
    assert (table.text("a"), table.number("a"), table.words("a")) == ("", None, None)
    assert (table.names("a"), table.tables("a"), table.moment("a")) == ({}, [], "")
    assert found.findings == []
    assert (table.text("b", required=True), table.number("c", required=True)) == ("", None)
    assert [(f.code, f.row, f.params["key"]) for f in found.findings] == [
        ("key-missing", 1, "b"), ("key-missing", 1, "c"),
    ]  # fmt: skip


def test_an_id_that_is_none_comes_with_one():
    found = Document('id = "Kitchen waste_2"')
    Table(found).id()
    assert found.findings[0].params["suggestion"] == "kitchen-waste-2"


def test_validity_that_ends_before_it_begins_is_refused():
    found = Document("valid_from = 2025-03-01\nvalid_to = 2025-03-01")
    Table(found).validity()
    assert [(item.code, item.row) for item in found.findings] == [("span-empty", 2)]


def test_keys_and_tables_that_nobody_asked_for_are_unknown_at_their_lines():
    found = document(
        """
        [[flow]]
        id = "in"
        Sigma = 3
        [[reading]]
        [[readings]]
        [note]
        """
    )
    root = Table(found)
    for table in root.tables("flow"):
        table.text("id")
        table.number("sigma")
        table.close()
    root.tables("reading")
    root.close()
    assert [(f.code, f.where, f.row, f.params["nearest"]) for f in found.findings] == [
        ("key-unknown", "in", 3, "sigma"),
        ("key-unknown", "", 5, "reading"),
        ("key-unknown", "", 6, ""),
    ]
    assert found.findings[0].params["allowed"] == "id, sigma"


def test_a_value_that_serves_twice_is_judged_once():
    found = Document("x = 3")
    table = Table(found)
    table.text("x")
    table.text("x")
    assert len(found.findings) == 1


@pytest.mark.parametrize(
    ("word", "likely"),
    [("sgima", "sigma"), ("SIGMA", "sigma"), ("codd", "COD"), ("zzz", ""), ("", "")],
)
def test_the_nearest_word_is_found_whatever_its_case(word, likely):
    assert nearest(word, ["sigma", "value", "COD"]) == likely


# --- speed ---------------------------------------------------------------------------------------

PROBE = """
import json, sys
from facilities.parkfile import builtin, load
from flows.networkfile.file import read_network
heavy = ["pint", "numpy", "scipy", "networkx", "sqlalchemy", "plotly", "textual"]
for name in {parks!r}:
    load(builtin(name))
park = [name for name in heavy if name in sys.modules]
read_network({network!r})
print(json.dumps([park, [name for name in heavy if name in sys.modules]]))
"""
PLAIN = """
[[flow]]
id = "in"
from = "environment"
to = "P"
value = 100
sigma = "5 %"
[[flow]]
id = "out"
from = "P"
to = "environment"
"""


def test_reading_a_park_loads_no_heavy_module_and_a_network_only_its_graph():
    script = PROBE.format(parks=list(BUILTIN), network=PLAIN)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == [[], ["networkx"]]
