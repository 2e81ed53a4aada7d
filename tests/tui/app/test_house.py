"""Where Textual may be named, and that every screen and key has its words."""

import importlib
import re
from pathlib import Path

import pytest

from reports.words import Words
from tui.screens import PLACES

TUI = Path(__file__).parents[3] / "tui"
ALLOWED = ("app.py", "messages.py", "screens/", "widgets/")


def test_textual_is_named_only_in_app_screens_widgets_and_messages():
    naming = {
        path.relative_to(TUI).as_posix()
        for path in TUI.rglob("*.py")
        if re.search(r"^\s*(from|import) textual\b", path.read_text("utf-8"), re.MULTILINE)
    }
    assert {name for name in naming if not name.startswith(ALLOWED)} == set()
    assert "app.py" in naming


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_screen_and_each_of_its_keys_has_words(lang):
    words = Words(lang)
    terms = [place.term for place in PLACES]
    for place in PLACES:
        module, _, name = place.where.partition(":")
        terms += [key.term for key in getattr(importlib.import_module(module), name).KEYS]
    assert [term for term in terms if words.term(term) == term] == []


def test_each_function_key_leads_to_one_screen():
    assert len({place.key for place in PLACES}) == len({place.name for place in PLACES})
