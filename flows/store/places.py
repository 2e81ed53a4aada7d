"""Places: where in a file something stands, as one number and as file, sheet and row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.findings import Finding

#: More rows than a sheet can have: sheets are counted in these, for one number to a place.
_SHEET = 1 << 21


class Places:
    """Where in a file something stands: one number for conflicts, sheet and row for people."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sheets: list[str] = []

    def number(self, row: int | None, sheet: str) -> int | None:
        """One number for a row of a sheet, in their order."""
        if row is None:
            return None
        if sheet not in self._sheets:
            self._sheets.append(sheet)
        return self._sheets.index(sheet) * _SHEET + row

    def origin(self, row: int | None, sheet: str) -> str:
        """What is kept with the observation."""
        return f"{self._name}:{sheet}!{row}" if sheet else f"{self._name}:{row}"

    def put(self, item: Finding, sheet: str) -> Finding:
        """The finding with its file and sheet."""
        return item.at(file=self._file(sheet))

    def told(self, items: Iterable[Finding]) -> list[Finding]:
        """Findings of `conflicts` with sheet and row in place of the number of both."""
        return [self._told(item) for item in items]

    def _told(self, item: Finding) -> Finding:
        if item.row is None:
            return item.at(file=self._name)
        at, row = divmod(item.row, _SHEET)
        params = dict(item.params)
        if other := params.get("other"):
            sheet, params["other"] = divmod(int(str(other)), _SHEET)
            if sheet != at:
                params["other"] = f"{self._sheets[sheet]}!{params['other']}"
        sheet_of = self._sheets[at] if self._sheets else ""
        return replace(item, row=row, params=params, file=self._file(sheet_of))

    def _file(self, sheet: str) -> str:
        return f"{self._name} [{sheet}]" if sheet else self._name
