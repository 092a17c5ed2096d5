"""Everything on record about one problem, found by what it is about and never by reading all that happened."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, select

from api.web.frame.naming import UnitName, unit_of
from domain.model import Site
from domain.times import NEVER
from ledger.models.alert import Alert
from rules.alarms.problems import near
from store.tables import audit, comments, delivery_attempts, excursions, exposures, firings, holds, outbox

Fields = Mapping[str, Any]
Batches = Collection[tuple[str, str]]

Key = TypeVar("Key")

_AT_ONCE = 500  # keys a statement


@dataclass(frozen=True, slots=True)
class Record:
    """Rows as they are kept; `exposures` and `excursions` in all their revisions, `firings` those in force."""

    alert: Alert
    holds: Sequence[Fields]
    exposures: Sequence[Fields]
    excursions: Sequence[Fields]
    firings: Sequence[Fields]
    deeds: Sequence[Fields]
    messages: Sequence[Fields]
    attempts: Mapping[int, Sequence[Fields]]
    comments: Sequence[Fields]


def read_record(connection: Connection, site: Site, alert: Alert) -> Record:
    """Read everything about the problem of an alert."""
    deeds = _deeds(connection, "alert", [str(alert.id)])
    placed = read_holds(connection, alert)
    messages = list(_rows(connection, select(outbox).where(outbox.c.alert == alert.id).order_by(outbox.c.id)))
    said = select(comments).where(comments.c.alert == alert.id).order_by(comments.c.id)
    return Record(
        alert,
        placed,
        _exposures(connection, alert),
        _excursions(connection, site, alert),
        read_firings(connection, alert),
        deeds + _deeds(connection, "hold", [str(hold["id"]) for hold in placed]),
        messages,
        _attempts(connection, [message["id"] for message in messages]),
        list(_rows(connection, said)),
    )


def span_of(row: Fields) -> tuple[int, int]:
    """Return a row's interval; NEVER ends one that goes on."""
    return row["since"], NEVER if row["until"] is None else row["until"]


def in_force(rows: Iterable[Fields]) -> list[Fields]:
    """Return the revisions that are believed now."""
    return [row for row in rows if row["superseded_at"] is None]


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


def exposures_of(connection: Connection, batches: Batches) -> Iterator[Fields]:
    """Yield the exposures of batches in the revisions that are believed now."""
    yield from _of_batches(connection, exposures, batches, exposures.c.superseded_at.is_(None))


def overlaps(row: Fields, alert: Alert) -> bool:
    """Tell whether an interval shares an instant with the alert's."""
    return near(span_of(row), alert.span, 0)


def _deeds(connection: Connection, kind: str, keys: Sequence[str]) -> list[Fields]:
    found: list[Fields] = []
    for some in _parts(keys):
        query = select(audit).where(audit.c.kind == kind, audit.c.key.in_(some)).order_by(audit.c.id)
        found += _rows(connection, query)
    return found


def read_holds(connection: Connection, alert: Alert) -> list[Fields]:
    """Return the holds of a problem's units that rest on it, those without reason any more too."""
    units = _units(alert)
    rows = _of_batches(connection, holds, _batches(alert))
    return [row for row in rows if _concerns(row, alert, units)]


def _concerns(hold: Fields, alert: Alert, units: Collection[UnitName]) -> bool:
    why = hold["why"]
    same = (why["quantity"], why["direction"]) == (alert.quantity, alert.direction)
    of_it = unit_of(hold) in units and alert.place in why["places"]
    return of_it and same and near(_reach(why, hold["fired_at"]), alert.span, 0)


def _exposures(connection: Connection, alert: Alert) -> list[Fields]:
    units = _units(alert)
    rows = _of_batches(connection, exposures, _batches(alert), exposures.c.rule.in_(alert.rules))
    return [row for row in rows if unit_of(row) in units and overlaps(row, alert)]


def _excursions(connection: Connection, site: Site, alert: Alert) -> list[Fields]:
    alike = rules_alike(site, alert.place, alert.quantity, alert.direction)
    there = select(excursions).where(excursions.c.location == alert.place, excursions.c.rule.in_(alike))
    return [row for row in _rows(connection, there.order_by(excursions.c.row)) if overlaps(row, alert)]


def read_firings(connection: Connection, alert: Alert) -> list[Fields]:
    """Return what has fired, and is believed to have, in the order in which it did."""
    now = firings.c.superseded_at.is_(None) & firings.c.rule.in_(alert.rules)
    at_place = select(firings).where(firings.c.location == alert.place, now)
    rows = [*_rows(connection, at_place), *_of_batches(connection, firings, _batches(alert), now)]
    return sorted((row for row in rows if _is_told_by(row, alert)), key=lambda row: (row["at"], row["row"]))


def _is_told_by(firing: Fields, alert: Alert) -> bool:
    because = firing["because"]
    same = (because["quantity"], because["direction"]) == (alert.quantity, alert.direction)
    return same and alert.place in because["places"] and near(_reach(because, firing["at"]), alert.span, 0)


def _reach(because: Fields, at: int) -> tuple[int, int]:
    since, until = span_of(because)
    return min(since, at), max(until, at)


def _units(alert: Alert) -> Collection[UnitName]:
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
