"""How a place is: its worst values and its state, from what its sensors said last and which problems go on. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from api.web.components.limits import MAX_GAP, Limits, limits_of
from api.web.now.overview import Heard, Overview, Spot
from domain.model import ProfileVersion
from ledger.models.alert import Alert, AlertLot

Code = Literal["hold", "outside", "silent", "unknown", "fine", "unmonitored"]
CODES: tuple[Code, ...] = ("hold", "outside", "silent", "unknown", "fine", "unmonitored")  # worst first


@dataclass(frozen=True, slots=True)
class Value:
    """The worst value of a quantity at a place. Not live: what was said last, and nobody knows what it is now."""

    quantity: str
    value: int | None
    at: int | None
    limits: Limits
    live: bool

    @property
    def outside(self) -> bool:
        """Tell whether the place is outside by it, now."""
        return self.live and self.value is not None and self.limits.broken_by(self.value)


class How(NamedTuple):
    """The state of a place, since when. `critical`: as bad as it gets."""

    code: Code
    since: int | None = None
    critical: bool = False


def max_gap_of(versions: Sequence[ProfileVersion]) -> int:
    """Return for how long a value may be believed."""
    return min((version.max_gap for version in versions), default=MAX_GAP)


def state_of(overview: Overview, spot: Spot, versions: Sequence[ProfileVersion]) -> tuple[tuple[Value, ...], How]:
    """Return the worst value of each quantity, and the state that follows. `versions`: what the place must keep."""
    problems = [each for each in overview.problems if each.batch is None and each.place in _spoken_at(spot)]
    quiet = {problem.quantity for problem in problems if problem.direction == "silent"}
    max_gap = max_gap_of(versions)
    values = tuple(
        _value(quantity, heard, limits_of(versions, quantity), overview.now, 0 if quiet & {"", quantity} else max_gap)
        for quantity, heard in spot.heard.items()
    )
    # A sensor declares more than it may ever say.
    told = tuple(value for value in values if value.at is not None or value.limits) or values[:1]
    return told, _how(overview, spot, problems, told)


def _value(quantity: str, heard: Sequence[Heard], limits: Limits, now: int, max_gap: int) -> Value:
    known = [said for said in heard if said.at is not None and said.value is not None]
    live = [said for said in known if said.at is not None and now - said.at < max_gap]
    if not known:
        faulty_at = max((said.at for said in heard if said.at is not None), default=None)
        return Value(quantity, None, faulty_at, limits, False)
    if live:
        worst = max(live, key=lambda said: _badness(limits, said))
        return Value(quantity, worst.value, worst.at, limits, True)
    last = max(known, key=lambda said: said.at or 0)
    return Value(quantity, last.value, last.at, limits, False)


def _badness(limits: Limits, said: Heard) -> int:
    value = said.value or 0
    return limits.beyond(value) if limits else value


def _how(overview: Overview, spot: Spot, problems: Sequence[Alert], values: Sequence[Value]) -> How:
    if not spot.heard:
        return How("unmonitored")
    holding = [problem for problem in problems if any(_is_held(overview, lot) for lot in problem.lots)]
    if holding:
        return How("hold", _earliest(holding), True)
    out = [problem for problem in problems if problem.direction != "silent"]
    if out:
        return How("outside", _earliest(out), any(problem.severity == "critical" for problem in out))
    if spot.outside_since is not None:
        return How("outside", spot.outside_since)
    if any(value.outside for value in values):
        return How("outside")
    return _of_silence(values)


def _of_silence(values: Sequence[Value]) -> How:
    gone = [value for value in values if not value.live]
    silent = [value.at for value in gone if value.value is not None and value.at is not None]
    if silent:
        return How("silent", min(silent))
    return How("unknown" if gone else "fine")


def _spoken_at(spot: Spot) -> set[str]:
    """Return where the sensors hang that speak for a place: problems are told of there."""
    return {spot.id} | {said.place for spoken in spot.heard.values() for said in spoken}


def _is_held(overview: Overview, lot: AlertLot) -> bool:
    return lot.hold is not None and lot.key in overview.held


def _earliest(problems: Iterable[Alert]) -> int:
    return min(problem.since for problem in problems)
