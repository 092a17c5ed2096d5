"""The tables of the relational database, SQLite or PostgreSQL; those of stock are in store/stock/tables.py.

Instants are microseconds, values 10⁻⁶ of the unit. Only the one writer (ledger) writes what a verdict rests on; the
notifier writes its own deliveries, the forwarder its cursor, the API tokens and rows of the inbox.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from domain.readings import UNPLACED as UNPLACED_MARKS
from store.metadata import Id, metadata
from store.metadata import instant as _instant

installation = Table(
    "installation",
    metadata,
    Column("id", String, primary_key=True),
    _instant("created_at"),
)

# --- what a verdict rests on besides readings: the entries of the site file, whoever wrote them -------------------

entries = Table(
    "entries",
    metadata,
    Column("kind", String, primary_key=True),  # location, sensor, mount, product, profile …; lots: store/lots.py
    Column("key", String, primary_key=True),  # canonical JSON array of the entry's key, e.g. ["S1","ROOM-1","2026-…Z"]
    Column("doc", JSON, nullable=False),  # as in the site file, normalised
    Column("origin", String, nullable=False),  # file | person
    Column("changed_by", String, nullable=False),
    _instant("changed_at"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    _instant("submitted_at"),
    Column("who", String, nullable=False),
    Column("request", JSON, nullable=False),  # {"do": "put", "kind": …, "doc": …} and the like, see ledger/requests.py
    Column("state", String, nullable=False, server_default="waiting"),  # waiting | done | refused
    Column("answer", JSON),
    _instant("done_at", nullable=True),
    Index("ix_inbox_done_at", "done_at"),
    Index("ix_inbox_waiting", "id", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
    sqlite_autoincrement=True,  # a number is never given twice
)

_NOT_ENGINE = text("who <> 'engine'")

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    _instant("at"),
    Column("who", String, nullable=False),
    Column("what", String, nullable=False),  # put, remove, release, reject, acknowledge, redrive …
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("before", JSON),
    Column("after", JSON),
    Column("reason", Text),
    Column("event", BigInteger),
    # Each filter of the audit page has an index in the page's order, so that one for what is not there reads nothing.
    Index("ix_audit_time", "at", "id"),
    Index("ix_audit_person", "who", "at", "id"),
    Index("ix_audit_action", "what", "at", "id"),
    Index("ix_audit_kind", "kind", "at", "id"),
    Index("ix_audit_subject", "key", "kind", "at", "id"),
    Index("ix_audit_manual", "at", "id", sqlite_where=_NOT_ENGINE, postgresql_where=_NOT_ENGINE),
    Index("ix_audit_manual_kind", "kind", "at", "id", sqlite_where=_NOT_ENGINE, postgresql_where=_NOT_ENGINE),
    sqlite_autoincrement=True,  # a number is never given twice
)

events = Table(
    "events",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),  # gap-free, given by the one writer
    _instant("at"),
    Column("kind", String, nullable=False),
    Column("subject", JSON, nullable=False),
)

# --- the record and the readings --------------------------------------------------------------------------------

journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # gap-free
    Column("kind", String, nullable=False),  # messages | correction | readings
    _instant("at"),
    Column("count", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # zstd, see store/journal.py
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

# A link for each row that a verdict or a decision rests on, beside the journal; see store/evidence.py.
evidence = Table(
    "evidence",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),  # gap-free
    Column("about", String, nullable=False),  # the table of the row
    Column("key", String, nullable=False),  # of the row, as JSON
    Column("content", LargeBinary),  # SHA-256 of what the row says; null: it was removed
    Column("journal", BigInteger, nullable=False),  # the journal's last row at that time, and its hash
    Column("journal_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

series = Table(
    "series",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("device", String, nullable=False),
    Column("probe", String, nullable=False),  # "" where the device has one
    Column("quantity", String, nullable=False),
    UniqueConstraint("device", "probe", "quantity"),
)

# Readings of which nobody knows when they were measured. The number is part of the index.
UNPLACED = text(f"(flags & {int(UNPLACED_MARKS)}) <> 0")

readings = Table(
    "readings",
    metadata,
    Column("series", Id, primary_key=True, autoincrement=False),
    Column("measured_at", BigInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger),  # null: a fault
    _instant("received_at"),
    Column("journal", BigInteger, nullable=False),
    Column("flags", Integer, nullable=False),  # domain.readings
    Index("ix_readings_journal", "journal"),
    Index("ix_readings_unplaced", "journal", sqlite_where=UNPLACED, postgresql_where=UNPLACED),
    sqlite_with_rowid=False,
)

chunks = Table(
    "chunks",
    metadata,
    Column("series", Id, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),  # days since the epoch
    # The header counts what is judged: values and faults without a NOT_JUDGED flag.
    Column("count", Integer, nullable=False),  # values
    Column("faults", Integer, nullable=False),
    Column("flagged", Integer, nullable=False),  # not judged, kept in the payload only
    Column("minimum", BigInteger),
    Column("maximum", BigInteger),
    Column("first", BigInteger),
    Column("last", BigInteger),
    _instant("first_at"),
    _instant("last_at"),
    _instant("longest_pause"),
    Column("last_journal", BigInteger, nullable=False),  # the newest journal row that added to it, for the forwarder
    Column("payload", LargeBinary, nullable=False),  # see store/chunk.py
    Index("ix_chunks_last_journal", "last_journal"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("series", Id, primary_key=True, autoincrement=False),
    Column("measured_at", BigInteger, primary_key=True, autoincrement=False),
    Column("refused", BigInteger, primary_key=True, autoincrement=False),
    Column("kept", BigInteger, nullable=False),
    _instant("received_at"),
    Column("journal", BigInteger, nullable=False),
    Column("outside", Boolean, nullable=False, server_default=false()),  # it is told that it was outside a limit
)

fault_numbers = Table(
    "fault_numbers",
    metadata,
    Column("series", Id, primary_key=True, autoincrement=False),
    Column("measured_at", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),  # as it was sent; the reading is a fault, its flags say of what kind
    _instant("received_at"),
    Column("journal", BigInteger, nullable=False),
)

# What devices sent and no verdict rests on, see domain/notices.py. One of no known device has a source, or none.
device_notices = Table(
    "device_notices",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("device", String, nullable=False),
    Column("source", String, nullable=False),  # a topic filter
    Column("kind", String, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("fresh", BigInteger, nullable=False),  # since somebody looked
    _instant("first_at"),
    _instant("last_at"),
    Column("journal", BigInteger, nullable=False),  # the row of the newest
    Column("samples", JSON, nullable=False),  # the newest few
    Column("reviewed_by", String),
    _instant("reviewed_at", nullable=True),
    UniqueConstraint("device", "source", "kind"),
    sqlite_autoincrement=True,  # a number is never given twice
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("retained", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    _instant("received_at"),
    Column("journal", BigInteger, nullable=False),
    Column("state", String, nullable=False, server_default="waiting"),  # waiting | redriven
    Index("ix_dead_letters_state", "state", "id"),
    Index("ix_dead_letters_topic", "topic", "id"),
    sqlite_autoincrement=True,  # a number is never given twice
)

codec_memory = Table(
    "codec_memory",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),  # what the codec calls it: a device, a node
    Column("memory", LargeBinary, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String, primary_key=True),  # influx …
    Column("position", BigInteger, nullable=False),
)

parked_points = Table(
    "parked_points",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("line", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _instant("at"),
)

# --- what the rules say, in revisions: the rows in force have no superseded_at -----------------------------------


def _interval_columns() -> list[Column[Any]]:
    return [
        Column("row", Id, primary_key=True, autoincrement=True),
        Column("id", BigInteger, nullable=False),  # the same through all revisions
        Column("revision", Integer, nullable=False),
        Column("rule", String, nullable=False),
        _instant("since"),
        _instant("until", nullable=True),  # null: still going on
        Column("minutes", Float, nullable=False),
        Column("degree_minutes", Float, nullable=False),
        Column("peak", BigInteger),
        _instant("fired_at", nullable=True),
        _instant("known_at"),
        _instant("superseded_at", nullable=True),
    ]


def _growth_columns() -> list[Column[Any]]:
    return [
        _instant("grown_at", nullable=True),  # when the numbers of what goes on were last brought up to date in place
        Column("cause", JSON),  # why this revision was written, see ledger/corrections/causes.py
        Column("superseded_because", JSON),  # why it is not in force any more
    ]


excursions = Table(
    "excursions",
    metadata,
    *_interval_columns(),
    Column("location", String, nullable=False),
    *_growth_columns(),
    Index("ix_excursions_location", "location", "superseded_at"),
    Index("ix_excursions_id", "id"),
)

exposures = Table(
    "exposures",
    metadata,
    *_interval_columns(),
    Column("product", String, nullable=False),
    Column("lot", String, nullable=False),
    Column("unit", String),
    *_growth_columns(),
    Index("ix_exposures_batch", "product", "lot", "superseded_at"),
    Index("ix_exposures_id", "id"),
)

firings = Table(
    "firings",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("location", String),  # of a location, or of a unit:
    Column("product", String),
    Column("lot", String),
    Column("unit", String),
    Column("rule", String, nullable=False),
    _instant("at"),
    Column("action", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("because", JSON, nullable=False),  # places, quantity, direction, interval, numbers
    _instant("known_at"),
    _instant("superseded_at", nullable=True),
    Column("cause", JSON),  # as of intervals
    Column("superseded_because", JSON),
    _instant("grown_at", nullable=True),
    Index("ix_firings_batch", "product", "lot", "superseded_at"),
    Index("ix_firings_location", "location", "superseded_at"),
)


def _hold_columns() -> list[Column[Any]]:
    return [
        Column("product", String, nullable=False),
        Column("lot", String, nullable=False),
        Column("unit", String),
        Column("rule", String, nullable=False),
        _instant("fired_at"),
        _instant("placed_at"),
        Column("founded", Boolean, nullable=False),  # false: a correction took its reason away
        Column("state", String, nullable=False),  # held | released | rejected
        Column("why", JSON, nullable=False),  # sentence, interval, numbers, profile version, ids of what it rests on
        Column("revision", Integer, nullable=False),
        Column("disposed_by", String),
        _instant("disposed_at", nullable=True),
        Column("reason", Text),
    ]


holds = Table(
    "holds",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    *_hold_columns(),
    Index("ix_holds_batch", "product", "lot"),
    Index("ix_holds_state", "state", "id"),
)

# What was on record of each hold and when; the row in force says what `holds` says.
hold_revisions = Table(
    "hold_revisions",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("id", BigInteger, nullable=False),  # of the hold
    *_hold_columns(),
    _instant("known_at"),
    _instant("superseded_at", nullable=True),
    *_growth_columns(),
    Index("ix_hold_revisions_id", "id"),
    Index("ix_hold_revisions_batch", "product", "lot"),
)

# What people decided of holds, each as it was signed; never changed. Of a release, what was known of the rule that it
# lifts, and how much more is allowed: it covers that and no more (rules/decisions).
decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("hold", BigInteger, nullable=False),
    Column("state", String, nullable=False),  # released | rejected | undo_asked | undone
    _instant("at"),
    Column("who", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signature", JSON(none_as_null=True)),  # {name, meaning}
    Column("rule", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("profile", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),  # of the hold, as it was shown
    Column("founded", Boolean, nullable=False),  # false: nothing held it any more, so there is nothing to cover
    Column("sentence", Text, nullable=False),
    Column("minutes", Float, nullable=False),
    Column("degree_minutes", Float, nullable=False),
    Column("peak", BigInteger),
    Column("measured", Float),  # what a rule that adds up compares
    _instant("known_to"),  # up to when the numbers tell
    _instant("covers_from"),
    _instant("covers_to"),
    Column("allow_minutes", Float),
    Column("allow_up_to", BigInteger),
    Index("ix_decisions_hold", "hold"),
    sqlite_autoincrement=True,
)


def _alert_columns() -> list[Column[Any]]:
    return [
        Column("place", String, nullable=False),
        Column("quantity", String, nullable=False),  # "" for a silence of whatever the place measures
        Column("direction", String, nullable=False),  # high | low | silent
        _instant("since"),
        _instant("until", nullable=True),  # null: the problem goes on
        Column("severity", String, nullable=False),
        Column("rules", JSON, nullable=False),  # rule ids that fired
        # units gone through it: [{product, lot, unit, client, hold, state, disposed_by, rules, since, until, limit,
        # minutes, peak}], of such as are out of reach also out: {how, at, place, to, by, then}
        Column("lots", JSON, nullable=False),
        Column("sentence", Text, nullable=False),
        Column("founded", Boolean, nullable=False),
        Column("revision", Integer, nullable=False),
        _instant("raised_at"),
        _instant("ended_at", nullable=True),
        Column("acknowledged_by", String),
        _instant("acknowledged_at", nullable=True),
        Column("comment", Text),
        Column("gone", JSON),  # such as were part of it until a correction, as in lots
        Column("worst", JSON),  # of all that fired: {rule, limit, minutes, peak}
        Column("suppressed", JSON(none_as_null=True)),  # why nobody is told, or was at its end: {state, until, reason}
        Column("clearing", JSON(none_as_null=True)),  # over since, but said to be over at until: an off-delay
        _instant("told_at", nullable=True),  # when nothing kept it from being told first
        # Of stock that was out of reach when it became known: its batch, the cause of what is known. "": of a place.
        Column("product", String, nullable=False, server_default=text("''")),
        Column("lot", String, nullable=False, server_default=text("''")),
        Column("because", JSON(none_as_null=True)),
        # Data ended before a value in range: {since, unknown_since, until, sensor, value}
        Column("no_data", JSON(none_as_null=True)),
        # stock of which nothing is known meanwhile: [{product, lot, unit, client, since, until}]
        Column("unknown", JSON(none_as_null=True)),
    ]


def _pauses() -> Column[Any]:
    return Column("pauses", JSON(none_as_null=True))  # when nothing of it was outside: [[from, to]]; null: not recorded


alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    *_alert_columns(),
    _pauses(),
    Index("ix_alerts_place", "place", "quantity", "direction"),
    Index("ix_alerts_until", "until", "id"),
)

# What was on record of each alert and when; the row in force says what `alerts` says. The first row of an alert that is
# older than this table is dated with when the table was made.
alert_revisions = Table(
    "alert_revisions",
    metadata,
    Column("row", Id, primary_key=True, autoincrement=True),
    Column("id", BigInteger, nullable=False),  # of the alert
    *_alert_columns(),
    _instant("known_at"),
    _instant("superseded_at", nullable=True),
    _instant("grown_at", nullable=True),  # when its numbers were last brought up to date in place
    _pauses(),
    Index("ix_alert_revisions_id", "id"),
)

# What a correction reaches and is judged in the background; the newest few, so that people see how far it is.
judgings = Table(
    "judgings",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    _instant("begun_at"),
    Column("cause", JSON, nullable=False),  # see ledger/corrections/causes.py
    Column("total", Integer, nullable=False),  # units and locations
    Column("done", Integer, nullable=False, server_default="0"),
    _instant("ended_at", nullable=True),
    sqlite_autoincrement=True,  # a number is never given twice
)

shelves = Table(
    "shelves",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert", Id, ForeignKey("alerts.id"), nullable=False),  # the one it was shelved at
    Column("place", String, nullable=False),  # whatever happens there, of this quantity and direction
    Column("quantity", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("severity", String, nullable=False),  # what is worse than this is told all the same
    _instant("since"),
    _instant("until"),  # at the latest
    Column("who", String, nullable=False),
    Column("reason", Text, nullable=False),
    _instant("ended_at", nullable=True),  # by a person, before its time
    Column("ended_by", String),
    Index("ix_shelves_until", "until"),
    sqlite_autoincrement=True,  # a number is never given twice
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),  # with the alert: the idempotency key
    Column("alert", Id, ForeignKey("alerts.id")),  # null: a test of the channel, or a notice
    Column("event", String, nullable=False),  # raised | updated | ended | unfounded | acknowledged | test | notice
    Column("channel", String, nullable=False),
    _instant("created_at"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _instant("next_at"),
    _instant("done_at", nullable=True),  # delivered, or given up
    # skipped: nothing in it for this recipient, or a later message says it all
    Column("state", String, nullable=False, server_default="waiting"),  # waiting | delivered | failed | skipped
    Column("last_error", Text),
    Column("notice", BigInteger),  # of which device_notices tells
    Index("ix_outbox_order", "channel", "alert", "id"),
    Index("ix_outbox_alert", "alert", "id"),
    Index(
        "ix_outbox_waiting",
        "channel",
        "next_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    sqlite_autoincrement=True,  # a number is never given twice
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("outbox", Id, ForeignKey("outbox.id"), nullable=False),
    _instant("at"),  # when it began
    Column("took", BigInteger, nullable=False),  # microseconds
    Column("error", Text),  # null: it arrived
    Column("channel", String, nullable=False, server_default=text("''")),  # as in the outbox
    Index("ix_delivery_attempts_outbox", "outbox", "id"),
    Index(
        "ix_delivery_attempts_good",
        "channel",
        "id",
        sqlite_where=text("error IS NULL"),
        postgresql_where=text("error IS NULL"),
    ),
    Index(
        "ix_delivery_attempts_bad",
        "channel",
        "id",
        sqlite_where=text("error IS NOT NULL"),
        postgresql_where=text("error IS NOT NULL"),
    ),
    sqlite_autoincrement=True,  # a number is never given twice
)

comments = Table(
    "comments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert", Id, ForeignKey("alerts.id"), nullable=False),
    _instant("at"),
    Column("who", String, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_comments_alert", "alert", "id"),
    sqlite_autoincrement=True,  # a number is never given twice
)

# --- people ------------------------------------------------------------------------------------------------------

tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),  # admin | qa | warehouse | viewer | client
    Column("client", String),
    Column("hash", String, nullable=False, unique=True),  # SHA-256 of 256 random bits
    _instant("created_at"),
    _instant("revoked_at", nullable=True),
)

people = Table(
    "people",
    metadata,
    Column("name", String, primary_key=True),  # what a person signs in with, and what the record calls them
    Column("full_name", String, nullable=False),
    Column("role", String, nullable=False),  # as of tokens
    Column("client", String),
    Column("password", String),  # argon2id; null: none chosen yet
    _instant("created_at"),
    _instant("disabled_at", nullable=True),
    Column("failures", Integer, nullable=False, server_default="0"),  # wrong passwords since the last right one
    _instant("locked_until", nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String, primary_key=True),  # SHA-256 of the 256 random bits in the cookie
    Column("person", String, ForeignKey("people.name"), nullable=False),
    Column("csrf", String, nullable=False),  # what every form sends along
    _instant("created_at"),
    _instant("seen_at"),
    Index("ix_sessions_person", "person"),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("hash", String, primary_key=True),  # SHA-256 of 256 random bits
    Column("person", String, ForeignKey("people.name"), nullable=False),
    _instant("created_at"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    Index("ix_sign_in_links_person", "person"),
)

# --- numbers that lots and units have, for ever ----------------------------------------------------------------------

# The number of every lot that was ever entered; one of the house's own is given to one lot only, removed ones included.
lot_numbers = Table(
    "lot_numbers",
    metadata,
    Column("product", String, primary_key=True),
    Column("lot", String, primary_key=True),
    Column("likeness", String, nullable=False),  # what all numbers have in common that are taken for it
    Column("own", Boolean, nullable=False),  # made by the product's numbering, or typed as that makes them
    _instant("entered_at"),
    _instant("removed_at", nullable=True),
    Index("ix_lot_numbers_likeness", "product", "likeness"),
)

# When units were opened and thawed: the audit trail has what was said before.
unit_dates = Table(
    "unit_dates",
    metadata,
    Column("product", String, primary_key=True),
    Column("lot", String, primary_key=True),
    Column("unit", String, primary_key=True),  # "": the unit without a name
    _instant("opened_at", nullable=True),
    _instant("thawed_at", nullable=True),
)

# How far the sequence of a numbering is in a period: the last number that was drawn.
number_sequences = Table(
    "number_sequences",
    metadata,
    Column("owner", String, primary_key=True),  # the product whose numbering it is; "": the site
    Column("period", String, primary_key=True),  # e.g. 2026-12-01; "": it never begins again
    Column("last", BigInteger, nullable=False),
)
