"""The site that answers rest on: built anew exactly when it has changed."""

from sqlalchemy import delete, insert

from api import snapshot
from api.snapshot import Snapshot, Snapshots
from domain.model import Batch, Parent, Placement, Site
from store.tables import audit, entries


def look(site, snapshots):
    with site.database.read() as connection:
        return snapshots.get(connection)


def note(site, kind):
    row = {"at": 0, "who": "x", "what": "put", "kind": kind, "key": ""}
    with site.database.begin() as connection:
        connection.execute(insert(audit).values(**row))


def test_it_is_built_once_while_nothing_changes(site):
    snapshots = Snapshots()
    first = look(site, snapshots)
    assert look(site, snapshots) is first
    note(site, "hold")
    assert look(site, snapshots) is first


def test_it_is_built_anew_after_a_correction_even_with_other_deeds_behind_it(site):
    snapshots = Snapshots()
    first = look(site, snapshots)
    site.api("admin").post("/locations", {"id": "NEW"}).raise_for_status()
    note(site, "hold")
    second = look(site, snapshots)
    assert "NEW" in second.site.locations and "NEW" not in first.site.locations
    assert look(site, snapshots) is second


def test_a_correction_of_configuration_reads_no_lots_again(site, monkeypatch):
    snapshots = Snapshots()
    first = look(site, snapshots)
    assert first.placements and first.batches_of  # worked out
    site.api("admin").post("/locations", {"id": "NEW", "parent": "ROOM-1"}).raise_for_status()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "_read", None)
        second = look(site, snapshots)
    anew = look(site, Snapshots())
    assert "NEW" in second.site.locations
    assert (second.site, second.placements, second.batches_of) == (anew.site, anew.placements, anew.batches_of)


def test_lots_are_brought_up_to_date_without_building_it_anew(site, monkeypatch):
    snapshots, api = Snapshots(), site.api("admin")
    first = look(site, snapshots)
    api.post("/batches", {"product": "VAX", "lot": "N1", "client": "acme"}).raise_for_status()
    where = {"product": "VAX", "lot": "N1", "location": "ROOM-1", "from": "2026-01-02T00:00:00Z"}
    told = api.post("/placements", where).raise_for_status().json()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "_read", None)
        second = look(site, snapshots)
    assert [stay.location for stay in second.placements["VAX", "N1"]] == ["ROOM-1"]
    assert ("VAX", "N1") in second.batches_of["acme"] and ("VAX", "N1") not in first.site.batches
    api.delete(told["href"].removeprefix("/api/v1")).raise_for_status()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "_read", None)
        third = look(site, snapshots)
    assert ("VAX", "N1") not in third.placements
    anew = look(site, Snapshots())
    assert third.site.batches == anew.site.batches
    assert set(third.site.placements) == set(anew.site.placements)


def test_a_stored_site_that_is_inconsistent_is_nobody_elses_mistake(site):
    with site.database.begin() as connection:
        connection.execute(delete(entries).where(entries.c.kind == "sensor"))
    response = site.api("viewer").get("/locations")
    assert (response.status_code, response.json()["detail"]) == (500, "Internal error.")


def test_stays_follow_parents_up_to_when_the_batch_was_made(site):
    snapshot = look(site, Snapshots())
    stays = sorted(snapshot.stays(("VAX", "A2")), key=lambda stay: stay.since)
    assert [(stay.lot, stay.location, stay.until == snapshot.site.batches["VAX", "A2"].made_at) for stay in stays] == [
        ("ZZ2", "ZZROOM", True),
        ("A2", "ROOM-2", False),
    ]
    assert list(snapshot.stays(("VAX", "A1"), "PALLET-9")) == []


def test_a_stay_is_told_once_however_many_ways_lead_to_it_and_as_long_as_the_longest():
    """Twenty levels of two batches, each made from both of the level before: a million ways to the first."""
    batches = {
        ("V", f"{level}-{i}"): Batch(
            "V",
            f"{level}-{i}",
            made_at=10 * level + i,
            parents=tuple(Parent("V", f"{level - 1}-{j}") for j in range(2)) if level else (),
        )
        for level in range(20)
        for i in range(2)
    }
    placements = tuple(Placement("V", lot, None, "ROOM", 0) for _, lot in batches)
    stays = list(Snapshot(Site(batches=batches, placements=placements)).stays(("V", "19-0")))
    assert len({stay.lot for stay in stays}) == len(stays) == 39
    assert {stay.lot: stay.until for stay in stays}["0-0"] == 11
