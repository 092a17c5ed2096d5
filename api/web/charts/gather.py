"""What one person may see of the conditions of a batch, of a place, or of a problem, as a chart."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.access import require_batch
from api.deps import View
from api.reads.alerts import find_alert
from api.reads.history import plan, stays_of_batch, stays_of_location, unknown
from api.reads.moved import with_movements
from api.reads.units import read_exposures, read_holds
from api.web.charts import chart_events
from api.web.charts.limits import budgets_of, limits_of
from api.web.charts.measure import ChartRequest
from domain.errors import InvalidError, NotFoundError
from domain.model import BatchKey
from domain.times import DAY, HOUR, NEVER
from ledger.models import Exposure, Hold
from ledger.models.unit import Stay
from rules.subjects.whereabouts import InForce, in_force
from store.known_at import in_force as believed
from store.tables import exposures

# Columns of a picture that stands in a page until the script has fetched finer ones.
STILL_WIDTH = 360
LONGEST = 50 * 366 * DAY


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; None: the whole life of a batch, the last day of a place, a problem with what is around."""

    quantity: str = "temperature"
    since: int | None = None
    until: int | None = None
    width: int = 800  # pixels: columns at most, about


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """What is on record of one unit, or of all units of a batch together."""

    stays: Sequence[Stay]
    exposures: Sequence[Exposure]
    holds: Sequence[Hold]
    is_one_unit: bool  # of several at once nothing is left of a budget


def asked_of_batch(view: View, batch: BatchKey, unit: str | None, wanted: Wanted) -> ChartRequest:
    """Return what to ask for the conditions that a batch (one unit; None: all of them) went through.

    Raises NotFoundError for a batch or a unit that is not there for this person.
    """
    require_batch(view.policy, view.snapshot, batch)
    view = with_movements(view, batch)
    stays = stays_of_batch(view, batch, unit)
    if unit is not None and not stays:
        raise NotFoundError(f"no unit {unit} of {batch[0]} {batch[1]}")
    is_one = unit is not None or len({each.unit for each in view.snapshot.placements.get(batch, ())}) <= 1
    of_unit = () if unit is None else (exposures.c.unit == unit,)
    outside = read_exposures(view, batch, *believed(exposures, view.known_at), *of_unit)
    return asked_of_record(view, batch[0], UnitRecord(stays, outside, read_holds(view, batch, unit), is_one), wanted)


def asked_of_record(view: View, product: str, record: UnitRecord, wanted: Wanted) -> ChartRequest:
    """Return the same of what was read already."""
    first, last = life_of(record.stays, view.now)
    versions = in_force(view.snapshot.site, view.snapshot.site.products[product].profile)
    asked = _asked(view, record.stays, versions, wanted, first, last)
    asked.shades = chart_events.shades_of(record.exposures, versions, wanted.quantity)
    asked.marks = chart_events.actions_of_units(record.holds, record.stays)
    if record.is_one_unit:
        outside = chart_events.intervals_by_rule(record.exposures, view.now)
        asked.budgets = budgets_of(versions, wanted.quantity, outside, first, last)
    asked.begins = first
    return asked


def asked_of_place(view: View, location: str, wanted: Wanted) -> ChartRequest:
    """Return what to ask for a place. Raises NotFoundError for a place that is not there for this person."""
    stays = _stays_of_place(view, location)
    versions = in_force(view.snapshot.site, view.snapshot.site.locations[location].profile)
    asked = _asked(view, stays, versions, wanted, view.now - DAY, view.now)
    rows = chart_events.excursions_of(view, location, asked.since)
    asked.shades = chart_events.shades_of(rows, versions, wanted.quantity)
    asked.marks = chart_events.actions_at_place(view, location, wanted.quantity)
    asked.is_place = True
    return asked


def asked_of_problem(view: View, number: int, wanted: Wanted) -> ChartRequest:
    """Return what to ask for the place of an alert, around it, with the limits of the rules that fired.

    Raises NotFoundError for an alert that is not there for this person, or whose place is not to be named.
    """
    alert = find_alert(view, number)
    if not alert.place:
        raise NotFoundError(f"no alert {number}")
    stays = _stays_of_place(view, alert.place)
    versions = chart_events.versions_of_alert(view, alert)
    since, end = alert.since, min(view.now, NEVER if alert.until is None else alert.until)
    around = max(HOUR, end - since)
    asked = _asked(view, stays, versions, wanted, since - around, min(view.now, end + around))
    asked.limits = limits_of(versions, wanted.quantity, asked.since, asked.until, frozenset(alert.rules))
    asked.shades = [chart_events.shade_of_alert(alert)] if alert.quantity in (wanted.quantity, "") else []
    asked.marks = chart_events.actions_at_place(view, alert.place, wanted.quantity)
    asked.is_place = True
    return asked


def life_of(stays: Sequence[Stay], now: int) -> tuple[int, int]:
    """Return from when to when there is something to be seen, at least an hour."""
    last = min(now, max((stay.until for stay in stays), default=now))
    return min(min((stay.since for stay in stays), default=now), last - HOUR), last


def _asked(
    view: View, stays: Sequence[Stay], versions: Sequence[InForce], wanted: Wanted, first: int, last: int
) -> ChartRequest:
    until = last if wanted.until is None else wanted.until
    since = first if wanted.since is None else wanted.since
    if since >= until:
        raise InvalidError("since: it must lie before until")
    if since < 0 or until - since > LONGEST or until > view.now + LONGEST:
        raise InvalidError("since: a chart begins in 1970 at the earliest and spans 50 years at most")
    plans = plan(view, stays, wanted.quantity, since, until)
    return ChartRequest(
        wanted.quantity,
        wanted.width,
        since,
        until,
        view.now,
        stays,
        plans,
        unknown(view, plans, versions, until),
        versions,
        limits_of(versions, wanted.quantity, since, until),
        view.policy.knows_authors,
        called=view.snapshot.called,
    )


def _stays_of_place(view: View, location: str) -> list[Stay]:
    stays = stays_of_location(view, location) if location in view.snapshot.site.locations else []
    if not stays:
        raise NotFoundError(f"no location {location}")
    return stays
