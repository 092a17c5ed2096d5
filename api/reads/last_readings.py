"""What sensors measured last."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from sqlalchemy import Connection

from api.deps import View
from api.offsets import with_offset
from domain.faults import Fault
from ledger.models.last_reading import LastReading
from rules.messages.words import describe_fault
from store.fault_numbers import kinds_of
from store.readings import latest_of
from store.series import find, series_of

Kind: TypeAlias = tuple[Fault, int | None]  # with the number that was sent, if it was one


def last_readings(view: View, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LastReading]:
    """Return the newest reading, by sensor and quantity; without those that never had one.

    Values are with their offset.
    """
    sensors = view.snapshot.site.sensors
    keys = {(sensor, quantity): series_of(sensors[sensor], quantity) for sensor, quantity in wanted}
    numbers = find(view.connection, list(keys.values()))
    newest = latest_of(view.connection, numbers.values())
    kinds = faults_of(view.connection, newest)
    found: dict[tuple[str, str], LastReading] = {}
    for (sensor, quantity), key in keys.items():
        if key in numbers and numbers[key] in newest:
            number = numbers[key]
            at, value = newest[number]
            value = with_offset(sensors[sensor], quantity, at, value)
            found[sensor, quantity] = LastReading(quantity, at, value, fault_words(quantity, kinds.get(number)))
    return found


def faults_of(connection: Connection, newest: Mapping[int, tuple[int, int | None]]) -> dict[int, Kind]:
    """Return the kinds of those newest readings that are faults, by series."""
    return kinds_of(connection, {number: at for number, (at, value) in newest.items() if value is None})


def fault_words(quantity: str, kind: Kind | None) -> str | None:
    """Return what kind of fault it is, in words; None for none."""
    return None if kind is None else describe_fault(quantity, *kind)
