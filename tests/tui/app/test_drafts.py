"""Drafts outlive the process: appended whole, torn lines passed over, gone once saved."""

import errno
import os
from datetime import date

import pytest

from tui.daysheet.cells import Cell
from tui.daysheet.drafts import Drafts

DAY = date(2025, 3, 1)


def drafts(folder) -> Drafts:
    return Drafts(folder, "park", "张三/../x")


def test_what_was_put_is_read_again_by_another_process(tmp_path):
    drafts(tmp_path).put(DAY, {"a": Cell("12 t", "value", 12.0), "b": Cell("0", "zero", 0.0)})
    drafts(tmp_path).put(DAY, {"b": None})
    assert drafts(tmp_path).read(DAY) == {"a": Cell("12 t", "value", 12.0)}


def test_a_line_torn_by_a_kill_costs_only_itself(tmp_path):
    own = drafts(tmp_path)
    own.put(DAY, {"a": Cell("1")})
    with own.path(DAY).open("ab") as file:
        file.write(b'{"what": "b", "cell": {"te')
    assert own.read(DAY).keys() == {"a"}
    own.put(DAY, {"c": Cell("3")})
    assert own.read(DAY).keys() == {"a", "c"}


def test_saved_cells_end_and_the_last_one_takes_the_file_along(tmp_path):
    own = drafts(tmp_path)
    own.put(DAY, {"a": Cell("1"), "b": Cell("2")})
    own.end(DAY, {"a"})
    assert own.read(DAY).keys() == {"b"}
    assert own.days() == [DAY]
    own.end(DAY, {"b"})
    assert not own.path(DAY).exists()
    assert own.days() == []


def test_a_name_with_slashes_stays_inside_the_folder(tmp_path):
    own = drafts(tmp_path)
    own.put(DAY, {"a": Cell("1")})
    assert own.path(DAY).resolve().is_relative_to(tmp_path.resolve())


def test_two_people_have_two_drafts(tmp_path):
    Drafts(tmp_path, "park", "a").put(DAY, {"x": Cell("1")})
    assert Drafts(tmp_path, "park", "b").read(DAY) == {}


def test_what_a_full_disk_did_not_take_is_kept_and_written_with_the_next_cell(
    tmp_path, monkeypatch
):
    own = drafts(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            own.put(DAY, {"a": Cell("1")})
    assert own.unkept == 1
    assert own.read(DAY).keys() == {"a"}
    own.put(DAY, {"b": Cell("2")})
    assert own.unkept == 0
    assert drafts(tmp_path).read(DAY).keys() == {"a", "b"}


def test_a_disk_that_takes_a_part_is_given_the_rest(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, text: write(descriptor, text[:7]))
    drafts(tmp_path).put(DAY, {"a": Cell("12 t", "value", 12.0)})
    assert drafts(tmp_path).read(DAY) == {"a": Cell("12 t", "value", 12.0)}
