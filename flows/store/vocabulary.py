"""Words that people write for states and qualities of readings, in both languages."""

from __future__ import annotations

from flows.records import Quality, State

#: What people write for a reading that is known to be missing.
MISSING_WORDS = frozenset({"missing", "缺", "缺失", "缺测", "-", "—", "——"})

#: Words of a state column.
STATES: dict[str, State] = {
    "": State.VALUE,
    "value": State.VALUE,
    "数值": State.VALUE,
    "zero": State.ZERO,
    "零": State.ZERO,
    "register": State.REGISTER,
    "表底数": State.REGISTER,
    **dict.fromkeys(MISSING_WORDS, State.MISSING),
}

#: Words of a quality column.
QUALITIES: dict[str, Quality] = {
    **{quality.value: quality for quality in Quality},
    "称重": Quality.WEIGHED,
    "过磅": Quality.WEIGHED,
    "计量": Quality.METERED,
    "表计": Quality.METERED,
    "预存皮重": Quality.STORED_TARE,
    "估算": Quality.ESTIMATED,
    "估计": Quality.ESTIMATED,
    "沿用": Quality.CARRIED_OVER,
    "计算": Quality.COMPUTED,
}

#: What is named where a state or a quality is not known.
STATE_NAMES = f"{State.VALUE}, {State.ZERO}, {State.MISSING}, {State.REGISTER}"
QUALITY_NAMES = ", ".join(Quality)
