"""A mapping compiled once per source: which path of a JSON document is which column of a reading.

`{device: id, temperature: temp, measured_at: ts}` names a path per column. Instead of a path a column may be
`topic:1` (a level of the topic, counted from 0; `topic:0,1` joins two) or `=text` (the same for every message);
`temperature` and `humidity` may be `{probe: path, …}`. Columns through one array, or through the keys of one object,
give a row per element.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from domain.errors import InvalidError
from domain.notices import Remark
from domain.units import CELSIUS, unit_of
from ingest.codecs.common import topics
from ingest.codecs.common.paths import MISSING, Contexts, Getter, Path, array_of, getter, parse_path, rows
from ingest.codecs.common.shapes import Shape, shape_of, unused
from ingest.codecs.common.times import EPOCHS, zone_of
from ingest.decoded import Source

QUANTITIES = ("temperature", "humidity")
# Fields of Status.
EXTRAS = ("battery_pct", "battery_v", "rssi", "seq", "online")
_SYNONYMS = {"temperature_c": "temperature", "humidity_pct": "humidity", "battery": "battery_pct"}
_SETTINGS = ("unit", "epoch", "positions")
_KEPT = "kept"  # positions: numbers that a probe keeps, whatever becomes of the others
_SHAPES_AT_MOST = 1024
# What tells probes apart by position; a long hexadecimal number is an address.
_NUMBER, _ADDRESS = re.compile(r"(?<!\d)\d{1,2}(?!\d)"), re.compile(r"[0-9A-Fa-f]{6,}")
COLUMNS = ("device", "probe", *QUANTITIES, "quantity", "value", *EXTRAS, "measured_at", *_SETTINGS)


@dataclass(frozen=True, slots=True)
class Measured:
    """One column of values: its quantity ("": another column says it) and probe (None: another column, or none)."""

    quantity: str
    probe: str | None
    get: Getter
    name: str  # for errors


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What to take from each row of a document."""

    array: Path
    measured: tuple[Measured, ...]
    extras: tuple[tuple[str, Getter], ...]
    device: Getter | None = None
    probe: Getter | None = None
    quantity: Getter | None = None
    measured_at: Getter | None = None
    unit: str | None = CELSIUS  # None: a field says it
    unit_of: Getter | None = None
    epoch: float | None = None
    zone: tzinfo | None = None
    names: str = ""
    paths: tuple[Path, ...] = ()  # all that are read
    unused: dict[Shape, tuple[Remark, ...]] = field(default_factory=dict)  # what was found for documents of a shape
    # Probes that only their position tells apart, those that are alike together, in the order of their numbers.
    by_position: tuple[tuple[str, ...], ...] = ()

    @property
    def seq(self) -> Getter | None:
        """What gives the sequence number of a row."""
        return dict(self.extras).get("seq")

    @property
    def in_array(self) -> bool:
        """Tell whether there may be several rows."""
        return bool(self.array)

    def unused_in(self, document: Any) -> tuple[Remark, ...]:
        """Return a remark for every field of the document that is not read: for one shape always the same object."""
        shape = shape_of(document)
        found = self.unused.get(shape)
        if found is None:
            if len(self.unused) >= _SHAPES_AT_MOST:
                self.unused.clear()
            found = self.unused[shape] = unused(shape, self.paths)
        return found

    def rows(self, document: Any) -> Iterator[Contexts]:
        """Yield the contexts of every row."""
        return rows(document, self.array)


def compile_mapping(mapping: Mapping[str, object], source: Source) -> Columns:
    """Compile a source's mapping. Raises InvalidError naming the column that is wrong."""
    given = {_SYNONYMS.get(name, name): value for name, value in mapping.items()}
    for name in given:
        if name not in COLUMNS:
            raise InvalidError(f"unknown column {name!r} in the mapping; known: {', '.join(COLUMNS)}")
    paths: list[Path] = []
    plain = {
        name: _column(name, value, paths)
        for name, value in given.items()
        if name not in (*QUANTITIES, *_SETTINGS) and value is not None
    }
    measured = tuple(_measured(given, plain, paths))
    unit, unit_getter = _unit(given.get("unit"), paths)
    extras = tuple((name, plain[name]) for name in EXTRAS if name in plain)
    if not measured and not extras:
        raise InvalidError("the mapping names neither temperature nor humidity nor value")
    return Columns(
        array=array_of(paths),
        measured=measured,
        extras=extras,
        device=plain.get("device"),
        probe=plain.get("probe"),
        quantity=plain.get("quantity"),
        measured_at=plain.get("measured_at"),
        unit=unit,
        unit_of=unit_getter,
        epoch=_epoch(given.get("epoch", "auto")),
        zone=zone_of(source.timezone) if source.timezone else None,
        names=", ".join(f"{name}={value}" for name, value in given.items() if name not in _SETTINGS),
        paths=tuple(dict.fromkeys(paths)),
        by_position=_by_position(given),
    )


def _by_position(given: Mapping[str, object]) -> tuple[tuple[str, ...], ...]:
    """Return the probes that nothing but a number in their path tells apart: `temps[1]`, `DS18B20-2.Temperature`.

    Raises InvalidError if the mapping says of positions what is not known.
    """
    if (positions := given.get("positions")) is not None:
        if positions != _KEPT:
            raise InvalidError(f"positions in the mapping is {positions!r}; known: {_KEPT}")
        return ()
    named = [probes for name in QUANTITIES if isinstance(probes := given.get(name), Mapping)]
    paths = {str(probe): path for probes in named for probe, path in probes.items() if isinstance(path, str)}
    alike: dict[str, list[str]] = {}
    for probe, path in paths.items():
        if not _ADDRESS.search(path):
            alike.setdefault(_NUMBER.sub("#", path), []).append(probe)
    numbers = {probe: [int(number) for number in _NUMBER.findall(path)] for probe, path in paths.items()}
    return tuple(tuple(sorted(probes, key=numbers.__getitem__)) for probes in alike.values() if len(probes) > 1)


def _column(name: str, value: object, paths: list[Path]) -> Getter:
    if isinstance(value, tuple):  # a path already taken apart
        path: Path = value
    elif not isinstance(value, str):
        raise InvalidError(f"{name} in the mapping is no path: {value!r}")
    elif value.startswith("="):
        constant = value[1:]
        return lambda contexts, topic: constant
    elif value.startswith(topics.PREFIX):
        level = topics.levels_getter(value)
        return lambda contexts, topic: level(topic)
    else:
        path = parse_path(value)
    paths.append(path)
    return getter(path)


def _measured(given: Mapping[str, object], plain: Mapping[str, Getter], paths: list[Path]) -> Iterator[Measured]:
    for quantity in QUANTITIES:
        value = given.get(quantity)
        if isinstance(value, Mapping):
            for probe, path in value.items():
                yield Measured(quantity, str(probe), _column(quantity, path, paths), f"{quantity} {probe}")
        elif value is not None:
            yield Measured(quantity, None, _column(quantity, value, paths), quantity)
    if "value" in plain:
        if "quantity" not in plain:
            raise InvalidError("the mapping has a column value and none that says its quantity")
        yield Measured("", None, plain["value"], "value")


def _unit(value: object, paths: list[Path]) -> tuple[str | None, Getter | None]:
    if value is None:
        return CELSIUS, None
    try:
        return unit_of(str(value).removeprefix("=")), None
    except InvalidError:
        if isinstance(value, str) and value.startswith("="):
            raise
        return None, _column("unit", value, paths)


def _epoch(value: object) -> float | None:
    if value not in EPOCHS:
        raise InvalidError(f"epoch in the mapping is {value!r}; known: {', '.join(EPOCHS)}")
    return EPOCHS[str(value)]


def cell(get: Getter | None, contexts: Contexts, topic: str) -> Any:
    """Return what a column says, MISSING where there is no such column."""
    return MISSING if get is None else get(contexts, topic)
