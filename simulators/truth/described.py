"""A site file's entries, read for judging: instants and durations in microseconds, values in 10⁻⁶ of the unit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from simulators.durations import parse_duration
from simulators.errors import InputError
from simulators.times import MINUTE, SECOND, parse_time

Entry = Mapping[str, Any]

FOREVER = 1 << 62
KINDS = ("limit", "cumulative", "silence")
# Fields of these kinds of which nothing is known here.
BEYOND = ("within", "at_kinds")
BOUNDS = ("above", "at_or_above", "below", "at_or_below")
USUAL_GAP = 30 * MINUTE
USUAL_COVERAGE = "0.95"
BOTH = ("temperature", "humidity")


def scaled(text: str) -> int:
    """Return 10⁻⁶ of the unit."""
    return int(Decimal(text) * 1_000_000)


def length(text: str | None, usual: int = 0) -> int:
    """Return microseconds of a duration."""
    return parse_duration(text) * SECOND if text else usual


def begin(entry: Entry) -> int:
    """Return where a mount or a placement begins."""
    return parse_time(entry["from"])


def end(entry: Entry, name: str = "to") -> int:
    """Return where it ends."""
    return parse_time(entry[name]) if entry.get(name) else FOREVER


def dated(given: Any, when: int, usual: Any = None) -> Any:
    """Return what something says at an instant that is one value for always, or a list of `{value, from}`."""
    if given is None:
        return usual
    if not _is_dated(given):
        return given
    past = [(begin(step), step["value"]) for step in given if begin(step) <= when]
    return max(past, key=lambda step: step[0])[1] if past else None


def dates(given: Any) -> Iterator[int]:
    """Yield the instants at which it changes."""
    if _is_dated(given):
        yield from map(begin, given)


def _is_dated(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and isinstance(given[0], Mapping)


@dataclass(frozen=True)
class Rule:
    """A rule of a covered kind."""

    id: str
    kind: str
    action: str
    severity: str
    quantity: str | None
    bounds: tuple[tuple[str, int], ...]
    deadband: int
    lasting: int
    total: int
    window: int | None
    after: int

    @property
    def is_high(self) -> bool:
        """Tell whether being above is what it forbids first."""
        return bool(self.bounds) and "above" in self.bounds[0][0]

    @property
    def direction(self) -> str:
        """Return high, low or silent."""
        if self.kind == "silence":
            return "silent"
        return "high" if self.is_high else "low"

    def breaks(self, value: int) -> bool:
        """3: tell whether a value breaks the limit, or lies in the band."""
        compared = {"above": int.__gt__, "at_or_above": int.__ge__, "below": int.__lt__, "at_or_below": int.__le__}
        return all(compared[operator](value, bound) for operator, bound in self.bounds)

    def lingers(self, value: int) -> bool:
        """3: tell whether a value that came back is still within the deadband."""
        bound = self.bounds[0][1]
        return value > bound - self.deadband if self.is_high else value < bound + self.deadband

    def distance(self, value: int) -> int:
        """3: return how far beyond the first bound a value is."""
        bound = self.bounds[0][1]
        return max(0, value - bound if self.is_high else bound - value)


@dataclass(frozen=True, eq=False)
class Version:
    """A version of a profile; all that is the same is the same object."""

    since: int
    max_gap: int
    gaps: str
    min_coverage: Fraction
    longest_gap: int | None
    rules: Mapping[str, Rule]

    @property
    def quantities(self) -> set[str]:
        """8: return what must be known."""
        return {rule.quantity or "temperature" for rule in self.rules.values() if rule.kind != "silence"}


def read_versions(site: Entry) -> dict[str, list[Version]]:
    """Return each profile's versions in order of time. Raises InputError for a rule of a kind that is not covered."""
    profiles: dict[str, list[Version]] = {}
    for entry in site.get("profiles") or []:
        version = Version(
            parse_time(entry["effective_from"]),
            length(entry.get("max_gap"), USUAL_GAP),
            entry.get("gap_counts_as") or "unknown",
            Fraction(entry.get("min_coverage") or USUAL_COVERAGE),
            length(entry["longest_gap"]) if entry.get("longest_gap") else None,
            {each["id"]: _rule(each) for each in entry.get("rules") or []},
        )
        profiles.setdefault(entry["id"], []).append(version)
    return {name: sorted(versions, key=lambda version: version.since) for name, versions in profiles.items()}


def _rule(entry: Entry) -> Rule:
    kind = entry["kind"]
    if kind not in KINDS:
        raise InputError(f"rule {entry['id']}: nothing is known here of the kind {kind!r}; known: {', '.join(KINDS)}")
    for name in BEYOND:
        if entry.get(name) is not None:
            raise InputError(f"rule {entry['id']}: nothing is known here of the field {name}")
    return Rule(
        entry["id"],
        kind,
        entry.get("action") or "notify",
        entry.get("severity") or "warning",
        entry.get("quantity") or (None if kind == "silence" else "temperature"),
        tuple((name, scaled(text)) for name, text in entry.items() if name in BOUNDS),
        scaled(entry.get("deadband") or "0"),
        length(entry.get("for")),
        length(entry.get("total")),
        length(entry["window"]) if entry.get("window") else None,
        length(entry.get("after")),
    )
