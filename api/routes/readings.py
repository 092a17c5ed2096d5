"""Readings that people enter: they go through the journal like any message."""

from collections.abc import Iterator

from fastapi import APIRouter

from api import corrections
from api.deps import Caller, MovesStock
from api.models.readings import AT_MOST, EnteredReadings, EnterReadings
from domain.errors import InvalidError
from domain.numbers import value_of
from sites.readings import read
from sites.rows import Row

router = APIRouter(prefix="/readings", tags=["devices"])


@router.post("")
def enter_readings(caller: MovesStock, entered: EnterReadings) -> EnteredReadings:
    """Record readings of sensors of the site that somebody read: who, why, and from which instrument is on record.

    What is on record already stays as it is. A sensor or time that cannot be right refuses all of them.
    """
    rows = list(_of_list(entered))
    if entered.csv is not None:
        rows += _of_csv(caller, entered.csv)
    answer = corrections.record_readings(caller, rows, entered.reason, entered.instrument)
    return EnteredReadings(**{name: answer[name] for name in EnteredReadings.model_fields})


def _of_list(entered: EnterReadings) -> Iterator[Row]:
    for each in entered.readings:
        for quantity, value in (("temperature", each.temperature), ("humidity", each.humidity)):
            if value is not None:
                yield Row(each.sensor, quantity, each.measured_at, value_of(value))


def _of_csv(caller: Caller, text: str) -> list[Row]:
    with caller.look() as view:
        rows = list(read(text, "csv", view.snapshot.site))
    if len(rows) > AT_MOST:
        raise InvalidError(f"csv: {len(rows)} readings; at most {AT_MOST} at once")
    return rows
