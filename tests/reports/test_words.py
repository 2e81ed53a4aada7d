"""Words: every code has its sentence in both languages, and numbers read as people write them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from flows.findings import CODES, finding
from reports.sentences import SENTENCES
from reports.terms import TERMS
from reports.words import LANGUAGES, STANDS_IN, Words, fields

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("flows", "facilities", "reports", "tui")
PLACE = {"where", "file", "row", "column", "severity"}


def _calls(name: str) -> list[tuple[Path, ast.Call]]:
    """Calls of `name(...)` or `something.name(...)` with a literal first argument."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                function = node.func
                called = getattr(function, "id", getattr(function, "attr", ""))
                first = node.args[0]
                if called == name and isinstance(first, ast.Constant):
                    found.append((path, node))
    return found


def _place(path: Path, call: ast.Call) -> str:
    return f"{path.relative_to(ROOT)}:{call.lineno}"


def test_every_code_has_a_sentence_and_every_sentence_a_code():
    assert {code.partition("/")[0] for code in SENTENCES} == set(CODES)
    assert set(CODES) <= set(SENTENCES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_sentence_needs_the_same_parameters_in_every_language(code):
    asked = {language: fields(Words(language).sentence(code)) for language in LANGUAGES}
    assert len({frozenset.union(*both) for both in asked.values()}) == 1
    assert len({needed for needed, _ in asked.values()}) == 1


@pytest.mark.parametrize("code", sorted(CODES))
def test_chinese_has_words_of_its_own_for_every_finding(code):
    assert Words("zh").sentence(code) != Words("en").sentence(code)


@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_without_parameters_still_reads_as_a_sentence(language, code):
    text = Words(language).say(finding(code))
    assert text.endswith((".", "。", "?", "？", ":", ")", "）"))
    assert not set("{}[]") & set(text)
    assert "None" not in text


def test_each_finding_made_in_the_source_brings_what_its_sentence_needs():
    lacking = []
    for path, call in _calls("finding"):
        code = call.args[0].value
        if any(keyword.arg is None for keyword in call.keywords):
            continue
        given = {keyword.arg for keyword in call.keywords} | ({"where"} if call.args[1:] else set())
        given |= {key for key, other in STANDS_IN.items() if other in given}
        needed, _ = fields(SENTENCES.get(code, "{a sentence of its own}"))
        if needed - given:
            lacking.append(f"{_place(path, call)}: {code} lacks {sorted(needed - given)}")
    assert not lacking


def test_each_term_asked_for_in_the_source_is_known():
    asked = {
        (call.args[0].value, _place(path, call))
        for name in ("term", "text")
        for path, call in _calls(name)
        if getattr(getattr(call.func, "value", None), "id", "") == "words"
        or getattr(getattr(call.func, "value", None), "attr", "") == "words"
    }
    assert asked
    assert {item for item in asked if item[0] not in TERMS} == set()


def test_a_finding_says_where_it_is_before_what_it_is():
    item = finding("amount-grouping", file="day.csv", row=7, column="value", text="1,62")
    english = "day.csv, row 7, column “value”: “1,62”: the digits are not grouped"
    chinese = "day.csv，第 7 行，“value”列：“1,62”"
    assert Words("en").say(item).startswith(english)
    assert Words("zh").say(item).startswith(chinese)


def test_what_is_not_known_is_left_out_of_the_sentence():
    words = Words("en")
    assert "Did you mean" not in words.say(finding("flow-unknown", what="x"))
    assert "Did you mean y?" in words.say(finding("flow-unknown", what="x", nearest="y"))
    assert "Did you mean" not in words.say(finding("flow-unknown", what="x", nearest=""))


def test_ids_are_shown_with_their_names_where_names_are_known():
    item = finding("suspect", members="f1, f2", statistic=5.2)
    text = Words("zh").say(item, {"f1": {"zh": "入炉垃圾"}})
    assert "入炉垃圾（f1）、f2" in text


def test_braces_in_what_a_person_typed_are_only_text():
    assert "{oops}" in Words("en").say(finding("day-unreadable", text="{oops} {0} [x]"))


@pytest.mark.parametrize(
    ("value", "sigma", "text"),
    [
        (1623.4, None, "1,623.4"),
        (53312.456, None, "53,312"),
        (0.225, None, "0.225"),
        (0.0, None, "0"),
        (-0.0000000001, 1.0, "0.0 ± 1.0"),
        (1623.4, 1.234, "1,623.4 ± 1.2"),
        (53312.0, 1234.0, "53,300 ± 1,200"),
        (0.22512, 0.0123, "0.225 ± 0.012"),
        (9.99, 0.0996, "9.99 ± 0.10"),
        (-3.0, 0.1, "−3.00 ± 0.10"),
        (5.0, 0.0, "5 ± 0"),
        (1e-7, None, "1.0×10⁻⁷"),
        (None, 1.0, "–"),
        (float("nan"), None, "–"),
        (float("inf"), None, "∞"),
    ],
)
def test_numbers_show_the_digits_that_mean_something(value, sigma, text):
    assert Words("en").number(value, sigma) == text


def test_almost_everything_is_not_said_to_be_everything():
    words = Words("en")
    assert words.percent(0.9999) == "99.9 %"
    assert words.percent(1.0) == "100 %"
    assert words.percent(None) == "–"


def test_a_language_we_do_not_speak_is_refused():
    with pytest.raises(ValueError, match="fr"):
        Words("fr")


def test_speaking_loads_no_heavy_module():
    heavy = {"babel", "plotly", "numpy", "pint", "scipy", "networkx", "sqlmodel", "textual"}
    code = (
        "import sys; from reports.words import Words; Words('zh').term('flow');"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stdout.strip() == "[]"


def test_what_is_counted_from_one_and_not_there_is_left_out():
    told = {"ticket": "A5", "device": "scale", "other": 7}
    assert "(row 7) (entry #12)." in Words("en").say(
        finding("ticket-duplicate", "in", id=12, **told)
    )
    first, _, _ = Words("en").say(finding("ticket-duplicate", "in", id=0, **told)).partition(".")
    assert "number" not in first


def test_a_chinese_sentence_has_blanks_round_latin_words_only():
    item, names = finding("stocktake-missing", "fed"), {"fed": {"zh": "入炉垃圾"}}
    assert Words("zh").say(item).startswith("fed 在时段")
    assert Words("zh").say(item, names).startswith("入炉垃圾（fed）在时段")


def test_where_a_finding_is_said_once():
    words = Words("en")
    assert words.say(finding("process-unknown", "furnace")).count("furnace") == 1
    assert words.say(finding("process-unknown", "in", what="furnace")).count("(in)") == 1
    assert words.say(finding("unit-unknown", "in", text="tt")).startswith("in: ")
    assert words.say(finding("value-type", "lang", key="lang")).startswith("The value of “lang”")


def test_a_switch_is_said_as_yes_or_no():
    text = Words("en").say(finding("value-type", key="splitter", value=True))
    assert "Yes" in text
    assert "否" in Words("zh").say(finding("value-type", key="splitter", value=False))


@pytest.mark.parametrize(
    ("value", "text"),
    [(9.97e-6, "1.0×10⁻⁵"), (-3.14e-7, "−3.1×10⁻⁷"), (1e-4, "0.0001"), (99999.6, "100,000")],
)
def test_a_small_number_is_a_power_of_ten_with_one_digit_before_the_point(value, text):
    assert Words("en").number(value) == text


def test_a_very_small_sigma_does_not_make_a_very_long_number():
    assert Words("en").number(1623.4, 1.2e-9) == "1,623.4 ± 1.2×10⁻⁹"
