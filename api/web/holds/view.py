"""The list of holds: by lot, unit by unit, with the reason and what became of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from markupsafe import Markup
from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, Row, Table, select

from api.deps import View
from api.paging import Paging
from api.parameters import KNOWN_AT
from api.people.roles import Permission
from api.reads.alerts import alerts_unknown_before, table_of_alerts
from api.reads.decisions import with_decisions
from api.reads.finality import Finalities
from api.reads.lists import equal, newest
from api.reads.units import table_of_holds, those_of_holds
from api.web.components.causes import words_of
from api.web.components.date_range import DateRange, OfRange, read_range, show_days
from api.web.components.disposition import Panel, panel
from api.web.components.finality import FinalityWords, finality_words
from api.web.components.known_at import OfKnown
from api.web.components.second_signature import WaitingVersion, waiting_versions
from api.web.components.signed import signed_words
from api.web.frame.naming import batch_address, in_order
from api.web.frame.sentences import clock_of, say
from api.web.frame.session import Visitor
from api.web.holds.undo import UndoPanel, undo_panel
from domain.model import Site
from ledger.models.finality import Cause
from ledger.models.hold import Hold, Reason, Status, hold_of
from ledger.models.usability import on_hold
from rules.usability import Usability
from store.known_at import in_force
from store.tables import hold_revisions

# A form sends an empty text for what is not chosen.
Filter = Annotated[str | None, AfterValidator(lambda given: given or None)]


class OfHolds(Paging, OfRange, OfKnown):
    """Which holds are listed."""

    limit: int = Field(50, ge=1, le=200)
    state: Status = "held"
    product: Filter = None
    lot: Filter = None

    @property
    def looked_at(self) -> dict[str, str | None]:
        """Return what the address says of the instant that is looked at."""
        return {KNOWN_AT: self.known_at or None}

    @property
    def chosen(self) -> dict[str, str]:
        """Return what else is chosen, by name."""
        chosen = {"state": self.state, "product": self.product, "lot": self.lot, "from": self.begins, "to": self.ends}
        return {name: value for name, value in chosen.items() if value}

    def address(self, **other: str | None) -> str:
        """Return the address of this list with something else asked for, from its first page."""
        span = {"from": self.begins or None, "to": self.ends or None}
        asked = {"state": self.state, "product": self.product, "lot": self.lot} | span | self.looked_at | other
        return f"/holds?{urlencode({name: value for name, value in asked.items() if value is not None})}"


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold as the list shows it; `problem` is the alert that told of it, if one does still.

    `usability`: whether the unit may be used, all its holds considered.
    """

    hold: Hold
    usability: Usability
    problem: int | None
    settled: FinalityWords
    signed: Sequence[str]  # what was decided, as it was signed
    cause: Markup | None = None  # why it is no longer supported

    @property
    def unfounded(self) -> Markup:
        """Say that it is no longer supported, and why."""
        return say("holds.unfounded_by", cause=self.cause) if self.cause else say("holds.unfounded")


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
    undo: UndoPanel | None
    days: tuple[str, str]  # asked for
    called: Mapping[str, str]  # what people call locations, by id
    can_hold: bool  # a rule of a profile has this action
    second_signature: Sequence[WaitingVersion]  # versions that wait for it, for who may sign


def holds_page(visitor: Visitor, view: View, query: OfHolds) -> HoldsPage:
    """Read a page of holds, newest first, those of a lot together."""
    table, conditions = table_of_holds(view), _conditions(view, query)
    found = newest(view, table, query, conditions, lambda row: view.policy.hold(hold_of(row, view.known_at)))
    waiting = on_hold(view.connection, view.known_at)
    products = select(table.c.product).where(*those_of_holds(view)).distinct().order_by(table.c.product)
    items = with_decisions(view, found.items)
    return HoldsPage(
        groups=_groups(view, items),
        units=len({hold.key for hold in found.items}),
        next=found.next,
        products=list(view.connection.scalars(products)),
        held=len(waiting.units),
        unfounded=len(waiting.unfounded),
        panel=_panel(visitor, view, query, found.items),
        undo=undo_panel(visitor, view, items) if view.known_at is None else None,
        days=show_days(query),
        called=view.snapshot.called,
        can_hold=_can_hold(view.snapshot.site),
        second_signature=_second_signature(visitor, view),
    )


def _second_signature(visitor: Visitor, view: View) -> Sequence[WaitingVersion]:
    if view.known_at is not None or not visitor.person.may(Permission.DISPOSE):
        return []
    return waiting_versions(view)


def _conditions(view: View, query: OfHolds) -> list[ColumnElement[bool]]:
    table, asked = table_of_holds(view), {"product": query.product, "lot": query.lot}
    rest = [*those_of_holds(view), *_placed_within(table, read_range(query, clock_of(view).zone))]
    if query.state in ("held", "unfounded"):
        asked["state"] = "held"
        founded = table.c.founded if query.state == "held" else table.c.founded.is_(False)
        return [*equal(table, asked), founded, *rest]
    return [*equal(table, {**asked, "state": query.state}), *rest]


def _can_hold(site: Site) -> bool:
    versions = (version for profile in site.profiles.values() for version in profile)
    return any(rule.action == "hold" for version in versions for rule in version.rules)


def _placed_within(table: Table, chosen: DateRange) -> Iterator[ColumnElement[bool]]:
    if chosen.since is not None:
        yield table.c.placed_at >= chosen.since
    if chosen.until is not None:
        yield table.c.placed_at < chosen.until


def _groups(view: View, found: Sequence[Hold]) -> list[LotGroup]:
    lots: dict[tuple[str, str], list[HoldRow]] = {}
    clock = clock_of(view)
    problems = problems_of(view, ((hold.id, hold.why, hold.fired_at) for hold in found))
    known = view.usability({hold.key[:2] for hold in found})
    causes = _causes(view, [hold.id for hold in found if hold.status == "unfounded"])
    for hold in Finalities(view).mark(found):
        row = HoldRow(hold, known.of_unit(hold.key), problems.get(hold.id), finality_words(hold, clock), _signed(hold))
        row = replace(row, cause=words_of(causes.get(hold.id), clock))
        lots.setdefault((hold.product, hold.lot), []).append(row)
    return [LotGroup(*lot, sorted(own, key=lambda row: in_order(row.hold.key))) for lot, own in lots.items()]


def _signed(hold: Hold) -> Sequence[str]:
    return signed_words(hold, hold.decision) if hold.decision is not None else ()


def _causes(view: View, numbers: Sequence[int]) -> dict[int, Cause]:
    """Return why what is on record of these holds was written last."""
    table = hold_revisions
    newest = select(table.c.id, table.c.cause).where(table.c.id.in_(numbers), *in_force(table, view.known_at))
    return {row.id: row.cause for row in view.connection.execute(newest)} if numbers else {}


def problems_of(view: View, reasons: Iterable[tuple[int, Reason, int]]) -> dict[int, int]:
    """Return the alert that tells of the place, quantity and direction of each reason when it triggered, by number."""
    reasons = list(reasons)
    found: dict[int, int] = {}
    places = {place for _, why, _ in reasons for place in why.places or ()}
    known = _alerts_of(view, places)
    for number, why, fired_at in reasons:
        for alert in known:
            same = (alert.quantity, alert.direction) == (why.quantity, why.direction)
            if same and alert.place in (why.places or ()) and _lasts(alert, fired_at):
                found[number] = alert.id
    return found


def _alerts_of(view: View, places: Collection[str]) -> Sequence[Row[Any]]:
    """Return the alerts of problems of places, as they are known, in the order in which they were raised."""
    if alerts_unknown_before(view) is not None:
        return []
    table = table_of_alerts(view)
    of_places = [table.c.lot == "", table.c.place.in_(sorted(places))]
    then = () if view.known_at is None else in_force(table, view.known_at)
    return view.connection.execute(select(table).where(*of_places, *then).order_by(table.c.id)).all()


def _lasts(alert: Any, instant: int) -> bool:
    return alert.since <= instant and (alert.until is None or instant <= alert.until)


def _panel(visitor: Visitor, view: View, query: OfHolds, found: Sequence[Hold]) -> Panel | None:
    """Return the panel, for who may decide."""
    if query.state not in ("held", "unfounded") or not visitor.person.may(Permission.DISPOSE) or view.known_at:
        return None
    return panel(visitor, view, found, query.address())
