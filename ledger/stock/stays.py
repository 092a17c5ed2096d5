"""Where units were, for verdicts: their own stays, and before they began those of what they came from (ADR 16)."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from domain.model import UnitKey
from domain.times import NEVER
from rules.subjects.whereabouts import Stay
from store.stock import origins
from store.stock.origins import UnitLocation
from store.stock.units import keys_of

Stays = tuple[Stay, ...]


def moved(
    connection: Connection, changed: Mapping[UnitKey, int], numbers: Mapping[UnitKey, int]
) -> dict[UnitKey, Stays | None]:
    """Return the stays of units, and of what came from them after the instant at which each changed.

    None: there is no such unit any more. `numbers`: those of the units that changed.
    """
    keys = {numbers[key]: key for key in changed}
    concerned = origins.outcomes_of(connection, {numbers[key]: at for key, at in changed.items()})
    sources = origins.sources_of(connection, concerned)
    stays = _all(sources, origins.locations_of(connection, sources))
    keys |= keys_of(connection, concerned.keys() - keys.keys())
    return {keys[unit]: stays.get(unit) for unit in concerned}


def of(connection: Connection, ids: Iterable[int]) -> dict[UnitKey, Stays]:
    """Return the stays of units, those of what they came from included."""
    wanted = set(ids)
    sources = origins.sources_of(connection, wanted)
    stays = _all(sources, origins.locations_of(connection, sources))
    return {key: stays[unit] for unit, key in keys_of(connection, wanted).items() if unit in stays}


def every(connection: Connection) -> dict[UnitKey, Stays]:
    """Return the stays of every unit that movements made."""
    locations = list(origins.all_locations(connection))
    if not locations:
        return {}
    stays = _all(origins.all_sources(connection), locations)
    keys = origins.all_units(connection)
    return {UnitKey(*keys[unit]): each for unit, each in stays.items()}


def _all(sources: Mapping[int, Sequence[int]], locations: Iterable[UnitLocation]) -> dict[int, Stays]:
    """Return the stays of each unit that has begun."""
    own: dict[int, list[Stay]] = {}
    since: dict[int, int] = {}
    for unit, at, location in locations:
        since.setdefault(unit, at)
        _go_on(own.setdefault(unit, []), at, location)
    found: dict[int, Stays] = {}
    for unit in sorted(since, key=since.__getitem__):
        _find(unit, own, since, sources, found)
    return found


def _go_on(stays: list[Stay], at: int, location: str | None) -> None:
    """Let a unit be at a location from an instant on; it stays where it is, if that is the same."""
    if stays and stays[-1].until == NEVER:
        if stays[-1].location == location:
            return
        stays[-1] = stays[-1]._replace(until=at)
    if location is not None:
        stays.append(Stay(location, at, NEVER))


def _find(
    unit: int,
    own: Mapping[int, Sequence[Stay]],
    since: Mapping[int, int],
    sources: Mapping[int, Sequence[int]],
    found: dict[int, Stays],
) -> None:
    """Work out the stays of a unit, those of what it came from first: however long the way there is."""
    waiting = [unit]
    while waiting:
        each = waiting[-1]
        missing = [source for source in sources.get(each, ()) if source not in found and source in since]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        start = since[each]
        inherited = {
            stay._replace(until=min(stay.until, start))
            for source in sources.get(each, ())
            for stay in found.get(source, ())
            if stay.since < start
        }
        found[each] = tuple(
            sorted(inherited | set(own[each]), key=lambda stay: (stay.since, stay.location, stay.until))
        )
