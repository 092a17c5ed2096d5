"""Batches as their list tells of them: what stands where, what is held, which rules fired.

From what is on record: judging hundreds of batches from their readings would take too long. So it does not say how much
of the time is known; the page of a batch does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import select

from api.deps import View
from api.reads.names import names_of
from api.reads.stored_at import stored_at
from domain.model import BatchKey, Placement
from ledger.models.stock.blocked import lots_with_status
from ledger.models.usability import OnRecord
from rules.usability import Code
from store.stock.whereabouts import in_stock
from store.tables import firings, holds

State = Literal[
    "held", "rejected", "recalled", "quarantined", "blocked_source", "hold", "not_released", "expired", "review",
    "released", "",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)  # worst first
_RANK: Mapping[State, int] = {state: rank for rank, state in enumerate(STATES)}
_HELD: tuple[Code, ...] = ("held", "unfounded")
_STATE_OF: dict[Code, State] = {
    **{"held": "held", "unfounded": "held", "rejected": "rejected", "recalled": "recalled"},
    **{"quarantined": "quarantined", "blocked_source": "blocked_source", "hold": "hold"},
    **{"not_released": "not_released", "expired": "expired", "review": "review", "released": "released"},
}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch. `state` empty: nothing that holds or asks for review triggered; `held`: its units on hold."""

    product: str
    lot: str
    product_name: str
    client: str
    expires_on: str | None
    units: int
    places: tuple[str, ...]
    state: State
    held: int


def state_of(record: OnRecord, batch: BatchKey) -> State:
    """Return the state of a batch: that of its worst unit."""
    return _STATE_OF.get(record.of_batch(batch).code, "")


def batches_with_record(view: View) -> set[BatchKey]:
    """Return the batches that have been on hold, of which something triggered, or that a status may block."""
    held = select(holds.c.product, holds.c.lot).where(view.own(holds)).distinct()
    fired = select(firings.c.product, firings.c.lot).where(
        view.own(firings), firings.c.superseded_at.is_(None), firings.c.action.in_(("hold", "review"))
    )
    rows = [*view.connection.execute(held), *view.connection.execute(fired.distinct())]
    of_status = lots_with_status(view.connection, view.snapshot.site.products, view.known_at)
    return {(product, lot) for product, lot in rows} | {lot for lot in of_status if view.policy.may_see(lot)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which batches are asked for; empty: all. `text` stands somewhere in the lot, the product or its name."""

    text: str = ""
    product: str = ""
    client: str = ""
    place: str = ""
    state: str = ""


def find_batches(view: View, wanted: Wanted, names: "Names") -> tuple[list[BatchKey], OnRecord]:
    """Return the batches asked for that this person may see, worst first, and what is on record of them."""
    site = view.snapshot.site
    here = _lots_at(view, wanted.place) if wanted.place else None
    text = wanted.text.casefold().strip()

    def fits(batch: BatchKey) -> bool:
        return (
            (not wanted.product or batch[0] == wanted.product)
            and (not wanted.client or site.batches[batch].client == wanted.client)
            and (here is None or batch in here)
            and (not text or text in f"{batch[0]} {batch[1]} {names.products.get(batch[0], '')}".casefold())
        )

    noted = {batch for batch in batches_with_record(view) if batch in site.batches}
    record = view.usability(noted)
    found = ((state_of(record, batch), batch) for batch in site.batches if view.policy.may_see(batch) and fits(batch))
    ranked = [(_RANK[state], batch) for state, batch in found if not wanted.state or _is_in(state, wanted.state)]
    return [batch for _, batch in sorted(ranked)], record


def _is_in(state: State, wanted: str) -> bool:
    return state == ("" if wanted == "none" else wanted)


def _lots_at(view: View, place: str) -> set[BatchKey]:
    """Return the batches of which something stands at a place, or anywhere inside it."""
    parents = {name: location.parent.at(view.now) for name, location in view.snapshot.site.locations.items()}

    def inside(name: str | None) -> bool:
        return name is not None and (name == place or inside(parents.get(name)))

    places = {name for name in parents if inside(name)}
    return {
        (stay.product, stay.lot)
        for stay in stored_at(view, view.now, view.now, places)
        if view.policy.place(stay) is not None
    }


@dataclass(frozen=True, slots=True)
class Names:
    """Names of products and clients, by id."""

    products: Mapping[str, str]
    clients: Mapping[str, str]


def read_names(view: View) -> Names:
    """Read the names that this person may see."""
    return Names(names_of(view, "product"), names_of(view, "client"))


def read_rows(view: View, batches: Sequence[BatchKey], record: OnRecord, names: Names) -> list[BatchRow]:
    """Return the rows of these batches, in their order."""
    moved: dict[BatchKey, list[Placement]] = {}
    for batch, unit, location in in_stock(view.connection, batches, view.known_at):
        moved.setdefault(batch, []).append(Placement(*batch, unit or None, location, 0))
    return [_row(view, batch, record, names, moved.get(batch, ())) for batch in batches]


def _row(view: View, batch: BatchKey, record: OnRecord, names: Names, moved: Sequence[Placement]) -> BatchRow:
    placed = view.snapshot.placements.get(batch, ())
    here = [*(stay for stay in placed if stay.since <= view.now < stay.until), *moved]
    found = view.snapshot.site.batches[batch]
    return BatchRow(
        *batch,
        names.products.get(batch[0], batch[0]),
        names.clients.get(found.client, found.client) if found.client is not None else "",
        found.expires_on,
        len({stay.unit for stay in here}),
        tuple(sorted({view.snapshot.called[name] for stay in here if (name := view.policy.place(stay)) is not None})),
        state_of(record, batch),
        record.count(batch, _HELD),
    )
