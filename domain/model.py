"""What a verdict rests on, as dated histories: sensors, locations, mounts, profiles, products, batches, placements.

Instants and durations are integers of microseconds, values integers of 10⁻⁶ of the unit (°C, % relative humidity).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from domain.gate import Gate
from domain.times import NEVER

T = TypeVar("T")

# Any rule kind may name one of these; readings carry nothing else that is judged.
QUANTITIES = ("temperature", "humidity")

Action = Literal["notify", "review", "hold"]
Severity = Literal["info", "warning", "critical"]
GapCountsAs = Literal["unknown", "exposed", "safe"]
Strategy = Literal["fefo", "fifo", "lifo", "stability"]
PartyKind = Literal["supplier", "customer", "carrier", "maker"]

MIN_COVERAGE = 950_000  # 10⁻⁶: the share of time that must be known for "ok" where a profile says nothing of it


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value that changes with time: `(since, value)` sorted by instant; None before the first."""

    steps: tuple[tuple[int, T], ...]

    def at(self, instant: int) -> T | None:
        """Return the value in force at the instant."""
        i = bisect_right(self.steps, instant, key=lambda step: step[0])
        return self.steps[i - 1][1] if i else None

    def pieces(self) -> Iterator[tuple[int, int, T]]:
        """Yield `(since, until, value)` in order of time."""
        ends = [since for since, _ in self.steps[1:]] + [NEVER]
        for (since, value), until in zip(self.steps, ends, strict=True):
            yield since, until, value


# "always": earlier than any reading, without overflow in arithmetic
ALWAYS = -NEVER


def always(value: T) -> Dated[T]:
    """Return a value that never changes."""
    return Dated(((ALWAYS, value),))


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement of a profile version. `condition` is the parameter object of its kind (rules/kinds/)."""

    id: str
    kind: str
    condition: Any
    action: Action = "notify"
    severity: Severity = "warning"
    off_delay: int = 0  # how long it must have been over before people are notified of it; nothing is judged by it


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """A storage requirement, in force from `effective_from` to the next version's."""

    profile: str
    version: int
    effective_from: int
    rules: tuple[Rule, ...]
    max_gap: int
    gap_counts_as: GapCountsAs = "unknown"
    min_coverage: int = MIN_COVERAGE  # 10⁻⁶
    longest_gap: int | None = None  # with a longer one nothing is "ok", however much is known; None: any is tolerated


@dataclass(frozen=True, slots=True)
class Sensor:
    """A probe: one channel (`probe`) of a device, speaking for the quantities it declares."""

    id: str
    device: str
    probe: str | None = None
    quantities: Dated[frozenset[str]] = field(default_factory=lambda: always(frozenset(QUANTITIES)))
    offsets: Mapping[str, Dated[int]] = field(default_factory=dict)  # by quantity, see domain.offsets
    gates: Mapping[str, Dated[Gate]] = field(default_factory=dict)  # by quantity, see domain.gating


@dataclass(frozen=True, slots=True)
class Location:
    """A place that can hold stock, with its place in the tree and its own profile, both dated."""

    id: str
    parent: Dated[str | None] = field(default_factory=lambda: always(None))
    inherits: bool = True
    profile: Dated[str | None] = field(default_factory=lambda: always(None))
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Mount:
    """A sensor at a location over `[since, until)`."""

    sensor: str
    location: str
    since: int
    until: int = NEVER


@dataclass(frozen=True, slots=True)
class Product:
    """What batches are of, with its dated profile, and in what and how it is counted and picked.

    No verdict rests on the latter.
    """

    id: str
    profile: Dated[str | None] = field(default_factory=lambda: always(None))
    uom: str | None = field(default=None, compare=False)  # its unit of measure
    uoms: Mapping[str, Fraction] = field(default_factory=dict, compare=False)  # how many of it another one is
    release_required: bool = field(default=False, compare=False)
    strategy: Strategy = field(default="fefo", compare=False)
    lead_time: int | None = field(default=None, compare=False)  # how long more of it takes to arrive
    expiry_warnings: tuple[str, ...] = field(default=(), compare=False)  # batches.expiry: 90d, 10%
    after_opening: int | None = field(default=None, compare=False)  # for how long a unit may be used then
    after_thawing: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier, customer, carrier or maker."""

    id: str
    kind: PartyKind
    min_remaining_days: int = 0  # of what it is sent, until it expires
    market: str | None = None  # where it sells or uses what it is sent


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a batch came from: a unit of another batch (None: all its units), until made or an earlier instant."""

    product: str
    lot: str
    unit: str | None = None
    until: int = NEVER


@dataclass(frozen=True, slots=True)
class Batch:
    """A lot of a product."""

    product: str
    lot: str
    client: str | None = None
    made_at: int | None = None
    parents: tuple[Parent, ...] = ()
    expires_on: str | None = field(default=None, compare=False)  # a date; no verdict rests on it
    markets: tuple[str, ...] = field(default=(), compare=False)  # where it may go; none: anywhere

    def is_expired(self, today: str) -> bool:
        """Tell whether its expiry date has passed. `today`: the date where it is stored, e.g. `2026-11-19`."""
        return self.expires_on is not None and self.expires_on < today


@dataclass(frozen=True, slots=True)
class Placement:
    """A unit of a batch (None: the batch is one unit) at a location over `[since, until)`."""

    product: str
    lot: str
    unit: str | None
    location: str
    since: int
    until: int = NEVER
    quantity: int | None = field(default=None, compare=False)  # 10⁻⁶ of its unit of measure; no verdict rests on it


BatchKey = tuple[str, str]  # product, lot


class UnitKey(NamedTuple):
    """A unit of a batch; None: the batch is one unit, or its unit without a name."""

    product: str
    lot: str
    unit: str | None


class Handled(NamedTuple):
    """When a unit was opened and thawed, as far as it was."""

    opened_at: int | None = None
    thawed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """All histories but the readings."""

    sensors: dict[str, Sensor] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    products: dict[str, Product] = field(default_factory=dict)
    batches: Mapping[BatchKey, Batch] = field(default_factory=dict)
    placements: tuple[Placement, ...] = ()
    profiles: dict[str, tuple[ProfileVersion, ...]] = field(default_factory=dict)  # versions sorted by effective_from
    parties: dict[str, Party] = field(default_factory=dict, compare=False)
