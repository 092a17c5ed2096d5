"""Batches as their list tells of them: what stands where, what is held, which rules fired.

From what is on record: judging hundreds of batches from their readings would take too long. So it does not say how much
of the time is known; the page of a batch does.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from api.addresses import canonical
from api.deps import View
from domain.model import BatchKey
from ledger.models.usability import usability_on_record
from rules.subjects.whereabouts import UnitKey
from rules.usability import Code, Usability
from store import state
from store.tables import entries, firings, holds

State = Literal["held", "rejected", "hold", "review", "released", ""]
STATES: tuple[State, ...] = ("held", "rejected", "hold", "review", "released", "")  # worst first
_STATE_OF: dict[Code, State] = {
    **{"held": "held", "unfounded": "held", "rejected": "rejected"},
    **{"hold": "hold", "review": "review", "released": "released"},
}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch. `count`: the units in that state; `state` empty: nothing that holds or asks for review fired."""

    product: str
    lot: str
    product_name: str
    client: str
    expires_on: str | None
    units: int
    places: tuple[str, ...]
    state: State
    count: int


class Record:
    """What is on record of some batches."""

    def __init__(self, units: Mapping[UnitKey, Usability]) -> None:
        self._states: dict[BatchKey, list[State]] = defaultdict(list)
        for unit, found in units.items():
            self._states[unit[:2]].append(_STATE_OF.get(found.code, ""))

    def state(self, batch: BatchKey) -> tuple[State, int]:
        """Return the worst state of its units and how many are in it."""
        states = self._states.get(batch, [])
        nothing: State = ""
        worst = min(states, key=STATES.index, default=nothing)
        return worst, states.count(worst)


def read_record(view: View, batches: Collection[BatchKey]) -> Record:
    """Read what is on record of these batches."""
    return Record(usability_on_record(view.connection, batches))


def batches_with_record(view: View) -> set[BatchKey]:
    """Return the batches that have been on hold, or of which something fired."""
    held = select(holds.c.product, holds.c.lot).where(view.own(holds)).distinct()
    fired = select(firings.c.product, firings.c.lot).where(
        view.own(firings), firings.c.superseded_at.is_(None), firings.c.action.in_(("hold", "review"))
    )
    rows = [*view.connection.execute(held), *view.connection.execute(fired.distinct())]
    return {(product, lot) for product, lot in rows}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which batches are asked for; empty: all. `text` stands somewhere in the lot, the product or its name."""

    text: str = ""
    product: str = ""
    client: str = ""
    place: str = ""
    state: str = ""


def find_batches(view: View, wanted: Wanted, names: "Names") -> tuple[list[BatchKey], Record]:
    """Return the batches asked for that this person may see, worst first, and what is on record of them."""
    site = view.snapshot.site
    here = _standing_at(view, wanted.place) if wanted.place else None
    text = wanted.text.casefold().strip()

    def fits(batch: BatchKey) -> bool:
        said = f"{batch[0]} {batch[1]} {names.products.get(batch[0], '')}".casefold()
        return (
            (not wanted.product or batch[0] == wanted.product)
            and (not wanted.client or site.batches[batch].client == wanted.client)
            and (here is None or batch in here)
            and text in said
        )

    noted = {batch for batch in batches_with_record(view) if batch in site.batches}
    record = read_record(view, sorted(noted))
    found = [batch for batch in site.batches if view.policy.may_see(batch) and fits(batch)]
    if wanted.state:
        found = [batch for batch in found if _is_in(record.state(batch)[0], wanted.state)]
    return sorted(found, key=lambda batch: (STATES.index(record.state(batch)[0]), batch)), record


def _is_in(state: State, wanted: str) -> bool:
    return state == ("" if wanted == "none" else wanted)


def _standing_at(view: View, place: str) -> set[BatchKey]:
    """Return the batches of which something stands at a place, or anywhere inside it."""
    parents = {name: location.parent.at(view.now) for name, location in view.snapshot.site.locations.items()}

    def inside(name: str | None) -> bool:
        return name is not None and (name == place or inside(parents.get(name)))

    places = {name for name in parents if inside(name)}
    return {
        (stay.product, stay.lot)
        for stay in view.snapshot.site.placements
        if stay.location in places and stay.since <= view.now < stay.until and view.policy.place(stay) is not None
    }


@dataclass(frozen=True, slots=True)
class Names:
    """Names of products and clients, by id."""

    products: Mapping[str, str]
    clients: Mapping[str, str]


def read_names(view: View) -> Names:
    """Read the names that this person may see."""

    def names(kind: str) -> dict[str, str]:
        docs = [view.policy.entry(kind, entry.doc) for entry in state.load_entries(view.connection, kind)]
        return {doc["id"]: doc.get("name") or doc["id"] for doc in docs if doc is not None}

    return Names(names("product"), names("client"))


def read_rows(view: View, batches: Sequence[BatchKey], record: Record, names: Names) -> list[BatchRow]:
    """Return the rows of these batches, in their order."""
    docs = _docs(view, batches)
    return [_row(view, batch, docs.get(batch, {}), record, names) for batch in batches]


def _docs(view: View, batches: Sequence[BatchKey]) -> dict[BatchKey, Mapping[str, Any]]:
    keys = [canonical(*batch) for batch in batches]
    query = select(entries.c.doc).where(entries.c.kind == "batch", entries.c.key.in_(keys))
    return {(doc["product"], doc["lot"]): doc for doc in view.connection.scalars(query)}


def _row(view: View, batch: BatchKey, doc: Mapping[str, Any], record: Record, names: Names) -> BatchRow:
    here = [stay for stay in view.snapshot.placements.get(batch, ()) if stay.since <= view.now < stay.until]
    worst, count = record.state(batch)
    client = view.snapshot.site.batches[batch].client
    return BatchRow(
        *batch,
        names.products.get(batch[0], batch[0]),
        names.clients.get(client, client) if client is not None else "",
        doc.get("expires_on"),
        len({stay.unit for stay in here}),
        tuple(sorted({name for stay in here if (name := view.policy.place(stay)) is not None})),
        worst,
        count,
    )
