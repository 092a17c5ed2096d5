"""A site described as the site file describes it, read by the oracle on its own.

A description is the site file as plain dicts, all scalars text (times RFC 3339 with `Z`, durations `15min`):
`sensors`, `locations`, `mounts`, `products`, `batches`, `placements`, `profiles`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

Description = Mapping[str, list[dict[str, Any]]]

FOREVER = 1 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
OPERATORS = ("above", "at_or_above", "below", "at_or_below")


@cache
def instant(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 time."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def instant_text(when: int) -> str:
    """RFC 3339 of an instant, in UTC with `Z`."""
    return (_EPOCH + timedelta(microseconds=when)).isoformat().replace("+00:00", "Z")


@cache
def duration(text: str) -> int:
    """Microseconds of `90s`, `15min`, `10h` or `2d`."""
    if text == "0":
        return 0
    match = re.fullmatch(r"(\d+)(s|min|h|d)", text)
    assert match, text
    return int(match[1]) * _SECONDS[match[2]] * 1_000_000


def value(text: str) -> int:
    """10⁻⁶ of the unit of a decimal text."""
    scaled = Decimal(text) * 1_000_000
    assert scaled == int(scaled), text
    return int(scaled)


def dated(given: Any, when: int, default: Any = None) -> Any:
    """Return what a field that may change with time says at an instant; None before the first of a list."""
    if given is None:
        return default
    if not (isinstance(given, list) and given and isinstance(given[0], dict)):
        return given
    past = [step for step in given if instant(step["from"]) <= when]
    return max(past, key=lambda step: instant(step["from"]))["value"] if past else None


def dates(given: Any) -> list[int]:
    """Return the instants at which a field that may change with time changes."""
    steps = given if isinstance(given, list) else []
    return [instant(step["from"]) for step in steps if isinstance(step, dict)]


def start_of(entry: Mapping[str, Any]) -> int:
    """Return where a mount or a placement begins."""
    return instant(entry["from"])


def end_of(entry: Mapping[str, Any], name: str = "to") -> int:
    """Return where a mount or a placement ends; never, if it does not say."""
    return instant(entry[name]) if entry.get(name) else FOREVER


@dataclass(frozen=True)
class Rule:
    """A rule's fields, those of all kinds."""

    id: str
    kind: str
    action: str
    quantity: str | None
    bounds: tuple[tuple[str, int], ...]
    deadband: int
    delay: int
    total: int
    window: int | None
    after: int
    energy: float
    given: Mapping[str, Any]  # the fields as they are, for the kinds that need more

    def number(self, name: str, default: str = "0") -> int:
        """Return a field in 10⁻⁶ of its unit."""
        return value(self.given.get(name) or default)

    def length(self, name: str, default: str = "0s") -> int:
        """Return a field in microseconds."""
        return duration(self.given.get(name) or default)

    def rejects(self, reading: int) -> bool:
        """Tell whether a `plausible` rule takes a value for a fault."""
        if not self.number("from", "-1000000") <= reading <= self.number("to", "1000000"):
            return True
        preset = ("-127", "85") if self.quantity == "temperature" else ("255",)
        return reading in [value(text) for text in self.given.get("sentinels") or preset]

    def breaks(self, reading: int) -> bool:
        """Tell whether a value breaks the limit, or lies in the band."""
        return all(_breaks(operator, reading, bound) for operator, bound in self.bounds)

    def is_back(self, reading: int) -> bool:
        """Tell whether a value has come back far enough."""
        operator, bound = self.bounds[0]
        return reading <= bound - self.deadband if "above" in operator else reading >= bound + self.deadband

    def distance(self, reading: int) -> int:
        """Return how far beyond the first bound a value is; 0 while only the deadband keeps it outside."""
        operator, bound = self.bounds[0]
        return max(0, reading - bound if "above" in operator else bound - reading)

    def farther(self, readings: list[int]) -> int:
        """Return the farthest of some values in the first bound's direction."""
        return max(readings) if "above" in self.bounds[0][0] else min(readings)


def _breaks(operator: str, reading: int, bound: int) -> bool:
    return {
        "above": reading > bound,
        "at_or_above": reading >= bound,
        "below": reading < bound,
        "at_or_below": reading <= bound,
    }[operator]


@dataclass(frozen=True, eq=False)
class Version:
    """A profile's version."""

    since: int
    max_gap: int
    gap_counts_as: str
    min_coverage: Fraction
    longest_gap: int | None
    rules: Mapping[str, Rule]

    def quantities(self) -> set[str]:
        """Return the quantities its limit, cumulative and mkt rules name."""
        named = [rule for rule in self.rules.values() if rule.kind in ("limit", "cumulative", "mkt")]
        return {rule.quantity or "temperature" for rule in named}

    def is_value(self, quantity: str, reading: int | None) -> bool:
        """Tell a value from a fault: what is implausible is one."""
        doubts = [rule for rule in self.rules.values() if rule.kind == "plausible" and rule.quantity == quantity]
        return reading is not None and not any(rule.rejects(reading) for rule in doubts)


_METHODS = {
    "usp-cold-chain": {"above": "8", "window": "24h"},
    "usp-room-temperature": {"above": "25", "window": "30d"},
}


def read_rule(fields: Mapping[str, Any]) -> Rule:
    """Read the fields of a rule; the order of the bounds is the order in the mapping."""
    kind = str(fields["kind"])
    fields = {**_METHODS.get(fields.get("method") or "", {}), **fields}
    window = fields.get("window")
    return Rule(
        id=str(fields["id"]),
        kind=kind,
        action=fields.get("action") or "notify",
        quantity="temperature" if kind in ("mkt", "cooling", "life") else fields.get("quantity"),
        bounds=tuple((name, value(text or "")) for name, text in fields.items() if name in OPERATORS),
        deadband=value(fields.get("deadband") or "0"),
        delay=duration(fields.get("for") or "0s"),
        total=duration(fields.get("total") or "0s"),
        window=duration(window) if window else None,
        after=duration(fields.get("after") or "0s"),
        energy=float(fields.get("activation_energy_kj_mol") or "83.144"),
        given=fields,
    )


def read_versions(site: Description) -> dict[str, list[Version]]:
    """Return the versions of each profile, the earliest first."""
    profiles: dict[str, list[Version]] = {}
    for entry in sorted(site.get("profiles", []), key=lambda entry: instant(entry["effective_from"])):
        version = Version(
            since=instant(entry["effective_from"]),
            max_gap=duration(entry.get("max_gap") or "30min"),
            gap_counts_as=entry.get("gap_counts_as") or "unknown",
            min_coverage=Fraction(entry.get("min_coverage") or "0.95"),
            longest_gap=duration(entry["longest_gap"]) if entry.get("longest_gap") else None,
            rules={fields["id"]: read_rule(fields) for fields in entry["rules"]},
        )
        profiles.setdefault(entry["id"], []).append(version)
    return profiles
