"""The look at a lot of which movements tell: with the stays that they make."""

from dataclasses import replace

from api.deps import View
from domain.model import BatchKey
from ledger.models.stock.whereabouts import stays_of_lot


def with_movements(view: View, batch: BatchKey) -> View:
    """Return the look with where a lot's units were by movements; of other lots it tells what it told before."""
    if view.snapshot.moved_lot == batch:
        return view
    moved = stays_of_lot(view.connection, batch, view.known_at)
    if view.known_at is None:  # what a person may see is decided by what is known now
        view.policy.learn(batch, moved)
    return replace(view, snapshot=view.snapshot.with_movements_of(batch, moved))
