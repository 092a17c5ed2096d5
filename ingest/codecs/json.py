"""JSON of any shape, read by the source's mapping; without one, by the common names of fields."""

from functools import lru_cache
from typing import Any

from domain.errors import DecodeError, InvalidError
from domain.readings import Reading
from ingest import codecs
from ingest.codecs.common import values
from ingest.codecs.common.columns import QUANTITIES, Columns, Measured, compile_mapping, said
from ingest.codecs.common.documents import parse
from ingest.codecs.common.guess import fields_of, guess
from ingest.codecs.common.names import meaning_of
from ingest.codecs.common.paths import MISSING, Contexts, Path
from ingest.codecs.common.states import status_of
from ingest.codecs.common.times import instant
from ingest.codecs.common.topics import device_of
from ingest.decoded import Decoded, Memory, Message, Source, Status


def check(source: Source) -> None:
    """Raise InvalidError if the mapping or the time zone cannot be used."""
    if source.mapping:
        _columns(source)
    else:
        compile_mapping({"temperature": "t"}, source)


@codecs.register("json", check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return a row per element of the mapped array, or one. Raises DecodeError if no mapped field is there."""
    document = parse(message.payload)
    try:
        columns = _columns(source) if source.mapping else _guessed(document, source)
    except InvalidError as error:
        raise DecodeError(str(error)) from error
    readings: list[Reading] = []
    status: list[Status] = []
    if columns.in_array:
        _rows(columns, document, message, source, readings, status)
    else:
        _row(columns, (document,), message, source, readings, status)
    if not readings and not status:
        raise DecodeError(f"none of the fields {columns.names} is in the payload")
    return Decoded(readings, status), memory


def _rows(
    columns: Columns, document: Any, message: Message, source: Source, readings: list[Reading], status: list[Status]
) -> None:
    """Add what every row says. A row that cannot be read is a fault of its own: it must not silence the others.

    Raises DecodeError if there is no other.
    """
    faults: list[Status] = []
    for contexts in columns.rows(document):
        already = len(readings)
        try:
            _row(columns, contexts, message, source, readings, status)
        except DecodeError as error:
            del readings[already:]
            faults.append(Status(device_of(message.topic, source.topic), fault=str(error)))
    if faults and not readings and not status:
        raise DecodeError(str(faults[0].fault))
    status += faults


@lru_cache(maxsize=4096)
def _columns(source: Source) -> Columns:
    return compile_mapping(source.mapping, source)


def _guessed(document: Any, source: Source) -> Columns:
    if not isinstance(document, dict | list):
        raise DecodeError(f"neither object nor array: {values.shown(document)}")
    return _compiled_guess(*fields_of(document), source)


@lru_cache(maxsize=4096)
def _compiled_guess(outer: tuple[str, ...], inside: Path, inner: tuple[str, ...], source: Source) -> Columns:
    mapping = guess(outer, inside, inner)
    if mapping is None:
        fields = ", ".join((*outer, *inner)[:12])
        raise InvalidError(f"no field with a common name, and the source has no mapping; fields: {fields or 'none'}")
    return compile_mapping(mapping, source)


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
    at = None
    if columns.measured_at is not None:
        raw_time = columns.measured_at(contexts, topic)
        if raw_time is not MISSING:
            at = instant(raw_time, columns.epoch, columns.zone, message.received_at)
    for one, raw in found:
        quantity = one.quantity or _quantity(columns, contexts, topic)
        if quantity in QUANTITIES:
            value = _value(columns, contexts, topic, quantity, raw, one)
            readings.append(Reading(device, probe if one.probe is None else one.probe, quantity, value, at))
        elif quantity:
            extras.append((quantity, raw))
    if extras:
        status.append(status_of(device, probe, at, extras))


def _value(columns: Columns, contexts: Contexts, topic: str, quantity: str, raw: Any, one: Measured) -> int | None:
    if quantity == "humidity":
        return values.humidity(raw, what=one.name)
    unit = columns.unit
    if unit is None:
        word = said(columns.unit_of, contexts, topic)
        unit = values.CELSIUS if word is MISSING or word is None else _unit(word)
    return values.temperature(raw, unit, one.name)


def _unit(word: object) -> str:
    try:
        return values.unit_of(word if isinstance(word, str) else "")
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
    word = said(columns.quantity, contexts, topic)
    meaning = meaning_of(word) if isinstance(word, str) else None
    return meaning.column if meaning else ""
