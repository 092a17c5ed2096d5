"""What a case is: a profile, the readings and where the goods stood, and what must be said of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from domain.errors import InvalidError
from domain.model import Action, ProfileVersion
from domain.numbers import parse_value
from domain.times import MINUTE, parse_instant
from sites.cases.notation import SensorSeries, read_offset, show_offset
from sites.cases.notifications import Notification

Verdict = Literal["hold", "review", "unknown", "ok"]
VERDICTS = get_args(Verdict)
_FIRED = re.compile(rf"(\S+) at (about )?(.+?)(?: ({'|'.join(get_args(Action))}))?")
ABOUT = MINUTE  # what kinetics use up is not worked out to the microsecond by hand
_EXPOSURE = re.compile(r"(\S+) (.+?)\.\.(.*)")
_NUMBER = re.compile(r"(?:peak )?([-+]?\d+(?:\.\d+)?)(?: degree)?(?: min)?")


class Stay(NamedTuple):
    """The unit stood at a location over `[since, until)`; None: to the end."""

    location: str
    since: int
    until: int | None


class Firing(NamedTuple):
    """A rule fired at an instant, or so long before or after; no action: whichever."""

    rule: str
    at: int
    action: str | None
    slack: int = 0

    def meets(self, said: Mapping[str, Any]) -> bool:
        """Tell whether this is what was said."""
        same = (self.rule, self.action or said["action"]) == (said["rule"], said["action"])
        return same and abs(self.at - parse_instant(said["at"])) <= self.slack


@dataclass(frozen=True)
class Exposure:
    """The unit was outside a rule over `[since, until)`; `more`: fields of the answer that were written down."""

    rule: str
    since: int
    until: int | None  # goes on
    more: Mapping[str, Any]

    def meets(self, said: Mapping[str, Any]) -> bool:
        """Tell whether this is what was said, in all that was written down."""
        until = None if said["to"] is None else parse_instant(said["to"])
        same = (self.rule, self.since, self.until) == (said["rule"], parse_instant(said["from"]), until)
        return same and all(_is(said[name], wanted) for name, wanted in self.more.items())


def _is(said: Any, wanted: Any) -> bool:
    return bool((parse_instant(said) if isinstance(said, str) else said) == wanted)


@dataclass(frozen=True)
class Expected:
    """What must be said; None: whatever."""

    verdict: str | None = None
    fired: tuple[tuple[str, Firing], ...] | None = None  # each with the text as it was written
    exposures: tuple[tuple[str, Exposure], ...] | None = None
    told: tuple[tuple[str, Notification], ...] | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)  # coverage, unknown_minutes, longest_gap_minutes


@dataclass(frozen=True)
class Case:
    """One case of a file."""

    name: str
    line: int
    versions: Sequence[ProfileVersion]
    start: int
    until: int
    series: Mapping[tuple[str, str], SensorSeries]  # by sensor and quantity
    hangs_at: Mapping[str, str]  # where each sensor is mounted
    stays: Sequence[Stay]
    kinds: Mapping[str, str]  # of locations
    expected: Expected


def read_firing(text: str, start: int) -> Firing:
    """Read `too-warm at +75min hold`, or `at about +75min`. Raises InvalidError."""
    match = _FIRED.fullmatch(text)
    if match is None:
        raise InvalidError(f"not like 'too-warm at +75min hold': {text!r}")
    return Firing(match[1], read_offset(match[3], start), match[4], ABOUT if match[2] else 0)


def read_exposure(text: str, start: int) -> Exposure:
    """Read `too-warm +1h..+135min, 75 min, 90.5 degree min, peak 9.6, fired at +2h`. Raises InvalidError."""
    first, *parts = (part.strip() for part in text.split(","))
    match = _EXPOSURE.fullmatch(first)
    if match is None:
        raise InvalidError(f"not like 'too-warm +1h..+135min, peak 9.6': {text!r}")
    since = read_offset(match[2], start)
    until = read_offset(match[3], start) if match[3] else None
    return Exposure(match[1], since, until, dict(_detail(part, start) for part in parts))


def _detail(part: str, start: int) -> tuple[str, Any]:
    if part in ("no peak", "not fired"):
        return ("peak" if part == "no peak" else "fired_at"), None
    if part.startswith("fired at "):
        return "fired_at", read_offset(part.removeprefix("fired at "), start)
    if number := _NUMBER.fullmatch(part):
        value = parse_value(number[1]) / 1_000_000
        for name, shape in (("peak", "peak {}"), ("minutes", "{} min"), ("degree_minutes", "{} degree min")):
            if part == shape.format(number[1]):
                return name, value
    known = "75 min, 90.5 degree min, peak 9.6, no peak, fired at +2h, not fired"
    raise InvalidError(f"cannot be read: {part!r}; known: {known}")


def show_firing(said: Mapping[str, Any], start: int) -> str:
    """Write what was said as `read_firing` takes it."""
    return f"{said['rule']} at {show_offset(parse_instant(said['at']), start)} {said['action']}"


def show_exposure(said: Mapping[str, Any], start: int) -> str:
    """Write what was said as `read_exposure` takes it."""
    since, until = show_offset(parse_instant(said["from"]), start), said["to"]
    span = f"{since}..{'' if until is None else show_offset(parse_instant(until), start)}"
    peak = "no peak" if said["peak"] is None else f"peak {_plain(said['peak'])}"
    fired = said["fired_at"]
    told = "not fired" if fired is None else f"fired at {show_offset(parse_instant(fired), start)}"
    minutes = f"{_plain(said['minutes'])} min, {_plain(said['degree_minutes'])} degree min"
    return f"{said['rule']} {span}, {minutes}, {peak}, {told}"


def _plain(number: float) -> str:
    text = f"{number:.6f}".rstrip("0")
    return text.removesuffix(".")
