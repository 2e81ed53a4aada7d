"""Rows: observations as columns of numbers, the form in which the kernel computes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flows.records import Quality, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from flows.records import Observation

#: Code of each state and quality in the columns: its place in the declaration.
STATE_CODE: dict[str, int] = {state.value: code for code, state in enumerate(State)}
QUALITY_CODE: dict[str, int] = {quality.value: code for code, quality in enumerate(Quality)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What rows speak of; a flow that changed its kind is two subjects of the same `what`."""

    what: str
    kind: str
    facility: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Observations as columns, all of length n, ordered by id.

    Attributes:
        subjects, devices: What the columns `subject` and `device` index; -1 is no device.
        id, seq, day, start, end: int64; `day` an ordinal, instants in seconds UTC.
        amount, sigma, register: float64, NaN where there is none.
        state, quality: Codes `STATE_CODE`, `QUALITY_CODE`.
        ticket: Whether it is a weighbridge ticket.
        supersedes: Id of the replaced observation, 0 for none.
        effective: Not replaced and not withdrawn as of the moment asked for.
    """

    subjects: tuple[Subject, ...]
    devices: tuple[str, ...]
    id: NDArray[np.int64]
    seq: NDArray[np.int64]
    subject: NDArray[np.int64]
    day: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    state: NDArray[np.int8]
    amount: NDArray[np.float64]
    sigma: NDArray[np.float64]
    register: NDArray[np.float64]
    device: NDArray[np.int64]
    quality: NDArray[np.int8]
    ticket: NDArray[np.bool_]
    supersedes: NDArray[np.int64]
    effective: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.id)

    def of(self, what: str) -> NDArray[np.bool_]:
        """Mask of the rows that speak of `what`, whatever their kind."""
        codes = [code for code, subject in enumerate(self.subjects) if subject.what == what]
        return np.isin(self.subject, codes)

    def at(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> Rows:
        """The rows of a mask or an index array."""
        columns = {name: getattr(self, name)[mask] for name in _COLUMNS}
        return Rows(self.subjects, self.devices, **columns)

    @classmethod
    def from_observations(cls, observations: Iterable[Observation]) -> Rows:
        """Columns of observations that need not be in a ledger.

        Those without an id are numbered after the largest one, in the order given.
        """
        items = list(observations)
        last = max((item.id for item in items), default=0)
        ids = [item.id or last + place for place, item in enumerate(items, 1)]
        subjects: dict[Subject, int] = {}
        devices: dict[str, int] = {}
        columns = [
            (
                number,
                item.seq,
                subjects.setdefault(Subject(item.what, item.kind, item.facility), len(subjects)),
                item.day,
                item.start,
                item.end,
                STATE_CODE[item.state],
                item.value,
                item.sigma,
                item.register,
                devices.setdefault(item.device, len(devices)) if item.device else -1,
                QUALITY_CODE[item.quality],
                item.ticket != "",
                item.supersedes,
            )
            for number, item in zip(ids, items, strict=True)
        ]
        replaced = [item.supersedes for item in items if item.supersedes is not None]
        return cls.from_records(tuple(subjects), tuple(devices), columns, replaced)

    @classmethod
    def from_records(
        cls,
        subjects: tuple[Subject, ...],
        devices: tuple[str, ...],
        records: Sequence[tuple[object, ...]],
        replaced: Iterable[int],
    ) -> Rows:
        """Columns of tuples in the order of the fields (without `effective`).

        Args:
            subjects: What the column `subject` indexes.
            devices: What the column `device` indexes.
            records: None stands for no number; no device is -1.
            replaced: Ids that a later observation supersedes, be it among `records` or not.
        """
        # one pass over all: ids, days and seconds are whole numbers far below 2**53
        table = np.array(records, np.float64).reshape(len(records), len(_TYPES))
        number = table[:, 0]
        if len(number) > 1 and not bool(np.all(number[1:] > number[:-1])):
            table = table[np.argsort(number, kind="stable")]
        columns = {
            name: _column(table[:, place], dtype)
            for place, (name, dtype) in enumerate(_TYPES.items())
        }
        gone = np.fromiter(replaced, np.int64)
        effective = columns["state"] != STATE_CODE[State.WITHDRAWN]
        if len(gone):
            effective &= ~np.isin(columns["id"], gone)
        columns["effective"] = effective
        return cls(subjects, devices, **columns)


_TYPES: dict[str, type[np.generic]] = {
    "id": np.int64,
    "seq": np.int64,
    "subject": np.int64,
    "day": np.int64,
    "start": np.int64,
    "end": np.int64,
    "state": np.int8,
    "amount": np.float64,
    "sigma": np.float64,
    "register": np.float64,
    "device": np.int64,
    "quality": np.int8,
    "ticket": np.bool_,
    "supersedes": np.int64,
}
_COLUMNS = (*_TYPES, "effective")


def _column(values: NDArray[np.float64], dtype: type[np.generic]) -> NDArray[Any]:
    if dtype is np.float64:
        return np.ascontiguousarray(values)
    return np.nan_to_num(values, copy=True, nan=0.0).astype(dtype)
