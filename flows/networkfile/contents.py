"""What a network file says of several layers: contents of flows, units of what they carry."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.layers import LAYERS
from flows.measured import Measured
from flows.networkfile.readings import span_of
from flows.networkfile.series import ASSUMED
from flows.period import DAY

if TYPE_CHECKING:
    from flows.networkfile.definitions import Definitions
    from flows.tomltable import Table

#: Kinds of which a content without a unit, or in percent, is a share.
_MASSES = ("mass", "dry-mass")
#: What a tonne may have more than a tonne of: fat takes up 2.9 t of oxygen.
_NO_PART = frozenset({"COD"})
#: Unit of a content of which none is stated, by the kind of its flow and the unit of its layer.
_UNITS = {"mass": "t", "dry-mass": "t", "volume": "m3", "gas": "Nm3"}


@dataclass
class Contents:
    """Reads `[[reading]] of = "<flow>.<layer>"`.

    Attributes:
        measured: Contents, layer unit per canonical unit of the flow.
        units: By `<flow>.<layer>`: unit, and canonical units per one of it.
    """

    defined: Definitions
    measured: list[Measured] = field(default_factory=list)
    units: dict[str, tuple[str, float]] = field(default_factory=dict)

    def read(self, table: Table, flow: str, layer: str) -> None:
        """One reading; whatever its day, it is one of the content over the period."""
        defined = self.defined
        name = f"{flow}.{layer}"
        texts = {key: table.moment(key) for key in ("start", "end", "day")}
        value = table.number("value", required=True)
        unit, device = table.text("unit"), table.text("device")
        for key in ("quality", "source", "note"):
            table.text(key)
        table.raw("sigma")
        known = defined.devices.declared
        if device and device not in known:
            defined.unknown(table, "device", "device-unknown", device, known)
            device = ""
        table.close()
        factor = self.factor(table, flow, layer, unit)
        if value is None or factor is None:
            return
        if span_of(table, defined, texts, is_level=False) is None:
            return
        if value < 0.0:
            table.report("amount-negative", "value", text=str(value))
            return
        if self._is_share(flow, layer) and value * factor > 1.0:
            near = f"{value} %" if not unit and value <= 100.0 else ""
            table.report("share-impossible", "value", text=f"{value} {unit}".strip(), nearest=near)
            return
        self.units.setdefault(name, (unit, factor))
        sigma, common = self._sigma(table, value * factor, factor, unit, device)
        self.measured.append(Measured(name, value * factor, sigma, common, device))

    def factor(self, table: Table, flow: str, layer: str, unit: str) -> float | None:
        """Layer unit per canonical unit of the flow for each `unit` of a content."""
        kind = self.defined.measures[flow].kind
        if not unit:
            if self.defined.measures[flow].unit and kind not in _MASSES:
                table.report("unit-missing", "unit", text=str(table.data.get("value", "")))
                return None
            return 1.0
        from flows.units import ratio_factor, unit_factor

        over = "energy-lhv" if _unit(layer) == "GJ" else "mass"
        try:
            if kind in _MASSES and over == "mass" and "/" not in unit:
                return unit_factor(unit, "share")
            return ratio_factor(unit, over, kind)
        except Refused as refused:
            for item in refused.findings:
                table.add(item, "unit")
            return None

    def _is_share(self, flow: str, layer: str) -> bool:
        measure = self.defined.measures[flow]
        part = _unit(layer) == "t" and layer not in _NO_PART
        return bool(measure.unit) and measure.kind in _MASSES and part

    def _sigma(
        self, table: Table, value: float, factor: float, unit: str, device: str
    ) -> tuple[float, float]:
        """Chance and common part of a reading: its own, its device's, or the default."""
        defined = self.defined
        declared = defined.devices.reading(device, unit, factor)
        spread = defined.spread(table, "sigma", factor=factor)
        if spread is None and "sigma" not in table:
            spread = declared.sigma if declared else None
            if spread is None:
                table.report("sigma-assumed", "", percent=100 * ASSUMED)
                return ASSUMED * value, 0.0
        if spread is None:
            return 0.0, 0.0
        sigma = spread.at(value)
        if spread.absolute != 0.0:
            step = declared.resolution / math.sqrt(12.0) if declared else 0.0
            sigma = max(sigma, step)
            if sigma == 0.0:
                # A share of nothing is not exactness: only a literal 0 says that.
                table.report("value-range", "sigma", key="sigma", value="%", low="> 0", high="")
        bias = declared.bias_sigma if declared and sigma > 0.0 else None
        return sigma, bias.at(value) if bias else 0.0

    def finish(self) -> dict[str, tuple[str, float]]:
        """Units of all contents, and of the amounts that are carried as `<flow>:<layer>`."""
        defined, units = self.defined, dict[str, tuple[str, float]]()
        for layer in defined.carried:
            for flow in defined.flows:
                units[f"{flow}.{layer}"] = self._content_unit(flow, layer)
                units[f"{flow}:{layer}"] = self._amount_unit(flow, layer)
            for process in {stock.process for stock in defined.stocks.values()}:
                measure = defined.measures.get(f"stock:{process}.{layer}")
                plain = _unit(layer) if any(unit for unit, _ in defined.units.values()) else ""
                stated = (measure.unit, measure.factor) if measure else (plain, 1.0)
                units[f"stock:{process}:{layer}"] = stated
        return units

    def _content_unit(self, flow: str, layer: str) -> tuple[str, float]:
        """As it was read, or as that of another flow or layer of its kind."""
        defined = self.defined
        kind = defined.measures[flow].kind
        layers = [layer, *(each for each in defined.carried if _unit(each) == _unit(layer))]
        alike = [flow, *(each for each in defined.flows if defined.measures[each].kind == kind)]
        for name in (f"{each}.{of}" for of in layers for each in alike):
            if name in self.units:
                return self.units[name]
        under = _UNITS.get(kind, "") if defined.measures[flow].unit else ""
        return (f"{_unit(layer)}/{under}" if under else ""), 1.0

    def _amount_unit(self, flow: str, layer: str) -> tuple[str, float]:
        """In the unit of a flow of mass; else in that of the layer, per day where the flow is."""
        measure = self.defined.measures[flow]
        if not measure.unit:
            return "", 1.0
        if measure.kind in _MASSES and _unit(layer) == "t":
            return measure.unit, measure.factor
        from flows.conversion import conversion

        days = self.defined.seconds / DAY
        rate = conversion(measure.unit, measure.kind).per_time
        return (f"{_unit(layer)}/d", days) if rate else (_unit(layer), 1.0)


def _unit(layer: str) -> str:
    return LAYERS[layer].unit if layer in LAYERS else "t"
