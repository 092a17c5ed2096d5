"""How a place is: its worst values and its state, from what its sensors said last and which problems go on. Pure."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from api.web.components.current import Value, value_of, worst_live
from api.web.components.limits import MAX_GAP, Limits, limits_of
from api.web.now.overview import LastOfSensor, Overview, Spot
from domain.model import ProfileVersion
from ledger.models.alert import Alert, AlertLot

Code = Literal["hold", "outside", "silent", "unknown", "fine", "unmonitored"]
CODES: tuple[Code, ...] = ("hold", "outside", "silent", "unknown", "fine", "unmonitored")  # worst first


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
        _value(quantity, last, limits_of(versions, quantity), overview.now, 0 if quiet & {"", quantity} else max_gap)
        for quantity, last in spot.last.items()
    )
    # A sensor declares more than it may ever say.
    shown = tuple(value for value in values if value.at is not None or value.limits) or values[:1]
    return shown, _how(overview, spot, problems, shown)


def _value(quantity: str, last: Sequence[LastOfSensor], limits: Limits, now: int, max_gap: int) -> Value:
    """Return the worst value, else the last one, else when there was a fault last."""
    found = [value_of(said.last, now, max_gap, limits) for said in last if said.last is not None]
    known = [each for each in found if each.value is not None]
    never = Value(quantity, None, None, limits, False)
    return worst_live(found) or max(known or found, key=lambda each: each.at or 0, default=never)


def _how(overview: Overview, spot: Spot, problems: Sequence[Alert], values: Sequence[Value]) -> How:
    if not spot.last:
        return How("unmonitored")
    holding = [problem for problem in problems if any(_is_held(overview, lot) for lot in problem.lots)]
    if holding:
        return How("hold", _earliest(holding), True)
    out = [problem for problem in problems if problem.direction != "silent" and not problem.is_silent]
    if out:
        return How("outside", _earliest(out), any(problem.severity == "critical" for problem in out))
    if spot.outside_since is not None:
        return How("outside", spot.outside_since)
    if any(value.outside for value in values):
        return How("outside")
    gone = [problem.no_data.since for problem in problems if problem.is_silent and problem.no_data is not None]
    return How("silent", min(gone)) if gone else _of_silence(values)


def _of_silence(values: Sequence[Value]) -> How:
    gone = [value for value in values if not value.live]
    silent = [value.at for value in gone if value.value is not None and value.at is not None]
    if silent:
        return How("silent", min(silent))
    return How("unknown" if gone else "fine")


def _spoken_at(spot: Spot) -> set[str]:
    """Return where the sensors hang that speak for a place: problems are told of there."""
    return {spot.id} | {said.place for spoken in spot.last.values() for said in spoken}


def _is_held(overview: Overview, lot: AlertLot) -> bool:
    return lot.hold is not None and lot.key in overview.held


def _earliest(problems: Iterable[Alert]) -> int:
    return min(problem.since for problem in problems)
