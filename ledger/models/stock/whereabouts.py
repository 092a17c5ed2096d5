"""Where the units of a lot were by movements, each stay with whose it was: before a unit began it was where those were
that it is from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from domain.model import BatchKey, Placement
from domain.times import NEVER
from store.stock.whereabouts import UnitState, lot_history

Moved = Mapping[str | None, Sequence[Placement]]  # by unit


def stays_of_lot(connection: Connection, lot: BatchKey, known_at: int | None = None) -> Moved:
    """Return the stays of each unit of a lot that movements made; of a lot of which no movement tells, nothing.

    A stay that was another lot's names that lot and unit; one that was another unit's of the same lot is the unit's.
    """
    states, sources = lot_history(connection, lot, known_at)
    own = _own_stays(states)
    began: dict[int, int] = {}
    names: dict[int, UnitState] = {}
    for each in states:
        began.setdefault(each.unit, each.at)
        names.setdefault(each.unit, each)
    found: dict[int, frozenset[Placement]] = {}
    for unit in sorted(began, key=began.__getitem__):
        _collect(unit, own, began, sources, found)
    return {
        names[unit].name: [
            replace(stay, unit=names[unit].name) if (stay.product, stay.lot) == lot else stay
            for stay in sorted(found[unit], key=lambda stay: (stay.since, stay.location, stay.until))
        ]
        for unit in found
        if (names[unit].product, names[unit].lot) == lot
    }


def _own_stays(states: Iterable[UnitState]) -> dict[int, list[Placement]]:
    found: dict[int, list[Placement]] = {}
    for each in states:
        stays = found.setdefault(each.unit, [])
        if stays and stays[-1].until == NEVER:
            if stays[-1].location == each.location:
                stays[-1] = replace(stays[-1], quantity=each.quantity)
                continue
            stays[-1] = replace(stays[-1], until=each.at)
        if each.location is not None:
            named = each.product, each.lot, each.name
            stays.append(Placement(*named, each.location, each.at, NEVER, each.quantity))
    return found


def _collect(
    unit: int,
    own: Mapping[int, Sequence[Placement]],
    began: Mapping[int, int],
    sources: Mapping[int, Sequence[int]],
    found: dict[int, frozenset[Placement]],
) -> None:
    """Work out the stays of a unit, those of what it is from first: however long the way there is."""
    waiting = [unit]
    while waiting:
        each = waiting[-1]
        missing = [source for source in sources.get(each, ()) if source not in found and source in began]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        inherited = {
            replace(stay, until=min(stay.until, began[each]))
            for source in sources.get(each, ())
            for stay in found.get(source, ())
            if stay.since < began[each]
        }
        found[each] = frozenset(inherited | set(own.get(each, ())))
