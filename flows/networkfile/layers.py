"""The layers of a network file: what its amounts are of, and what flows carry by a content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.tomltable import as_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.tomltable import Table

CARRIER = "mass"


@dataclass(frozen=True, slots=True)
class Layers:
    """What is balanced.

    Attributes:
        own: Layer of the amounts of flows; of a whole that is not balanced by itself, where it is
            not among `balanced`.
        balanced: All that close somewhere.
        carried: Those that flows carry by a content.
        sum_to_one: Those of which the contents add up to the whole of each flow.
    """

    own: str
    balanced: tuple[str, ...]
    carried: tuple[str, ...]
    sum_to_one: tuple[str, ...]


def read_layers(root: Table, table: Table) -> Layers:
    """Read `layers` and `sum_to_one`.

    Amounts are of mass, or else of the first layer; but a layer of which contents are read or add
    up to the whole is carried.
    """
    named, sums = table.words("layers"), table.words("sum_to_one") or ()
    if named is not None and not named:
        table.report("key-missing", "layers", key="layers")
    layers = named or (CARRIER,)
    for layer in layers:
        if layers.count(layer) > 1:
            table.report("id-duplicate", "layers", id=layer)
            break
        if not layer.strip() or layer == "level":
            table.report("id-form", "layers", id=layer, suggestion="")
    first = layers[0]
    contents = [each.data.get("of") for each in root.tables("reading")]
    is_carried = first in sums or any(str(of).endswith(f".{first}") for of in contents)
    own = CARRIER if CARRIER in layers or is_carried else first
    carried = tuple(each for each in layers if each != own)
    for layer in sums:
        if layer not in carried:
            # Of one layer alone nothing is carried: a second one has to be named first.
            others = carried or (own, "..." if layer == own else layer)
            expected = as_toml(others) if carried else f"[network] layers = {as_toml(others)}"
            value = as_toml(layer)
            table.report(
                "value-type", "sum_to_one", key="sum_to_one", value=value, expected=expected
            )
    return Layers(own, layers, carried, tuple(each for each in carried if each in sums))


def unknown_content(table: Table, key: str, name: str, flow: str, carried: Sequence[str]) -> None:
    """Say that a flow has no content so called, and which it has."""
    wanted = " | ".join(as_toml(f"{flow}.{layer}") for layer in carried)
    wanted = wanted or '[network] layers = ["mass", ...]'
    table.report("value-type", key, key=key, value=as_toml(name), expected=wanted)
