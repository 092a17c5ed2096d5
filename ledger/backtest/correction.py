"""What a correction of a mount or a placement would change, before it is made: judged with and without it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from domain.model import ALWAYS, QUANTITIES, BatchKey, Site
from domain.offsets import offset_of
from ledger.backtest.judging import Compared, Readings
from ledger.backtest.sides import Key, Side
from ledger.corrections.causes import Rested
from rules.series.calibrated import as_judged
from rules.series.series import Series
from rules.subjects.places import Places
from rules.subjects.whereabouts import LocationKey, UnitKey, Whereabouts
from store.columns import load_arrays
from store.series import SeriesKey


@dataclass(frozen=True, slots=True)
class Correction:
    """The site as it is and as it would be, and every subject whose judgement may differ."""

    before: Site
    after: Site
    until: int
    reached: Sequence[Key]


def correction(before: Site, after: Site, until: int) -> Correction:
    """Return what a change of mounts or placements reaches: places first, then units by lot."""
    places = _places(before, after)
    lots = _lots(before, after, places)
    keys: list[Key] = [LocationKey(name) for name in sorted(places)]
    keys += _units(before, after, lots, until)
    old, new = _rested(before, until), _rested(after, until)
    return Correction(before, after, until, [key for key in keys if old.all_of(key) != new.all_of(key)])


def _rested(site: Site, until: int) -> Rested:
    whereabouts = Whereabouts(site, Places(site))
    return Rested(site, lambda unit: whereabouts.unit(unit, until).stays if unit[:2] in site.batches else None)


def _places(before: Site, after: Site) -> set[str]:
    """Return the places that other sensors would speak for."""
    old, new = Places(before), Places(after)
    return {
        name
        for name in before.locations
        if any(old.speaking(name, quantity) != new.speaking(name, quantity) for quantity in QUANTITIES)
    }


def _lots(before: Site, after: Site, places: set[str]) -> list[BatchKey]:
    """Return the lots that stood at one of the places or elsewhere than before, and all that were made from them."""
    moved = set(before.placements) ^ set(after.placements)
    stood = {stay for stay in (*before.placements, *after.placements) if stay.location in places}
    found = {(stay.product, stay.lot) for stay in moved | stood}
    made: dict[BatchKey, list[BatchKey]] = defaultdict(list)
    for key, batch in before.batches.items():
        for parent in batch.parents:
            made[parent.product, parent.lot].append(key)
    waiting = list(found)
    while waiting:
        further = [key for key in made[waiting.pop()] if key not in found]
        found.update(further)
        waiting += further
    return sorted(found)


def _units(before: Site, after: Site, lots: Iterable[BatchKey], until: int) -> list[UnitKey]:
    sides = [Whereabouts(site, Places(site)) for site in (before, after)]
    units = {UnitKey(*lot, unit) for lot in lots for side in sides for unit in side.units(lot, until)}
    return sorted(units, key=lambda key: (key.product, key.lot, key.unit or ""))


def effects(connection: Connection, change: Correction, skip: int, is_time: Callable[[], bool]) -> Iterator[Compared]:
    """Yield what is said of each subject reached, by both sites, after so many, for as long as there is time.

    At least one is judged. Nothing is written.
    """

    def load(sensor: str, quantity: str) -> Series:
        probe = change.before.sensors[sensor]
        key = SeriesKey(probe.device, probe.probe or "", quantity)
        return as_judged(offset_of(probe, quantity), *load_arrays(connection, key, change.until + 1))

    readings = Readings(load)
    before = Side.of(change.before, readings, ALWAYS, change.until)
    after = Side.of(change.after, readings, ALWAYS, change.until)
    for key in change.reached[skip:]:
        yield Compared(key, before.outcome(key), after.outcome(key))
        if not is_time():
            return
