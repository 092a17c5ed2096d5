"""Readings of a file as they lie in the inbox: a block of numbers, not a row of JSON each."""

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, NamedTuple, Self, TypeAlias

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from domain.errors import InvalidError
from domain.readings import FAULT
from domain.times import NEVER
from ledger.requests import Import

_LEVEL = 1  # it lies there for a moment only
_BYTES = 4 + 8 + 8  # place in `series`, instant, value


Columnar: TypeAlias = "array[int] | NDArray[Any]"


class Block(NamedTuple):
    """Readings in the order of the file, as they were sent; a value from FAULT to LAST_FAULT is a fault."""

    series: Sequence[tuple[str, str]]  # sensor id, or device/probe; quantity
    places: NDArray[np.uint32]  # in `series`
    instants: NDArray[np.int64]
    values: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places)


def pack(rows: Iterable[tuple[str, str, int, int | None]], *, more: bool = False) -> Import:
    """Pack `(sensor, quantity, measured_at, value)`; value None is a fault. For few readings."""
    series: dict[tuple[str, str], int] = {}
    places, instants, values = array("I"), array("q"), array("q")
    for sensor, quantity, measured_at, value in rows:
        places.append(series.setdefault((sensor, quantity), len(series)))
        instants.append(measured_at)
        values.append(FAULT if value is None else value)
    return Import(series=list(series), packed=pack_columns(places, instants, values), more=more)


def pack_columns(places: Columnar, instants: Columnar, values: Columnar) -> bytes:
    """Pack columns of equal length: places in the request's series, instants, values (FAULT: a fault)."""
    steps = np.diff(np.asarray(instants, "<i8"), prepend=np.int64(0))
    columns = (np.asarray(places, "<u4"), steps, np.asarray(values, "<i8"))
    return zstandard.ZstdCompressor(level=_LEVEL).compress(b"".join(column.tobytes() for column in columns))


class Spool:
    """Parts of a file on the disk, read and found right before the first of them is asked for. A context manager."""

    def __init__(self, readings: int) -> None:
        """Make parts of so many readings."""
        self._at_most = readings
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="coldchain-")  # noqa: SIM115  closed by __exit__
        self.readings = 0
        self.parts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Forget everything."""
        self._file.close()

    def put(self, series: Sequence[tuple[str, str]], places: Columnar, instants: Columnar, values: Columnar) -> None:
        """Add readings: places in `series`, instants, values (FAULT: a fault)."""
        for start in range(0, len(places), self._at_most):
            some = slice(start, start + self._at_most)
            used, own = np.unique(np.asarray(places[some]), return_inverse=True)
            names = [series[place] for place in used.tolist()]
            part = msgspec.msgpack.encode((names, pack_columns(own, instants[some], values[some]), len(own)))
            self._file.write(len(part).to_bytes(4, "little") + part)
            self.readings += len(own)
            self.parts += 1

    def requests(self) -> Iterator[tuple[int, Import]]:
        """Yield the parts in order, each with how many readings it has; more follow all of them."""
        self._file.seek(0)
        while size := self._file.read(4):
            names, packed, count = _part.decode(self._file.read(int.from_bytes(size, "little")))
            yield count, Import(series=names, packed=packed, more=True)


_part = msgspec.msgpack.Decoder(tuple[list[tuple[str, str]], bytes, int])


def unpack(request: Import) -> Block:
    """Unpack a request. Raises InvalidError for a block that was damaged."""
    try:
        content = zstandard.ZstdDecompressor().decompress(request.packed) if request.packed else b""
    except zstandard.ZstdError as error:
        raise InvalidError(f"a block of readings cannot be read: {error}") from error
    count, rest = divmod(len(content), _BYTES)
    places = np.frombuffer(content, "<u4", count).astype(np.uint32)
    instants = np.cumsum(np.frombuffer(content, "<i8", count, 4 * count), dtype=np.int64)
    values = np.frombuffer(content, "<i8", count, 12 * count).astype(np.int64)
    if rest or (count and (places.max() >= len(request.series) or np.abs(instants).max() >= NEVER)):
        raise InvalidError("a block of readings is damaged")
    return Block(request.series, places, instants, values)
