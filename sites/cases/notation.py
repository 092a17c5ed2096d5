"""Series of readings and points of time in few words; docs/test-rules.md defines them.

    5 x 10min*6, 9.6 x 75min, _ x 2h, 5..8 x 1h, fault, (5 x 50min, 9 x 10min)*24

Steps follow each other from +0 on, each from where the one before ends. Durations in microseconds, values in 10⁻⁶.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from domain.errors import InvalidError
from domain.numbers import parse_value
from domain.times import format_duration, parse_duration, parse_instant

MOST_READINGS = 1_000_000  # of one series: beyond it something else was meant
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_STEP = re.compile(
    rf"(?P<what>_|fault|{_NUMBER})(?:\s*\.\.\s*(?P<to>{_NUMBER}))?"
    r"(?:\s*x\s*(?P<span>[\d.]+\s*[a-z]+))?(?:\s*\*\s*(?P<count>\d+))?"
)
_GROUP = re.compile(r"\((?P<inside>.*)\)\s*\*\s*(?P<count>\d+)", re.DOTALL)
_OFFSET = re.compile(r"\+\s*(0|(?:[\d.]+\s*[a-z]+\s*)+)")
_PART = re.compile(r"[\d.]+\s*[a-z]+")


class Reading(NamedTuple):
    """What a sensor says so long after the start; `value` None: a fault."""

    offset: int
    value: int | None


class SensorSeries(NamedTuple):
    """A series: its readings, and how long after the start it ends."""

    readings: tuple[Reading, ...]
    end: int


class _Step(NamedTuple):
    """One value (or a ramp, a fault, nothing) so many times; `lasts`: until the span is over, else just once."""

    first: int | None
    last: int | None
    is_silent: bool
    every: int
    span: int
    lasts: bool


def read_series(text: str, every: int) -> SensorSeries:
    """Read a series; where a step does not say how far apart its readings are, they are `every` apart.

    Raises InvalidError naming the step that cannot be read.
    """
    readings: list[Reading] = []
    clock = end = 0
    for step in _steps(text, every):
        if len(readings) + (0 if step.is_silent else step.span // step.every) > MOST_READINGS:
            raise InvalidError(f"more than {MOST_READINGS:,} readings")
        readings += _readings(step, clock)
        end = clock + step.span if step.lasts else clock
        clock += step.span
    return SensorSeries(tuple(readings), end)


def _readings(step: _Step, start: int) -> Iterator[Reading]:
    if step.is_silent:
        return
    for offset in range(0, step.span, step.every):
        if step.first is None or step.last is None:
            yield Reading(start + offset, step.first)
        else:
            yield Reading(start + offset, step.first + round(Fraction((step.last - step.first) * offset, step.span)))


def _steps(text: str, every: int) -> Iterator[_Step]:
    for part in _parts(text):
        if group := _GROUP.fullmatch(part):
            inside = list(_steps(group["inside"], every))
            if len(inside) * int(group["count"]) > MOST_READINGS:
                raise InvalidError(f"more than {MOST_READINGS:,} steps: {part!r}")
            yield from inside * int(group["count"])
        else:
            yield _step(part, every)


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between commas, groups in one piece."""
    depth, start = 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    if depth:
        raise InvalidError(f"a bracket is left open: {text.strip()!r}")
    yield text[start:].strip()


def _step(part: str, every: int) -> _Step:
    match = _STEP.fullmatch(part)
    if match is None or (match["to"] and match["what"] in ("_", "fault")):
        raise InvalidError(f"cannot be read: {part!r}; a step is e.g. 5, 5 x 2h, 5 x 10min*6, 5..8 x 1h, _ x 2h, fault")
    span, count = match["span"], int(match["count"] or 1)
    apart = parse_duration(span) if span else every
    if apart <= 0 or count <= 0:
        raise InvalidError(f"lasts no time: {part!r}")
    if match["to"] and not span:
        raise InvalidError(f"a ramp says how long it takes, e.g. 5..8 x 1h: {part!r}")
    is_silent = match["what"] == "_"
    first = None if match["what"] in ("_", "fault") else parse_value(match["what"])
    last = parse_value(match["to"]) if match["to"] else first
    in_between = every if span and not match["count"] else apart  # `5 x 2h` or `5 x 10min*6`
    return _Step(first, last, is_silent, in_between, apart * count, bool(span or match["count"] or is_silent))


def read_offset(text: str, start: int) -> int:
    """Return the instant of `+75min`, `+1d2h`, `+0` or an RFC 3339 time. Raises InvalidError for anything else."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        try:
            return parse_instant(text)
        except InvalidError:
            raise InvalidError(f"neither like +75min or +1d2h nor an RFC 3339 time: {text!r}") from None
    if match[1] == "0":
        return start
    return start + sum(parse_duration(part) for part in _PART.findall(match[1]))


def show_offset(instant: int, start: int) -> str:
    """Return e.g. `+75min`, as `read_offset` takes it."""
    if instant < start:
        return f"-{format_duration(start - instant)}"
    return f"+{format_duration(instant - start)}" if instant > start else "+0"
