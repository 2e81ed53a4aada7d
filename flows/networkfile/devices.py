"""The devices of a network file, and how each reads in the unit of a reading."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.network import Device, Spread

if TYPE_CHECKING:
    from flows.networkfile.definitions import Definitions
    from flows.tomltable import Table


class Devices:
    """Reads `[[device]]`.

    Attributes:
        declared: By id; bare numbers as they were written, in no unit yet.
    """

    def __init__(self, defined: Definitions) -> None:
        """Read."""
        self.declared: dict[str, Device] = {}
        self._tables: dict[str, Table] = {}
        self._units: dict[str, str] = {}
        for table in defined.root.tables("device"):
            name = defined.id(table, self.declared)
            sigma = defined.spread(table, "sigma")
            bias = defined.spread(table, "bias_sigma")
            step = table.number("resolution") or 0.0
            if step < 0.0:
                table.report("value-range", "resolution", key="resolution", value=step, low=0)
            state = table.text("gas_state")
            multiplier, rollover = (_above_zero(table, key) for key in ("multiplier", "rollover"))
            table.close()
            if name:
                self._tables[name] = table
                self.declared[name] = Device(
                    name,
                    sigma=sigma,
                    bias_sigma=bias,
                    resolution=step,
                    gas_state=state,
                    multiplier=multiplier or 1.0,
                    rollover=rollover,
                )

    def gas_state(self, name: str) -> str:
        """Reference state of its gas volumes, "" where none is declared."""
        return self.declared[name].gas_state if name in self.declared else ""

    def reading(self, name: str, unit: str, factor: float) -> Device | None:
        """A device as it reads in one unit: its bare numbers are in the unit of each reading.

        Args:
            name: Its id, or "".
            unit: Unit of the reading, as written.
            factor: Canonical units per one of it over the span of the reading.
        """
        device = self.declared.get(name)
        if device is None:
            return None
        bare = {
            key: value
            for key, value in (
                ("sigma", device.sigma and device.sigma.absolute),
                ("bias_sigma", device.bias_sigma and device.bias_sigma.absolute),
                ("resolution", device.resolution),
            )
            if value
        }
        if bare and self._units.setdefault(name, unit) != unit:
            # The same number cannot be true of a reading in kg and of one in t.
            for key, value in bare.items():
                self._tables[name].report("unit-missing", key, text=f"{value:g}")
        return replace(
            device,
            sigma=_times(device.sigma, factor),
            bias_sigma=_times(device.bias_sigma, factor),
            resolution=device.resolution * factor,
        )


def _above_zero(table: Table, key: str) -> float | None:
    value = table.number(key)
    if value is None or value > 0.0:
        return value
    table.report("value-range", key, key=key, value=value, low="> 0", high="")
    return None


def _times(spread: Spread | None, factor: float) -> Spread | None:
    if spread is None or spread.absolute is None:
        return spread
    return replace(spread, absolute=spread.absolute * factor)
