"""What happened at a place, from the sensors that spoke for it; shared by everything that was stored there."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from domain.intervals import Interval, clip, covers, subtract, union
from domain.times import NEVER
from rules.series.bands import NOTHING, ByKind, Plausible
from rules.series.intervals import valid_until
from rules.series.sensor_test import Stepwise, Windowed
from rules.series.series import Owner, Series
from rules.series.view import View
from rules.subjects.outside_test import OutsideTest, PlaceTest, Source, Taken, sensor_test
from rules.subjects.places import Places, Span
from rules.subjects.steps import Step, Timeline, farthest

_TOUCHES = 64


class Touched:
    """From which instant on a place was touched, by turns: of what is long ago, only roughly."""

    def __init__(self) -> None:
        self._turns: list[tuple[int, int]] = []  # both in order: who asks of an earlier turn needs the first after it

    def note(self, turn: int, since: int) -> None:
        """Note that all from an instant on may be otherwise; each turn is later than those before."""
        turns = self._turns
        while turns and turns[-1][1] >= since:
            turns.pop()
        turns.append((turn, since))
        if len(turns) > _TOUCHES:
            pairs = zip(turns[0:_TOUCHES:2], turns[1:_TOUCHES:2], strict=True)
            turns[:_TOUCHES] = [(later[0], earlier[1]) for earlier, later in pairs]

    def since(self, turn: int) -> int:
        """Return the first instant that was touched after a turn, or an earlier one; NEVER: none was."""
        i = bisect_right(self._turns, turn, key=itemgetter(0))
        return self._turns[i][1] if i < len(self._turns) else NEVER


SeriesOf = Callable[[str, str], Series]
_BEFORE_ALL = -NEVER


class Speaking(NamedTuple):
    """A sensor's view, over `[since, until)`, in which it speaks for a place."""

    source: Source
    view: View
    since: int
    until: int
    max_gap: int


class Timelines:
    """Timelines of places. The engine announces what changes; what is kept is derived again from there on."""

    def __init__(self, places: Places, series: SeriesOf, now: int = NEVER) -> None:
        """`now`: the present instant; without it nothing more is expected to come."""
        self.places = places
        self.now = now
        self._series = series
        self._outside: dict[str, dict[OutsideTest, Timeline]] = {}
        self._warmest: dict[str, dict[Taken, Timeline]] = {}
        self._touched: dict[str, Touched] = {}
        self.mark = object()  # tells these timelines from those of another configuration
        self.turn = 0  # how often anything was touched
        self._seen: dict[tuple[str, object], int] = {}  # up to where quiescent readings have been scanned
        self._moment: dict[tuple[object, ...], Any] = {}  # what quiescent readings change: kept until the next moment

    def next_moment(self, now: int) -> None:
        """Drop what any reading, however quiescent, may have changed."""
        self.now = now
        self._moment.clear()

    def touch(self, location: str, since: int) -> None:
        """Note that what is kept of a place is right only up to an instant."""
        self.turn += 1
        self._touched.setdefault(location, Touched()).note(self.turn, since)
        for kept in (self._outside, self._warmest):
            for timeline in kept.get(location, {}).values():
                timeline.stale_from = min(timeline.stale_from, since)

    def touched_since(self, location: str, turn: int) -> int:
        """Return from which instant on anything of a place can differ since a turn; NEVER: nothing does."""
        touched = self._touched.get(location)
        return NEVER if touched is None else touched.since(turn)

    def series(self, sensor: str, taken: Taken, place: str) -> View:
        """Return the readings of a sensor as a version takes them while it hangs at a place."""
        return self._series(sensor, taken.quantity).view(self.plausible_at(taken.plausible, place))

    def plausible_at(self, plausible: Plausible | ByKind | None, place: str) -> Plausible | None:
        """Return what a sensor can read at a place."""
        return plausible.at(self.places.kinds(place)) if isinstance(plausible, ByKind) else plausible

    def _test_at(self, outside_test: OutsideTest, place: str) -> Stepwise | Windowed:
        """Return what makes a sensor outside while it hangs at a place."""
        return sensor_test(outside_test, self.places.kinds(place))

    # --- outside ---

    def outside(self, location: str, outside_test: OutsideTest) -> Timeline:
        """Return when the place was outside; the last step may lie beyond the present."""
        if outside_test.gaps_are_exposed:
            return self._with_gaps(location, outside_test)
        kept = self._outside.setdefault(location, {})
        timeline = kept.get(outside_test)
        if timeline is None:
            timeline = kept[outside_test] = Timeline((), outside_test.sign)
            timeline.stale_from = _BEFORE_ALL
        if isinstance(outside_test.test, PlaceTest):
            self._refresh_together(location, outside_test, outside_test.test, timeline)
        else:
            self._refresh(location, outside_test, timeline)
        return timeline

    def _refresh(self, location: str, outside_test: OutsideTest, timeline: Timeline) -> None:
        """Derive again what lies behind the last change, or where quiescent readings let something grow."""
        key = (location, outside_test)
        since = timeline.stale_from if key in self._moment else min(timeline.stale_from, self._seen.get(key, NEVER))
        if since < NEVER:
            timeline.replace(since, farthest(self._sensor_steps(location, outside_test, since), outside_test.sign))
            self._seen[key] = self._going_since(location, outside_test)
        self._moment[key] = True

    def _going_since(self, location: str, outside_test: OutsideTest) -> int:
        """Return the last reading of a sensor that is still outside; the next one only lets it grow."""
        taken = outside_test.taken[0]
        views = {
            (self.series(span.sensor, taken, span.place), self._test_at(outside_test, span.place))
            for span in self.places.speaking(location, taken.quantity)
        }
        return min((view.last_at for view, test in views if view.is_outside(test, taken.max_gap)), default=NEVER)

    def _with_gaps(self, location: str, outside_test: OutsideTest) -> Timeline:
        key = (location, outside_test)
        if key not in self._moment:
            unknown = subtract([(-NEVER, NEVER)], self.known(location, outside_test.taken[0]))
            gaps = [Step(since, until, 0, None) for since, until in unknown]
            known = self.outside(location, outside_test._replace(gaps_are_exposed=False))
            steps = [*known.steps, *gaps]
            self._moment[key] = Timeline(farthest(steps, outside_test.sign), outside_test.sign)
        timeline: Timeline = self._moment[key]
        return timeline

    def _sensor_steps(self, location: str, outside_test: OutsideTest, start: int) -> Iterator[Step]:
        taken = outside_test.taken[0]
        distance = getattr(outside_test.test, "distance", None)
        for span in self.places.speaking(location, taken.quantity):
            if span.until <= start:
                continue
            view = self.series(span.sensor, taken, span.place)
            test = self._test_at(outside_test, span.place)
            intervals = view.outside(test, taken.max_gap, outside_test.linger)
            first = max(span.since, start)
            for since, until in clip(intervals[bisect_right(intervals, first, key=itemgetter(1)) :], first, span.until):
                for a, b, value in view.steps(since, until, taken.max_gap):
                    yield Step(a, b, distance(value) if distance else 0, value)

    # --- what all sensors of a place say together ---

    def _refresh_together(self, location: str, outside_test: OutsideTest, test: PlaceTest, timeline: Timeline) -> None:
        since = min(timeline.stale_from, self._seen.get((location, outside_test), _BEFORE_ALL))
        views = self._views(location, outside_test.taken)
        timeline.replace(since, self._together(views, test, since))
        self._seen[location, outside_test] = self._frontier(view for _, view, *_ in views)
        self._rely_together(location, outside_test, test, views)

    def _views(self, location: str, taken: Iterable[Taken]) -> list[Speaking]:
        found: list[Speaking] = []
        for each in taken:
            spans: dict[tuple[str, View], list[Interval]] = {}
            for span in self.places.speaking(location, each.quantity):
                view = self.series(span.sensor, each, span.place)
                spans.setdefault((span.sensor, view), []).append((span.since, span.until))
            for (sensor, view), intervals in spans.items():
                for since, until in union(intervals):
                    found.append(Speaking((sensor, each.quantity), view, since, until, each.max_gap))
        return found

    def _together(self, views: list[Speaking], test: PlaceTest, start: int) -> Iterator[Step]:
        edges: list[tuple[int, int, Source, int]] = []
        for source, view, since, until, gap in views:
            for a, b, value in view.steps(max(since, start), until, gap) if until > start else ():
                edges += ((a, 1, source, value), (b, 0, source, value))
        edges.sort()
        values: dict[Source, int] = {}
        last, found = start, None
        for at, group in groupby(edges, key=itemgetter(0)):
            if found is not None:
                yield Step(last, at, *found)
            for _, begins, source, value in group:
                if begins:
                    values[source] = value
                else:
                    values.pop(source, None)
            last, found = at, test.outside(values) if values else None

    def _frontier(self, views: Iterable[View]) -> int:
        """Return up to where no quiescent reading can still come; one after a pause is never quiescent."""
        live = [view.last_at for view in views if view.times and view.last_at + view.patience() > self.now]
        return min(live, default=NEVER)

    def _rely_together(self, location: str, outside_test: OutsideTest, test: PlaceTest, views: list[Speaking]) -> None:
        now: dict[Source, int] = {}
        for source, view, since, until, gap in views:
            view.known(gap)  # so that its silence matters
            if since <= self.now < until and view.last is not None and view.last_at + gap > self.now:
                now[source] = view.last
        is_ongoing = test.outside(now) is not None
        bands = test.outside_bands(now) if is_ongoing else test.quiescent_bands(now)
        for source, _, _, until, _ in views:
            if until > self.now:
                band = NOTHING if bands is None else bands.get(source)
                self._series(*source).rely((location, outside_test), band, grows=is_ongoing)

    def settle(self, location: str, span: Interval) -> int:
        """Derive again what readings in the closed span changed; return until when what was reported of
        tests of all sensors together is valid."""
        self.touch(location, span[0])
        valid = NEVER
        for outside_test, timeline in self._outside.get(location, {}).items():
            if isinstance(outside_test.test, PlaceTest):
                first = bisect_right(timeline.intervals, span[0], key=itemgetter(1))
                previous = timeline.intervals[first:]
                self.outside(location, outside_test)
                valid = min(valid, valid_until(previous, timeline.intervals[first:]))
        return valid

    def keeps(self, owner: Owner) -> bool:
        """Tell whether what relies on a band is kept here, and so will notice by itself what changes."""
        location, what = owner
        return what in self._outside.get(location, {})

    # --- known ---

    def known(self, location: str, taken: Taken) -> list[Interval]:
        """Return when at least one sensor speaking for the place has a value."""
        key = (location, taken)
        if key not in self._moment:
            self._moment[key] = union(
                piece
                for span in self.places.speaking(location, taken.quantity)
                for piece in clip(self._known_at(taken, span), span.since, span.until)
            )
        known: list[Interval] = self._moment[key]
        return known

    def _known_at(self, taken: Taken, span: Span) -> list[Interval]:
        return self.series(span.sensor, taken, span.place).known(taken.max_gap)

    def warmest(self, location: str, taken: Taken) -> Timeline:
        """Return the warmest known value of the place over time."""
        kept = self._warmest.setdefault(location, {})
        timeline = kept.get(taken)
        if timeline is None:
            timeline = kept[taken] = Timeline((), 1)
            timeline.stale_from = _BEFORE_ALL
        key = (location, taken)
        if timeline.stale_from < NEVER or ("warmest", *key) not in self._moment:
            views = self._views(location, (taken,))
            since = min(timeline.stale_from, self._seen.get(key, _BEFORE_ALL))
            steps = (
                Step(a, b, 0, value)
                for _, view, start, until, gap in views
                if until > since
                for a, b, value in view.steps(max(start, since), until, gap)
            )
            timeline.replace(since, farthest(steps, 1))
            for _, view, *_, gap in views:
                view.known(gap)  # so that its silence matters
            self._seen[key] = self._frontier(view for _, view, *_ in views)
            self._moment["warmest", *key] = True
        return timeline

    def ceiling(self, location: str, taken: Taken, step: int) -> int | None:
        """Return a value that no sensor of the place exceeds without being noticed; None: nothing is known now."""
        views = [each for each in self._views(location, (taken,)) if each.since <= self.now < each.until]
        values = [view.last for _, view, _, _, gap in views if view.last is not None and view.last_at + gap > self.now]
        if not values:
            return None
        owner: Owner = (location, (taken, step))
        ceiling = (max(values) // step + 2) * step
        # Others rely on the one there is: it rises only when a value has left it, and they are judged again.
        relied = [self._series(*source).bands[owner][1] for source, *_ in views if owner in self._series(*source).bands]
        if relied and min(relied) >= max(values):
            ceiling = min(ceiling, *relied)
        for source, *_ in views:
            self._series(*source).rely(owner, (-NEVER, ceiling))
        return ceiling

    # --- who spoke ---

    def sources(self, location: str, outside_test: OutsideTest, instant: int) -> set[str]:
        """Return where the sensors are mounted that were outside then, else that spoke then, else the place."""
        taken = outside_test.taken[0]
        outside: set[str] = set()
        if not isinstance(outside_test.test, PlaceTest):
            outside = {
                span.place
                for span in self.places.speaking(location, taken.quantity)
                if span.since <= instant < span.until and covers(self._outside_at(outside_test, span), instant)
            }
        return outside or self.speakers(location, [each.quantity for each in outside_test.taken], instant)

    def _outside_at(self, outside_test: OutsideTest, span: Span) -> list[Interval]:
        taken = outside_test.taken[0]
        view = self.series(span.sensor, taken, span.place)
        return view.outside(self._test_at(outside_test, span.place), taken.max_gap)

    def speakers(self, location: str, quantities: Iterable[str], instant: int) -> set[str]:
        """Return where the sensors are mounted that spoke for the place then, or the place itself."""
        spans = [span for quantity in quantities for span in self.places.speaking(location, quantity)]
        return {span.place for span in spans if span.since <= instant < span.until} or {location}
