"""Readings of a device that no verdict rests on, one by one: refused, not evaluated, faults."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, tuple_

from api.deps import View
from api.paging import Page, Paging, collect, decode
from domain.errors import InvalidError
from domain.notices import READINGS, Notice, fault, not_judged
from domain.readings import NOT_JUDGED
from domain.times import NEVER
from store.chunk import Stored
from store.fault_numbers import numbers_of
from store.series import list_series
from store.tables import conflicts
from store.unused import unused


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedRow:
    """One reading: `value` as it was sent, None: no number was; `kept`: of a refused one, the value that counts."""

    probe: str | None
    quantity: str
    measured_at: int
    value: int | None
    received_at: int
    journal: int
    kind: str  # of notices
    kept: int | None = None


def refused_rows(view: View, device: str, paging: Paging) -> Page[UnusedRow]:
    """Return a page of the values that were refused because another was there first, by time of measurement."""
    series = {number: key for number, key in list_series(view.connection).items() if key.device == device}

    def fetch(after: str | None, count: int) -> Sequence[Row[Any]]:
        at, number, refused = map(int, after.split(" ")) if after else (-(1 << 62), 0, 0)
        place = (conflicts.c.measured_at, conflicts.c.series, conflicts.c.refused)
        later = tuple_(*place) > (at, number, refused)
        query = select(conflicts).where(conflicts.c.series.in_(list(series)), later)
        return view.connection.execute(query.order_by(*place).limit(count)).all()

    def show(row: Row[Any]) -> UnusedRow:
        return UnusedRow(
            probe=series[row.series].probe or None,
            quantity=series[row.series].quantity,
            measured_at=row.measured_at,
            value=row.refused,
            received_at=row.received_at,
            journal=row.journal,
            kind=Notice.CONFLICT,
            kept=row.kept,
        )

    def place_of(row: Row[Any]) -> str:
        return f"{row.measured_at} {row.series} {row.refused}"

    return collect(paging, decode(paging.cursor, str), fetch, place_of, show)


def unused_rows(view: View, device: str, paging: Paging, kind: str | None) -> Page[UnusedRow]:
    """Return a page of the readings that are not evaluated or say that there is no value, by time of measurement.

    Raises InvalidError for a kind that is none of readings.
    """
    if kind is not None and kind not in READINGS:
        raise InvalidError(f"kind: {kind} is none of readings; these are: {', '.join(READINGS)}")
    series = {number: key for number, key in list_series(view.connection).items() if key.device == device}

    def fetch(after: str | None, count: int) -> list[tuple[int, Stored]]:
        at, number = map(int, after.split(" ")) if after else (-NEVER, 0)
        return unused(view.connection, series, (at, number), count)

    def show(row: tuple[int, Stored]) -> UnusedRow | None:
        number, reading = row
        of = not_judged(reading.flags) if reading.flags & NOT_JUDGED else fault(reading.flags)
        at, value = reading.measured_at, reading.value
        if kind not in (None, of):
            return None
        if value is None:  # a number that its sensor's gate stopped is kept
            value = numbers_of(view.connection, number, at, at + 1).get(at)
        return UnusedRow(
            probe=series[number].probe or None,
            quantity=series[number].quantity,
            measured_at=at,
            value=value,
            received_at=reading.received_at,
            journal=reading.journal,
            kind=of,
        )

    def place_of(row: tuple[int, Stored]) -> str:
        return f"{row[1].measured_at} {row[0]}"

    return collect(paging, decode(paging.cursor, str), fetch, place_of, show)
