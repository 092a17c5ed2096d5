"""The list of holds: by lot, unit by unit, with the reason and what became of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, select

from api.deps import View
from api.paging import Paging
from api.people.roles import Permission
from api.reads.finality import Finalities
from api.reads.lists import equal, newest
from api.reads.names import places_called
from api.web.components.date_range import DateRange, OfRange, read_range, show_days
from api.web.components.disposition import Panel, panel
from api.web.components.finality import Worded, finality_words
from api.web.frame.naming import batch_address, in_order
from api.web.frame.sentences import clock_of
from api.web.frame.session import Visitor
from domain.model import Site
from ledger.models.hold import Hold, Reason, Status, hold_of
from ledger.models.usability import units_on_hold
from rules.usability import Usability
from store.open_alerts import OF_A_PLACE
from store.tables import alerts, holds

# A form sends an empty text for what is not chosen.
Filter = Annotated[str | None, AfterValidator(lambda given: given or None)]


class OfHolds(Paging, OfRange):
    """Which holds are listed."""

    limit: int = Field(50, ge=1, le=200)
    state: Status = "held"
    product: Filter = None
    lot: Filter = None

    def address(self, **other: str | None) -> str:
        """Return the address of this list with something else asked for, from its first page."""
        span = {"from": self.begins or None, "to": self.ends or None}
        asked = {"state": self.state, "product": self.product, "lot": self.lot} | span | other
        return f"/holds?{urlencode({name: value for name, value in asked.items() if value is not None})}"


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold as the list shows it; `problem` is the alert that told of it, if one does still.

    `usability`: whether the unit may be used, all its holds considered.
    """

    hold: Hold
    usability: Usability
    problem: int | None
    settled: Worded


@dataclass(frozen=True, slots=True)
class LotGroup:
    """The holds of a lot."""

    product: str
    lot: str
    rows: Sequence[HoldRow]

    @property
    def address(self) -> str:
        """Where the batch is shown."""
        return batch_address(self.product, self.lot)

    @property
    def units(self) -> int:
        """How many units it has in the list."""
        return len({row.hold.unit for row in self.rows})


@dataclass(frozen=True, slots=True)
class HoldsPage:
    """A page of the list."""

    groups: list[LotGroup]
    units: int
    next: str | None
    products: list[str]
    held: int  # units on hold in all
    unfounded: int  # those of them that no rule holds any more
    panel: Panel | None
    days: tuple[str, str]  # asked for
    called: Mapping[str, str]  # what people call locations, by id
    can_hold: bool  # a rule of a profile has this action


def holds_page(visitor: Visitor, view: View, query: OfHolds) -> HoldsPage:
    """Read a page of holds, newest first, those of a lot together."""
    found = newest(view, holds, query, _conditions(view, query), lambda row: view.policy.hold(hold_of(row)))
    on_hold = units_on_hold(view.connection)
    return HoldsPage(
        groups=_groups(view, found.items),
        units=len({hold.key for hold in found.items}),
        next=found.next,
        products=list(view.connection.scalars(select(holds.c.product).distinct().order_by(holds.c.product))),
        held=len(on_hold),
        unfounded=sum(usability.code == "unfounded" for usability in on_hold.values()),
        panel=_panel(visitor, view, query, found.items),
        days=show_days(query),
        called=places_called(view),
        can_hold=_can_hold(view.snapshot.site),
    )


def _conditions(view: View, query: OfHolds) -> list[ColumnElement[bool]]:
    asked = {"product": query.product, "lot": query.lot}
    placed = list(_placed_within(read_range(query, clock_of(view).zone)))
    if query.state in ("held", "unfounded"):
        asked["state"] = "held"
        founded = holds.c.founded if query.state == "held" else holds.c.founded.is_(False)
        return [*equal(holds, asked), founded, *placed]
    return [*equal(holds, {**asked, "state": query.state}), *placed]


def _can_hold(site: Site) -> bool:
    versions = (version for profile in site.profiles.values() for version in profile)
    return any(rule.action == "hold" for version in versions for rule in version.rules)


def _placed_within(chosen: DateRange) -> Iterator[ColumnElement[bool]]:
    if chosen.since is not None:
        yield holds.c.placed_at >= chosen.since
    if chosen.until is not None:
        yield holds.c.placed_at < chosen.until


def _groups(view: View, found: Sequence[Hold]) -> list[LotGroup]:
    lots: dict[tuple[str, str], list[HoldRow]] = {}
    clock = clock_of(view)
    problems = problems_of(view, ((hold.id, hold.why, hold.fired_at) for hold in found))
    known = view.usability({hold.key[:2] for hold in found})
    for hold in Finalities(view).mark(found):
        row = HoldRow(hold, known.of_unit(hold.key), problems.get(hold.id), finality_words(hold, clock))
        lots.setdefault((hold.product, hold.lot), []).append(row)
    return [LotGroup(*lot, sorted(own, key=lambda row: in_order(row.hold.key))) for lot, own in lots.items()]


def problems_of(view: View, reasons: Iterable[tuple[int, Reason, int]]) -> dict[int, int]:
    """Return the alert that tells of the place, quantity and direction of each reason when it triggered, by number."""
    reasons = list(reasons)
    found: dict[int, int] = {}
    places = {place for _, why, _ in reasons for place in why.places or ()}
    known = list(
        view.connection.execute(
            select(alerts).where(OF_A_PLACE, alerts.c.place.in_(sorted(places))).order_by(alerts.c.id)
        )
    )
    for number, why, fired_at in reasons:
        for alert in known:
            same = (alert.quantity, alert.direction) == (why.quantity, why.direction)
            if same and alert.place in (why.places or ()) and _lasts(alert, fired_at):
                found[number] = alert.id
    return found


def _lasts(alert: Any, instant: int) -> bool:
    return alert.since <= instant and (alert.until is None or instant <= alert.until)


def _panel(visitor: Visitor, view: View, query: OfHolds, found: Sequence[Hold]) -> Panel | None:
    """Return the panel: of one lot with everything chosen, else the choice is left to the person."""
    if query.state not in ("held", "unfounded") or not visitor.person.may(Permission.DISPOSE):
        return None
    offered = panel(visitor, view, found, query.address())
    return offered if offered is None or query.lot is not None else offered.without_choice()
