"""Stock as one person may read it: questions about it answered as of an instant, as known now or at another."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from pydantic import Field
from sqlalchemy import or_, select
from starlette.responses import Response

from api.access import AccessPolicy
from api.deps import View
from api.links import Link
from api.models.base import QueryParameters, When
from api.reads.known import as_known
from api.snapshot import Snapshot
from batches.names import Names
from batches.questions import AskPick, AskStock, What, read_what
from domain.errors import InvalidError, NotFoundError
from domain.model import Batch, BatchKey, UnitKey
from domain.times import format_instant
from domain.zones import zone_named
from ledger.models.in_use import expired_in_use
from ledger.models.stock.reader import Answer, StockReader
from ledger.stock.serials import units_of_serial
from store.known_at import in_force
from store.stock.as_of import AsOf
from store.stock.orders import reserved
from store.stock.tables import units
from store.tables import hold_revisions, holds

Row = dict[str, Any]

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_LISTS = ("rows", "units", "suppliers", "customers")


class OfStock(QueryParameters):
    """The instant that is asked about, and what was known when."""

    at: When | None = Field(None, description="the stock at this instant; default: now, or `known_at` if it is given")
    known_at: When | None = Field(None, description="what was known at this instant; default: now")


class StockOf:
    """The stock of an instant with the eyes of one person."""

    def __init__(self, view: View, at: int | None, known_at: int | None) -> None:
        then = as_known(view, known_at)
        self.at = then.now if at is None else at
        self.names = names_of(view.policy, then.snapshot)
        self._view = view
        self._known_at = known_at
        self.reader = StockReader(
            view.connection,
            self.names,
            then.snapshot,
            self.at,
            AsOf(None if self.at >= then.now else self.at, known_at=known_at),
            held=self._held,
            expired_in_use=self._expired_in_use,
            reserved=self._reserved(known_at is None and self.at >= then.now),
            own=view.own(units),
        )

    def read(self, given: Mapping[str, Any]) -> What:
        """Return what a question asks. Raises InvalidError naming the field and the value."""
        return read_what(dict(given), self.names)

    def of_serial(self, what: What, serial: str | None) -> What:
        """Return a question about stock or picking, asked of the unit alone that a serial is in.

        Raises NotFoundError for one that is not on record, or of another's lot; InvalidError if it is of another lot
        than is asked about.
        """
        if serial is None or not isinstance(what, AskStock | AskPick):
            return what
        found = units_of_serial(self._view.connection, serial, what.product)
        seen = [unit for unit in found if self._view.policy.may_see(unit[:2])]
        if not seen:
            raise NotFoundError(f"no serial {serial}" + (f" of {what.product}" if what.product else ""))
        if len(seen) > 1:
            products = ", ".join(sorted(unit.product for unit in seen))
            raise InvalidError(f"product: several have the serial {serial}: {products}")
        [unit] = seen
        if isinstance(what, AskPick):
            return replace(what, unit=unit)
        if what.lot not in (None, unit.lot):
            raise InvalidError(f"lot: serial {serial} is of lot {unit.lot}, not {what.lot}")
        return replace(what, product=unit.product, lot=unit.lot, unit=unit)

    def answer(self, what: What) -> Row:
        """Return the answer as this person may see it, with what is not covered."""
        return _seen(self._view.policy, self.reader.answer(what))

    def _reserved(self, is_now: bool) -> dict[UnitKey, int]:
        """Return how much of units is reserved for orders at present; of other instants that is not asked."""
        return {UnitKey(*key): quantity for key, quantity in reserved(self._view.connection).items()} if is_now else {}

    def _held(self) -> set[UnitKey]:
        """Return the units that had an open hold."""
        table = holds if self._known_at is None else hold_revisions
        query = select(table.c.product, table.c.lot, table.c.unit)
        if self._known_at is not None:
            query = query.where(*in_force(hold_revisions, self._known_at))
        if self.at >= self._view.now:
            query = query.where(table.c.state == "held")
        else:
            still = or_(table.c.disposed_at.is_(None), table.c.disposed_at > self.at)
            query = query.where(table.c.placed_at <= self.at, still)
        return {UnitKey(*row) for row in self._view.connection.execute(query)}

    def _expired_in_use(self) -> frozenset[UnitKey]:
        """Return the units that had been opened or thawed too long ago."""
        return expired_in_use(self._view.connection, None, self.names.products, self.at, self._known_at)


def respond(answer: Mapping[str, Any], at: int, links: Mapping[str, Link]) -> Response:
    """Return an answer as JSON; quantities are exact numbers, whatever their size."""
    linked = {name: link.model_dump() for name, link in links.items()}
    body = {**answer, "at": format_instant(at), "links": linked}
    return Response(_ENCODER.encode(body), media_type="application/json")


def names_of(policy: AccessPolicy, snapshot: Snapshot) -> Names:
    """Return what a person's questions may name: whoever does not know a lot learns nothing from a refusal."""
    site = snapshot.site
    batches = _Visible(site.batches, policy)
    products = {key: each for key, each in site.products.items() if policy.entry("product", {"id": key})}
    locations = {key: each for key, each in site.locations.items() if policy.entry("location", {"id": key})}
    return Names(products, batches, locations, site.parties, {}, zone_named(snapshot.zone))


class _Visible(Mapping[BatchKey, Batch]):
    """The lots that a person may see: each is asked for when it is looked up, for there are many."""

    def __init__(self, batches: Mapping[BatchKey, Batch], policy: AccessPolicy) -> None:
        self._batches = batches
        self._policy = policy

    def __getitem__(self, lot: BatchKey) -> Batch:
        batch = self._batches[lot]
        if not self._policy.may_see(lot):
            raise KeyError(lot)
        return batch

    def __iter__(self) -> Iterator[BatchKey]:
        return (lot for lot in self._batches if self._policy.may_see(lot))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _seen(policy: AccessPolicy, answer: Answer) -> Row:
    row = dict(answer.row)
    for name in _LISTS:
        if name in row:
            row[name] = [each for each in row[name] if policy.may_see((each["product"], each["lot"]))]
    if "totals" in row:
        row["totals"] = _totals(row["rows"])
    lacking = [each for each in answer.not_covered if policy.may_see(each.unit[:2])]
    row["not_covered"] = [
        {**each.unit._asdict(), "location": each.location, "reason": each.reason}
        for each in sorted(lacking, key=lambda each: (*each.unit[:2], each.unit.unit or ""))
    ]
    return row


def _totals(rows: list[Row]) -> list[Row]:
    found: dict[tuple[str, str], Any] = defaultdict(int)
    for row in rows:
        found[row["product"], row["state"]] += row["quantity"]
    return [{"product": key[0], "state": key[1], "quantity": found[key]} for key in sorted(found)]
