"""Park files in the text of a test."""

from __future__ import annotations

from textwrap import dedent

import pytest

from facilities.parkfile import load
from flows.errors import Refused

HEAD = """
[park]
id = "test"
names = { zh = "试验园区", en = "test park" }
zone = "Asia/Shanghai"
"""


@pytest.fixture
def write(tmp_path):
    """Write a park file of some text under a minimal [park] table."""

    def write_file(text, head=HEAD):
        path = tmp_path / "park.toml"
        path.write_text(head + dedent(text), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def park(write):
    """The park of some text."""
    return lambda text: load(write(text))


@pytest.fixture
def refused(write):
    """The findings with which the park file of some text is refused."""

    def findings(text, head=HEAD):
        with pytest.raises(Refused) as caught:
            load(write(text, head))
        return caught.value.findings

    return findings
