"""The page of a batch reads once what it needs: as many statements for 40 units as for two."""

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from domain.times import HOUR
from ledger.inputs import Batch
from ledger.requests import Apply, Dispose, Item
from sites.file import load
from tests.api import world
from tests.api.conftest import World
from tests.api.web.browser import signed_in
from tests.thrift import migrated

AT_MOST = 31
_UNIT = "  - {{product: VAX, lot: BIG, unit: P-{}, location: ROOM-1, quantity: 10, from: 2026-01-01T01:00:00Z}}\n"


def build(database, units):
    """Let a lot of so many units get too warm three times, and release two of its holds."""
    desk = world.Desk(database)
    lots = "batches:\n  - {product: VAX, lot: BIG, client: acme}\n"
    placed = "placements:\n" + "".join(map(_UNIT.format, range(units)))
    site = world.SITE.replace("batches:\n", lots).replace("placements:\n", placed)
    desk.ask("setup", Apply(entries=[Item(each.kind, each.doc) for each in load(site, "S.yaml")]), world.START)
    said = [
        world._message("dev1", "zz/1/readings", minute, 9.5 if minute // 60 % 8 in (3, 4) else 5.0)
        for minute in range(0, 24 * 60, 10)
    ]
    desk.writer.step(Batch(said), world.START + 30 * HOUR)
    held = [row.id for row in desk.rows("holds") if row.lot == "BIG"]
    assert len(held) == 3 * units
    desk.ask("quinn", Dispose(holds=held[:2], state="released", reason="fine", allow=world.ALLOWED), world.NOW)


def statements_of(portal, path, units, role):
    """Return how many statements a page takes that was open before."""
    database = migrated(path / f"{units}-{role}.db")
    build(database, units)
    browser = signed_in(World(portal, database, world.add_tokens(database)), portal, role)
    browser.get("/batches/VAX/BIG")
    asked = []
    listen = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(Engine, "before_cursor_execute", listen)
    try:
        page = browser.get("/batches/VAX/BIG")
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
        database.close()
    assert page.status_code == 200
    assert f"P-{units - 1}" in page.text
    return [statement for statement in asked if statement != "BEGIN"]


@pytest.mark.parametrize("role", ["qa", "client"])
def test_the_statements_of_a_batch_do_not_grow_with_its_units(tmp_path, portal, role):
    few, many = (statements_of(portal, tmp_path, units, role) for units in (2, 40))
    assert len(many) == len(few) <= AT_MOST
    assert len(set(many)) == len(many), "a table is asked the same again"
