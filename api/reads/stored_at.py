"""What stood where in a span of time, by storage records and by movements."""

from collections.abc import Collection, Iterator

from api.deps import View
from domain.model import Placement
from store.stock.stood import stood_at


def stored_at(view: View, since: int, until: int, locations: Collection[str] | None = None) -> Iterator[Placement]:
    """Yield the stays that touch the closed span, at some locations or anywhere."""
    for stay in view.snapshot.site.placements:
        if stay.since <= until and since < stay.until and (locations is None or stay.location in locations):
            yield stay
    yield from stood_at(view.connection, since, until, locations, view.known_at)
