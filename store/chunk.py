"""A day of one series as bytes, and the header that answers most questions without them. Pure.

The payload is a version byte, a CRC-32 and two zstd frames of msgpack: what is judged (instants, values, faults,
flags), then its evidence (received_at, journal id), so that judging and charts never unpack the latter. A column is
its first number and the differences that follow, as narrow as they fit, bytes of the same weight together.
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import sub
from typing import NamedTuple, TypeVar
from zlib import crc32

import msgspec
import zstandard

from domain.errors import InvalidError
from domain.readings import NOT_JUDGED, Flag

NOT_JUDGED_BITS = int(NOT_JUDGED)  # arithmetic on enum members is slow
REPLACED_FAULT_BIT = int(Flag.REPLACED_FAULT)

VERSION = b"\1"
COMPRESSION_LEVEL = 9  # once a day and series, kept for long
_SIZES = {"b": 1, "h": 2, "i": 4, "q": 8}  # bytes of an array's types, narrowest first

T = TypeVar("T")


class Stored(NamedTuple):
    """A reading as it is kept; `value` None is a fault."""

    measured_at: int
    value: int | None
    received_at: int
    journal: int
    flags: int


@dataclass(frozen=True, slots=True)
class Header:
    """What is judged in a chunk; instants are those of the first and last such reading (of any, if none is judged)."""

    count: int  # values
    faults: int
    flagged: int  # not judged
    minimum: int | None
    maximum: int | None
    first: int | None
    last: int | None
    first_at: int
    last_at: int
    longest_pause: int  # between two readings that follow each other
    last_journal: int


class Column(NamedTuple):
    """`width` is the type of the differences; "": one overflows, so the numbers themselves are kept."""

    first: int
    width: str
    content: bytes


def rank(value: int | None, flags: int) -> int:
    """Return what wins at one instant: what is judged beats what is not, a value beats a fault."""
    return 2 * (not flags & NOT_JUDGED_BITS) + (value is not None)


def is_judged(reading: Stored) -> bool:
    """Tell whether the reading counts."""
    return not reading.flags & NOT_JUDGED_BITS


def merge(readings: Iterable[Stored]) -> list[Stored]:
    """Return one reading an instant, sorted: the highest rank, of equal ones the first received.

    The order of what is given does not matter.
    """
    best: dict[int, Stored] = {}
    for reading in readings:
        other = best.get(reading.measured_at)
        best[reading.measured_at] = reading if other is None else _stronger(reading, other)
    return [best[instant] for instant in sorted(best)]


def header_of(readings: Sequence[Stored]) -> Header:
    """Return the header of at least one reading, sorted."""
    judged = [reading for reading in readings if is_judged(reading)]
    values = [reading.value for reading in judged if reading.value is not None]
    instants = [reading.measured_at for reading in judged or readings]
    return Header(
        count=len(values),
        faults=len(judged) - len(values),
        flagged=len(readings) - len(judged),
        minimum=min(values, default=None),
        maximum=max(values, default=None),
        first=values[0] if values else None,
        last=values[-1] if values else None,
        first_at=instants[0],
        last_at=instants[-1],
        longest_pause=max(map(sub, instants[1:], instants), default=0) if judged else 0,
        last_journal=max(reading.journal for reading in readings),
    )


def encode(readings: Sequence[Stored]) -> bytes:
    """Pack at least one reading, sorted by instant. Numbers must fit 64 bits."""
    instants, values, received, journals, flags = zip(*readings, strict=True)
    faults = bytes(value is None for value in values) if None in values else b""
    judged = _pack([_column(instants), _column(_filled(values)), _column(flags), faults])
    evidence = _pack([_column(received), _column(journals)])
    body = len(judged).to_bytes(4, "little") + judged + evidence
    return VERSION + crc32(body).to_bytes(4, "little") + body


def decode(payload: bytes) -> list[Stored]:
    """Unpack all of a chunk. Raises InvalidError for one that was damaged."""
    instants, values, flags = decode_judged(payload)
    received, journals = _unpack(_frames(payload)[1], _EVIDENCE)
    return list(map(Stored, instants, values, _numbers(received), _numbers(journals), flags))


def decode_judged(payload: bytes) -> tuple[list[int], list[int | None], list[int]]:
    """Unpack instants, values and flags. Raises InvalidError for a chunk that was damaged."""
    instants, filled, flags, faults = judged_columns(payload)
    values: list[int | None] = list(_numbers(filled))
    for place in (i for i, fault in enumerate(faults) if fault):
        values[place] = None
    return _numbers(instants), values, _numbers(flags)


def judged_columns(payload: bytes) -> tuple[Column, Column, Column, bytes]:
    """Return instants, values, flags and which are faults, still packed. Raises InvalidError for a damaged chunk."""
    return _unpack(_frames(payload)[0], _JUDGED)


def _stronger(one: Stored, other: Stored) -> Stored:
    winner, loser = sorted((one, other), key=lambda reading: (-rank(reading.value, reading.flags), reading.journal))
    replaced = winner.value is not None and (loser.value is None or loser.flags & REPLACED_FAULT_BIT)
    if replaced and is_alike_judged(loser.flags, winner.flags):
        return winner._replace(flags=winner.flags | REPLACED_FAULT_BIT)
    return winner


def is_alike_judged(old: int, new: int) -> bool:
    """Tell whether a reading takes the place of one that counted wherever it does: a fault not judged was none."""
    return not old & NOT_JUDGED_BITS or bool(new & NOT_JUDGED_BITS)


def _filled(values: Sequence[int | None]) -> list[int]:
    # A fault takes the value before it: no difference at all.
    filled = []
    last = 0
    for value in values:
        last = last if value is None else value
        filled.append(last)
    return filled


def _column(numbers: Sequence[int]) -> Column:
    differences = list(map(sub, numbers[1:], numbers))
    low, high = min(differences, default=0), max(differences, default=0)
    for width, size in _SIZES.items():
        if -(1 << 8 * size - 1) <= low and high < 1 << 8 * size - 1:
            return Column(numbers[0], width, _transposed(array(width, differences)))
    return Column(0, "", _transposed(array("q", numbers)))


def _numbers(column: Column) -> list[int]:
    width = column.width or "q"
    size = _SIZES[width]
    count = len(column.content) // size
    content = bytearray(count * size)
    for place in range(size):
        content[place::size] = column.content[place * count : (place + 1) * count]
    numbers = array(width, bytes(content))
    if sys.byteorder == "big":
        numbers.byteswap()
    return list(accumulate(chain((column.first,), numbers))) if column.width else numbers.tolist()


def _transposed(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    content = numbers.tobytes()
    return b"".join(content[place :: numbers.itemsize] for place in range(numbers.itemsize))


def _pack(columns: Sequence[Column | bytes]) -> bytes:
    return zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(msgspec.msgpack.encode(columns))


def _unpack(frame: bytes, decoder: msgspec.msgpack.Decoder[T]) -> T:
    return decoder.decode(zstandard.ZstdDecompressor().decompress(frame))


def _frames(payload: bytes) -> tuple[bytes, bytes]:
    if payload[:1] != VERSION:
        raise InvalidError(f"a chunk of unknown version {payload[:1]!r}")
    body = payload[5:]
    if crc32(body) != int.from_bytes(payload[1:5], "little"):
        raise InvalidError("a chunk is damaged: its checksum is wrong")
    end = 4 + int.from_bytes(body[:4], "little")
    return body[4:end], body[end:]


_JUDGED = msgspec.msgpack.Decoder(tuple[Column, Column, Column, bytes])
_EVIDENCE = msgspec.msgpack.Decoder(tuple[Column, Column])
