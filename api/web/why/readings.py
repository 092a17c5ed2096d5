"""The very readings that a firing rests on: of all sensors that spoke for where the subject was, while it was there."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from api.deps import View
from api.reads.history import plan, stays_of_location
from api.web.why.find import Fired, version_and_rule
from domain.model import QUANTITIES, Dated, ProfileVersion, Rule
from domain.offsets import offset_at
from domain.readings import NOT_JUDGED, Flag
from domain.times import DAY, MINUTE, parse_instant
from ledger.models.unit import Stay
from rules.series.bands import Plausible
from rules.subjects.outside_test import taken_by
from store.chunk import Stored
from store.readings import stored
from store.series import SeriesKey, find

PAGE = 200
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


@dataclass(frozen=True, slots=True)
class Readings:
    """A page of what was used between two instants; `next`: where the next page begins."""

    since: int
    until: int
    rows: Sequence[Used]
    next: int | None


class _Line(NamedTuple):
    """One sensor, and when it spoke for which place where the subject was."""

    sensor: str | None
    key: SeriesKey
    spans: list[tuple[int, int, str | None]]
    offset: Dated[int] | None


def readings_of(view: View, fired: Fired, begin: int | None, *, only_outside: bool) -> Readings | None:
    """Return a page of the readings that a firing rests on, from an instant on; None where the record does not say."""
    if "readings_from" not in fired.why:
        return None
    since, until = (parse_instant(fired.why[name]) for name in ("readings_from", "readings_to"))
    version, rule = version_and_rule(view.snapshot.site, fired)
    first = since if begin is None else max(since, begin - CONTEXT)
    heard = _heard(view, fired, rule, version, first, until)
    rows: list[Used] = []
    for looked_at, row in enumerate(row for row in heard if begin is None or row.at >= begin):
        if looked_at >= LOOKED_AT_MOST or (len(rows) >= PAGE and row.at != rows[-1].at):
            return Readings(since, until, rows, row.at)
        if row.is_outside or not only_outside:
            rows.append(row)
    return Readings(since, until, rows, None)


def _heard(
    view: View, fired: Fired, rule: Rule | None, version: ProfileVersion | None, since: int, until: int
) -> Iterator[Used]:
    """Yield what was read, in order of time."""
    lines = list(_lines(view, fired, _quantities(fired, rule), since, until + 1))
    numbers = find(view.connection, [line.key for line in lines])
    max_gap = USUAL_MAX_GAP if version is None else version.max_gap
    heard = [
        _marked(_of_line(view, line, numbers[line.key], max_gap), rule, version)
        for line in lines
        if line.key in numbers
    ]
    yield from heapq.merge(*heard, key=lambda row: (row.at, row.sensor or "", row.quantity))


def _quantities(fired: Fired, rule: Rule | None) -> Sequence[str]:
    named = getattr(getattr(rule and rule.condition, "test", None), "quantities", None)
    quantity = fired.because.quantity
    return named or ([quantity] if quantity else QUANTITIES)


def _lines(view: View, fired: Fired, quantities: Iterable[str], since: int, until: int) -> Iterator[_Line]:
    stays = list(_stays(view, fired))
    for quantity in quantities:
        lines: dict[SeriesKey, _Line] = {}
        for each in plan(view, stays, quantity, since, until):
            for piece in each.pieces:
                for sensor, key in piece.sensors:
                    line = lines.setdefault(key, _Line(sensor, key, [], each.offsets.get(key)))
                    line.spans.append((piece.since, piece.until, each.stay.name))
        yield from lines.values()


def _stays(view: View, fired: Fired) -> Iterator[Stay]:
    subject = fired.subject
    if subject.product is None or subject.lot is None:
        yield from stays_of_location(view, subject.location or "")
        return
    batch = (subject.product, subject.lot)
    for stay in view.snapshot.stays(batch):
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
    return Used(line.sensor, place, line.key.quantity, *at, state, offset=offset)


def _marked(rows: Iterable[Used], rule: Rule | None, version: ProfileVersion | None) -> Iterator[Used]:
    """Yield the readings of a sensor with whether each is outside, after what it was before."""
    condition = rule and rule.condition
    breaks = getattr(getattr(condition, "test", None), "broken_by", None)
    is_doubting = version is not None and not getattr(condition, "takes_raw", False)
    was = False
    for row in rows:
        if version is not None and is_doubting and _is_doubted(taken_by(version, row.quantity).plausible, row.value):
            yield replace(row, state="implausible")
        elif breaks is None or row.value is None or row.state == "unjudged":
            yield row
        else:
            was = breaks(row.value, was)
            yield replace(row, is_outside=was)


def _is_doubted(plausible: Plausible | None, value: int | None) -> bool:
    return plausible is not None and value is not None and plausible.rejects(value)
