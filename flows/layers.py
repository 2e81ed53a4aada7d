"""Layers: what is balanced, and which of them a flow of a given kind belongs to by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Layer:
    """Something that is balanced.

    Attributes:
        id: Its name in files and results.
        unit: Canonical unit of every amount of this layer.
        conserved: True if nothing in the park makes or ends it; a transformed layer closes
            only where a process declares that it does.
    """

    id: str
    unit: str
    conserved: bool


#: Transformed layers: burning makes water, digestion binds it, transesterification ends fat.
LAYERS: dict[str, Layer] = {
    layer.id: layer
    for layer in (
        Layer("mass", "t", conserved=True),
        Layer("carbon-fossil", "t", conserved=True),
        Layer("carbon-biogenic", "t", conserved=True),
        Layer("nitrogen", "t", conserved=True),
        Layer("ash", "t", conserved=True),
        Layer("salt", "t", conserved=True),
        Layer("dry-mass", "t", conserved=False),
        Layer("water", "t", conserved=False),
        Layer("VS", "t", conserved=False),
        Layer("COD", "t", conserved=False),
        Layer("fat", "t", conserved=False),
        Layer("energy", "GJ", conserved=False),
    )
}


#: What nothing in the park makes or ends; each closes at every process that says no other.
CONSERVED = tuple(layer.id for layer in LAYERS.values() if layer.conserved)

#: Layers of which matter may carry less than nothing: water is at -2.443 GJ/t LHV.
BELOW_ZERO = frozenset({"energy"})


def closes(declared: Collection[str] | None, layer: str) -> bool:
    """Whether a layer must close in a process: as declared, else if the layer is conserved.

    A layer that is not in `LAYERS` is one of a network file and conserved.
    """
    if declared is not None:
        return layer in declared
    return layer not in LAYERS or LAYERS[layer].conserved


#: Layer that an amount of a kind is an amount of, and GJ or t per canonical unit of the kind.
#: None: the factor is the density of the good (t/m3, t/Nm3).
_PRIMARY: dict[str, tuple[str, float | None]] = {
    "mass": ("mass", 1.0),
    "volume": ("mass", None),
    "gas": ("mass", None),
    "dry-mass": ("dry-mass", 1.0),
    "electricity": ("energy", 3.6),
    "heat": ("energy", 1.0),
    "energy-lhv": ("energy", 1.0),
}


def primary(kind: str, density: float | None = None) -> tuple[str, float]:
    """Layer of an amount of `kind` and its factor (layer unit per canonical unit of the kind).

    Args:
        kind: Code of the kind.
        density: t per canonical unit, needed for `volume` and `gas`.

    Raises:
        KeyError: If amounts of the kind belong to no layer by themselves.
        ValueError: If the kind needs a density and there is none.
    """
    layer, factor = _PRIMARY[kind]
    if factor is not None:
        return layer, factor
    if density is None:
        raise ValueError(f"{kind} needs a density to enter the layer {layer}")
    return layer, density
