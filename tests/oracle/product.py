"""A description as the product's own model: the only place where the oracle's side meets the product's."""

from collections.abc import Iterable
from typing import Any

from domain import model
from domain.numbers import parse_value
from domain.times import NEVER, parse_duration, parse_instant
from rules.read_rule import read_rule
from tests.oracle.described import Description

Entry = dict[str, Any]


def to_site(description: Description) -> model.Site:
    """Build the product's model of a description that is known to be right."""
    return model.Site(
        sensors={e["id"]: _sensor(e) for e in description.get("sensors", [])},
        locations={e["id"]: _location(e) for e in description.get("locations", [])},
        mounts=tuple(
            model.Mount(e["sensor"], e["location"], parse_instant(e["from"]), _end(e.get("to")))
            for e in description.get("mounts", [])
        ),
        products={e["id"]: model.Product(e["id"], _dated(e.get("profile"))) for e in description.get("products", [])},
        batches={(e["product"], e["lot"]): _batch(e) for e in description.get("batches", [])},
        placements=tuple(
            model.Placement(
                e["product"], e["lot"], e.get("unit"), e["location"], parse_instant(e["from"]), _end(e.get("to"))
            )
            for e in description.get("placements", [])
        ),
        profiles=_profiles(description.get("profiles", [])),
    )


def _end(text: str | None) -> int:
    return parse_instant(text) if text else NEVER


def _dated(given: Any) -> model.Dated[Any]:
    if isinstance(given, list) and given and isinstance(given[0], dict):
        return model.Dated(tuple(sorted((parse_instant(step["from"]), step["value"]) for step in given)))
    return model.always(given)


def _sensor(entry: Entry) -> model.Sensor:
    given = _dated(entry.get("quantities") or list(model.QUANTITIES))
    return model.Sensor(
        entry["id"],
        device=entry["id"],
        quantities=model.Dated(tuple((since, frozenset(names)) for since, names in given.steps)),
    )


def _location(entry: Entry) -> model.Location:
    parent, profile = _dated(entry.get("parent")), _dated(entry.get("profile"))
    return model.Location(entry["id"], parent, entry.get("inherits", True), profile, entry.get("kind"))


def _batch(entry: Entry) -> model.Batch:
    made_at = parse_instant(entry["made_at"]) if entry.get("made_at") else None
    parents = tuple(
        model.Parent(each["product"], each["lot"], each.get("unit"), _end(each.get("until")))
        for each in entry.get("parents") or []
    )
    return model.Batch(entry["product"], entry["lot"], None, made_at, parents)


def _profiles(entries: Iterable[Entry]) -> dict[str, tuple[model.ProfileVersion, ...]]:
    profiles: dict[str, tuple[model.ProfileVersion, ...]] = {}
    for entry in sorted(entries, key=lambda entry: parse_instant(entry["effective_from"])):
        version = model.ProfileVersion(
            profile=entry["id"],
            version=int(entry["version"]),
            effective_from=parse_instant(entry["effective_from"]),
            rules=tuple(_rule(fields) for fields in entry["rules"]),
            max_gap=parse_duration(entry.get("max_gap") or "30min"),
            gap_counts_as=entry.get("gap_counts_as") or "unknown",
            min_coverage=parse_value(entry.get("min_coverage") or "0.95"),
            longest_gap=parse_duration(entry["longest_gap"]) if entry.get("longest_gap") else None,
        )
        profiles[entry["id"]] = (*profiles.get(entry["id"], ()), version)
    return profiles


def _rule(fields: Entry) -> model.Rule:
    rule, problems = read_rule({name: text for name, text in fields.items() if text is not None})
    assert rule is not None and not problems, (fields, problems)
    return rule
