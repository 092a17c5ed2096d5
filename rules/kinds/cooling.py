"""`cooling`: what was hot must be cold by its deadlines.

Consecutive: cooling begins when the warmest value is no longer above `from` (it came down, or is unknown), or becomes
exactly `from` while nothing cools; being above `from` again ends it, and so does its last deadline. Each target of
`reach`, in order, must have been read by its time from that beginning; at a deadline without it the rule fires, once
for each target. An instant at the deadline is in time; unknown time goes on counting. A deadline counts by the version
in force at it. Fields: `from` (°C), `reach`: e.g. `[21.0 in 2h, 5.0 in 6h]`. Source: FDA Food Code 3-501.14: from 57 °C
to 21 °C within 2 hours and to 5 °C within 6 hours in all; from ambient ingredients to 5 °C within 4 hours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidError
from domain.intervals import Interval, union
from domain.language import gettext, mark
from domain.numbers import parse_value, show_value
from domain.times import NEVER, parse_duration
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import Form, Input
from rules.messages.reasons import moment
from rules.messages.words import describe_value, duration
from rules.series.bounds import Bound, Bounds

_TARGET = re.compile(r"(\S+) in (\S+)")


@dataclass(frozen=True, slots=True)
class Target:
    """To be reached within a time from the beginning."""

    value: int
    within: int

    def describe(self) -> str:
        """Return e.g. `to 21.0 °C within 2 h`."""
        value = describe_value("temperature", self.value)
        return gettext("to {value} within {time}", value=value, time=duration(self.within, exact=True))


@dataclass(frozen=True, slots=True)
class Missed:
    """A target that was not reached by its deadline."""

    start: int
    target: Target

    @property
    def at(self) -> int:
        """The deadline."""
        return self.start + self.target.within


@KINDS.register("cooling")
@dataclass(frozen=True, slots=True)
class Cooling:
    """`from: 57, reach: [21 in 2h, 5 in 6h]`: values in 10⁻⁶ °C, durations in microseconds."""

    start: int
    targets: tuple[Target, ...]
    form: ClassVar[Form] = Form(
        mark("Cooling down"),
        mark("What was warm must reach each temperature in time."),
        (
            Input(
                "from",
                mark("From"),
                "value",
                mark("Cooling begins when it is no longer above this."),
                "°C",
                is_required=True,
            ),
            Input(
                "reach",
                mark("Must reach"),
                "list",
                mark("Temperatures with their times: 21.0 in 2h, 5.0 in 6h"),
                is_required=True,
            ),
        ),
    )
    means: ClassVar[Means] = "consecutive"
    bounds: ClassVar[None] = None
    quantity: ClassVar[str] = "temperature"
    exposes: ClassVar[bool] = False
    is_over_in_range: ClassVar[bool] = False
    goes_on: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "high"

    @classmethod
    def read(cls, fields: Fields) -> "Cooling":
        """Read from, reach (and quantity, which can only be temperature)."""
        fields.temperature_only("cooling")
        start, texts = fields.required_value("from"), fields.texts("reach")
        if not texts:
            fields.wrong("reach", "is missing; e.g. [21.0 in 2h, 5.0 in 6h]")
        targets = tuple(target for text in texts if (target := _target(fields, text)) is not None)
        _check_order(fields, start, targets)
        return cls(start, targets)

    @property
    def linger(self) -> int:
        """Return how long after it was hot each reading still matters."""
        return max((target.within for target in self.targets), default=0)

    @property
    def test(self) -> Bounds:
        """What is hot."""
        return Bounds((Bound("at_or_above", self.start),))

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield every deadline at which a target was not reached."""
        last = min(evidence.until, evidence.watch[1])
        fired = -NEVER
        for piece in pieces:
            for missed in piece.rule.condition._missed(piece, evidence):
                if max(piece.since, fired + 1) <= missed.at <= min(piece.until, last):
                    yield missed.at, piece
                    fired = missed.at

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return the next deadline whose target has not been reached yet."""
        return min((m.at for m in self._missed(piece, evidence) if m.at > evidence.until), default=NEVER)

    def _missed(self, piece: Piece, evidence: Evidence) -> list[Missed]:
        """Return every target not reached by its deadline, or by now, in order of deadlines."""
        longest = max(each.version.max_gap for each in evidence.alike(piece))
        hot = union((a - longest - 1, b + self.linger + longest + 1) for a, b in evidence.ever_outside(piece, longest))
        missed = [
            Missed(start, target)
            for since, until in hot
            for start, end, values in self._processes(_steps(evidence, since, min(until, evidence.until + 1)))
            for target in self.targets
            if start + target.within < end and not _reached(values, start, target)
        ]
        return sorted(missed, key=lambda each: each.at)

    def _processes(self, steps: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
        """Yield each beginning with its end (hot again, or NEVER) and the values since, with their instants."""
        start: int | None = None
        values: list[tuple[int, int]] = []
        before = (-NEVER, 0)  # when the step before ended, and its value
        for since, until, value in steps:
            if value > self.start:
                if start is not None and start < since:
                    yield start, since, values
                start, values = until, []
            elif value == self.start and before != (since, value) and (start is None or since > start + self.linger):
                if start is not None:
                    yield start, since, values
                start, values = since, [(since, value)]
            else:
                values.append((since, value))
            before = until, value
        if start is not None:
            yield start, NEVER, values

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """Return the time from the beginning to the deadline."""
        missed = self._missed_at(at, piece, evidence)
        return (missed.start, at) if missed else (at, at)

    def _missed_at(self, at: int, piece: Piece, evidence: Evidence) -> Missed | None:
        return next((missed for missed in self._missed(piece, evidence) if missed.at == at), None)

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `still 24.5 °C 2 h after 57.0 °C at …, limit 21.0 °C`."""
        missed = self._missed_at(at, piece, evidence)
        target, start = (missed.target, missed.start) if missed else (self.targets[0], at)
        known = [value for since, until, value in _steps(evidence, start, at + 1) if since <= at < until]
        said = {
            "after": duration(target.within, exact=True),
            "start": describe_value("temperature", self.start),
            "since": moment(start),
            "limit": describe_value("temperature", target.value),
        }
        if known:
            value = describe_value("temperature", known[-1])
            text = gettext("still {value} {after} after {start} at {since}, limit {limit}", value=value, **said)
        else:
            text = gettext("not known to be colder {after} after {start} at {since}, limit {limit}", **said)
        return Why(text, target.describe(), show_value(known[-1]) if known else None, show_value(target.value), "°C")

    def describe(self) -> str:
        """Return e.g. `not cooled from 57.0 °C to 21.0 °C within 2 h and to 5.0 °C within 6 h`."""
        steps = [target.describe() for target in self.targets]
        said = steps[0]
        for step in steps[1:]:
            said = gettext("{first} and {last}", first=said, last=step)
        start = describe_value("temperature", self.start)
        return gettext("not cooled from {start} {steps}", start=start, steps=said)


def _steps(evidence: Evidence, since: int, until: int) -> list[tuple[int, int, int]]:
    """Return the warmest value over time as `(from, to, value)`."""
    return list(zip(*(column.tolist() for column in evidence.warmest(since, until)), strict=True))


def _reached(values: Sequence[tuple[int, int]], start: int, target: Target) -> bool:
    return any(start <= at <= start + target.within and value <= target.value for at, value in values)


def _target(fields: Fields, text: str) -> Target | None:
    match = _TARGET.fullmatch(text)
    try:
        if match is None:
            raise InvalidError(f"not a target such as 21.0 in 2h: {text!r}")
        within = parse_duration(match[2])
        if within == 0:
            raise InvalidError(f"the time must be longer than 0: {text!r}")
        return Target(parse_value(match[1]), within)
    except InvalidError as error:
        fields.wrong("reach", str(error))
        return None


def _check_order(fields: Fields, start: int, targets: Sequence[Target]) -> None:
    values = [start, *(target.value for target in targets)]
    times = [target.within for target in targets]
    if sorted(set(values), reverse=True) != values:
        fields.wrong("reach", "each target must be colder than the one before, and than from")
    if sorted(set(times)) != times:
        fields.wrong("reach", "each time must be longer than the one before")
