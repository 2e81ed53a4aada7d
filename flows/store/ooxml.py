"""The package of a workbook: a ZIP of XML parts, opened within limits before it is parsed."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Self
from xml.parsers import expat

from flows.errors import Refused
from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

#: No more parts, and no more unpacked bytes of those that are read, than any plant's book has: a
#: year of days by 100 streams is 2 MB.
MOST_PARTS = 4000
MOST_BYTES = 160 * 1024 * 1024

#: Bytes of the central directory for each part: 46 and its name (APPNOTE.TXT 4.3.12).
_DIRECTORY = 400 * MOST_PARTS

#: How much is unpacked at once.
_PIECE = 1 << 18

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"

#: What a damaged archive makes the standard library raise.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
    struct.error, ValueError, LookupError, OverflowError, expat.ExpatError,
)  # fmt: skip

_TEXT_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")


def unreadable(problem: str) -> Refused:
    """The refusal of a file that is no workbook we can read; `problem` says why."""
    return Refused(finding("workbook-unreadable", problem=problem))


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are those of a package, whatever the file is called.

    Raises:
        Refused: `workbook-unreadable` for what spreadsheet programs write and no text file is:
            an old .xls, an encrypted workbook, a web page named .xls.
    """
    if data.startswith(_OLE):
        # [MS-OFFCRYPTO]: an encrypted package is an OLE file with a stream of this name
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise unreadable("encrypted" if encrypted else "xls")
    if data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_TEXT_MARKUP):
        raise unreadable("html")
    return data.startswith((_ZIP, b"PK\x05\x06"))


class Package:
    """The parts of a workbook file.

    Args:
        data: The whole file.

    Raises:
        Refused: `workbook-unreadable` or `workbook-too-large`, before anything is unpacked.
    """

    def __init__(self, data: bytes) -> None:
        self._left = MOST_BYTES
        _check_directory(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGED:
            raise unreadable("damaged") from None
        try:
            self._names = self._index()
        except Refused:
            self._zip.close()
            raise

    def _index(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MOST_PARTS:
            raise _too_large("parts", len(infos), MOST_PARTS)
        if any(info.flag_bits & 1 for info in infos):
            raise unreadable("encrypted")
        names = {_plain(info.filename): info for info in infos}
        if "[content_types].xml" not in names:
            raise unreadable(("mimetype" in names and "ods") or "other")
        # pictures and macros are never unpacked, so their size does no harm
        declared = sum(info.file_size for name, info in names.items() if name.endswith(".xml"))
        if declared > MOST_BYTES:
            raise _too_large("size", declared >> 20, MOST_BYTES >> 20)
        return names

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def __contains__(self, part: str) -> bool:
        return _plain(part) in self._names

    def parse(
        self,
        part: str,
        start: Callable[[str, Mapping[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Walk through an XML part; names of elements come without prefix.

        Raises:
            Refused: `workbook-unreadable` if it is not there, is damaged, or declares a document
                type (no workbook does, and entities could be made to grow without end);
                `workbook-too-large` if more comes out than was declared.
        """
        info = self._names.get(_plain(part))
        if info is None:
            raise unreadable("damaged")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype

        def first(name: str, attributes: dict[str, str]) -> None:
            # most writers prefix nothing, and a call saved is a third of the time of a sheet
            if ":" in name:
                parser.StartElementHandler = lambda name, attributes: start(
                    _local(name), attributes
                )
                if end is not None:
                    parser.EndElementHandler = lambda name: end(_local(name))
            else:
                parser.StartElementHandler = start
                if end is not None:
                    parser.EndElementHandler = end
            start(_local(name), attributes)

        parser.StartElementHandler = first
        if text is not None:
            parser.CharacterDataHandler = text
        try:
            with self._zip.open(info) as source:
                while piece := source.read(_PIECE):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise _too_large("size", MOST_BYTES >> 20, MOST_BYTES >> 20)
                    parser.Parse(piece)
            parser.Parse(b"", True)
        except _DAMAGED:
            raise unreadable("damaged") from None

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """Parts that `part` ("" for the package) points to: id to (last word of type, part)."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
                kind = attributes["Type"].rpartition("/")[2]
                found[attributes["Id"]] = kind, target.lstrip("/")

        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels in self:
            self.parse(rels, start)
        return found


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _plain(name: str) -> str:
    """Part names compare without case (OPC, ECMA-376 part 2); some writers use backslashes."""
    return name.replace("\\", "/").lstrip("/").lower()


def _too_large(problem: str, value: int, most: int) -> Refused:
    return Refused(finding("workbook-too-large", problem=problem, value=value, most=most))


def _no_doctype(*_: object) -> None:
    raise unreadable("doctype")


def _check_directory(data: bytes) -> None:
    """Refuse by the end record alone what would cost time to list (APPNOTE.TXT 4.3.16)."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if at < 0 or len(data) - at < 22:
        raise unreadable("damaged")
    count, size = struct.unpack_from("<HI", data, at + 10)
    if count > MOST_PARTS or size > _DIRECTORY:
        raise _too_large("parts", count, MOST_PARTS)
