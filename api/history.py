"""Conditions over time: which sensors spoke for a place, and what they measured, reduced where the readings are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from api.deps import View
from api.schemas.base import show_number, show_time, show_time_or_none
from api.schemas.batches import Line, Point, Stretch
from domain.intervals import Interval, clip, union
from domain.model import BatchKey
from domain.times import NEVER
from rules.places import Places
from store.history import History, Window
from store.series import SeriesKey


class Stay(NamedTuple):
    """A time at a place; `name` None: where it was may not be known."""

    location: str
    name: str | None
    inherited: bool
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a stay in which the same sensors spoke."""

    since: int
    until: int
    sensors: tuple[tuple[str | None, SeriesKey], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask the store for a stay."""

    stay: Stay
    pieces: tuple[Piece, ...]


def stays_of_batch(view: View, batch: BatchKey, unit: str | None) -> list[Stay]:
    """Return where a batch (or one unit) was, units together, in order of time."""
    found: dict[tuple[str, str | None, bool], list[Interval]] = defaultdict(list)
    for stay in view.snapshot.stays(batch, unit):
        inherited = (stay.product, stay.lot) != batch
        found[stay.location, view.sight.place(stay), inherited].append((stay.since, stay.until))
    stays = [Stay(*place, *interval) for place, intervals in found.items() for interval in union(intervals)]
    return sorted(stays, key=lambda stay: (stay.since, stay.until, stay.name or ""))


def stays_of_location(view: View, location: str) -> list[Stay]:
    """Return when a location may be looked at."""
    return [Stay(location, location, False, *interval) for interval in view.sight.hours(location)]


def plan(view: View, stays: Iterable[Stay], quantity: str, since: int, until: int) -> list[Plan]:
    """Find out which sensors spoke for each stay inside `[since, until)`."""
    places = Places(view.snapshot.site)
    plans = []
    for stay in stays:
        start, end = max(stay.since, since), min(stay.until, until)
        if start < end:
            pieces = tuple(_pieces(view, places, stay, quantity, start, end))
            plans.append(Plan(stay._replace(since=start, until=NEVER if stay.until == NEVER else end), pieces))
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
    return view.sight.sensor(sensor), SeriesKey(found.device, found.probe or "", quantity)


def measure(history: History, plans: Sequence[Plan], buckets: int) -> list[Stretch]:
    """Ask the store; the buckets are shared out by length."""
    whole = sum(piece.until - piece.since for each in plans for piece in each.pieces)
    return [_stretch(history, each, buckets, whole) for each in plans]


def _stretch(history: History, plan: Plan, buckets: int, whole: int) -> Stretch:
    lines: dict[SeriesKey, tuple[str | None, list[Point]]] = {}
    for piece in plan.pieces:
        share = max(1, buckets * (piece.until - piece.since) // whole)
        found = history.window([key for _, key in piece.sensors], piece.since, piece.until, share)
        for name, key in piece.sensors:
            lines.setdefault(key, (name, []))[1].extend(_points(found[key]))
    stay = plan.stay
    return Stretch(
        location=stay.name,
        since=show_time(stay.since),
        until=show_time_or_none(stay.until),
        inherited=stay.inherited,
        lines=[Line(sensor=name, points=points) for name, points in lines.values()],
    )


def _points(window: Window) -> Iterator[Point]:
    for instant, value in window.readings:
        yield Point(at=show_time(instant), min=show_number(value), max=show_number(value))
    for bucket in window.buckets:
        yield Point(at=show_time(bucket.since), min=show_number(bucket.minimum), max=show_number(bucket.maximum))
