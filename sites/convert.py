"""From normalised documents to the words of the domain."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from domain.errors import InvalidError
from domain.model import (
    ALWAYS,
    Batch,
    Dated,
    Location,
    Mount,
    Parent,
    Placement,
    Product,
    ProfileVersion,
    Rule,
    Sensor,
)
from domain.numbers import parse_value
from domain.times import NEVER, parse_duration, parse_instant
from rules.kinds.common.fields import Given
from rules.read_rule import read_rule

Doc = Mapping[str, Any]
T = TypeVar("T")


def dated(steps: Sequence[Doc], read: Callable[[Any], T]) -> Dated[T]:
    """Return the history that `[{value, from}]` says, in order of time."""
    return Dated(tuple(sorted(((since_of(step), read(step["value"])) for step in steps), key=lambda step: step[0])))


def since_of(step: Doc) -> int:
    """Return when a step begins; without `from` it is since always."""
    return ALWAYS if step["from"] is None else parse_instant(step["from"])


def _until(text: str | None) -> int:
    return NEVER if text is None else parse_instant(text)


def _name(value: str | None) -> str | None:
    return value


def sensor(doc: Doc) -> Sensor:
    """Return the sensor."""
    given = doc.get("offsets") or {}
    offsets = {quantity: dated(steps, parse_value) for quantity, steps in given.items() if steps is not None}
    return Sensor(doc["id"], doc["device"], doc["probe"], dated(doc["quantities"], frozenset[str]), offsets)


def location(doc: Doc) -> Location:
    """Return the location."""
    return Location(doc["id"], dated(doc["parent"], _name), doc["inherits"], dated(doc["profile"], _name), doc["kind"])


def mount(doc: Doc) -> Mount:
    """Return the mount."""
    return Mount(doc["sensor"], doc["location"], parse_instant(doc["from"]), _until(doc["to"]))


def product(doc: Doc) -> Product:
    """Return the product."""
    return Product(doc["id"], dated(doc["profile"], _name))


def batch(doc: Doc) -> Batch:
    """Return the batch."""
    made_at = None if doc["made_at"] is None else parse_instant(doc["made_at"])
    parents = tuple(_parent(it) for it in doc["parents"])
    return Batch(doc["product"], doc["lot"], doc["client"], made_at, parents, doc.get("expires_on"))


def _parent(doc: Doc) -> Parent:
    return Parent(doc["product"], doc["lot"], doc["unit"], _until(doc["until"]))


def placement(doc: Doc) -> Placement:
    """Return the placement."""
    since, until = parse_instant(doc["from"]), _until(doc["to"])
    return Placement(doc["product"], doc["lot"], doc["unit"], doc["location"], since, until)


def profile(doc: Doc) -> ProfileVersion:
    """Return the version of a profile."""
    return ProfileVersion(
        doc["id"],
        int(doc["version"]),
        parse_instant(doc["effective_from"]),
        tuple(_rule(fields) for fields in doc["rules"]),
        parse_duration(doc["max_gap"]),
        doc["gap_counts_as"],
        parse_value(doc["min_coverage"]),
    )


def _rule(fields: Given) -> Rule:
    rule, problems = read_rule(fields)
    if rule is None:
        raise InvalidError("; ".join(f"{field}: {text}" for field, text in problems))
    return rule
