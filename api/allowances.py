"""What the rules in force still allow a place and the units in it, counted until now.

Of a `limit`: how long the exposure that goes on may still last. Of a `cumulative`: what is left of its budget.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, select

from api.deps import View
from domain.intervals import Interval
from domain.model import Placement, ProfileVersion, Rule
from domain.numbers import SCALE
from domain.times import SECOND
from forecast.risk import Requirement
from rules.places import Places
from store.tables import excursions, exposures

QUANTITY = "temperature"
Exposed = Mapping[str, Sequence[Interval]]  # by rule


class Allowed(NamedTuple):
    """What a rule still allows; `sign`: +1 for an upper limit, −1 for a lower one."""

    sign: int
    requirement: Requirement


def speaking_at(view: View, location: str) -> set[str]:
    """Return the sensors that speak for a location's temperature now."""
    return _speaking(view, Places(view.snapshot.site), location)


def allowed_at(view: View, location: str) -> Iterator[Allowed]:
    """Yield what is still allowed to the place and to every unit where the same sensors speak."""
    site = view.snapshot.site
    going = _exposed(view, excursions, excursions.c.location == location)
    own = _in_force(view, site.locations[location].profile.at(view.now))
    yield from _allowed(view.now, (None, None, None), own, going)
    for stay in _standing(view, location):
        of_unit = (exposures.c.product == stay.product) & (exposures.c.lot == stay.lot)
        of_unit &= exposures.c.unit.is_(None) if stay.unit is None else exposures.c.unit == stay.unit
        version = _in_force(view, site.products[stay.product].profile.at(view.now))
        unit = (stay.product, stay.lot, stay.unit)
        yield from _allowed(view.now, unit, version, _exposed(view, exposures, of_unit))


def _speaking(view: View, places: Places, location: str) -> set[str]:
    return {span.sensor for span in places.speaking(location, QUANTITY) if span.since <= view.now < span.until}


def _standing(view: View, location: str) -> list[Placement]:
    places = Places(view.snapshot.site)
    sensors = _speaking(view, places, location)
    standing = [stay for stay in view.snapshot.site.placements if stay.since <= view.now < stay.until]
    here = {place for place in {stay.location for stay in standing} if _speaking(view, places, place) & sensors}
    return [stay for stay in standing if stay.location in here]


def _in_force(view: View, profile: str | None) -> ProfileVersion | None:
    begun = [each for each in view.snapshot.site.profiles.get(profile or "", ()) if each.effective_from <= view.now]
    return begun[-1] if begun else None


def _exposed(view: View, table: Table, of_subject: ColumnElement[bool]) -> Exposed:
    """Return the exposures in force by rule; one that goes on counts to now."""
    query = select(table.c.rule, table.c.since, table.c.until).where(of_subject, table.c.superseded_at.is_(None))
    found: dict[str, list[Interval]] = {}
    for rule, since, until in view.connection.execute(query.order_by(table.c.since)):
        found.setdefault(rule, []).append((since, view.now if until is None else until))
    return found


def _allowed(
    now: int, subject: tuple[str | None, ...], version: ProfileVersion | None, exposed: Exposed
) -> Iterator[Allowed]:
    for rule in version.rules if version else ():
        if rule.kind not in _LEFT or rule.condition.quantity != QUANTITY:
            continue
        left = _LEFT[rule.kind](rule, exposed.get(rule.id, ()), now)
        if left is not None:
            bound = rule.condition.bounds.bounds[0]
            requirement = Requirement(subject, rule.id, rule.action, bound.value / SCALE, left / SECOND)
            yield Allowed(bound.sign, requirement)


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
