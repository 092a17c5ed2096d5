"""What happened to a batch in rows: exposures, stays, holds; alike ones of several units are one row. Pure."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from api.reads.history import Stay
from api.web.batch.unit import Fields, Unit, lasted
from api.web.batch.words import quantity_of, rule_at
from domain.model import Rule, Site
from domain.times import NEVER

_LEAST_SETTLED = ("provisional", "revised", "confirmed")
Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Exposed:
    """An interval outside a rule, and the units that went through it."""

    units: tuple[str | None, ...]
    rule: str
    condition: Rule | None
    quantity: str
    since: int
    until: int | None
    lasted: int
    degree_minutes: float
    peak: int | None
    fired_at: int | None
    places: tuple[str, ...]
    settled: Fields  # the least settled of them


@dataclass(frozen=True, slots=True)
class Stayed:
    """A time at a place, and the units that stood there; `until` None: they still do; `place` None: not to be told."""

    units: tuple[str | None, ...]
    place: str | None
    since: int
    until: int | None
    inherited: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """Holds for one reason with one end, and the units they are of."""

    units: tuple[str | None, ...]
    numbers: tuple[int, ...]
    hold: Fields  # what they have in common


def exposed(site: Site, product: str, units: Sequence[Unit]) -> list[Exposed]:
    """Return what units were exposed to, newest first."""
    found = [(unit, exposure) for unit in units for exposure in unit.exposures]
    told = ("rule", "since", "until", "minutes", "degree_minutes", "peak", "fired_at")
    rows = []
    for _, alike in grouped(found, lambda each: tuple(each[1][name] for name in told)):
        unit, exposure = alike[0]
        rule = rule_at(site, product, exposure["rule"], exposure["since"])
        rows.append(
            Exposed(
                tuple(unit.name for unit, _ in alike),
                exposure["rule"],
                rule,
                quantity_of(rule),
                exposure["since"],
                exposure["until"],
                lasted(exposure),
                exposure["degree_minutes"],
                exposure["peak"],
                exposure["fired_at"],
                unit.places(exposure["since"], exposure["until"]),
                min((each for _, each in alike), key=lambda each: _LEAST_SETTLED.index(each["standing"])),
            )
        )
    return sorted(rows, key=lambda row: -row.since)


def stayed(units: Sequence[Unit]) -> list[Stayed]:
    """Return where units stood, newest first."""
    found = [(unit.name, stay) for unit in units for stay in unit.stays]
    rows = [
        Stayed(tuple(name for name, _ in alike), stay.name, stay.since, _end(stay), stay.inherited)
        for stay, alike in grouped(found, lambda each: each[1])
    ]
    return sorted(rows, key=lambda row: (-row.since, row.units[0] or ""))


def _end(stay: Stay) -> int | None:
    return None if stay.until == NEVER else stay.until


def decided(units: Sequence[Unit]) -> list[Decided]:
    """Return the holds of units, newest first."""
    found = [hold for unit in units for hold in unit.holds]
    told = ("rule", "state", "founded", "placed_at", "disposed_at", "standing")
    rows = [
        Decided(tuple(hold["unit"] for hold in alike), tuple(hold["id"] for hold in alike), alike[0])
        for _, alike in grouped(found, lambda hold: (*(hold[name] for name in told), hold.get("reason")))
    ]
    return sorted(rows, key=lambda row: -row.hold["placed_at"])


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> Iterator[tuple[Key, list[Row]]]:
    """Yield what is alike, in the order of its first row."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    yield from groups.items()
