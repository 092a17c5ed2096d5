"""The page of a batch put together: what is said first, tables, charts, what happened, why."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from api.deps import View
from api.reads.history import plan
from api.web.batch.answer import Statement, answer
from api.web.batch.read import Found, find_batch
from api.web.batch.rules import VersionRows, versions_of
from api.web.batch.tables import Decided, Exposed, Stayed, decided, exposed, stayed
from api.web.batch.timeline import timeline
from api.web.charts.gather import UnitRecord, Wanted, asked_of_record
from api.web.charts.measure import ChartRequest
from api.web.charts.model import Budget
from api.web.components.finality import FinalityWords, explained, finality_words
from api.web.frame.formats import Clock
from api.web.problem.item import Item
from domain.errors import NotFoundError
from domain.model import QUANTITIES, BatchKey
from domain.times import NEVER
from ledger.models import Exposure, Hold
from ledger.models.unit import Stay, Unit, coverage_of, worst_first

# Rows of a table, and entries of what happened; more are a click away.
SHOWN_AT_MOST = 25


@dataclass(frozen=True, slots=True)
class BatchPage:
    """What the page shows; `asked` are its charts, to be measured when the look has ended."""

    found: Found
    clock: Clock
    said: Sequence[Statement]
    chosen: Unit  # whose conditions are charted
    exposures: Sequence[Exposed]
    stays: Sequence[Stayed]
    holds: Sequence[Decided]
    items: Sequence[Item]
    versions: Sequence[VersionRows]
    known: tuple[float, int]  # data coverage and time in storage of the unit of which the least is known
    more: int  # rows that are left out
    asked: Sequence[ChartRequest]

    @property
    def settled(self) -> FinalityWords:
        """How settled the verdict is."""
        return explained(self.found.state.finality, self.clock)

    def settled_of(self, what: Unit | Exposure | Hold) -> FinalityWords:
        """Return how settled the verdict of a unit, an exposure or a hold is."""
        return explained(what.finality, self.clock) if isinstance(what, Unit) else finality_words(what, self.clock)

    def budgets_of(self, unit: Unit) -> Sequence[Budget]:
        """Return what is left of the budgets of a unit."""
        return self.found.budgets[unit.name]

    @property
    def units(self) -> Sequence[Unit]:
        """All units, by name."""
        return self.found.units

    @property
    def worst(self) -> list[Unit]:
        """The units in the worst state."""
        first = worst_first(self.units)[0]
        return [unit for unit in self.units if unit.usability == first.usability]

    @property
    def tone(self) -> str:
        """The tone of the worst sentence."""
        return self.said[0].tone if self.said else "plain"

    @property
    def stored(self) -> Sequence[Unit]:
        """The units that are in stock now."""
        return [unit for unit in self.units if unit.here]

    @property
    def amount(self) -> Decimal | None:
        """How much of it is in stock, where every unit that is says so."""
        amounts = [self.found.quantities.get(unit.name) for unit in self.stored]
        return sum((a for a in amounts if a is not None), Decimal()) if amounts and None not in amounts else None

    @property
    def places(self) -> list[str]:
        """Where its units stand now."""
        return list(dict.fromkeys(stay.name for unit in self.units for stay in unit.here if stay.name is not None))


def batch_page(
    view: View, batch: BatchKey, unit: str | None, wanted: Wanted, clock: Clock, charted: bool, whole: bool = False
) -> BatchPage:
    """Read the page of a batch, with every row if `whole`.

    Raises NotFoundError for a batch or a unit that is not there for this person.
    """
    found = find_batch(view, batch)
    units, site = found.units, view.snapshot.site
    chosen = _chosen(units, unit)
    first = min((stay.since for unit in units for stay in unit.stays), default=view.now)
    exposures, stays, holds = exposed(site, batch[0], units), stayed(units), decided(units)
    items = timeline(site, batch[0], found.past, clock)
    counts = [len(exposures), len(stays), len(holds), len(items)]
    most = max(counts) if whole else SHOWN_AT_MOST
    return BatchPage(
        found,
        clock,
        answer(site, batch[0], units, clock, found.called),
        chosen,
        exposures[:most],
        stays[:most],
        holds[:most],
        items[:most],
        versions_of(found.versions, units, first, view.now),
        coverage_of(units),
        sum(max(0, count - most) for count in counts),
        _charts(view, batch[0], [chosen] if chosen.name is not None else units, wanted) if charted else (),
    )


def _chosen(units: Sequence[Unit], name: str | None) -> Unit:
    if name is None:
        return worst_first(units)[0]
    found = next((unit for unit in units if unit.name == name), None)
    if found is None:
        raise NotFoundError(f"no unit {name}")
    return found


def _charts(view: View, product: str, units: Sequence[Unit], wanted: Wanted) -> list[ChartRequest]:
    """Return what to measure: of one unit, or of all units of a lot that is charted as one."""
    stays = units[0].stays
    exposures = [exposure for unit in units for exposure in unit.exposures]
    record = UnitRecord(stays, exposures, [hold for unit in units for hold in unit.holds], len(units) == 1)
    quantities = [quantity for quantity in QUANTITIES if _is_measured(view, stays, quantity)] or list(QUANTITIES[:1])
    return [
        asked_of_record(view, product, record, Wanted(quantity, wanted.since, wanted.until, wanted.width))
        for quantity in quantities
    ]


def _is_measured(view: View, stays: Sequence[Stay], quantity: str) -> bool:
    """Tell whether a sensor that spoke for these places ever measured the quantity."""
    plans = plan(view, stays, quantity, -NEVER, view.now)
    return bool(view.series.numbers(key for each in plans for piece in each.pieces for _, key in piece.sensors))
