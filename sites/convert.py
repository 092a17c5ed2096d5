"""From normalised documents to the words of the domain."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from domain.errors import InvalidError
from domain.gate import PRESETS, Gate
from domain.model import (
    ALWAYS,
    QUANTITIES,
    Batch,
    Dated,
    Location,
    Mount,
    Parent,
    Party,
    Placement,
    Product,
    ProfileVersion,
    Rule,
    Sensor,
)
from domain.numbers import parse_value
from domain.sensor_models import gate_for
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
    quantities = dated(doc["quantities"], frozenset[str])
    return Sensor(doc["id"], doc["device"], doc["probe"], quantities, offsets, _gates(doc))


def _gates(doc: Doc) -> dict[str, Dated[Gate]]:
    """Return what a sensor can say, by quantity, of those of which its entry says anything."""
    models: Dated[str | None] = dated(doc.get("model") or [], _name)
    ranges: Dated[Doc] = dated(doc.get("range") or [], lambda value: value or {})
    changes = sorted({ALWAYS, *(since for history in (models, ranges) for since, _ in history.steps)})
    found = {}
    for quantity in QUANTITIES:
        steps = [(at, _gate(quantity, models.at(at), ranges.at(at) or {})) for at in changes]
        told = [step for i, step in enumerate(steps) if not i or step[1] != steps[i - 1][1]]
        if [gate for _, gate in told] != [PRESETS[quantity]]:
            found[quantity] = Dated(tuple(told))
    return found


def _gate(quantity: str, model: str | None, range_: Doc) -> Gate:
    pair = range_.get(quantity)
    return gate_for(quantity, model, None if pair is None else (parse_value(pair[0]), parse_value(pair[1])))


def location(doc: Doc) -> Location:
    """Return the location."""
    return Location(doc["id"], dated(doc["parent"], _name), doc["inherits"], dated(doc["profile"], _name), doc["kind"])


def mount(doc: Doc) -> Mount:
    """Return the mount."""
    return Mount(doc["sensor"], doc["location"], parse_instant(doc["from"]), _until(doc["to"]))


def product(doc: Doc) -> Product:
    """Return the product; documents of versions before 0.3 say nothing of counting and picking."""
    uoms = {name: Fraction(factor) for name, factor in doc.get("uoms", {}).items()}
    return Product(
        doc["id"],
        dated(doc["profile"], _name),
        doc.get("uom"),
        uoms,
        doc.get("release_required", False),
        doc.get("strategy", "fefo"),
        None if doc.get("lead_time") is None else parse_duration(doc["lead_time"]),
        tuple(doc.get("expiry_warnings", ())),
        _duration(doc.get("after_opening")),
        _duration(doc.get("after_thawing")),
    )


def _duration(text: str | None) -> int | None:
    return None if text is None else parse_duration(text)


def party(doc: Doc) -> Party:
    """Return the party."""
    return Party(doc["id"], doc["kind"], int(doc["min_remaining_days"]), doc.get("market"))


def batch(doc: Doc) -> Batch:
    """Return the batch."""
    made_at = None if doc["made_at"] is None else parse_instant(doc["made_at"])
    parents = tuple(_parent(it) for it in doc["parents"])
    markets = tuple(doc.get("markets", ()))
    return Batch(doc["product"], doc["lot"], doc["client"], made_at, parents, doc.get("expires_on"), markets)


def _parent(doc: Doc) -> Parent:
    return Parent(doc["product"], doc["lot"], doc["unit"], _until(doc["until"]))


def placement(doc: Doc) -> Placement:
    """Return the placement."""
    since, until = parse_instant(doc["from"]), _until(doc["to"])
    quantity = None if doc["quantity"] is None else parse_value(doc["quantity"])
    return Placement(doc["product"], doc["lot"], doc["unit"], doc["location"], since, until, quantity)


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
        None if doc.get("longest_gap") is None else parse_duration(doc["longest_gap"]),
    )


def _rule(fields: Given) -> Rule:
    rule, problems = read_rule(fields)
    if rule is None:
        raise InvalidError("; ".join(f"{field}: {text}" for field, text in problems))
    return rule
