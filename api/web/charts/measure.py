"""From what is asked for to a chart: the store is asked for each stay, then all is laid out on one axis."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from api.reads.history import USUAL_MAX_GAP, Piece, Plan, Unknown, judged, shares
from api.web.charts.columns import columns_of
from api.web.charts.model import Budget, Chart, Gap, Limit, Mark, SensorSteps, Shade, Stand, Step
from api.web.charts.steps import Reading, steps_of, within
from domain.intervals import Interval, covers, intersect, subtract, union
from domain.times import NEVER
from ledger.models.unit import Stay
from rules.subjects.whereabouts import InForce
from store.history import History, Window
from store.series import SeriesKey


@dataclass(slots=True)
class ChartRequest:
    """Everything known before the store of readings is asked."""

    quantity: str
    width: int
    since: int
    until: int
    now: int
    stays: Sequence[Stay]
    plans: Sequence[Plan]
    missing: Sequence[Unknown]  # of each plan
    versions: Sequence[InForce]
    limits: Sequence[Limit]
    sees_before: bool  # may be told what was measured before a stay began
    shades: Sequence[Shade] = ()
    marks: Sequence[Mark] = ()
    budgets: Sequence[Budget] = ()
    is_place: bool = False  # it is all at one place, which needs no telling
    begins: int | None = None  # there is nothing to be seen before
    called: Mapping[str, str] = field(default_factory=dict)  # names of locations by id

    @property
    def ends(self) -> int:
        """From when on there is nothing to be seen."""
        return min(self.now, max((stay.until for stay in self.stays), default=NEVER))


def measured(history: History, asked: ChartRequest) -> Chart:
    """Ask the store and lay out its answer. Raises UnavailableError if it does not answer."""
    reader = _Reader(history, asked)
    heard = reader.read()
    return Chart(
        asked.quantity,
        asked.since,
        asked.until,
        columns_of(heard, asked.limits),
        reader.reduced,
        len(heard),
        () if asked.is_place else tuple(_stands(asked)),
        tuple(asked.limits),
        tuple(_gaps(asked)),
        tuple(s for s in asked.shades if s.since < asked.until and (s.until is None or s.until > asked.since)),
        tuple(mark for mark in asked.marks if asked.since <= mark.at <= asked.until),
        tuple(asked.budgets),
        asked.begins,
        asked.ends,
    )


class _Reader:
    """Asks the store piece by piece."""

    def __init__(self, history: History, asked: ChartRequest) -> None:
        self._history = judged(history, asked.plans)
        self._asked = asked
        self._longest_gap = max((version.max_gap for *_, version in asked.versions), default=USUAL_MAX_GAP)
        self._steps: dict[SeriesKey, list[Step]] = defaultdict(list)
        self._names: dict[SeriesKey, str | None] = {}
        self._read_already: dict[SeriesKey, list[Interval]] = defaultdict(list)
        self._last: dict[SeriesKey, tuple[int, Reading]] = {}  # until when a series was read, and its last reading
        self.reduced = False

    def read(self) -> list[SensorSteps]:
        """Return what each sensor said."""
        missing = {id(plan): found.sensors for plan, found in zip(self._asked.plans, self._asked.missing, strict=True)}
        for plan, piece, share in shares(self._asked.plans, self._asked.width):
            end = min(piece.until, self._asked.now)
            if piece.since < end:
                self._read(plan.stay, replace(piece, until=end), share, missing[id(plan)])
        return [SensorSteps(key, self._names[key], tuple(sorted(steps))) for key, steps in self._steps.items()]

    def _read(self, stay: Stay, piece: Piece, share: int, missing: dict[SeriesKey, list[Interval]]) -> None:
        windows = self._history.window([key for _, key in piece.sensors], piece.since, piece.until, share)
        for name, key in piece.sensors:
            window, self._names[key] = windows[key], name
            # two stays at once may share a sensor
            fresh = subtract([(piece.since, piece.until)], self._read_already[key])
            known = subtract(fresh, missing.get(key, []))
            before = self._before(stay, piece.since, key, window) if covers(known, piece.since) else None
            self._steps[key].extend(within(steps_of(window, piece.until, before), known))
            self._read_already[key] = union([*self._read_already[key], (piece.since, piece.until)])
            self.reduced |= bool(window.buckets)
            last = window.readings[-1] if window.readings else before
            if last is not None and not window.buckets:
                self._last[key] = (piece.until, last)

    def _before(self, stay: Stay, since: int, key: SeriesKey, window: Window) -> Reading | None:
        """Return the last reading before, which still holds; a client's own only. Of buckets it would not be seen."""
        if window.buckets or (window.readings and window.readings[0][0] == since):
            return None
        if key in self._last and self._last[key][0] == since:
            return self._last[key][1]
        earliest = since - self._longest_gap
        if not self._asked.sees_before:
            own = (s.since for s in self._asked.stays if s.location == stay.location and s.since <= since < s.until)
            earliest = max(earliest, min(own, default=since))
        if earliest >= since:
            return None
        instants, values = self._history.load(key, earliest, since)
        return (instants[-1], values[-1]) if instants else None


def _stands(asked: ChartRequest) -> Iterator[Stand]:
    for stay in asked.stays:
        since, until = max(stay.since, asked.since), min(stay.until, asked.until)
        if since < until:
            yield Stand(since, until, stay.name and asked.called.get(stay.name, stay.name), stay.inherited)


def _gaps(asked: ChartRequest) -> Iterator[Gap]:
    """Yield when nothing is known although something should be, with what is missing."""
    unknown = union(gap for missing in asked.missing for gap in missing.place)
    spoken_for = union((piece.since, piece.until) for plan in asked.plans for piece in plan.pieces)
    yield from (Gap(*interval, "silent") for interval in intersect(unknown, spoken_for))
    yield from (Gap(*interval, "unmeasured") for interval in subtract(unknown, spoken_for))
    first = min((stay.since for stay in asked.stays), default=NEVER)
    window = (max(asked.since, first), min(asked.until, asked.ends))
    if window[0] < window[1]:
        placed = union((stay.since, stay.until) for stay in asked.stays)
        yield from (Gap(*interval, "nowhere") for interval in subtract([window], placed))
