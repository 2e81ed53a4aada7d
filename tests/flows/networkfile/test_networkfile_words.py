"""What is wrong with a network file is said in the words of such files, with what to do."""

from __future__ import annotations

import pytest

from flows.errors import Refused
from flows.networkfile.file import read_network
from flows.tomltable import as_toml
from reports.words import Words

HEAT = """
[[flow]]
id = "steam"
from = "environment"
to = "plant"
unit = "GJ"
value = 100.0
sigma = 5.0
"""
SLUDGE = """
[[flow]]
id = "sludge"
from = "plant"
to = "environment"
unit = "t"
value = 110.0
sigma = 5.0
"""


def said(text, language="en"):
    with pytest.raises(Refused) as caught:
        read_network(text)
    return [Words(language).say(item) for item in caught.value.findings]


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        ("value = true", "true"),
        ('value = "110 t"', '"110 t"'),
        ("value = [110.0]", "[110.0]"),
        ("value = { most = 3 }", "{ most = 3 }"),
        ("value = 2025-03-01", "2025-03-01"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_value_of_the_wrong_sort_is_shown_as_it_stands_in_the_file(wrong, shown, language):
    (sentence,) = said(SLUDGE.replace("value = 110.0", wrong), language)
    assert f"{shown}." in sentence or f"{shown}。" in sentence


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_pair_of_one_flow_with_itself_is_shown_as_a_list(language):
    text = '[[correlation]]\nbetween = ["sludge", "sludge"]\nvalue = 0.2\n'
    (sentence,) = said(SLUDGE + text, language)
    assert '["sludge", "sludge"]' in sentence
    assert "two readings" not in sentence or language == "en"


def test_a_long_value_is_cut():
    assert (
        as_toml(["sludge"] * 20) == '["sludge", "sludge", "sludge", "sludge", "sludge", "sludge"…'
    )
    assert len(as_toml("x" * 500)) == 60


def test_quotes_within_a_text_stay_apart_from_those_around_it():
    assert as_toml('the "wet" one') == '"the \\"wet\\" one"'


def test_a_sum_of_contents_that_are_not_carried_says_what_to_write():
    (sentence,) = said('[network]\nsum_to_one = ["ash"]\n' + SLUDGE)
    assert 'Wanted: [network] layers = ["mass", "ash"].' in sentence
    (sentence,) = said('[network]\nlayers = ["mass", "salt"]\nsum_to_one = ["ash"]\n' + SLUDGE)
    assert 'Wanted: ["salt"].' in sentence


def test_a_content_of_an_unknown_layer_says_how_the_known_ones_are_called():
    text = '[network]\nlayers = ["mass", "salt", "ash"]\n' + SLUDGE
    (sentence,) = said(text + '[[reading]]\nof = "sludge.COD"\nvalue = 0.1\n')
    assert 'Wanted: "sludge.salt" | "sludge.ash".' in sentence


@pytest.mark.parametrize(("language", "todo"), [("en", "declare this"), ("zh", "先声明")])
def test_an_unknown_process_or_device_says_what_to_do(language, todo):
    (sentence,) = said(SLUDGE + '[[stock]]\nprocess = "tank"\nchange = 1.0\nunit = "t"\n', language)
    assert todo in sentence
    (sentence,) = said(SLUDGE + 'device = "belt"\n', language)
    assert todo in sentence


def test_a_missing_unit_is_asked_for_beside_whichever_number_stands_there():
    (sentence,) = said(HEAT + SLUDGE.replace('unit = "t"\n', "").replace("value = 110.0\n", ""))
    assert "“5.0” has no unit. Write the unit of its meter beside it." in sentence


@pytest.mark.parametrize("language", ["en", "zh"])
def test_heat_and_mass_in_one_balance_name_both_flows_and_the_process(language):
    (sentence,) = said(HEAT + SLUDGE, language)
    assert {name for name in ("steam", "sludge", "plant") if f"“{name}”" in sentence} == {
        "steam",
        "sludge",
        "plant",
    }


def test_the_environment_is_no_process_to_declare():
    (sentence,) = said('[[process]]\nid = "environment"\n[[process]]\nid = "plant"\n' + SLUDGE)
    assert "stands for all that lies outside. Give the process a name of its own" in sentence
