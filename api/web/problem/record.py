"""Everything on record about one problem, found by what it is about and never by reading all that happened."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, select

from domain.model import Site
from domain.times import NEVER
from ledger.models.alert import Alert
from ledger.models.excursion import Excursion, excursion_of
from ledger.models.exposure import Exposure, exposure_of
from ledger.models.hold import Hold, hold_of
from ledger.models.interval import Interval
from ledger.verdicts.rows import fired_of
from rules.alarms.problems import Fired, near, span_of
from rules.judgement import Firing
from rules.subjects.whereabouts import UnitKey
from store.tables import audit, comments, delivery_attempts, excursions, exposures, firings, holds, outbox

Fields = Mapping[str, Any]
Batches = Collection[tuple[str, str]]

Key = TypeVar("Key")
Said = TypeVar("Said", bound=Interval)

_AT_ONCE = 500  # keys a statement


@dataclass(frozen=True, slots=True)
class Record:
    """`exposures` and `excursions` in all their revisions, `firings` those in force; the rest as rows are kept."""

    alert: Alert
    holds: Sequence[Hold]
    exposures: Sequence[Exposure]
    excursions: Sequence[Excursion]
    firings: Sequence[Fired]
    entries: Sequence[Fields]
    messages: Sequence[Fields]
    attempts: Mapping[int, Sequence[Fields]]
    comments: Sequence[Fields]


def read_record(connection: Connection, site: Site, alert: Alert) -> Record:
    """Read everything about the problem of an alert."""
    entries = _audit_entries(connection, "alert", [str(alert.id)])
    placed = read_holds(connection, alert)
    messages = list(_rows(connection, select(outbox).where(outbox.c.alert == alert.id).order_by(outbox.c.id)))
    said = select(comments).where(comments.c.alert == alert.id).order_by(comments.c.id)
    return Record(
        alert,
        placed,
        _exposures(connection, alert),
        _excursions(connection, site, alert),
        read_firings(connection, alert),
        entries + _audit_entries(connection, "hold", [str(hold.id) for hold in placed]),
        messages,
        _attempts(connection, [message["id"] for message in messages]),
        list(_rows(connection, said)),
    )


def in_force(found: Iterable[Said]) -> list[Said]:
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


def _rows(connection: Connection, query: Select[Any]) -> Iterator[Fields]:
    for row in connection.execute(query):
        yield dict(row._mapping)


def _parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def exposures_of(connection: Connection, batches: Batches) -> Iterator[Exposure]:
    """Yield the exposures of batches in the revisions that are believed now."""
    yield from map(exposure_of, _of_batches(connection, exposures, batches, exposures.c.superseded_at.is_(None)))


def overlaps(interval: Interval, alert: Alert) -> bool:
    """Tell whether an interval shares an instant with the alert's."""
    return near(interval.span, alert.span, 0)


def _audit_entries(connection: Connection, kind: str, keys: Sequence[str]) -> list[Fields]:
    found: list[Fields] = []
    for some in _parts(keys):
        query = select(audit).where(audit.c.kind == kind, audit.c.key.in_(some)).order_by(audit.c.id)
        found += _rows(connection, query)
    return found


def read_holds(connection: Connection, alert: Alert) -> list[Hold]:
    """Return the holds of a problem's units that rest on it, those without reason any more too."""
    units = _units(alert)
    found = map(hold_of, _of_batches(connection, holds, _batches(alert)))
    return [hold for hold in found if hold.key in units and _concerns(hold, alert)]


def _concerns(hold: Hold, alert: Alert) -> bool:
    why = hold.why
    same = (why.quantity, why.direction) == (alert.quantity, alert.direction)
    until = NEVER if why.until is None else why.until
    reach = min(why.since, hold.fired_at), max(until, hold.fired_at)
    return same and alert.place in (why.places or ()) and near(reach, alert.span, 0)


def _exposures(connection: Connection, alert: Alert) -> list[Exposure]:
    units = _units(alert)
    rows = _of_batches(connection, exposures, _batches(alert), exposures.c.rule.in_(alert.rules))
    return [each for each in map(exposure_of, rows) if each.key in units and overlaps(each, alert)]


def _excursions(connection: Connection, site: Site, alert: Alert) -> list[Excursion]:
    alike = rules_alike(site, alert.place, alert.quantity, alert.direction)
    there = select(excursions).where(excursions.c.location == alert.place, excursions.c.rule.in_(alike))
    found = map(excursion_of, _rows(connection, there.order_by(excursions.c.row)))
    return [each for each in found if overlaps(each, alert)]


def read_firings(connection: Connection, alert: Alert) -> list[Fired]:
    """Return what has fired, and is believed to have, in the order in which it did."""
    now = firings.c.superseded_at.is_(None) & firings.c.rule.in_(alert.rules)
    at_place = select(firings).where(firings.c.location == alert.place, now)
    rows = [*_rows(connection, at_place), *_of_batches(connection, firings, _batches(alert), now)]
    found = map(fired_of, sorted(rows, key=lambda row: (row["at"], row["row"])))
    return [fired for fired in found if _is_told_by(fired.firing, alert)]


def _is_told_by(firing: Firing, alert: Alert) -> bool:
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
        for lots in _parts(sorted(lot for each, lot in batches if each == product)):
            query = select(table).where(table.c.product == product, table.c.lot.in_(lots), *more)
            yield from _rows(connection, query.order_by(key))


def _attempts(connection: Connection, messages: Sequence[int]) -> dict[int, list[Fields]]:
    found: dict[int, list[Fields]] = {}
    for some in _parts(messages):
        query = select(delivery_attempts).where(delivery_attempts.c.outbox.in_(some)).order_by(delivery_attempts.c.id)
        for row in _rows(connection, query):
            found.setdefault(row["outbox"], []).append(row)
    return found
