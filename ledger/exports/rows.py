"""Rows to be exported: what is in force, selected by time, place and lot. Times and values as they are printed."""

from collections.abc import Callable, Generator, Iterable
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from domain.model import QUANTITIES
from domain.numbers import show_value
from domain.times import format_instant
from ledger.exports.audit import COLUMNS as AUDIT_COLUMNS
from ledger.exports.audit import audit_rows, keys_named
from ledger.exports.readings import readings_rows
from ledger.exports.reasons import REASON_COLUMNS, reason_columns, sentence
from ledger.exports.selection import Wanted
from ledger.exports.verdicts import verdict_rows
from ledger.models.alert import AlertLot, WorstRule, alert_of
from ledger.models.alert_json import lot_as_json
from ledger.models.excursion import excursion_of
from ledger.models.exposure import exposure_of
from ledger.models.hold import Hold, hold_of
from ledger.models.interval import Interval
from ledger.models.known_alert import alert_as_known
from sites.secrecy import without_secrets
from store import journal
from store.audit import AuditFilter
from store.known_at import in_force
from store.tables import alert_revisions, alerts, excursions, exposures, hold_revisions, holds

Row = dict[str, Any]

_OF_MESSAGES = ("topic", "received_at", "retained", "source", "payload_hex")


def excursion_rows(connection: Connection, wanted: Wanted) -> Generator[Row]:
    """Yield the excursions in force, now or at the instant asked for."""
    query = _in_force(excursions, wanted)
    if wanted.location is not None:
        query = query.where(excursions.c.location == wanted.location)
    for row in connection.execute(query.order_by(excursions.c.location, excursions.c.rule, excursions.c.since)):
        excursion = excursion_of(row._mapping, wanted.known_at)
        yield {"location": excursion.location, **_interval(excursion)}


def exposure_rows(connection: Connection, wanted: Wanted) -> Generator[Row]:
    """Yield the exposures in force, now or at the instant asked for."""
    query = _of_lots(_in_force(exposures, wanted), exposures, wanted)
    order = (exposures.c.product, exposures.c.lot, exposures.c.unit, exposures.c.rule, exposures.c.since)
    for row in connection.execute(query.order_by(*order)):
        exposure = exposure_of(row._mapping, wanted.known_at)
        yield {**exposure.key._asdict(), **_interval(exposure)}


def hold_rows(connection: Connection, wanted: Wanted) -> Generator[Row]:
    """Yield all holds, those that are unfounded or lifted included; the time is that of firing."""
    table = holds if wanted.known_at is None else hold_revisions
    query = _of_lots(select(table), table, wanted)
    query = query.where(table.c.fired_at >= wanted.since, table.c.fired_at < wanted.until)
    if wanted.known_at is not None:
        query = query.where(*in_force(table, wanted.known_at))
    for row in connection.execute(query.order_by(table.c.id)):
        yield _hold(hold_of(row._mapping, wanted.known_at))


def _hold(hold: Hold) -> Row:
    why = hold.why
    return {
        "id": hold.id,
        **hold.key._asdict(),
        "rule": hold.rule,
        "fired_at": _time(hold.fired_at),
        "placed_at": _time(hold.placed_at),
        "founded": hold.founded,
        "state": hold.state,
        "disposed_by": hold.disposed_by,
        "disposed_at": _time(hold.disposed_at),
        "reason": hold.reason,
        "after_release_of": hold.after and hold.after.hold,
        "from": _time(why.since),
        "to": _time(why.until),
        "minutes": why.minutes,
        "degree_minutes": why.degree_minutes,
        "peak": _value(why.peak),
        "profile": why.profile,
        "version": why.version,
        "places": why.places,
        "exposures": why.exposures,
        "excursions": why.excursions,
        "sentence": sentence(why.sentence, hold.key._asdict(), why.places or ()),
        **reason_columns(why.kind, why.why),
    }


def alert_rows(connection: Connection, wanted: Wanted) -> Generator[Row]:
    """Yield all alerts whose problem overlaps the time."""
    at = wanted.known_at
    table = alerts if at is None else alert_revisions
    query = select(table).where(table.c.since < wanted.until).order_by(table.c.id)
    if at is not None:
        query = query.where(*in_force(table, at))
    if wanted.location is not None:
        query = query.where(table.c.place == wanted.location)
    for row in connection.execute(query):
        alert = alert_of(row._asdict()) if at is None else alert_as_known(row._asdict(), at)
        if alert.span[1] < wanted.since or not _names(alert.lots, wanted):
            continue
        yield {
            "id": alert.id,
            "place": alert.place,
            "quantity": alert.quantity,
            "direction": alert.direction,
            "severity": alert.severity,
            "from": _time(alert.since),
            "to": _time(alert.until),
            "founded": alert.founded,
            "sentence": alert.sentence,
            "rules": list(alert.rules),
            "lots": [lot_as_json(lot) for lot in alert.lots],
            "raised_at": _time(alert.raised_at),
            "ended_at": _time(alert.ended_at),
            "acknowledged_by": alert.acknowledged_by,
            "acknowledged_at": _time(alert.acknowledged_at),
            "comment": alert.comment,
            "revision": alert.revision,
            **_worst(alert.worst),
        }


def _worst(worst: WorstRule | None) -> Row:
    """Return why the worst of what an alert tells of fired."""
    said = worst or WorstRule(rule="")
    return {
        "worst_rule": said.rule or None,
        "profile": said.profile,
        "version": said.version,
        "worst_sentence": said.sentence,
        **reason_columns(said.kind, said.why),
    }


def journal_rows(connection: Connection, wanted: Wanted) -> Generator[Row]:
    """Yield every message, correction and imported reading, by the time it was committed."""
    for entry in journal.iterate(connection):
        if wanted.since <= entry.at < wanted.until:
            for record in entry.records:
                yield {"journal": entry.id, "kind": entry.kind, "at": _time(entry.at), **_record(record)}


def audit_trail_rows(connection: Connection, wanted: Wanted) -> Generator[Row]:
    """Yield the entries of the audit trail, newest first."""
    keys = keys_named(wanted.key or "")
    asked = AuditFilter(wanted.since, wanted.until, wanted.who, wanted.action, wanted.kind, keys)
    yield from audit_rows(connection, asked)


_OF_INTERVALS = (
    *("rule", "from", "to", "minutes", "degree_minutes", "peak", "fired_at"),
    *("id", "revision", "known_at"),
)
# The keys of every row, for a header where there is none.
COLUMNS: dict[str, tuple[str, ...]] = {
    "readings": ("sensor", "measured_at", *QUANTITIES),
    "excursions": ("location", *_OF_INTERVALS),
    "exposures": ("product", "lot", "unit", *_OF_INTERVALS),
    "holds": (
        *("id", "product", "lot", "unit", "rule", "fired_at", "placed_at", "founded", "state"),
        *(
            "disposed_by",
            "disposed_at",
            "reason",
            "after_release_of",
            "from",
            "to",
            "minutes",
            "degree_minutes",
            "peak",
        ),
        *("profile", "version", "places", "exposures", "excursions", "sentence", *REASON_COLUMNS),
    ),
    "alerts": (
        *("id", "place", "quantity", "direction", "severity", "from", "to", "founded", "sentence", "rules", "lots"),
        *("raised_at", "ended_at", "acknowledged_by", "acknowledged_at", "comment", "revision"),
        *("worst_rule", "profile", "version", "worst_sentence", *REASON_COLUMNS),
    ),
    "verdicts": (
        *("product", "lot", "unit", "verdict", "coverage", "unknown_minutes", "longest_gap_minutes", "reason", "rule"),
        *("fired_at", "from", "to", "profile", "version", "places", "sentence", *REASON_COLUMNS, "fired"),
    ),
    "journal": ("journal", "kind", "at", *_OF_MESSAGES, "record", "user_properties"),
    "audit": AUDIT_COLUMNS,
}
EXPORTS: dict[str, Callable[[Connection, Wanted], Generator[Row]]] = {
    "readings": readings_rows,
    "excursions": excursion_rows,
    "exposures": exposure_rows,
    "holds": hold_rows,
    "alerts": alert_rows,
    "verdicts": verdict_rows,
    "journal": journal_rows,
    "audit": audit_trail_rows,
}


def _in_force(table: Table, wanted: Wanted) -> Select[Any]:
    """Select the rows in force that share an instant with the time."""
    goes_on = table.c.until.is_(None) | (table.c.until >= wanted.since)
    return select(table).where(*in_force(table, wanted.known_at), table.c.since < wanted.until, goes_on)


def _of_lots(query: Select[Any], table: Table, wanted: Wanted) -> Select[Any]:
    if wanted.product is not None:
        query = query.where(table.c.product == wanted.product)
    return query if wanted.lot is None else query.where(table.c.lot == wanted.lot)


def _names(lots: Iterable[AlertLot], wanted: Wanted) -> bool:
    if wanted.product is None and wanted.lot is None:
        return True
    return any(wanted.product in (None, lot.product) and wanted.lot in (None, lot.lot) for lot in lots)


def _interval(found: Interval) -> Row:
    return {
        "rule": found.rule,
        "from": _time(found.since),
        "to": _time(found.until),
        "minutes": found.minutes,
        "degree_minutes": found.degree_minutes,
        "peak": _value(found.peak),
        "fired_at": _time(found.fired_at),
        "id": found.id,
        "revision": found.revision,
        "known_at": _time(found.known_at),
    }


def _record(record: Any) -> Row:
    if isinstance(record, journal.Record):
        return {
            "topic": record.topic,
            "received_at": _time(record.received_at),
            "retained": record.retained,
            "source": record.source,
            "payload_hex": record.payload.hex(),
            "record": None,
            "user_properties": [list(each) for each in record.user_properties],
        }
    return {**dict.fromkeys(_OF_MESSAGES), "record": without_secrets(record), "user_properties": None}


def _time(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _value(value: int | None) -> float | None:
    return None if value is None else show_value(value)
