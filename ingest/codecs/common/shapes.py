"""Which fields a document has, and which of them nothing reads."""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from domain.notices import Notice, Remark
from ingest.codecs.common.names import meaning_of
from ingest.codecs.common.paths import STAR, Keys, Path, show

# The keys of an object, and the shapes of what is an object or array itself, by key; STAR for elements of an array.
Shape: TypeAlias = tuple[Any, ...]

_DEEPEST = 6
_FIELDS_AT_MOST = 50
_LONGEST = 120
_QUANTITIES = ("temperature", "humidity")
# Words in names of settings and statistics of a measurement.
_BESIDE = re.compile(
    r"unit|calibration|offset|precision|alarm|sensitivity|compensation|threshold|min|max", re.IGNORECASE
)


def shape_of(value: Any, depth: int = _DEEPEST) -> Shape:
    """Return which fields there are. Of an array its first and last element tell."""
    if type(value) is list:
        ends = value if len(value) < 2 else (value[0], value[-1])
        inner = [(STAR, shape_of(each, depth - 1)) for each in ends if _is_container(each)] if depth else []
        return ((), tuple(inner)) if inner else (STAR,) if value else ()
    for each in value.values():  # a flat object, as most are, costs this
        if type(each) is dict or type(each) is list:
            break
    else:
        return tuple(value)
    inner = [(key, shape_of(each, depth - 1)) for key, each in value.items() if depth and _is_container(each)]
    return (tuple(value), tuple(inner)) if inner else tuple(value)


def _is_container(value: Any) -> bool:
    return type(value) is dict or type(value) is list


def unused(shape: Shape, read: tuple[Path, ...]) -> tuple[Remark, ...]:
    """Return a remark for every field that none of the paths reads, those that may be a measurement first."""
    fields = dict.fromkeys(leaf for leaf in _leaves(shape) if not any(_is_read(leaf, path) for path in read))
    remarks = [Remark(_kind(leaf), show(leaf)[:_LONGEST]) for leaf in fields]
    return tuple(sorted(remarks, key=lambda each: each.kind != Notice.UNUSED_MEASUREMENT)[:_FIELDS_AT_MOST])


def measurements(document: Any) -> list[str]:
    """Return the fields whose names are those of a temperature or humidity."""
    return [show(leaf) for leaf in _leaves(shape_of(document)) if _kind(leaf) is Notice.UNUSED_MEASUREMENT]


def _kind(leaf: Path) -> Notice:
    names = [step for step in leaf if isinstance(step, str)]
    meaning = meaning_of(names[-1]) if names and not _BESIDE.search(names[-1]) else None
    is_one = meaning is not None and meaning.column in _QUANTITIES
    return Notice.UNUSED_MEASUREMENT if is_one else Notice.UNUSED_FIELD


def _leaves(shape: Shape, before: Path = ()) -> Iterator[Path]:
    keys, inner = shape if len(shape) == 2 and type(shape[0]) is tuple else (shape, ())
    packed = {key for key, _ in inner}
    yield from ((*before, key) for key in keys if key not in packed)
    for key, each in inner:
        yield from _leaves(each, (*before, key))


def _is_read(leaf: Path, path: Path) -> bool:
    """Tell whether a path reads the field, or all of what it is in."""
    return len(path) <= len(leaf) and all(_fits(step, key) for step, key in zip(path, leaf, strict=False))


def _fits(step: Any, key: Any) -> bool:
    if key is STAR:
        return step is STAR or isinstance(step, int) or (isinstance(step, Keys) and step.pattern == "*")
    return step == key or (isinstance(step, Keys) and step.fits(key))
