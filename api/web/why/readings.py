"""The very readings that a firing rests on: of all sensors that spoke for where the subject was, while it was there."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from api.deps import View
from api.reads.history import plan, stays_of_location
from api.reads.moved import with_movements
from api.web.why.find import TriggeredAlarm, version_and_rule
from domain.faults import fault_of
from domain.model import QUANTITIES, Dated, ProfileVersion, Rule
from domain.offsets import offset_at
from domain.readings import NOT_JUDGED, Flag
from domain.times import DAY, MINUTE, NEVER, parse_instant
from ledger.models.unit import Stay
from rules.messages.words import describe_fault
from rules.series.bands import ByKind, Plausible
from rules.subjects.outside_test import taken_by
from store.chunk import Stored
from store.readings import stored
from store.series import SeriesKey, find

PAGE = 200
ROWS_BEFORE = 3  # of what came before the first reading outside
LOOKED_AT_MOST = 300_000  # readings a page, where few of them are asked for
CONTEXT = DAY  # how far before a page it is looked at what sensors with a deadband were
USUAL_MAX_GAP = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class Used:
    """A reading. `sensor`, `place`: None where it may not be told. `is_outside` None: the rule compares no values.

    `value` is with the `offset` in force then.
    `state` is used; or before: it held when the time began; unjudged: kept, and not used; implausible: a fault.
    """

    sensor: str | None
    place: str | None
    quantity: str
    at: int
    value: int | None
    received_at: int
    journal: int
    state: str
    is_outside: bool | None = None
    offset: int = 0
    fault: str = ""  # what kind, in words; "" if it is none


class _Doubt(NamedTuple):
    """What a sensor could read over `[since, until)`."""

    since: int
    until: int
    plausible: Plausible


@dataclass(frozen=True, slots=True)
class Readings:
    """A page of what was used between two instants; `next`: where the next page begins.

    `skipped`: how many readings within the limits come before the page, which opens where it first was outside.
    """

    since: int
    until: int
    rows: Sequence[Used]
    next: int | None
    skipped: int = 0


class _Line(NamedTuple):
    """One sensor, and when it spoke for which place where the subject was."""

    sensor: str | None
    key: SeriesKey
    spans: list[tuple[int, int, str | None]]
    offset: Dated[int] | None


def readings_of(view: View, alarm: TriggeredAlarm, begin: int | None, *, only_outside: bool) -> Readings | None:
    """Return a page of the readings that a firing rests on, from an instant on; None where the record does not say."""
    if "readings_from" not in alarm.why:
        return None
    since, until = (parse_instant(alarm.why[name]) for name in ("readings_from", "readings_to"))
    version, rule = version_and_rule(view.snapshot.site, alarm)
    first = since if begin is None else max(since, begin - CONTEXT)
    used = _all_used(view, alarm, rule, version, first, until)
    skipped, shown = (0, used) if begin is not None or only_outside else from_the_first_outside(used)
    rows: list[Used] = []
    for looked_at, row in enumerate(row for row in shown if begin is None or row.at >= begin):
        if looked_at >= LOOKED_AT_MOST or (len(rows) >= PAGE and row.at != rows[-1].at):
            return Readings(since, until, rows, row.at, skipped)
        if row.is_outside or not only_outside:
            rows.append(row)
    return Readings(since, until, rows, None, skipped)


def from_the_first_outside(used: Iterator[Used]) -> tuple[int, Iterator[Used]]:
    """Leave out what comes before the first reading outside but the last few; all are kept where none is outside."""
    before: list[Used] = []
    for row in used:
        if row.is_outside:
            kept = before[-ROWS_BEFORE:]
            return len(before) - len(kept), chain(kept, [row], used)
        before.append(row)
        if len(before) >= LOOKED_AT_MOST:
            break
    return 0, chain(before, used)


def _all_used(
    view: View, alarm: TriggeredAlarm, rule: Rule | None, version: ProfileVersion | None, since: int, until: int
) -> Iterator[Used]:
    """Yield what was read, in order of time."""
    lines = list(_lines(view, alarm, _quantities(alarm, rule), since, until + 1))
    numbers = find(view.connection, [line.key for line in lines])
    max_gap = USUAL_MAX_GAP if version is None else version.max_gap
    used = [
        _marked(_of_line(view, line, numbers[line.key], max_gap), rule, _doubts(view, line, rule, version))
        for line in lines
        if line.key in numbers
    ]
    yield from heapq.merge(*used, key=lambda row: (row.at, row.sensor or "", row.quantity))


def _quantities(alarm: TriggeredAlarm, rule: Rule | None) -> Sequence[str]:
    named = getattr(getattr(rule and rule.condition, "test", None), "quantities", None)
    quantity = alarm.reason.quantity
    return named or ([quantity] if quantity else QUANTITIES)


def _lines(view: View, alarm: TriggeredAlarm, quantities: Iterable[str], since: int, until: int) -> Iterator[_Line]:
    stays = list(_stays(view, alarm))
    for quantity in quantities:
        lines: dict[SeriesKey, _Line] = {}
        for each in plan(view, stays, quantity, since, until):
            for piece in each.pieces:
                for sensor, key in piece.sensors:
                    line = lines.setdefault(key, _Line(sensor, key, [], each.offsets.get(key)))
                    line.spans.append((piece.since, piece.until, each.stay.name))
        yield from lines.values()


def _stays(view: View, alarm: TriggeredAlarm) -> Iterator[Stay]:
    subject = alarm.subject
    if subject.product is None or subject.lot is None:
        yield from stays_of_location(view, subject.location or "")
        return
    batch = (subject.product, subject.lot)
    for stay in with_movements(view, batch).snapshot.stays(batch):
        is_inherited = (stay.product, stay.lot) != batch
        if is_inherited or stay.unit == subject.unit:
            yield Stay(stay.location, view.policy.place(stay), is_inherited, stay.since, stay.until)


def _of_line(view: View, line: _Line, number: int, max_gap: int) -> Iterator[Used]:
    """Yield what held when it began to speak, then what it said, each reading once."""
    spans = sorted(line.spans, key=lambda span: span[:2])
    first, _, place = spans[0]
    if view.policy.knows_authors:  # to others the hours in which they were there are told, and no others
        before = [row for row in stored(view.connection, number, first - max_gap, first) if _is_judged(row)]
        yield from (_used(line, row, place, "before") for row in before[-1:])
    last = first - 1
    for since, until, place in spans:
        for row in stored(view.connection, number, max(since, last + 1), until):
            last = row.measured_at
            yield _used(line, row, place, "used" if _is_judged(row) else "unjudged")


def _is_judged(row: Stored) -> bool:
    return not Flag(row.flags) & NOT_JUDGED


def _used(line: _Line, row: Stored, place: str | None, state: str) -> Used:
    offset = offset_at(line.offset, row.measured_at)
    value = None if row.value is None else row.value + offset
    at = (row.measured_at, value, row.received_at, row.journal)
    fault = "" if value is not None else describe_fault(line.key.quantity, fault_of(row.flags))
    return Used(line.sensor, place, line.key.quantity, *at, state, offset=offset, fault=fault)


def _doubts(view: View, line: _Line, rule: Rule | None, version: ProfileVersion | None) -> list[_Doubt]:
    """Return what the sensor could read, by where it hung; empty if nothing is doubted."""
    if version is None or getattr(rule and rule.condition, "takes_raw", False):
        return []
    plausible = taken_by(version, line.key.quantity).plausible
    if not isinstance(plausible, ByKind):
        return [] if plausible is None else [_Doubt(-NEVER, NEVER, plausible)]
    site, kinds = view.snapshot.site, view.snapshot.places.kinds
    probe = (line.key.device, line.key.probe)
    sensors = {each.id for each in site.sensors.values() if (each.device, each.probe or "") == probe}
    mounts = [mount for mount in site.mounts if mount.sensor in sensors]
    return [_Doubt(mount.since, mount.until, plausible.at(kinds(mount.location))) for mount in mounts]


def _marked(rows: Iterable[Used], rule: Rule | None, doubts: Sequence[_Doubt]) -> Iterator[Used]:
    """Yield the readings of a sensor with whether each is outside, after what it was before."""
    breaks = getattr(getattr(rule and rule.condition, "test", None), "broken_by", None)
    was = False
    last: Used | None = None
    for row in rows:
        plausible = next((each.plausible for each in doubts if each.since <= row.at < each.until), None)
        is_doubted = plausible is not None and _is_doubted(plausible, row, last)
        last = row
        if is_doubted:
            yield replace(row, state="implausible")
        elif breaks is None or row.value is None or row.state == "unjudged":
            yield row
        else:
            was = breaks(row.value, was)
            yield replace(row, is_outside=was)


def _is_doubted(plausible: Plausible, row: Used, last: Used | None) -> bool:
    """Tell whether a reading is out of range, or too far from the one before it."""
    if row.value is None or plausible.rejects(row.value):
        return row.value is not None
    return last is not None and last.value is not None and plausible.is_jump(last.at, last.value, row.at, row.value)
