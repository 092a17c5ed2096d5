"""JSON of any shape, read by the source's mapping; without one, by the common names of fields."""

from functools import lru_cache
from typing import Any

from domain.errors import DecodeError, InvalidError
from domain.notices import Notice, Remark
from domain.readings import Flag, Reading
from ingest import codecs
from ingest.codecs.common import positions, values
from ingest.codecs.common.columns import Columns, compile_mapping
from ingest.codecs.common.documents import parse
from ingest.codecs.common.guess import fields_of, guess
from ingest.codecs.common.paths import Path
from ingest.codecs.common.rows import read_rows
from ingest.codecs.common.useless import without_reading
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status


def check(source: Source) -> None:
    """Raise InvalidError if the mapping or the time zone cannot be used."""
    if source.mapping:
        _columns(source)
    else:
        compile_mapping({"temperature": "t"}, source)


@codecs.register("json", check, positions.Seen)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return a row per element of the mapped array or object, or one; nothing of what is known to have no reading.

    Raises DecodeError if no mapped field is there. Remembered is how many probes a device had that only their position
    tells apart.
    """
    try:
        document = parse(message.payload)
        columns = _columns(source) if source.mapping else _guessed(document, source)
        readings, status = read_rows(columns, document, message, source)
    except (DecodeError, InvalidError) as error:
        without = without_reading(message, source)
        if without is not None:
            return without, UNCHANGED
        raise DecodeError(str(error)) from error
    remarks, changes = columns.unused_in(document), UNCHANGED
    if columns.array or columns.by_position or columns.probe is not None:
        more, changes = _remarks(columns, document, readings, status, source, memory)
        remarks = (*remarks, *more) if more else remarks
    return Decoded(readings, status, remarks=remarks), changes


def _remarks(
    columns: Columns, document: Any, readings: list[Reading], status: list[Status], source: Source, memory: Memory
) -> tuple[list[Remark], Memory]:
    """Return what is worth telling of the message's devices, and what is to be remembered.

    Told are parts that cannot be read, probes without a name, and probes that are gone.
    """
    changes: Memory = UNCHANGED
    found = [Remark(Notice.UNREADABLE_PART, each.fault, each.device) for each in status if each.fault]
    if source.mapping and columns.probe is not None:
        nameless = dict.fromkeys(reading.device for reading in readings if not reading.probe)
        found += [Remark(Notice.NO_IDENTITY, f"no probe in the field {source.mapping['probe']}", d) for d in nameless]
    if columns.by_position and readings:
        told, changes = _doubt_positions(columns, readings, source, memory)
        found += told
    return found, changes


def _doubt_positions(
    columns: Columns, readings: list[Reading], source: Source, memory: Memory
) -> tuple[list[Remark], Memory]:
    """Mark readings that may be another probe's; return what is worth telling of it, and what is to be remembered."""
    device, remarks = readings[0].device, []
    changes: dict[str, Any] = {}
    for number, probes in enumerate(columns.by_position):
        there = {reading.probe for reading in readings}
        name = f"{device} {number}" if number else device
        found, seen = positions.look(memory.get(name), source.mapped_since, [probe in there for probe in probes])
        if seen is not None:
            changes[name] = seen
        if found.told:
            remarks.append(Remark(Notice.FEWER_PROBES, found.told, device))
        if found.may_be_others:
            readings[:] = [
                reading._replace(flags=reading.flags | Flag.MOVED) if reading.probe in probes else reading
                for reading in readings
            ]
    return remarks, changes


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
