"""Catalogs and the page of findings are what the program itself would write."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from reports.sentences import SENTENCES
from reports.terms import TERMS
from reports.words import LOCALE

TOOL = Path(__file__).resolve().parents[2] / "tools" / "catalogs.py"
CATALOGS = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("catalogs", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.parts[-3])
def test_the_compiled_catalog_is_a_fresh_compile(tool, catalog):
    assert catalog.with_suffix(".mo").read_bytes() == tool.compiled(catalog)


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.parts[-3])
def test_the_catalog_translates_every_text_and_nothing_else(catalog):
    with catalog.open("rb") as source:
        messages = [message for message in read_po(source) if message.id]
    wanted = {(f"finding.{code}", text) for code, text in SENTENCES.items()}
    wanted |= {(f"term.{code}", text) for code, text in TERMS.items()}
    assert {(message.context, message.id) for message in messages} == wanted
    assert [message.id for message in messages if not message.string or message.fuzzy] == []


def test_the_page_of_findings_is_what_the_program_says(tool):
    assert tool.FINDINGS.read_text(encoding="utf-8") == tool.findings_page()


def test_there_is_a_chinese_catalog():
    assert [path.parts[-3] for path in CATALOGS] == ["zh"]


def test_a_compiled_catalog_does_not_say_when_or_by_what_it_was_made(tool):
    for catalog in CATALOGS:
        binary = tool.compiled(catalog)
        assert b"Date" not in binary
        assert b"Babel" not in binary
