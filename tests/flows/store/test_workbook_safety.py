"""Files that are no sound workbook: each is refused in words before it costs time or memory."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.formula import ArrayFormula

from flows.findings import errors
from flows.store import ooxml
from flows.store.exchange import read_log

NOW = 1_743_580_800_000_000  # 2025-04-02 08:00 UTC
MARCH = datetime(2025, 3, 1)  # noqa: DTZ001  sheets know no zone
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.fixture
def read(resolver, calendar):
    def read(data, name="book.xlsx"):
        return read_log(data, name, resolver=resolver, calendar=calendar, now_us=NOW)

    return read


@pytest.fixture
def refused(read):
    """(code, problem) of what refuses a file."""

    def refused(data, name="book.xlsx"):
        items, found = read(data, name)
        assert not items
        return [(item.code, item.params.get("problem")) for item in errors(found)]

    return refused


@pytest.fixture
def sound():
    """A workbook of one reading, 300 t of `in` on 1 March, as another program writes it."""
    made = openpyxl.Workbook()
    made.active.append(["day", "in [t]"])
    made.active.append([MARCH, 300])
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def with_parts(data, parts, *, drop=()):
    """The package with parts replaced, added or dropped."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in source.namelist():
            if name not in drop and name not in parts:
                made.writestr(name, source.read(name))
        for name, text in parts.items():
            made.writestr(name, text)
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(rows, more=""):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData>{more}</worksheet>'


def test_a_sound_book_of_another_program_is_read(read, sound):
    ((item,), found) = read(sound)
    assert (item.what, item.value, found) == ("in", 300.0, ())


def test_a_workbook_named_csv_is_read_as_what_it_is_and_that_is_said(read, sound):
    ((item,), (found,)) = read(sound, "march.csv")
    assert (item.value, found.code, found.params["problem"]) == (300.0, "file-other", "workbook")


def test_a_csv_named_xlsx_is_read_as_what_it_is_and_that_is_said(read):
    ((item,), (found,)) = read(b"day,in [t]\n2025-03-01,300\n", "march.xlsx")
    assert (item.value, found.code, found.params["problem"]) == (300.0, "file-other", "text")


def test_a_book_of_macros_is_read_without_them(read, sound):
    data = with_parts(sound, {"xl/vbaProject.bin": b"\0" * 100})
    ((item,), _) = read(data, "march.xlsm")
    assert item.value == 300.0


def test_links_to_other_books_are_left_alone(read, sound):
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="x/externalLinkPath" Target="file:///etc/passwd" '
        'TargetMode="External"/></Relationships>'
    )
    data = with_parts(sound, {"xl/externalLinks/_rels/externalLink1.xml.rels": link})
    assert len(read(data)[0]) == 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (OLE + "Workbook".encode("utf-16-le"), "xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "html"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "html"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"PK\x05\x06" + bytes(18), "other"),
    ],
)
def test_what_is_no_workbook_is_named(refused, data, problem):
    assert refused(data) == [("workbook-unreadable", problem)]


def test_a_book_cut_off_at_any_place_is_damaged(refused, sound):
    for size in (100, len(sound) // 2, len(sound) - 10):
        assert refused(sound[:size]) == [("workbook-unreadable", "damaged")]


def test_a_book_with_flipped_bytes_is_read_or_refused_but_never_breaks(read, sound):
    for at in range(0, len(sound), 97):
        broken = bytearray(sound)
        broken[at] ^= 0xFF
        items, found = read(bytes(broken))
        assert items or errors(found)


@pytest.mark.parametrize(
    ("parts", "drop", "problem"),
    [
        ({}, ["[Content_Types].xml"], "other"),
        ({}, ["xl/workbook.xml"], "other"),
        ({}, [SHEET], "damaged"),
        ({SHEET: sheet_of("<row><c><v>1</v>")}, [], "damaged"),
        ({SHEET: '<?xml version="1.0" encoding="UTF-1"?>' + sheet_of("")}, [], "damaged"),
        ({SHEET: sheet_of('<row r="99999999999"><c><v>1</v></c></row>')}, [], "damaged"),
        ({"mimetype": "application/vnd.oasis"}, ["[Content_Types].xml"], "ods"),
    ],
)
def test_a_package_that_lacks_a_part_is_named(refused, sound, parts, drop, problem):
    assert refused(with_parts(sound, parts, drop=drop)) == [("workbook-unreadable", problem)]


def test_entities_are_refused_before_they_grow(refused, sound):
    lol = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + sheet_of(
        '<row><c t="str"><v>&b;</v></c></row>'
    )
    assert refused(with_parts(sound, {SHEET: lol})) == [("workbook-unreadable", "doctype")]


def test_a_bomb_is_refused_by_the_size_it_declares(refused, sound, monkeypatch):
    monkeypatch.setattr(ooxml, "MOST_BYTES", 1 << 20)
    bomb = with_parts(sound, {SHEET: sheet_of(" " * (2 << 20))})
    assert len(bomb) < 20_000
    monkeypatch.setattr(ooxml.Package, "parse", None)  # nothing is unpacked
    assert refused(bomb) == [("workbook-too-large", "size")]


def test_a_bomb_that_declares_too_little_is_stopped_as_it_unpacks(refused, sound, monkeypatch):
    bomb = bytearray(with_parts(sound, {SHEET: sheet_of(" " * (2 << 20))}))
    true = struct.pack("<I", len(sheet_of(" " * (2 << 20))))
    bomb = bytes(bomb).replace(true, struct.pack("<I", 1000))
    monkeypatch.setattr(ooxml, "MOST_BYTES", 1 << 20)
    assert refused(bomb) == [("workbook-unreadable", "damaged")]


def test_too_many_parts_are_refused_without_a_list_of_them(refused, sound, monkeypatch):
    data = with_parts(sound, {f"xl/media/{number}.png": b"" for number in range(5000)})
    monkeypatch.setattr(ooxml.zipfile, "ZipFile", None)
    assert refused(data) == [("workbook-too-large", "parts")]


def test_a_hundred_thousand_blank_rows_cost_no_memory(read, sound):
    blank = "".join(
        f'<row r="{number}" spans="1:5"><c r="A{number}" s="1"/><c r="B{number}" s="1"/></row>'
        for number in range(3, 100_003)
    )
    filled = (
        '<row r="1"><c r="A1" t="str"><v>day</v></c><c r="B1" t="str"><v>in</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>2025-03-01</v></c><c r="B2"><v>300</v></c></row>'
    )
    data = with_parts(sound, {SHEET: sheet_of(filled + blank)})
    tracemalloc.start()
    try:
        ((item,), found) = read(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (item.value, found) == (300.0, ())
    assert peak < 4 << 20


def test_cells_without_places_of_their_own_follow_each_other(read, sound):
    rows = (
        '<row><c t="inlineStr"><is><r><t>da</t></r><r><t>y</t></r><rPh><t>x</t></rPh></is></c>'
        '<c t="inlineStr"><is><t>in</t></is></c></row>'
        '<row><c t="d"><v>2025-03-01T00:00:00</v></c><c><v>3E2</v></c></row>'
    )
    ((item,), _) = read(with_parts(sound, {SHEET: sheet_of(rows)}))
    assert item.value == 300.0


def test_elements_may_have_a_prefix(read, sound):
    rows = (
        '<x:row r="1"><x:c r="A1" t="str"><x:v>day</x:v></x:c>'
        '<x:c r="B1" t="str"><x:v>in</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="A2" t="str"><x:v>2025-03-01</x:v></x:c>'
        '<x:c r="B2"><x:v>300</x:v></x:c></x:row>'
    )
    sheet = f'<x:worksheet xmlns:x="urn:x"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    ((item,), _) = read(with_parts(sound, {SHEET: sheet}))
    assert item.value == 300.0


def test_a_formula_that_no_program_has_calculated_is_refused_with_the_way_out(read):
    made = openpyxl.Workbook()
    for cells in (["day", "in [t]"], [MARCH, "=1+299"], [MARCH.replace(day=2), 300]):
        made.active.append(cells)
    made.active["B3"] = ArrayFormula("B3", "=SUM(1,299)")
    target = io.BytesIO()
    made.save(target)
    (found,) = errors(read(target.getvalue())[1])
    assert (found.code, found.params["cells"]) == ("formula-uncalculated", "B2, B3")


def test_merged_cells_over_everything_cost_no_time(read, sound):
    more = "<mergeCells>" + '<mergeCell ref="C1:XFD1048576"/>' * 2000 + "</mergeCells>"
    filled = (
        '<row r="1"><c r="A1" t="str"><v>day</v></c><c r="B1" t="str"><v>in</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>2025-03-01</v></c><c r="B2"><v>300</v></c></row>'
    )
    ((item,), _) = read(with_parts(sound, {SHEET: sheet_of(filled, more)}))
    assert item.value == 300.0


def test_more_cells_than_a_plant_has_are_refused(refused, monkeypatch):
    monkeypatch.setattr("flows.store.workbook.MOST_CELLS", 10)
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target)
    sheet = made.add_worksheet()
    for row in range(20):
        sheet.write_row(row, 0, ["day", 1])
    made.close()
    assert refused(target.getvalue()) == [("workbook-too-large", "cells")]
