"""Alerts of lots in stock that are about to expire: one for each lot and step of its product's ladder.

And one for a lot's units whose time after opening or thawing is over. Each waits until somebody acknowledges it. What
was told is on record, so a restart tells nothing twice; of steps that were passed at once only the last is told.
"""

import heapq
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from batches.expiry import EXPIRED, IN_USE, Terms, WarningStep, days_left, in_use_expiry, ladder, reached, terms_of
from domain.language import gettext, ngettext
from domain.model import BatchKey, Handled, Severity, UnitKey
from domain.times import datetime_of
from domain.zones import zone_named
from ledger.alerts.alerts import Alerting
from ledger.alerts.rows import Lot, StoredAlert
from ledger.event_log import EventLog
from ledger.histories import Histories
from ledger.step import Step
from rules.alarms.out_of_reach import Grounds
from rules.alarms.problems import EXPIRY, Event, Key
from store.in_stock import DatedLot, dated_lots, in_stock, to_come
from store.unit_dates import handled

_PLACES_AT_MOST = 3
# Movements by which more may be in stock of a lot than was before, or parts of what was opened: of what leaves nobody
# is warned.
_BRINGING = ("receive", "make", "split", "merge", "return", "adjust", "void")


@dataclass(frozen=True, slots=True)
class _Reached:
    """A step that a lot, or some units of it, have reached."""

    rung: str
    since: int
    units: tuple[UnitKey, ...]  # of a step of the whole lot: none


class ExpiryAlerts:
    """Knows of each lot in stock which step comes next, and raises an alert when it is reached."""

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting
        self._due: list[tuple[int, BatchKey]] = []
        self._next: dict[BatchKey, int] = {}  # what of `_due` counts
        self._is_new = True
        self._grounds: tuple[Histories, Grounds] | None = None
        self._seen: tuple[EventLog | None, int] = None, 0  # how many actions of which step were looked at

    @property
    def due_at(self) -> int | None:
        """The next instant at which a lot in stock reaches a step."""
        while self._due and self._next.get(self._due[0][1]) != self._due[0][0]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def write(self, step: Step) -> None:
        """Bring the alerts to what is so now, of lots that a step is due of or of which something was recorded."""
        if self._is_new:
            self._is_new = False
            self._look(step, None)
            return
        lots, products = _concerned(step, self._seen_of(step))
        if products:
            lots |= {lot for lot in dated_lots(step.connection, None) if lot[0] in products}
        while (due := self.due_at) is not None and due <= step.now:
            lots.add(heapq.heappop(self._due)[1])
        if lots:
            self._look(step, lots)

    def _seen_of(self, step: Step) -> int:
        """Return how many actions of a step were looked at: it settles more than once."""
        log, seen = self._seen
        self._seen = step.event_log, len(step.event_log.actions)
        return seen if log is step.event_log else 0

    def _look(self, step: Step, lots: Collection[BatchKey] | None) -> None:
        """Look at lots, or at all that are in stock, will be, or of which something was told."""
        stock = self._stock(step, lots)
        coming = to_come(step.connection, lots, step.now)
        by_lot: dict[BatchKey, dict[UnitKey, Handled]] = {}
        for unit, dates in handled(step.connection, lots).items():
            by_lot.setdefault(unit[:2], {})[unit] = dates
        if lots is None:
            told = {(key.product, key.lot) for key in self._alerting.book.expiry_keys()}
            lots = {*stock, *coming, *told}
        known = dated_lots(step.connection, lots)
        for lot in sorted(lots):
            self._next.pop(lot, None)
            found = _Found(known.get(lot), terms_of(step.histories.site.products.get(lot[0])), by_lot.get(lot, {}))
            self._settle(step, lot, found, stock.get(lot, {}), coming.get(lot))

    def _stock(self, step: Step, lots: Collection[BatchKey] | None) -> dict[BatchKey, dict[UnitKey, str]]:
        """Return the location of each unit in stock.

        Storage records tell of recipients too: a place that is none of the site holds no stock of it.
        """
        if self._grounds is None or self._grounds[0] is not step.histories:
            self._grounds = step.histories, Grounds(step.histories.site)
        _, grounds = self._grounds
        found = {}
        for lot, units in in_stock(step.connection, lots, step.now).items():
            here = {
                unit: standing.location
                for unit, standing in units.items()
                if standing.is_moved or grounds.have(standing.location)
            }
            if here:
                found[lot] = here
        return found

    def _settle(
        self, step: Step, lot: BatchKey, found: "_Found", units: Mapping[UnitKey, str], coming: int | None
    ) -> None:
        steps = found.steps(_zone(step))
        self._withdraw(step, lot, steps, {unit for unit, at in found.in_use_ends() if at <= step.now})
        if found.lot is None:
            return
        ends = [(unit, at) for unit, at in found.in_use_ends() if unit in units]
        instants = [*(each.at for each in steps), *(at for _, at in ends)] if units else []
        self._plan(lot, [*instants, *([] if coming is None else [coming])], step.now)
        if not units:
            return
        last = reached(steps, step.now)
        if last is not None:
            self._raise(step, found.lot, _Reached(last.text, last.at, ()), units)
        over = [(unit, at) for unit, at in ends if at <= step.now]
        if over and (last is None or last.text != EXPIRED):
            those = tuple(sorted((unit for unit, _ in over), key=str))
            self._raise(step, found.lot, _Reached(IN_USE, min(at for _, at in over), those), units)

    def _plan(self, lot: BatchKey, instants: Iterable[int], now: int) -> None:
        coming = min((at for at in instants if at > now), default=None)
        if coming is not None:
            self._next[lot] = coming
            heapq.heappush(self._due, (coming, lot))

    def _raise(self, step: Step, batch: DatedLot, found: _Reached, units: Mapping[UnitKey, str]) -> None:
        """Raise the alert of a step, unless it was; of more units than it told of it is brought up to date."""
        key = _key(batch)
        told = [alert for alert in self._alerting.book.of(key) if alert.rules == [found.rung]]
        before = next((alert for alert in told if found.units or alert.since == found.since), None)
        if before is not None and before.founded and len(before.lots) >= len(found.units):
            return
        is_waiting = before is not None and before.founded and before.acknowledged_at is None
        event: Event = "updated" if is_waiting else "raised"
        number = self._alerting.book.last + 1 if before is None else before.id
        after = _described(step, number, batch, found, units).with_past_of(before)
        after = replace(after, founded=True)
        self._alerting.put(step, key, event, before, after, newest=step.now)

    def _withdraw(self, step: Step, lot: BatchKey, steps: Collection[WarningStep], over: Collection[UnitKey]) -> None:
        """Mark alerts of a lot that a correction took the reason from."""
        for alert in self._alerting.book.of(Key("", "", EXPIRY, *lot)):
            is_so = bool(over) if alert.rules == [IN_USE] else (alert.rules[0], alert.since) in steps
            if alert.founded and not is_so:
                self._alerting.unfound(step, alert, None)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is on record of a lot (None: it was removed): its product's terms, and when its units were opened."""

    lot: DatedLot | None
    terms: Terms
    dates: Mapping[UnitKey, Handled]

    def steps(self, zone: tzinfo) -> list[WarningStep]:
        """Return the steps of its ladder."""
        if self.lot is None:
            return []
        return ladder(self.lot.expires_on, self.lot.made_at, self.terms.warnings, zone)

    def in_use_ends(self) -> Iterator[tuple[UnitKey, int]]:
        """Yield the units that may be used for a time only, and until when."""
        for unit, dates in self.dates.items():
            end = in_use_expiry(dates, self.terms)
            if end is not None:
                yield unit, end.at


def _concerned(step: Step, after: int) -> tuple[set[BatchKey], set[str]]:
    """Return the lots and the products of which something was recorded in this step after so many actions."""
    lots: set[BatchKey] = set()
    products: set[str] = set()
    for row, subject in step.event_log.done(after):
        match row["kind"]:
            case "batch":
                product, lot = json.loads(row["key"])
                lots.add((product, lot))
            case "placement":
                docs = [doc for doc in (row["before"], row["after"]) if doc]
                lots |= {(doc["product"], doc["lot"]) for doc in docs}
            case "movement" if _may_bring(subject["do"], row["after"]):
                lots |= {(product, lot) for product, lot, _ in subject["units"]}
            case "unit":
                lots.add((subject["product"], subject["lot"]))
            case "product":
                products.add(json.loads(row["key"])[0])
    return lots, products


def _may_bring(do: str, said: Any) -> bool:
    """Tell whether more units may be in stock by a movement: all but those by which units only go elsewhere."""
    return do in _BRINGING or (do == "move" and any("as" in item for item in said["units"]))


def _key(batch: DatedLot) -> Key:
    return Key("", "", EXPIRY, batch.product, batch.lot)


def _zone(step: Step) -> tzinfo:
    return zone_named(next((doc["timezone"] for doc in step.histories.docs("site")), "UTC"))


def _described(step: Step, number: int, batch: DatedLot, found: _Reached, units: Mapping[UnitKey, str]) -> StoredAlert:
    phrase = _phrase(batch, found.rung, datetime_of(step.now).astimezone(_zone(step)).date().isoformat())
    told = found.units or (UnitKey(batch.product, batch.lot, None),)
    kind = {EXPIRED: "expired", IN_USE: "in_use"}.get(found.rung, "expiry")
    said = {"kind": kind, "sentence": phrase}
    severity: Severity = "warning" if kind == "expiry" else "critical"
    return StoredAlert(
        number,
        found.since,
        found.since,
        severity,
        [found.rung],
        [_lot(step, unit, batch, found, said) for unit in told],
        f"{batch.product} {batch.lot} {phrase}: {_where(step, found, units)}.",
        raised_at=step.now,
        ended_at=found.since,
        told_at=step.now,
    )


def _lot(step: Step, unit: UnitKey, batch: DatedLot, found: _Reached, said: Mapping[str, Any]) -> Lot:
    hold = {"hold": None, "state": None, "disposed_by": None}
    spans = {"rules": [found.rung], "since": found.since, "until": found.since}
    return {**unit._asdict(), "client": batch.client, **hold, **spans, **said}


def _phrase(batch: DatedLot, rung: str, today: str) -> str:
    """Return e.g. `expires on 2027-06-30, 90 days left`."""
    if rung == IN_USE:
        return gettext("opened or thawed too long ago")
    if rung == EXPIRED:
        return gettext("expired on {day}", day=batch.expires_on)
    if rung.endswith("%"):
        share = rung.removesuffix("%")
        return gettext("expires on {day}, {share} % of its shelf life or less left", day=batch.expires_on, share=share)
    left = days_left(batch.expires_on or today, today)
    return ngettext(
        "expires on {day}, {count} day left", "expires on {day}, {count} days left", left, day=batch.expires_on
    )


def _where(step: Step, found: _Reached, units: Mapping[UnitKey, str]) -> str:
    """Return e.g. `3 units in ROOM-1 and ROOM-2`, or which units and where."""
    told = {unit: units[unit] for unit in found.units if unit in units} or units
    places = sorted({step.histories.name_of(place) for place in told.values()})
    shown = ", ".join(places[:_PLACES_AT_MOST]) + (" …" if len(places) > _PLACES_AT_MOST else "")
    said = ngettext("{count} unit in {places}", "{count} units in {places}", len(told), places=shown)
    names = [unit.unit for unit in found.units if unit.unit]
    return f"{', '.join(names)}, {said}" if names else said
