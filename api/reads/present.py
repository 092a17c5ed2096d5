"""What is not known yet of holds that wait for a decision: whether it is still outside, and what sensors still owe."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, tuple_

from api.deps import View
from api.reads.finality import Finalities
from api.reads.last_readings import last_readings
from ledger.models.hold import Hold
from rules.subjects.finality import Outstanding
from rules.subjects.whereabouts import Subject, UnitKey
from store.tables import exposures

_AT_ONCE = 500  # batches in one statement
_ADDING_UP = ("cumulative", "gap", "mkt", "life")


@dataclass(frozen=True, slots=True)
class Present:
    """Since when it is still outside (None: it is not), how far (10⁻⁶; None: not measured), what is outstanding."""

    since: int | None
    value: int | None
    outstanding: Sequence[Outstanding]

    @property
    def is_known(self) -> bool:
        """Tell whether all is known that a release would cover."""
        return self.since is None and not self.outstanding


def present_of(view: View, found: Sequence[Hold]) -> dict[int, Present]:
    """Return what is not known yet, by hold; of what nothing holds any more there is nothing to know."""
    finalities = Finalities(view)
    held = [hold for hold in found if hold.is_open and hold.founded]
    exposed = _exposures(view, held)
    return {hold.id: _present(view, finalities, hold, exposed[hold.key, hold.rule]) for hold in held}


def _present(view: View, finalities: Finalities, hold: Hold, exposed: Sequence[Row[Any]]) -> Present:
    going = next((row.since for row in exposed if row.until is None), None)
    if going is None and hold.why.until is None and not exposed:
        going = hold.why.since
    subject = finalities.subject(hold.key)
    value = None if going is None or subject is None else _value(view, hold, subject)
    since = hold.why.since
    if hold.why.kind in _ADDING_UP and hold.after is None:
        since = min((row.since for row in exposed), default=since)
    outstanding = finalities.outstanding_for_rule(hold.key, hold.rule, since, None)
    return Present(going, value, [each for each in outstanding if each.until is None or each.until > since])


def _value(view: View, hold: Hold, subject: Subject) -> int | None:
    """Return the farthest of what the sensors say that speak for where the unit is."""
    here = {stay.location for stay in subject.stays if stay.since <= view.now < stay.until}
    spans = (span for place in here for span in view.snapshot.places.speaking(place, hold.why.quantity))
    speaking = {(span.sensor, hold.why.quantity) for span in spans if span.since <= view.now < span.until}
    values = [each.value for each in last_readings(view, sorted(speaking)).values() if each.value is not None]
    if not values or hold.why.direction not in ("high", "low"):
        return None
    return max(values) if hold.why.direction == "high" else min(values)


def _exposures(view: View, held: Sequence[Hold]) -> dict[tuple[UnitKey, str], list[Row[Any]]]:
    """Return the exposures in force of the units, by unit and rule, in order of time."""
    found: dict[tuple[UnitKey, str], list[Row[Any]]] = defaultdict(list)
    batches = sorted({hold.key[:2] for hold in held})
    for start in range(0, len(batches), _AT_ONCE):
        some = batches[start : start + _AT_ONCE]
        of_batches = tuple_(exposures.c.product, exposures.c.lot).in_(some), exposures.c.superseded_at.is_(None)
        for row in view.connection.execute(select(exposures).where(*of_batches).order_by(exposures.c.since)):
            found[UnitKey(row.product, row.lot, row.unit), row.rule].append(row)
    return found
