"""The kinds of facilities that parkflow knows, in one explicit tuple."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facilities import (
    biogas,
    construction_waste,
    incineration,
    kitchen_waste,
    landfill_gas,
    leachate,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facilities.base import FacilityKind

#: A new kind is one module and one entry here.
KINDS: tuple[FacilityKind, ...] = (
    incineration.KIND,
    leachate.KIND,
    landfill_gas.KIND,
    construction_waste.KIND,
    kitchen_waste.KIND,
    biogas.KIND,
)

BY_CODE: Mapping[str, FacilityKind] = {kind.code: kind for kind in KINDS}
