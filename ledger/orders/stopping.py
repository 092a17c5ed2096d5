"""A pick stops when something of it may not be taken any more: who picks is told, and goes on when it may again."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from batches.movements import show_unit
from batches.orders import stopped
from batches.status import BLOCKING, REASON_WORDS
from domain.language import gettext
from domain.model import UnitKey
from ledger.alerts import stock as stock_alerts
from ledger.alerts.alerts import Alerting
from ledger.event_log import ENGINE
from ledger.models.stock.stock_now import StockNow
from ledger.orders.reading import StoredOrder, read_orders
from ledger.step import Step
from store.stock import orders as stored

# Of these entries what may be taken of any unit depends: whether it expires, may be released, for whom.
_ENTRIES = ("batch", "product", "party", "site")
# These movements reach units that they do not name: a whole lot, and what came from it.
_FAR_REACHING = ("status", "void")


def stop_picks(step: Step, stock: StockNow, alerting: Alerting) -> None:
    """Look at what is kept of the units of which this step has made something else; alert people to picks that stop."""
    stopped_now = look_again(step, stock, changed_units(step.event_log.events))
    by_unit: dict[tuple[UnitKey, str], list[str]] = {}
    for each in stopped_now:
        if each.is_being_picked and each.reason in BLOCKING:
            by_unit.setdefault((each.unit, each.reason), []).append(each.order)
    done = [
        stock_alerts.Done(unit, step.now, gettext(REASON_WORDS[reason]), ", ".join(orders))
        for (unit, reason), orders in by_unit.items()
    ]
    stock_alerts.tell(step, alerting, "pick_stopped", done)


def changed_units(events: Iterable[tuple[str, Any]]) -> set[UnitKey] | None:
    """Return the units of which something else is so after these events; None: perhaps of any."""
    changed: set[UnitKey] = set()
    for kind, subject in events:
        noun = kind.partition(".")[0]
        if noun in ("hold", "unit"):
            changed.add(UnitKey(subject["product"], subject["lot"], subject["unit"]))
        elif noun in _ENTRIES or (noun == "movement" and subject["do"] in _FAR_REACHING):
            return None
        elif noun == "movement":
            changed |= {UnitKey(*unit) for unit in subject["units"]}
    return changed


class Stop(NamedTuple):
    """That a unit may not be taken for an order any more."""

    order: str
    unit: UnitKey
    reason: str
    is_being_picked: bool


def look_again(step: Step, stock: StockNow, changed: Collection[UnitKey] | None) -> list[Stop]:
    """Mark what of open orders may not be taken, and what may again; return what stopped by that.

    `changed`: units of which something else is so; None: look at all that anything is kept of.
    """
    concerned = stored.orders_keeping(step.connection, changed)
    if not concerned:
        return []
    found = read_orders(step.connection, stored.by_number(step.connection, concerned))
    return [stop for each in found for stop in _mark(step, stock, each)]


def _mark(step: Step, stock: StockNow, found: StoredOrder) -> list[Stop]:
    """Mark the reservations of an order; return those that stopped."""
    order = found.order
    keys = [each.unit for each in order.reservations]
    reasons = {
        each.reservation.id: each.reason for each in stopped(order, stock.units(keys), stock.why_not(keys, order.party))
    }
    before = {number: row.stopped for number, row in found.reserved.items()}
    new = {number: reason for number, reason in reasons.items() if before[number] != reason}
    over = [number for number, reason in before.items() if reason is not None and number not in reasons]
    for number, reason in new.items():
        stored.change_reservations(step.connection, [number], stopped=reason, stopped_at=step.now)
    stored.change_reservations(step.connection, over, stopped=None, stopped_at=None)
    called = {each.id: show_unit(each.unit) for each in order.reservations}
    subject = {"order": order.id, "picker": found.row.picker}
    if new:
        after = {"units": {called[number]: reason for number, reason in new.items()}}
        step.event_log.action(ENGINE, "pick_stopped", "order", order.id, subject, after=after)
    if over:
        again = {"units": [called[number] for number in over]}
        step.event_log.action(ENGINE, "pick_resumed", "order", order.id, subject, after=again)
    is_being_picked = found.row.picker is not None
    units = {each.id: each.unit for each in order.reservations}
    return [Stop(order.id, units[number], reason, is_being_picked) for number, reason in new.items()]
