"""Everything on record about one problem, found by what it is about and never by reading all that happened.

At the instant that is looked at: of what was written later nothing is read, nor that something was superseded later.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select

from api.deps import View
from api.reads.audit import entries_of
from api.reads.profile_versions import ProfileVersions, read_profile_versions
from api.reads.units import table_of_holds, those_of_holds
from api.web.problem.messages import parts_of, read_attempts, read_messages, rows_of
from domain.model import Site
from domain.times import NEVER
from ledger.models.alert import Alert
from ledger.models.audit_entry import AuditEntry
from ledger.models.excursion import Excursion, excursion_of
from ledger.models.exposure import Exposure, exposure_of
from ledger.models.finality import is_retroactive
from ledger.models.hold import Hold, hold_of
from ledger.models.interval import Interval, still_in_force
from ledger.verdicts.rows import fired_of
from rules.alarms.problems import Fired, near, span_of
from rules.judgement import Firing
from rules.subjects.whereabouts import UnitKey
from store.known_at import in_force as believed
from store.known_at import known_by
from store.tables import comments, excursions, exposures, firings

Fields = Mapping[str, Any]
Batches = Collection[tuple[str, str]]

Revised = TypeVar("Revised", bound=Interval)


@dataclass(frozen=True, slots=True)
class Record:
    """`exposures` and `excursions` in all their revisions, `firings` those in force; the rest as rows are kept.

    Exposures are of the rules that ever triggered in the problem: those that a later version took out of it too.
    """

    alert: Alert
    holds: Sequence[Hold]
    exposures: Sequence[Exposure]
    excursions: Sequence[Excursion]
    firings: Sequence[Fired]
    entries: Sequence[AuditEntry]
    messages: Sequence[Fields]
    attempts: Mapping[int, Sequence[Fields]]
    comments: Sequence[Fields]
    versions: ProfileVersions = field(default_factory=ProfileVersions)  # of the profiles of its place and its units
    causes: Collection[int] = ()  # events of versions that changed it afterwards
    former_rules: Collection[str] = ()  # that triggered once, and are believed not to have

    @property
    def exposed_now(self) -> list[Exposure]:
        """Return the exposures that the problem is believed to consist of."""
        return [each for each in self.exposures if each.is_in_force and each.rule not in self.former_rules]

    @property
    def known_since(self) -> int:
        """Return when the first of it became known."""
        return min([self.alert.raised_at, *(each.known_at for each in (*self.exposures, *self.excursions))])


def read_record(view: View, alert: Alert) -> Record:
    """Read everything about the problem of an alert, as far as it is known at the instant that is looked at."""
    connection, site = view.connection, view.snapshot.site
    entries = entries_of(view, "alert", [str(alert.id)])
    placed = read_holds(view, alert)
    messages = read_messages(view, alert.id)
    said = select(comments).where(comments.c.alert == alert.id, *known_by(comments.c.at, view.known_at))
    rules = {*alert.rules, *(rule for entry in entries for rule in (entry.after or {}).get("rules") or ())}
    exposed, outside = _exposures(view, alert, rules), _excursions(view, alert)
    return Record(
        alert,
        placed,
        exposed,
        outside,
        read_firings(view, alert),
        entries + entries_of(view, "hold", [str(hold.id) for hold in placed]),
        messages,
        read_attempts(view, [message["id"] for message in messages]),
        list(rows_of(connection, said.order_by(comments.c.id))),
        read_profile_versions(view, _profiles(site, alert)),
        set(_retroactive(view, alert, rules, [*exposed, *outside])),
        rules - set(alert.rules),
    )


def _profiles(site: Site, alert: Alert) -> set[str]:
    """Return the profiles by which the place and the units of a problem were ever judged."""
    products = {each.key.product for each in alert.all_lots}
    assigned = [site.locations[alert.place].profile] if alert.place in site.locations else []
    assigned += [site.products[product].profile for product in products if product in site.products]
    return {name for each in assigned for _, _, name in each.pieces() if name}


def _retroactive(view: View, alert: Alert, rules: Collection[str], found: Sequence[Interval]) -> Iterator[int]:
    """Yield the events of versions that changed afterwards what was outside, or what triggered."""
    triggered = [firings.c.rule.in_(sorted(rules)), *known_by(firings.c.known_at, view.known_at)]
    at_place = select(firings).where(firings.c.location == alert.place, *triggered)
    of_units = _of_batches(view.connection, firings, _batches(alert), *triggered)
    rows = [{**row, **still_in_force(row, view.known_at)} for row in (*rows_of(view.connection, at_place), *of_units)]
    fired = [(row["cause"], row["superseded_because"]) for row in rows]
    for causes in (*((each.cause, each.superseded_because) for each in found), *fired):
        yield from (cause["event"] for cause in causes if cause is not None and is_retroactive(cause))


def in_force(found: Iterable[Revised]) -> list[Revised]:
    """Return the revisions that are believed now."""
    return [each for each in found if each.is_in_force]


def rules_alike(site: Site, place: str, quantity: str, direction: str) -> set[str]:
    """Return the rules that the place itself has ever had about this quantity and direction."""
    location = site.locations.get(place)
    profiles = {name for _, _, name in location.profile.pieces() if name} if location else set()
    return {
        rule.id
        for name in profiles
        for version in site.profiles.get(name, ())
        for rule in version.rules
        if (rule.condition.quantity or "", rule.condition.direction) == (quantity, direction)
    }


def exposures_of(view: View, batches: Batches) -> Iterator[Exposure]:
    """Yield the exposures of batches in the revisions that are believed."""
    rows = _of_batches(view.connection, exposures, batches, *believed(exposures, view.known_at))
    yield from (exposure_of(row, view.known_at) for row in rows)


def overlaps(interval: Interval, alert: Alert) -> bool:
    """Tell whether an interval shares an instant with the alert's."""
    return near(interval.span, alert.span, 0)


def read_holds(view: View, alert: Alert) -> list[Hold]:
    """Return the holds of a problem's units that rest on it, those without reason any more too."""
    units = _units(alert)
    rows = _of_batches(view.connection, table_of_holds(view), _batches(alert), *those_of_holds(view))
    found = (hold_of(row, view.known_at) for row in rows)
    mine = (hold for hold in found if hold.key in units and _concerns(hold, alert))
    return sorted(mine, key=lambda hold: (hold.product, hold.id))


def _concerns(hold: Hold, alert: Alert) -> bool:
    why = hold.why
    same = (why.quantity, why.direction) == (alert.quantity, alert.direction)
    until = NEVER if why.until is None else why.until
    reach = min(why.since, hold.fired_at), max(until, hold.fired_at)
    return same and alert.place in (why.places or ()) and near(reach, alert.span, 0)


def _exposures(view: View, alert: Alert, rules: Collection[str]) -> list[Exposure]:
    units = _units(alert)
    known = [exposures.c.rule.in_(sorted(rules)), *known_by(exposures.c.known_at, view.known_at)]
    found = (
        exposure_of(row, view.known_at) for row in _of_batches(view.connection, exposures, _batches(alert), *known)
    )
    return [each for each in found if each.key in units and overlaps(each, alert)]


def _excursions(view: View, alert: Alert) -> list[Excursion]:
    alike = rules_alike(view.snapshot.site, alert.place, alert.quantity, alert.direction)
    known = known_by(excursions.c.known_at, view.known_at)
    there = select(excursions).where(excursions.c.location == alert.place, excursions.c.rule.in_(alike), *known)
    found = (excursion_of(row, view.known_at) for row in rows_of(view.connection, there.order_by(excursions.c.row)))
    return [each for each in found if overlaps(each, alert)]


def read_firings(view: View, alert: Alert) -> list[Fired]:
    """Return what has fired, and is believed to have, in the order in which it did."""
    now = [*believed(firings, view.known_at), firings.c.rule.in_(alert.rules)]
    at_place = select(firings).where(firings.c.location == alert.place, *now)
    rows = [*rows_of(view.connection, at_place), *_of_batches(view.connection, firings, _batches(alert), *now)]
    found = (fired_of(row, view.known_at) for row in sorted(rows, key=lambda row: (row["at"], row["row"])))
    return [fired for fired in found if _is_of(fired.firing, alert)]


def _is_of(firing: Firing, alert: Alert) -> bool:
    same = (firing.quantity, firing.direction) == (alert.quantity, alert.direction)
    return same and alert.place in firing.places and near(span_of(firing), alert.span, 0)


def _units(alert: Alert) -> Collection[UnitKey]:
    return {lot.key for lot in alert.all_lots}


def _batches(alert: Alert) -> Batches:
    return {lot.key[:2] for lot in alert.all_lots}


def _of_batches(connection: Connection, table: Table, batches: Batches, *more: Any) -> Iterator[Fields]:
    """Yield the rows of batches, product by product: what both databases find by the index."""
    key = table.primary_key.columns.values()[0]
    for product in sorted({product for product, _ in batches}):
        for lots in parts_of(sorted(lot for each, lot in batches if each == product)):
            query = select(table).where(table.c.product == product, table.c.lot.in_(lots), *more)
            yield from rows_of(connection, query.order_by(key))
