"""Conditions over time: which sensors spoke for a place, and what they measured, reduced where the readings are.

For routes and pages alike, in three steps. Inside `caller.look()`: `stays_of_batch` or `stays_of_location`, cut by
`plan` into pieces in which the same sensors speak, and `unknown`: the gaps in them, as a verdict counts them. Outside,
for it may be another server that answers: `measure`, or `history.window` for each piece with its share of the columns
from `shares`. A window holds the readings themselves where they are no more than that, so zooming in ends at raw
readings; else buckets with minimum, maximum, first and last. A value holds until the next reading, except in gaps.
All are with calibration offsets: `judged` is the store of readings that answers so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from api.deps import View
from api.models.batches import Gap, HistoryOfStay, Line, Point
from api.offsets import Offsets, WithOffsets
from api.reads.moved import with_movements
from domain.errors import InvalidError
from domain.intervals import Interval, clip, subtract, union
from domain.model import BatchKey
from domain.times import MINUTE, NEVER
from ledger.models.unit import Stay
from rules.subjects.places import Places
from rules.subjects.whereabouts import InForce
from store.history import History, Window
from store.series import SeriesKey, series_of

USUAL_MAX_GAP = 30 * MINUTE  # where no profile says how long a value holds
# However short a piece (the hours since a sensor was hung elsewhere), it shows more than one extreme.
FEWEST_COLUMNS = 24
# Readings of one sensor and piece in one answer.
MOST_RAW = 50_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a stay in which the same sensors spoke: their names (None: not to be told) and series."""

    since: int
    until: int
    sensors: tuple[tuple[str | None, SeriesKey], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask the store for a stay."""

    stay: Stay
    pieces: tuple[Piece, ...]
    offsets: Offsets = field(default_factory=dict)  # of the site's sensors


def stays_of_batch(view: View, batch: BatchKey, unit: str | None) -> list[Stay]:
    """Return where a batch (or one unit) was, units together, in order of time."""
    found: dict[tuple[str, str | None, bool], list[Interval]] = defaultdict(list)
    view = with_movements(view, batch)
    for stay in view.snapshot.stays(batch, unit):
        inherited = (stay.product, stay.lot) != batch
        found[stay.location, view.policy.place(stay), inherited].append((stay.since, stay.until))
    stays = [Stay(*place, *interval) for place, intervals in found.items() for interval in union(intervals)]
    return sorted(stays, key=lambda stay: (stay.since, stay.until, stay.name or ""))


def stays_of_location(view: View, location: str) -> list[Stay]:
    """Return when a location may be looked at."""
    return [Stay(location, location, False, *interval) for interval in view.policy.hours(location)]


def plan(view: View, stays: Iterable[Stay], quantity: str, since: int, until: int) -> list[Plan]:
    """Find out which sensors spoke for each stay inside `[since, until)`."""
    places = view.snapshot.places
    plans = []
    for stay in stays:
        start, end = max(stay.since, since), min(stay.until, until)
        if start < end:
            pieces = tuple(_pieces(view, places, stay, quantity, start, end))
            plans.append(
                Plan(
                    stay._replace(since=start, until=NEVER if stay.until == NEVER else end),
                    pieces,
                    view.snapshot.offsets,
                )
            )
    return plans


def _pieces(view: View, places: Places, stay: Stay, quantity: str, start: int, end: int) -> Iterator[Piece]:
    spans = [
        (since, until, span.sensor)
        for span in places.speaking(stay.location, quantity)
        for since, until in clip([(start, end)], span.since, span.until)
    ]
    edges = sorted({edge for since, until, _ in spans for edge in (since, until)})
    for a, b in pairwise(edges):
        speaking = sorted({sensor for since, until, sensor in spans if since <= a and b <= until})
        if speaking:
            yield Piece(a, b, tuple(_series(view, stay, sensor, quantity) for sensor in speaking))


def _series(view: View, stay: Stay, sensor: str, quantity: str) -> tuple[str | None, SeriesKey]:
    found = view.snapshot.site.sensors[sensor]
    return view.policy.sensor(sensor), series_of(found, quantity)


def judged(history: History, plans: Sequence[Plan]) -> History:
    """Return the store of readings that answers what was planned with what is judged."""
    return WithOffsets(history, plans[0].offsets) if plans else history


class Unknown(NamedTuple):
    """The gaps in a planned stay: when none of its sensors had a value, and when each had none while it spoke."""

    place: list[Interval]
    sensors: dict[SeriesKey, list[Interval]]


def unknown(view: View, plans: Sequence[Plan], versions: Sequence[InForce], until: int) -> list[Unknown]:
    """Find the gaps of each plan up to `until`, or to now, with the `max_gap` of the profile versions given.

    Nothing is said of a time whose readings are not kept any more.
    """
    view.series.numbers(key for each in plans for piece in each.pieces for _, key in piece.sensors)
    kept_from, until = view.series.kept_from or -NEVER, min(until, view.now)
    found = []
    for each in plans:
        gaps_of: dict[SeriesKey, list[Interval]] = defaultdict(list)
        place = [(max(each.stay.since, kept_from), min(each.stay.until, until))]
        for piece in each.pieces:
            known: list[Interval] = []
            for _, key in piece.sensors:
                for start, end, max_gap in _patience(piece, versions, kept_from, until):
                    missing = view.series.gaps(key, start, end, max_gap)
                    gaps_of[key] += missing
                    known += subtract([(start, end)], missing)
            place = subtract(place, union(known))
        found.append(Unknown([gap for gap in place if gap[0] < gap[1]], {key: union(g) for key, g in gaps_of.items()}))
    return found


def _patience(piece: Piece, versions: Sequence[InForce], since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Yield `(since, until, max_gap)`: for how long a value holds, by the versions in force during a piece."""
    start, end = max(piece.since, since), min(piece.until, until)
    in_force = [(max(v.since, start), min(v.until, end), v.version.max_gap) for v in versions]
    ruled = [patience for patience in in_force if patience[0] < patience[1]]
    yield from ruled
    for a, b in subtract([(start, end)] if start < end else [], [patience[:2] for patience in ruled]):
        yield a, b, USUAL_MAX_GAP


def shares(plans: Sequence[Plan], columns: int) -> Iterator[tuple[Plan, Piece, int]]:
    """Yield each piece with how many of the columns of a chart are its own: by its length, but never too few."""
    edges = [edge for each in plans for piece in each.pieces for edge in (piece.since, piece.until)]
    axis = max(edges) - min(edges) if edges else 0
    for each in plans:
        for piece in each.pieces:
            yield each, piece, max(columns * (piece.until - piece.since) // axis, min(columns, FEWEST_COLUMNS))


def measure(
    history: History, plans: Sequence[Plan], missing: Sequence[Unknown], buckets: int, *, raw: bool = False
) -> list[HistoryOfStay]:
    """Ask the store, each piece for its share of so many buckets, or for readings only, at most MOST_RAW at once.

    Raises InvalidError where single readings are asked for and there are more.
    """
    history = judged(history, plans)
    lines: list[dict[SeriesKey, _Lines]] = [{} for _ in plans]
    by_plan = {id(each): found for each, found in zip(plans, lines, strict=True)}
    for each, piece, share in shares(plans, buckets):
        keys = [key for _, key in piece.sensors]
        windows = history.window(keys, piece.since, piece.until, MOST_RAW if raw else share)
        if raw and any(window.buckets for window in windows.values()):
            raise InvalidError(f"raw: more than {MOST_RAW} readings of one sensor; ask for a shorter time")
        for name, key in piece.sensors:
            by_plan[id(each)].setdefault(key, _Lines(name)).add(windows[key])
    return [_history_of(*found) for found in zip(plans, missing, lines, strict=True)]


@dataclass(slots=True)
class _Lines:
    """What a sensor measured in all pieces of a stay."""

    name: str | None
    points: list[Point] = field(default_factory=list)
    is_raw: bool = True

    def add(self, window: Window) -> None:
        self.points += _points(window)
        self.is_raw &= not window.buckets


def _history_of(plan: Plan, missing: Unknown, lines: dict[SeriesKey, _Lines]) -> HistoryOfStay:
    stay = plan.stay
    return HistoryOfStay(
        location=stay.name,
        since=stay.since,
        until=None if stay.until == NEVER else stay.until,
        inherited=stay.inherited,
        gaps=_gaps(missing.place),
        lines=[
            Line(sensor=line.name, raw=line.is_raw, points=line.points, gaps=_gaps(missing.sensors.get(key, [])))
            for key, line in lines.items()
        ],
    )


def _gaps(intervals: Iterable[Interval]) -> list[Gap]:
    return [Gap(since=since, until=until) for since, until in intervals]


def _points(window: Window) -> Iterator[Point]:
    for instant, value in window.readings:
        yield Point(at=instant, min=value, max=value, last=value)
    for bucket in window.buckets:
        yield Point(at=bucket.since, min=bucket.minimum, max=bucket.maximum, last=bucket.last)
