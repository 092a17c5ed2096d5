"""What in stock expires when, in the order in which it does: lots by their date, opened and thawed units by theirs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from api.deps import View
from api.snapshot import zone_named
from batches.expiry import IN_USE, Expiry, Terms, Why, expiry, following, ladder, reached, terms_of
from domain.model import BatchKey, Handled, Placement, UnitKey
from domain.times import DAY, NEVER
from rules.alarms.out_of_reach import Grounds
from store.in_stock import DatedLot, StockedUnit, dated_lots, in_stock
from store.unit_dates import handled

NO_STEP = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty: all. `step`: of the ladder, `expired`, `in_use`, or `reached`: any of them."""

    product: str = ""
    client: str = ""
    location: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Expiring:
    """Units of a lot that expire together, and where they are. `step`: the one that is reached, "" if none is yet.

    `quantity`: 10⁻⁶ of the product's unit of measure, None where one of them is not recorded. `at`: from when on they
    have expired; `unit`: of what is dated alone, because it was opened or thawed. `locations`: names, as far as they
    may be told.
    """

    product: str
    lot: str
    unit: str | None
    client: str | None
    expires_on: str | None
    at: int
    why: Why
    step: str
    next_step: str | None
    next_at: int | None
    units: int
    quantity: int | None
    locations: tuple[str, ...]
    is_expired: bool

    @property
    def place(self) -> tuple[int, str, str, str]:
        """Where it stands in order."""
        return self.at, self.product, self.lot, self.unit or ""

    def days_left(self, now: int) -> int:
        """Return how many whole days are left; negative once it has expired."""
        return (self.at - now) // DAY


def read_expiring(view: View, wanted: Wanted) -> list[Expiring]:
    """Return what this person may see of the stock that expires, first what expires first (FEFO)."""
    stock = {
        key: units
        for key, units in in_stock(view.connection, None, view.now).items()
        if view.policy.may_see(key) and wanted.product in ("", key[0])
    }
    dates: dict[BatchKey, dict[UnitKey, Handled]] = {}
    for unit, each in handled(view.connection, stock).items():
        dates.setdefault(unit[:2], {})[unit] = each
    lots = dated_lots(view.connection, stock)
    asked = (lot for lot in lots.values() if wanted.client in ("", lot.client))
    found = [
        row
        for lot in asked
        for row in _rows(view, lot, _here(view, stock[lot[:2]], wanted.location), dates.get(lot[:2], {}))
    ]
    found = [row for row in found if _is_at(row, wanted.step)]
    return sorted(found, key=lambda row: row.place)


def steps_of(found: Iterable[Expiring]) -> dict[str, int]:
    """Return how many rows have reached each step, the most urgent first."""
    counts: dict[str, int] = {}
    for row in found:
        counts[row.step] = counts.get(row.step, 0) + 1
    return counts


def _is_at(row: Expiring, step: str) -> bool:
    return not step or (step == "reached" and row.step != NO_STEP) or row.step == step


def _here(view: View, units: Mapping[UnitKey, StockedUnit], location: str) -> dict[UnitKey, StockedUnit]:
    """Return the units that are in stock, of those asked for; a place that is none of the site holds no stock of it."""
    grounds = Grounds(view.snapshot.site) if not all(each.is_moved for each in units.values()) else None
    here = {unit: each for unit, each in units.items() if each.is_moved or (grounds and grounds.have(each.location))}
    if not location:
        return here
    inside = _inside(view, location)
    return {unit: each for unit, each in here.items() if each.location in inside}


def _inside(view: View, location: str) -> set[str]:
    """Return a location and everything below it in the tree now."""
    parents = {name: each.parent.at(view.now) for name, each in view.snapshot.site.locations.items()}

    def is_inside(name: str | None) -> bool:
        return name is not None and (name == location or is_inside(parents.get(name)))

    return {name for name in parents if is_inside(name)}


def _rows(
    view: View, lot: DatedLot, units: Mapping[UnitKey, StockedUnit], dates: Mapping[UnitKey, Handled]
) -> Iterator[Expiring]:
    """Yield a lot's units that expire by its date as one row, and each that was opened or thawed alone."""
    terms = terms_of(view.snapshot.site.products.get(lot.product))
    zone = zone_named(view.snapshot.zone)
    alone = {unit: each for unit, each in dates.items() if unit in units}
    sooner = {unit for unit, each in alone.items() if not _by_date(lot, each, terms, zone)}
    together = {unit: each for unit, each in units.items() if unit not in sooner}
    if together and lot.expires_on is not None:
        yield _row(view, lot, Handled(), terms, together, None)
    for unit in sooner:
        yield _row(view, lot, alone[unit], terms, {unit: units[unit]}, unit.unit)


def _by_date(lot: DatedLot, dates: Handled, terms: Terms, zone: tzinfo) -> bool:
    found = expiry(lot.expires_on, dates, terms, zone)
    return found is None or found.why == "date"


def _row(
    view: View, lot: DatedLot, dates: Handled, terms: Terms, units: Mapping[UnitKey, StockedUnit], unit: str | None
) -> Expiring:
    zone = zone_named(view.snapshot.zone)
    end = expiry(lot.expires_on, dates, terms, zone) or Expiry(NEVER, "date")
    steps = ladder(lot.expires_on, lot.made_at, terms.warnings, zone)
    last, coming = reached(steps, view.now), following(steps, view.now)
    is_expired = end.at <= view.now
    step = IN_USE if is_expired and end.why != "date" else last.text if last else NO_STEP
    quantities = [each.quantity for each in units.values()]
    known = [quantity for quantity in quantities if quantity is not None]
    return Expiring(
        lot.product,
        lot.lot,
        unit,
        lot.client,
        lot.expires_on,
        end.at,
        end.why,
        step,
        None if coming is None else coming.text,
        None if coming is None else coming.at,
        len(units),
        sum(known) if len(known) == len(quantities) else None,
        _names(view, units),
        is_expired,
    )


def _names(view: View, units: Mapping[UnitKey, StockedUnit]) -> tuple[str, ...]:
    found = set()
    for unit, each in units.items():
        name = view.policy.place(Placement(*unit, each.location, view.now))
        if name is not None:
            found.add(view.snapshot.called.get(name, name))
    return tuple(sorted(found))
