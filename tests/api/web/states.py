"""What can be on record of a problem, a hold and a batch: each state is a function that makes it of the site.

`site.desk.now` is set to the newest that happened, where time goes on.
"""

import pytest

from domain.readings import Reading
from domain.times import HOUR, MINUTE
from ledger.inputs import Arrived, Batch
from ledger.requests import Acknowledge, Allow, Apply, Correct, Dispose, EntryName, Item, Shelve, UndoRejection
from store.state import load_entries
from tests.api.world import NOW, START

LATEST = 48 * 60  # minutes after START: NOW


def hear(site, device, minute, value):
    """Let a device say its temperature, `minute` minutes after START; None: that it has none."""
    at = START + minute * MINUTE
    said = Reading(device, "", "temperature", None if value is None else round(value * 1_000_000), at)
    site.desk.now = max(at, site.desk.now)
    site.desk.writer.step(Batch([Arrived(f"zz/{device}/readings", b"{}", False, at, "src", [said])]), site.desk.now)


def wait(site, until):
    """Let time go on, and nothing be heard."""
    site.desk.now = until
    site.desk.writer.step(Batch(), until)


def entries(site, kind):
    """Return the entries of a kind that are in force: each with its key and its document."""
    with site.database.read() as connection:
        return list(load_entries(connection, kind))


def placements(site, of=lambda doc: True):
    return [row for row in entries(site, "placement") if of(row.doc)]


def correct(site, **what):
    site.desk.ask("zzperson", Correct(**what), site.desk.now)


def hold_of(site, lot):
    """Return the number of the first hold of a lot."""
    return min(row.id for row in site.desk.rows("holds") if row.lot == lot)


def newest_problem(site):
    return max(row.id for row in site.desk.rows("alerts"))


# --- of the site ---


def as_it_is(site):
    """Nothing more happens."""


def lots_left(site):
    """acme's pallet was never in the room that was too warm."""
    [row] = placements(site, lambda doc: doc["lot"] == "A1" and doc["location"] == "ROOM-1")
    correct(site, remove=[EntryName("placement", row.key)])


def all_lots_left(site):
    """Nothing at all was in the room that was too warm; the room itself was."""
    left = [EntryName("placement", row.key) for row in placements(site, lambda doc: doc["location"] == "ROOM-1")]
    correct(site, remove=left)


def batches_gone(site):
    """acme's lot, with all that was placed of it, was never there."""
    gone = [EntryName("placement", row.key) for row in placements(site, lambda doc: doc["lot"] == "A1")]
    key = next(row.key for row in entries(site, "batch") if row.doc["lot"] == "A1")
    correct(site, remove=[*gone, EntryName("batch", key)])


def lots_of_another(site):
    """acme's lot is another client's."""
    [row] = [row for row in entries(site, "batch") if row.doc["lot"] == "A1"]
    correct(site, put=[Item("batch", {**row.doc, "client": "zzcorp"})])


def without_profile(site):
    """The profile is of no rule that fired."""
    later = [row for row in site.desk.rows("entries") if row.kind == "profile" and row.doc["id"] == "vaccine-2-8"]
    doc = {**later[0].doc, "version": 2, "effective_from": "2026-01-01T00:00:00Z"}
    doc["rules"] = [{**rule, "id": f"other-{rule['id']}"} for rule in doc["rules"]]
    site.desk.ask("zzperson", Apply(entries=[Item("profile", doc)], retroactive=True), NOW)


# --- of a problem ---


def ongoing(site):
    """It is too warm anew."""
    for minute in range(0, 80, 10):
        hear(site, "dev1", LATEST + minute, 9.6)


def pending(site):
    """It is back within limits, and cleared only when an off-delay has passed."""
    rule = {"id": "zzroomrule", "kind": "limit", "above": "8.0", "for": "10min", "off_delay": "30min"}
    version = {"id": "zzroom", "version": 2, "effective_from": "2026-01-02T00:00:00Z", "rules": [rule]}
    correct(site, put=[Item("profile", version)])
    for minute, value in ((0, 9.5), (20, 9.5), (30, 5.0), (40, 5.0)):
        hear(site, "zzdev2", LATEST + minute, value)


def no_data(site):
    """It is too warm anew, and the sensor falls silent."""
    ongoing(site)
    wait(site, NOW + 20 * HOUR)


def back(site):
    """… until it says that it is in range."""
    no_data(site)
    hear(site, "dev1", 70 * 60, 5.0)


def reopened(site):
    """It is over, and too warm again before an hour has passed."""
    ongoing(site)
    hear(site, "dev1", LATEST + 80, 5.0)
    hear(site, "dev1", LATEST + 90, 9.9)
    hear(site, "dev1", LATEST + 100, 9.9)


def acknowledged(site):
    """Somebody knows of what goes on."""
    ongoing(site)
    site.desk.ask("zzperson", Acknowledge(alert=newest_problem(site), comment="zz on my way"), site.desk.now)


def shelved(site):
    """Nobody is told for a while of what goes on."""
    ongoing(site)
    asked = Shelve(alert=newest_problem(site), lasting=2 * HOUR, reason="zz door is mended")
    site.desk.ask("zzperson", asked, site.desk.now)


def faulty(site):
    """It is too warm anew, and the sensor says that it is faulty."""
    ongoing(site)
    hear(site, "dev1", LATEST + 80, None)


def silent(site):
    """A room says nothing, and of its stock nothing is known."""
    rule = {"id": "zzroom", "version": 2, "effective_from": "2026-01-02T00:00:00Z",
            "rules": [{"id": "zzsilent", "kind": "silence", "after": "30min"}]}  # fmt: skip
    correct(site, put=[Item("profile", rule)])
    wait(site, NOW + 45 * MINUTE)


def never_warm(site):
    """The sensor hung elsewhere: the problem is none."""
    mount = next(row.key for row in site.desk.rows("entries") if row.kind == "mount" and row.doc["sensor"] == "S1")
    correct(site, remove=[EntryName("mount", mount)])


def out_of_reach(site):
    """It is told late that acme's pallet left the site on the evening of the day on which it was too warm."""
    there, then = placements(site, lambda doc: doc["lot"] == "A1" and doc["unit"] == "PALLET-7")
    left, later = (there, then) if there.doc["location"] == "ROOM-1" else (then, there)
    site.desk.now += MINUTE
    correct(
        site,
        put=[Item("placement", {**left.doc, "to": "2026-01-01T20:00:00Z"})],
        remove=[EntryName("placement", later.key)],
    )


# --- of a hold ---


def all_heard(site):
    """The sensor says what it owes: everything was in range since."""
    for minute in range(22 * 60, LATEST + 1, 30):
        hear(site, "dev1", minute, 5.0)


def decide(site, lot, state, **more):
    site.desk.ask("zzperson", Dispose(holds=[hold_of(site, lot)], state=state, reason="zz seen", **more), site.desk.now)


def partly_used(site):
    """A third of what a release allows is used."""
    all_heard(site)
    for minute, value in ((10, 9.6), (20, 10.4), (30, 5.0)):
        hear(site, "dev1", LATEST + minute, value)


def released_without_allowance(site):
    """A release allows nothing more."""
    all_heard(site)
    decide(site, "ZZ3", "released")


def released_with_allowance(site):
    """A release allows more, of which nothing is used."""
    all_heard(site)
    decide(site, "ZZ3", "released", allow=Allow(minutes=30.0, up_to=12_000_000))


def rejected(site):
    decide(site, "ZZ3", "rejected")


def undo_asked(site):
    """One of two people has signed to undo a rejection."""
    rejected(site)
    site.desk.now += MINUTE
    asked = UndoRejection(holds=[hold_of(site, "ZZ3")], reason="zz wrong lot")
    site.desk.ask("zzfirst", asked, site.desk.now)


def undone(site):
    """And the other one, too."""
    undo_asked(site)
    site.desk.now += MINUTE
    asked = UndoRejection(holds=[hold_of(site, "ZZ3")], reason="zz wrong lot")
    site.desk.ask("zzsecond", asked, site.desk.now)


# --- of a batch ---


def fine(site):
    """A lot was in the room while that was in range."""
    there = {"product": "VAX", "lot": "A1-B", "location": "ROOM-1", "quantity": 12}
    correct(site, put=[Item("placement", {**there, "from": "2026-01-01T08:00:00Z", "to": "2026-01-01T20:00:00Z"})])


def needs_review(site):
    """What called for a hold calls for a review."""
    [now] = [row.doc for row in site.desk.rows("entries") if row.kind == "profile" and row.doc["id"] == "vaccine-2-8"]
    rules = [{**rule, "id": f"look-{rule['id']}", "action": "review"} for rule in now["rules"]]
    doc = {**now, "version": 2, "effective_from": "2026-01-01T00:00:00Z", "rules": rules}
    site.desk.ask("zzperson", Apply(entries=[Item("profile", doc)], retroactive=True), site.desk.now)


def expired(site):
    """A lot may not be used any more, whatever it went through."""
    fine(site)
    [row] = [row for row in entries(site, "batch") if row.doc["lot"] == "A1-B"]
    correct(site, put=[Item("batch", {**row.doc, "expires_on": "2026-01-02"})])


def revised(site):
    """It was too warm for less long than was told."""
    late = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T06:10:00Z"}
    site.desk.now += MINUTE
    correct(site, put=[Item("mount", late)])


def two_exposures(site):
    """A rule has fired twice for the same units."""
    ongoing(site)
    hear(site, "dev1", LATEST + 80, 5.0)
    for minute in range(200, 300, 10):
        hear(site, "dev1", LATEST + minute, 11.2)
    hear(site, "dev1", LATEST + 300, 5.0)


STATES = [
    as_it_is,
    lots_left,
    all_lots_left,
    batches_gone,
    lots_of_another,
    without_profile,
    ongoing,
    pending,
    no_data,
    back,
    reopened,
    acknowledged,
    shelved,
    faulty,
    silent,
    never_warm,
    out_of_reach,
    partly_used,
    released_without_allowance,
    released_with_allowance,
    rejected,
    undo_asked,
    undone,
    fine,
    needs_review,
    expired,
    revised,
    two_exposures,
]

# `make test-fast` takes those in which most is on record; `make test` has all of them.
_MOST_ON_RECORD = (as_it_is, released_with_allowance, revised)
in_every_state = pytest.mark.parametrize(
    "state",
    [pytest.param(each, marks=() if each in _MOST_ON_RECORD else pytest.mark.long) for each in STATES],
    ids=lambda state: state.__name__,
)
