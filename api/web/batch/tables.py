"""What happened to a batch in rows: exposures, stays, holds; alike ones of several units are one row. Pure."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from api.web.batch.words import quantity_of, rule_at
from api.web.problem.item import grouped
from domain.model import Rule, Site
from domain.times import NEVER
from ledger.models.exposure import Exposure
from ledger.models.finality import least_final
from ledger.models.hold import Hold
from ledger.models.unit import Stay, Unit


@dataclass(frozen=True, slots=True)
class Exposed:
    """An interval outside a rule, and the units that went through it."""

    units: tuple[str | None, ...]
    rule: str
    condition: Rule | None
    quantity: str
    exposure: Exposure  # what they have in common; its finality is the least final of them
    places: tuple[str, ...]


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
    hold: Hold  # what they have in common


def exposed(site: Site, product: str, units: Sequence[Unit]) -> list[Exposed]:
    """Return what units were exposed to, newest first."""
    found = [(unit, exposure) for unit in units for exposure in unit.exposures]
    return exposed_rows(found, lambda each: rule_at(site, product, each.rule, each.since))


def exposed_rows(found: Sequence[tuple[Unit, Exposure]], rule_of: Callable[[Exposure], Rule | None]) -> list[Exposed]:
    """Return exposures of units as rows, newest first; `rule_of` returns the rule by which one was outside."""
    rows = []
    for _, alike in grouped(found, lambda each: (each[1].rule, each[1].span, each[1].numbers, each[1].fired_at)):
        unit, first = alike[0]
        rule = rule_of(first)
        marked = [each.finality for _, each in alike if each.finality is not None]
        final = least_final(marked) if marked else None
        names = tuple(unit.name for unit, _ in alike)
        places = unit.places(first.since, first.until)
        rows.append(Exposed(names, first.rule, rule, quantity_of(rule), replace(first, finality=final), places))
    return sorted(rows, key=lambda row: -row.exposure.since)


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
    rows = [
        Decided(tuple(hold.unit for hold in alike), tuple(hold.id for hold in alike), alike[0])
        for _, alike in grouped(found, _state_of)
    ]
    return sorted(rows, key=lambda row: -row.hold.placed_at)


def _state_of(hold: Hold) -> Hashable:
    status = hold.finality and hold.finality.status
    return hold.rule, hold.state, hold.founded, hold.placed_at, hold.disposed_at, status, hold.reason
