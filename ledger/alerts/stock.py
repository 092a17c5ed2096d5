"""Alerts of what was done with stock although it should not, or cannot be done: one for each lot and what was done.

Each waits until somebody acknowledges it; what is done before that is added to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

from domain.language import gettext, mark
from domain.model import BatchKey, Severity, UnitKey
from domain.topics import what_is_wrong
from ledger.alerts.alerts import Alerting
from ledger.alerts.rows import Lot, StoredAlert, unit_of
from ledger.step import Step
from rules.alarms.problems import STOCK, Event, Key

# What was done, as topics.py words it.
Topic: TypeAlias = Literal[
    "forced_receive", "forced_move", "forced_make", "forced_merge", "forced_ship", "forced_destroy",
    "left_held", "unsuited", "pick_stopped",
]  # fmt: skip

_CRITICAL: frozenset[Topic] = frozenset(("forced_make", "forced_merge", "forced_ship", "left_held"))
_UNITS_AT_MOST = 5  # named in a sentence


class Done(NamedTuple):
    """What was done with a unit: `why` it should not have been, `to` where or whom, by whom and for what reason."""

    unit: UnitKey
    at: int
    why: str | None = None
    to: str | None = None
    by: str | None = None
    reason: str | None = None


def tell(step: Step, alerting: Alerting, topic: Topic, done: Iterable[Done]) -> None:
    """Raise an alert for each lot, or add to one that nobody has acknowledged yet."""
    by_lot: dict[BatchKey, list[Done]] = {}
    for each in done:
        by_lot.setdefault(each.unit[:2], []).append(each)
    for lot, those in by_lot.items():
        _tell(step, alerting, topic, lot, those)


def _tell(step: Step, alerting: Alerting, topic: Topic, lot: BatchKey, done: Sequence[Done]) -> None:
    key = Key("", "", STOCK, *lot)
    waiting = (each for each in alerting.book.of(key) if each.rules == [topic] and each.acknowledged_at is None)
    before = next(waiting, None)
    client = step.histories.lots.batches[lot].client if lot in step.histories.lots.batches else None
    new = [_lot(topic, each, client) for each in done]
    named = {unit_of(each) for each in new}
    lots = [*(each for each in (before.lots if before else ()) if unit_of(each) not in named), *new]
    if before is not None and lots == before.lots:
        return
    severity: Severity = "critical" if topic in _CRITICAL else "warning"
    instants = [each["since"] for each in lots]
    after = StoredAlert(
        alerting.book.last + 1 if before is None else before.id,
        min(instants),
        max(instants),
        severity,
        [topic],
        lots,
        _sentence(step, topic, lot, lots),
        raised_at=step.now,
        ended_at=max(instants),
        told_at=step.now,
    ).with_past_of(before)
    event: Event = "raised" if before is None else "updated"
    alerting.put(step, key, event, before, replace(after, founded=True), newest=step.now)


def _lot(topic: Topic, done: Done, client: str | None) -> Lot:
    hold = {"hold": None, "state": None, "disposed_by": None}
    why = {"why": done.why, "to": done.to, "by": done.by, "reason": done.reason}
    said = {"kind": topic, "sentence": what_is_wrong({"kind": topic}, "", STOCK), "why": why}
    spans = {"rules": [topic], "since": done.at, "until": done.at}
    return {**done.unit._asdict(), "client": client, **hold, **spans, **said}


_DONE: dict[str, str] = {
    "forced_receive": mark("{units} received in {to} although {why}"),
    "forced_move": mark("{units} moved to {to} although {why}"),
    "forced_make": mark("{units} used up although {why}"),
    "forced_merge": mark("{units} merged although {why}"),
    "forced_ship": mark("{units} shipped to {to} although {why}"),
    "forced_destroy": mark("{units} destroyed although {why}"),
    "left_held": mark("{units} left {to} although {why}"),
    "unsuited": mark("{units} put in {to}: {why}"),
    "pick_stopped": mark("Picking of {to} stopped: {units} {why}"),
}


def _sentence(step: Step, topic: Topic, lot: BatchKey, lots: Sequence[Lot]) -> str:
    """Return e.g. `VAX A1 PALLET-7 shipped to CITY although on hold, by quinn: it had left already.`"""
    said = []
    for why, those in groupby(lots, key=lambda each: each["why"]):
        units = _units(lot, [unit_of(each) for each in those])
        what = gettext(_DONE[topic], units=units, why=why["why"], to=step.histories.name_of(why["to"] or ""))
        if why["by"] is not None and not why["reason"]:
            what = gettext("{what}, by {who}", what=what, who=why["by"])
        elif why["by"] is not None:
            what = gettext("{what}, by {who}: {reason}", what=what, who=why["by"], reason=why["reason"])
        said.append(what.rstrip(".") + ".")
    return " ".join(said)


def _units(lot: BatchKey, units: Sequence[UnitKey]) -> str:
    names = [unit.unit for unit in units if unit.unit is not None]
    more = f" +{len(names) - _UNITS_AT_MOST}" if len(names) > _UNITS_AT_MOST else ""
    return f"{' '.join(lot)} {', '.join(names[:_UNITS_AT_MOST])}{more}".strip()
