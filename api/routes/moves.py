"""Moves of units, for whoever carries them."""

from fastapi import APIRouter
from sqlalchemy import select

from api.access import require_batch
from api.corrections import put
from api.deps import MovesStock, View
from api.models.site import Move, SiteEntry, StorageRecord
from api.moving import move as placements_of
from api.resources import BY_KIND
from api.routes.entries import one
from domain.errors import ConflictError
from domain.times import MINUTE, format_instant
from sites.entries import entry
from sites.schema import Entry
from store.lots import placements

AHEAD_AT_MOST = 5 * MINUTE  # of a clock that is fast

router = APIRouter(prefix="/placements", tags=["placements"])


@router.post("/move", response_model=list[StorageRecord])
def move(caller: MovesStock, wanted: Move) -> list[SiteEntry]:
    """Let a unit go to another location: its stay ends and another begins. Telling it twice changes nothing more.

    The answer says whether the unit may be used; who moves one that is on hold anywhere but to a location of kind
    `quarantine` alerts QA. A part of a unit is moved by a movement (`POST /movements`).
    """
    with caller.look() as view:
        require_batch(view.policy, view.snapshot, (wanted.product, wanted.lot))
        if wanted.at > view.now + AHEAD_AT_MOST:
            at, now = format_instant(wanted.at), format_instant(view.now)
            raise ConflictError(f"{at} is after now, {now}: what has not happened is not recorded")
        written = _entries(view, wanted)
    if written:
        put(caller, written)
    with caller.look() as view:
        return [one(view, BY_KIND["placement"], each.key) for each in written]


def _entries(view: View, wanted: Move) -> list[Entry]:
    of_lot = placements.c.product == wanted.product, placements.c.lot == wanted.lot
    found = view.connection.scalars(select(placements.c.doc).where(*of_lot)).all()
    name = " ".join(filter(None, (wanted.product, wanted.lot, wanted.unit)))
    of_unit = [each for each in found if each["unit"] == wanted.unit]
    return [entry("placement", each) for each in placements_of(name, of_unit, wanted.location, wanted.at)]
