"""An empty list says how it is filled; one that is empty because all is well does not."""

import pytest

from ledger.requests import Apply, Item
from sites.file import load
from tests.api.conftest import World
from tests.api.web.browser import signed_in
from tests.api.web.reading import words
from tests.api.world import NOW
from tests.thrift import migrated

WATCHED = """
sensors: [{id: S1, device: d1}]
locations: [{id: ROOM, profile: p}]
mounts: [{sensor: S1, location: ROOM, from: 2026-01-01T00:00:00Z}]
profiles: [{id: p, version: 1, effective_from: 2020-01-01T00:00:00Z,
            rules: [{id: r, kind: limit, above: 8.0, action: hold}]}]
"""
STEPS = [
    ("/problems", "Assign sensors to locations"),
    ("/batches", "Record where its units are stored"),
    ("/holds", "Give a rule the action hold"),
    ("/places", "Describe your locations"),
    ("/", "Three steps to get started"),
]


@pytest.fixture
def empty(tmp_path, portal):
    """A site of which nothing is known yet."""
    database = migrated(tmp_path / "empty.db")
    yield World(portal, database, {})
    database.close()


def test_every_empty_list_names_the_steps_that_fill_it(empty, portal):
    browser = signed_in(empty, portal, "qa")
    for path, step in STEPS:
        assert step in words(browser.get(path).text), path


def test_where_all_is_well_nothing_has_to_be_filled(empty, portal):
    entries = [Item(each.kind, each.doc) for each in load(WATCHED, "S.yaml")]
    empty.desk.ask("quinn", Apply(entries=entries), NOW)
    browser = signed_in(empty, portal, "qa")
    for path, step in STEPS:
        if path != "/batches":
            page = browser.get(path)
            assert page.status_code == 200
            assert step not in words(page.text), path


def test_a_client_without_batches_is_not_told_how_to_run_the_site(empty, portal):
    empty.desk.ask("quinn", Apply(entries=[Item("client", {"id": "acme"})]), NOW)
    said = words(signed_in(empty, portal, "client").get("/batches").text)
    assert "None of your batches is registered here yet" in said
    assert "site file" not in said
