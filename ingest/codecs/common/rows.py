"""What a document says by a compiled mapping, row by row."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from domain.errors import DecodeError, InvalidError
from domain.faults import Fault
from domain.readings import Reading, reading_of
from domain.units import CELSIUS, unit_of
from ingest.codecs.common import values
from ingest.codecs.common.columns import QUANTITIES, Columns, Measured, cell
from ingest.codecs.common.names import meaning_of
from ingest.codecs.common.paths import MISSING, Contexts
from ingest.codecs.common.states import status_of
from ingest.codecs.common.times import NO_STAMP, instant
from ingest.codecs.common.topics import device_of
from ingest.decoded import Message, Source, Status


def read_rows(columns: Columns, document: Any, message: Message, source: Source) -> tuple[list[Reading], list[Status]]:
    """Return what every row says. Raises DecodeError if none of the mapped fields is there."""
    readings: list[Reading] = []
    status: list[Status] = []
    if columns.in_array:
        _rows(columns, document, message, source, readings, status)
    else:
        _row(columns, (document,), message, source, readings, status)
    if not readings and not status:
        raise DecodeError(f"none of the fields {columns.names} is in the payload")
    return readings, status


def _rows(
    columns: Columns, document: Any, message: Message, source: Source, readings: list[Reading], status: list[Status]
) -> None:
    """Add what every row says. A row that cannot be read is a fault of its own: it must not silence the others.

    Raises DecodeError if there is no other.
    """
    faults: list[Status] = []
    for contexts in _in_sequence(columns, columns.rows(document), message.topic):
        already = len(readings)
        try:
            _row(columns, contexts, message, source, readings, status)
        except DecodeError as error:
            del readings[already:]
            faults.append(Status(device_of(message.topic, source.topic), fault=str(error)))
    if faults and not readings and not status:
        raise DecodeError(str(faults[0].fault))
    status += faults


def _in_sequence(columns: Columns, rows: Iterator[Contexts], topic: str) -> Iterable[Contexts]:
    """Return rows in the order of their sequence numbers, where all have one: what came twice is told by the order.

    Rows that rise or fall but for one place are left alone, unless what follows it belongs between what precedes it:
    there the counter begins again.
    """
    get = columns.seq
    if get is None or columns.measured_at is None:
        return rows
    found = list(rows)
    numbers = [get(contexts, topic) for contexts in found]
    if not all(type(number) is int for number in numbers):
        return found
    if not _is_shuffled(numbers):
        return found
    return [found[i] for i in sorted(range(len(found)), key=numbers.__getitem__)]


def _is_shuffled(numbers: Sequence[int]) -> bool:
    falls = [i for i, (before, after) in enumerate(pairwise(numbers), 1) if after < before]
    rises = [i for i, (before, after) in enumerate(pairwise(numbers), 1) if after > before]
    odd = min(falls, rises, key=len)
    if len(odd) != 1:
        return len(odd) > 1
    left, right = numbers[: odd[0]], numbers[odd[0] :]
    is_whole = len(set(numbers)) == len(numbers) == max(numbers) - min(numbers) + 1
    return is_whole and max(min(left), min(right)) < min(max(left), max(right))


def _row(
    columns: Columns,
    contexts: Contexts,
    message: Message,
    source: Source,
    readings: list[Reading],
    status: list[Status],
) -> None:
    """Add what one row says."""
    topic = message.topic
    found = [(one, raw) for one in columns.measured if (raw := one.get(contexts, topic)) is not MISSING]
    extras = [(name, raw) for name, get in columns.extras if (raw := get(contexts, topic)) is not MISSING]
    if not found and not extras:
        return
    device = _device(columns, contexts, topic, source)
    probe = _probe(columns, contexts, topic)
    at, doubt = NO_STAMP
    if columns.measured_at is not None:
        raw_time = columns.measured_at(contexts, topic)
        if raw_time is not MISSING:
            at, doubt = instant(raw_time, columns.epoch, columns.zone)
    for one, raw in found:
        quantity = one.quantity or _quantity(columns, contexts, topic)
        if quantity in QUANTITIES:
            value = _value(columns, contexts, topic, quantity, raw, one)
            own = probe if one.probe is None else one.probe
            readings.append(
                Reading(device, own, quantity, value, at, doubt)
                if type(value) is int
                else reading_of(device, own, quantity, value, at, doubt)
            )
        elif quantity:
            extras.append((quantity, raw))
    if extras:
        status.append(status_of(device, probe, at, extras))


def _value(columns: Columns, contexts: Contexts, topic: str, quantity: str, raw: Any, one: Measured) -> int | Fault:
    if quantity == "humidity":
        return values.humidity(raw, what=one.name)
    unit = columns.unit
    if unit is None:
        word = cell(columns.unit_of, contexts, topic)
        unit = CELSIUS if word is MISSING or word is None else _unit(word)
    return values.temperature(raw, unit, one.name)


def _unit(word: object) -> str:
    try:
        return unit_of(word if isinstance(word, str) else "")
    except InvalidError as error:
        raise DecodeError(str(error)) from error


@lru_cache(maxsize=4096)
def _checked_name(raw: str) -> str:
    return values.name_of(raw, "device")


def _device(columns: Columns, contexts: Contexts, topic: str, source: Source) -> str:
    if columns.device is None:
        return _checked_name(device_of(topic, source.topic))
    raw = columns.device(contexts, topic)
    if type(raw) is str:
        return _checked_name(raw)
    if raw is MISSING:
        raise DecodeError("the payload does not say its device")
    return values.name_of(raw, "device")


def _probe(columns: Columns, contexts: Contexts, topic: str) -> str:
    raw = MISSING if columns.probe is None else columns.probe(contexts, topic)
    return "" if raw is MISSING or raw is None or raw == "" else values.name_of(raw, "probe")


def _quantity(columns: Columns, contexts: Contexts, topic: str) -> str:
    """What a `value` is: a quantity, a field of Status, or "" for what is not kept."""
    word = cell(columns.quantity, contexts, topic)
    meaning = meaning_of(word) if isinstance(word, str) else None
    return meaning.column if meaning else ""
