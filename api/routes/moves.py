"""Moves of units, for whoever carries them."""

from fastapi import APIRouter
from sqlalchemy import select

from api.access import require_batch
from api.corrections import put
from api.deps import MovesStock, View
from api.models.site import Move, SiteEntry
from api.moving import move as placements_of
from api.resources import BY_KIND
from api.routes.entries import one
from sites.entries import entry
from sites.schema import Entry
from store.tables import entries

router = APIRouter(prefix="/placements", tags=["placements"])


@router.post("/move")
def move(caller: MovesStock, wanted: Move) -> list[SiteEntry]:
    """Let a unit go to another location: its stay ends and another begins. Telling it twice changes nothing more."""
    with caller.look() as view:
        require_batch(view.policy, view.snapshot, (wanted.product, wanted.lot))
        written = _entries(view, wanted)
    if written:
        put(caller, written)
    with caller.look() as view:
        return [one(view, BY_KIND["placement"], each.key) for each in written]


def _entries(view: View, wanted: Move) -> list[Entry]:
    doc = entries.c.doc
    of_lot = (doc["product"].as_string() == wanted.product) & (doc["lot"].as_string() == wanted.lot)
    found = view.connection.scalars(select(doc).where(entries.c.kind == "placement", of_lot)).all()
    name = " ".join(filter(None, (wanted.product, wanted.lot, wanted.unit)))
    of_unit = [each for each in found if each["unit"] == wanted.unit]
    return [entry("placement", each) for each in placements_of(name, of_unit, wanted.location, wanted.at)]
