"""What the rules in force still allow the places that a sensor speaks for, and the units in them, until an instant.

Of a `limit`: how long the exposure that goes on may still last. Of a `cumulative`: what is left of its budget.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from api.forecast.sensors import ForecastSensor, forecast_rules, sign_of
from domain.intervals import Interval
from domain.model import ProfileVersion, Rule, UnitKey
from domain.numbers import SCALE
from domain.times import SECOND
from forecast.risk import Allowance
from ledger.models.usability import held_of
from store.series import AT_ONCE
from store.tables import excursions, exposures

Name = tuple[str | None, ...]  # product, lot, unit; or a location
Exposed = Mapping[tuple[Name, str], Sequence[Interval]]  # by whom and by rule


def allowed(connection: Connection, sensor: ForecastSensor, sign: int, until: int) -> Iterator[Allowance]:
    """Yield what is still allowed beyond the limits on one side, to the places themselves and to every unit there.

    What waits for a decision already cannot be put on hold: that is no risk any more.
    """
    of_places, of_units = _of_places(connection, sensor, until), _of_units(connection, sensor, until)
    for place, version in sensor.places.items():
        for rule, left in _left(version, (place,), sign, of_places, until):
            yield _allowance(rule, left, (None, None, None), place)
    held = held_of(connection, {(stay.product, stay.lot) for stay, _ in sensor.stays})
    for stay, version in sensor.stays:
        unit = UnitKey(stay.product, stay.lot, stay.unit)
        for rule, left in _left(version, unit, sign, of_units, until):
            if rule.action != "hold" or unit not in held:
                yield _allowance(rule, left, unit)


def _allowance(rule: Rule, left: int, subject: Name, place: str | None = None) -> Allowance:
    limit = rule.condition.bounds.bounds[0].value
    return Allowance(subject, rule.id, rule.action, limit / SCALE, left / SECOND, place)


def _left(
    version: ProfileVersion | None, who: Name, sign: int, exposed: Exposed, until: int
) -> Iterator[tuple[Rule, int]]:
    """Yield the rules that have not fired, with what they still allow."""
    for rule in forecast_rules(version) if version is not None else ():
        left = _LEFT[rule.kind](rule, exposed.get((who, rule.id), ()), until)
        if left is not None and sign_of(rule) == sign:
            yield rule, left


def _of_places(connection: Connection, sensor: ForecastSensor, until: int) -> Exposed:
    names = [place for place, version in sensor.places.items() if version is not None]
    found: list[tuple[Name, Any]] = []
    for some in _parts(names):
        query = select(excursions).where(excursions.c.location.in_(some), excursions.c.superseded_at.is_(None))
        found += (((row.location,), row) for row in connection.execute(query.order_by(excursions.c.since)))
    return _by_rule(found, until)


def _of_units(connection: Connection, sensor: ForecastSensor, until: int) -> Exposed:
    """Return the exposures of all units, product by product: what both databases find by the index."""
    lots: dict[str, set[str]] = defaultdict(set)
    for stay, _ in sensor.stays:
        lots[stay.product].add(stay.lot)
    found: list[tuple[Name, Any]] = []
    for product in sorted(lots):
        for some in _parts(sorted(lots[product])):
            query = select(exposures).where(exposures.c.product == product, exposures.c.lot.in_(some))
            query = query.where(exposures.c.superseded_at.is_(None)).order_by(exposures.c.since)
            found += (((row.product, row.lot, row.unit), row) for row in connection.execute(query))
    return _by_rule(found, until)


def _by_rule(rows: Iterable[tuple[Name, Any]], until: int) -> Exposed:
    """Return the exposures by whom and by rule; one that goes on counts to the instant."""
    found: dict[tuple[Name, str], list[Interval]] = defaultdict(list)
    for who, row in rows:
        end = until if row.until is None else min(row.until, until - 1)  # what ended right then goes on no more
        if row.since <= end:
            found[who, row.rule].append((row.since, end))
    return found


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))


def left_of_limit(rule: Rule, exposed: Sequence[Interval], now: int) -> int | None:
    """Return how long the subject may be outside before the rule fires, in microseconds; None: it has fired."""
    goes_on = exposed and exposed[-1][1] == now
    left = int(rule.condition.hold_duration) - (now - exposed[-1][0] if goes_on else 0)
    return left if left > 0 or not goes_on else None


def left_of_budget(rule: Rule, exposed: Sequence[Interval], now: int) -> int | None:
    """Return what is left of the budget, in microseconds; None: it is used up. What leaves its window is not added."""
    window = rule.condition.window
    begin = min((since for since, _ in exposed), default=now) if window is None else now - window
    used = sum(max(0, until - max(since, begin)) for since, until in exposed)
    left = int(rule.condition.budget) - used
    return left if left > 0 else None


_LEFT = {"limit": left_of_limit, "cumulative": left_of_budget}
