"""A site with two clients. Everything that is none of acme's business carries the mark: its names, texts and values.

acme's pallet stands in ROOM-1 beside stock of another client, both get too warm; acme's A2 was made from the other's
lot, which had been too warm in a room where acme never was.
"""

from datetime import UTC, datetime

from sqlalchemy import select

from api.people.tokens import add_token
from domain.readings import Reading
from domain.times import HOUR, MINUTE, instant_of
from ledger.inbox import answer_of
from ledger.inputs import Arrived, Batch
from ledger.requests import Acknowledge, Allow, Apply, Dispose, Item, written
from ledger.requests import Request as WriterRequest
from ledger.writer import Writer
from sites.file import load
from store import state
from store.tables import metadata

MARK = "zz"
# Temperatures that acme must not see: those of ROOM-1 before its pallet came and after it left.
HIDDEN_VALUES = ("3.131", "3.717")

START = instant_of(datetime(2026, 1, 1, tzinfo=UTC))
NOW = START + 48 * HOUR

SITE = """
site: {name: Plant North, timezone: Europe/Berlin}
channels: [{id: zzhook, kind: webhook, url: "https://example.org/zz", secret_file: zz.key}]
sources: [{topic: "zz/+/readings", format: json}]
sensors:
  - {id: S1, device: dev1}
  - {id: S2, device: dev2}
  - {id: ZZS2, device: zzdev2, quantities: [temperature]}
  - {id: ZZSPARE, device: zzspare}
locations:
  - {id: SITE-A, profile: zzroom}
  - {id: ROOM-1, parent: SITE-A, kind: room, profile: zzroom}
  - {id: ROOM-2, parent: SITE-A, kind: room}
  - {id: ZZROOM, parent: SITE-A, kind: room, profile: zzroom}
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {sensor: ZZS2, location: ZZROOM, from: 2026-01-01T00:00:00Z}
clients: [{id: acme, name: Acme Pharma}, {id: zzcorp, name: ZZ Corporation}]
parties: [{id: CITY, name: City Pharmacy, kind: customer, min_remaining_days: 10}]
products:
  - {id: VAX, name: Vaccine X, gtin: "09506000134352", profile: vaccine-2-8, uom: vial}
  - {id: ZZPROD, name: ZZ Product, profile: zzprofile}
batches:
  - {product: VAX, lot: A1, client: acme, made_at: 2026-01-01T00:00:00Z, expires_on: 2027-06-30}
  - {product: VAX, lot: A1-B, client: acme}
  - {product: VAX, lot: A2, client: acme, made_at: 2026-01-01T12:00:00Z, parents: [{product: ZZPROD, lot: ZZ2}]}
  - {product: VAX, lot: A/3, client: acme}
  - {product: VAX, lot: ZZ1, client: zzcorp}
  - {product: ZZPROD, lot: ZZ2, client: zzcorp}
  - {product: VAX, lot: ZZ3}
placements:
  - {product: VAX, lot: A1, unit: PALLET-7, location: ROOM-1, quantity: 100,
     from: 2026-01-01T02:00:00Z, to: 2026-01-01T20:00:00Z}
  - {product: VAX, lot: A1, unit: PALLET-7, location: ROOM-2, quantity: 100, from: 2026-01-01T20:00:00Z}
  - {product: VAX, lot: A1, unit: PALLET-8, location: ROOM-2, quantity: 50, from: 2026-01-01T02:00:00Z}
  - {product: VAX, lot: A2, location: ROOM-2, from: 2026-01-01T12:00:00Z}
  - {product: VAX, lot: ZZ1, unit: ZZUNIT, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {id: zz-placement, product: VAX, lot: ZZ3, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {product: ZZPROD, lot: ZZ2, unit: ZZUNIT-2, location: ZZROOM, from: 2026-01-01T00:00:00Z}
profiles:
  - id: vaccine-2-8
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    max_gap: 2h
    min_coverage: 0.5
    rules:
      - {id: too-warm, kind: limit, quantity: temperature, above: 8.0, for: 60min, severity: critical, action: hold}
      - {id: too-cold, kind: limit, quantity: temperature, below: 2.0, for: 15min, deadband: 0.2, severity: critical}
  - id: zzprofile
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: zzrule, kind: limit, above: 9.0, for: 10min, action: hold}]
  - id: zzroom
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    min_coverage: 0
    rules: [{id: zzroomrule, kind: limit, above: 8.0, for: 10min, severity: warning}]
"""

_ROOM_1 = [
    *((i * 10, 3.131) for i in range(12)),  # before acme's pallet comes
    *((120 + i * 10, 5.1) for i in range(18)),
    *((300 + i * 10, 9.6) for i in range(9)),  # too warm for 90 min
    *((390 + i * 10, 5.3) for i in range(81)),
    *((1200 + i * 10, 3.717) for i in range(12)),  # after it left
]
_ZZROOM = [(0, 4.5), (60, 9.4), (120, 9.4), (180, 9.4), (240, 4.5)]

ALLOWED = Allow(minutes=60.0, up_to=50_000_000)


def build(database, site=SITE, room="ROOM-1"):
    """Let it all happen on an empty, migrated database; `room`: what ROOM-1 is called in the site."""
    desk = Desk(database)
    desk.ask("zzsetup", Apply(entries=[Item(e.kind, e.doc) for e in load(site, "S.yaml")]), START)
    heard = [_message("dev1", "zz/1/readings", at, value) for at, value in _ROOM_1]
    heard += [_message("zzdev2", "zz/2/readings", at, value) for at, value in _ZZROOM]
    heard += [_message("zzspare", "zz/3/readings", 5, 4.0), _message("zzfree", "zz/4/readings", 5, 4.0)]
    heard.append(Arrived("zz/dead", b"zz no json \xff", False, START + HOUR, error="zz: no JSON"))
    desk.writer.step(Batch(sorted(heard, key=lambda message: message.received_at)), START + 30 * HOUR)
    desk.writer.step(Batch(), NOW)
    held = {row.lot: row.id for row in desk.rows("holds")}
    alerts = {row.place: row.id for row in desk.rows("alerts")}
    desk.ask("zzperson", Acknowledge(alert=alerts[room], comment="zz comment"), NOW)
    # Nothing was heard since: so much more is allowed.
    first = Dispose(holds=[held["A1"], held["ZZ1"]], state="released", reason="zz reason", allow=ALLOWED)
    desk.ask("zzperson", first, NOW)


def _message(device, topic, minute, value):
    at = START + minute * MINUTE
    said = Reading(device, "", "temperature", round(value * 1_000_000), at)
    return Arrived(topic, b"{}", False, at + MINUTE, topic, [said])


def add_tokens(database):
    """Return a token of each role, and one of the other client."""
    tokens = {}
    with database.begin() as connection:
        for name, role, client in (
            ("zzadmin", "admin", None),
            ("quinn", "qa", None),
            ("zzwarehouse", "warehouse", None),
            ("zzviewer", "viewer", None),
            ("acme-qa", "client", "acme"),
        ):
            tokens[role] = add_token(connection, name, role, client, NOW)[1]
        tokens["other"] = add_token(connection, "zzother", "client", "zzcorp", NOW)[1]
    return tokens


class Desk:
    """The one writer at hand: what is asked of it is answered at once, at whatever instant `now` is."""

    def __init__(self, database):
        self.database = database
        self.writer = Writer(database)
        self.now = NOW

    def submit(self, database, who, request: WriterRequest, wait_s):
        """Take the place of `ledger.inbox.submit`."""
        return self.ask(who, request, self.now)

    def ask(self, who, request, now):
        with self.database.begin() as connection:
            number = state.submit_request(connection, who, written(request), now)
        self.writer.step(Batch(), now)
        with self.database.read() as connection:
            found = state.find_request(connection, number)
        return answer_of(found)

    def rows(self, table):
        """Return all rows of a table, in the order of its key."""
        found = metadata.tables[table]
        with self.database.read() as connection:
            return list(connection.execute(select(found).order_by(*found.primary_key.columns)))
