"""A file of cases: refused whole with every problem and its line, or the cases."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path as FilePath
from typing import TypeVar

from domain.errors import InvalidError, Refused
from domain.model import QUANTITIES, ProfileVersion
from domain.numbers import parse_value
from domain.times import MINUTE, parse_duration, parse_instant
from rules.kinds.common.fields import nearest
from sites import convert
from sites.cases.case import VERDICTS, Case, Expected, Exposure, Firing, Stay, read_exposure, read_firing
from sites.cases.fields import Fields
from sites.cases.notation import SensorSeries, read_offset, read_series
from sites.cases.notifications import read_notification
from sites.file import FileProblem, load_file, read_tree, refuse
from sites.library import library
from sites.schema import Entry
from sites.tree import Node, UnreadableError, compose

Wanted = TypeVar("Wanted", Firing, Exposure)
EVERY = 5 * MINUTE
ONLY_SENSOR, ONLY_PLACE = "S1", "PLACE"
_FILE_FIELDS = ("profiles", "profiles_in", "cases")
_CASE_FIELDS = ("name", "profile", "start", "every", "until", "series", "stays", "kinds", "expect")
_NUMBERS = ("coverage", "unknown_minutes", "longest_gap_minutes")
_EXPECTED_FIELDS = ("verdict", "fired", "exposures", "told", *_NUMBERS)


def load_cases(path: FilePath) -> list[Case]:
    """Read a file of cases. Raises Refused with every problem, e.g. `C.yaml:7 cases[0].series: …`."""
    try:
        root, twice = compose(path.read_text(encoding="utf-8-sig"))
    except UnreadableError as error:
        raise Refused([f"{path.name}:{error.line}: {error}"]) from error
    except UnicodeDecodeError as error:
        raise Refused([f"{path.name}: not UTF-8"]) from error
    problems = [FileProblem(*problem) for problem in twice]
    cases = _File(path, root, problems).cases()
    refuse(path.name, problems)
    return cases


class _File:
    """One file on its way from tree to cases."""

    def __init__(self, path: FilePath, root: Node, problems: list[FileProblem]) -> None:
        self._path, self._problems = path, problems
        self._fields = Fields(root, (), problems)
        self._fields.know(_FILE_FIELDS)
        self._versions = _by_id(self._profiles())

    def _profiles(self) -> Iterable[Entry]:
        """Yield the profiles that are written or used here, and those of the files that are named."""
        section = self._fields.node("profiles")
        if section is not None:
            yield from read_tree(Node(section.line, {"profiles": section}), self._problems)
        for i, item in self._fields.items("profiles_in"):
            named = str(item.value)
            try:
                yield from (entry for entry in load_file(self._path.parent / named) if entry.kind == "profile")
            except OSError as error:
                self._fields.wrong(f"{named!r} cannot be read: {error.strerror}", "profiles_in", i)
            except Refused as error:
                self._fields.wrong(f"{named!r} is refused: " + "; ".join(error.problems), "profiles_in", i)

    def cases(self) -> list[Case]:
        """Return the cases; what is wrong is noted."""
        items = self._fields.items("cases")
        if not items:
            self._fields.wrong("has no cases")
        cases = [self._case(Fields(item, ("cases", i), self._problems), item.line) for i, item in items]
        return [case for case in cases if case is not None]

    def _case(self, fields: Fields, line: int) -> Case | None:
        known = len(self._problems)
        if not fields.is_mapping:
            return None
        fields.know(_CASE_FIELDS)
        name = fields.text("name")
        if name is None:
            fields.wrong("name is missing")
        versions = fields.read("profile", self._find)
        if fields.node("profile") is None:
            fields.wrong("profile is missing")
        default = versions[-1].effective_from if versions else 0
        start = fields.read("start", parse_instant) or default
        every = fields.read("every", parse_duration)
        if every == 0:
            fields.wrong("must be longer than 0", "every")
        series, hangs_at = _series(fields, every or EVERY)
        ends = start + max((each.end for each in series.values()), default=0)
        until = fields.read("until", _at(start)) or ends
        if until < start:
            fields.wrong("is before the start", "until")
        stays = _stays(fields, start, sorted(set(hangs_at.values())))
        kinds = _kinds(fields, {*hangs_at.values(), *(stay.location for stay in stays)})
        rules = {rule.id for version in versions or () for rule in version.rules}
        expected = _expected(fields, start, rules)
        if len(self._problems) > known or name is None or versions is None:
            return None
        return Case(name, line, versions, start, until, series, hangs_at, stays, kinds, expected)

    def _find(self, name: str) -> tuple[ProfileVersion, ...]:
        """Return the versions of `ID`, or the one of `ID@2`; the file's own go before the library's."""
        profile, _, number = name.partition("@")
        listed = library().get(profile, ())
        versions = self._versions.get(profile) or tuple(convert.profile(each.entry.doc) for each in listed)
        if not versions:
            known = [*self._versions, *library()]
            raise InvalidError(f'no profile "{profile}" here or in the library{nearest(profile, known)}')
        found = tuple(version for version in versions if number in ("", str(version.version)))
        if not found:
            numbers = ", ".join(str(version.version) for version in versions)
            raise InvalidError(f'no version {number!r} of "{profile}"; known: {numbers}')
        return found


def _by_id(profiles: Iterable[Entry]) -> dict[str, tuple[ProfileVersion, ...]]:
    versions = sorted((convert.profile(entry.doc) for entry in profiles), key=lambda version: version.effective_from)
    return {each.profile: tuple(v for v in versions if v.profile == each.profile) for each in versions}


def _at(start: int) -> Callable[[str], int]:
    return lambda text: read_offset(text, start)


def _series(fields: Fields, every: int) -> tuple[dict[tuple[str, str], SensorSeries], dict[str, str]]:
    """Return the series by sensor and quantity, and where the sensors hang."""
    node = fields.node("series")
    if node is None or not node.value:
        fields.wrong("series is missing")
        return {}, {}
    inside = Fields(node, (*fields.path, "series"), fields.problems)
    of_sensors = isinstance(node.value, dict) and all(isinstance(each.value, dict) for each in node.value.values())
    if not of_sensors:
        return _of_sensor(ONLY_SENSOR, inside, every), {ONLY_SENSOR: ONLY_PLACE}
    series: dict[tuple[str, str], SensorSeries] = {}
    hangs_at = {}
    assert isinstance(node.value, dict)
    for sensor, inner in node.value.items():
        one = Fields(inner, (*inside.path, sensor), fields.problems)
        hangs_at[sensor] = one.text("location") or ONLY_PLACE
        series |= _of_sensor(sensor, one, every, "location")
    return series, hangs_at


def _of_sensor(sensor: str, fields: Fields, every: int, *more: str) -> dict[tuple[str, str], SensorSeries]:
    fields.know((*QUANTITIES, *more))
    found = {quantity: fields.read(quantity, lambda text: read_series(text, every)) for quantity in QUANTITIES}
    return {(sensor, quantity): each for quantity, each in found.items() if each is not None}


def _stays(fields: Fields, start: int, locations: list[str]) -> tuple[Stay, ...]:
    stays = fields.texts("stays", lambda text: _stay(text, start))
    if stays is not None:
        return stays
    if len(locations) > 1:
        fields.wrong(f"stays is missing: the sensors hang at {', '.join(locations)}; where did the goods stand?")
    return tuple(Stay(location, start, None) for location in locations)


def _stay(text: str, start: int) -> Stay:
    """Read `ROOM-1 +2h..+3h`, `ROOM-1 +2h..` or `ROOM-1`."""
    location, _, span = text.rpartition(" ")
    if ".." not in span:
        return Stay(text, start, None)
    since, _, until = span.partition("..")
    first, last = read_offset(since, start) if since else start, read_offset(until, start) if until else None
    if last is not None and last <= first:
        raise InvalidError(f"ends before it begins: {text!r}")
    return Stay(location.strip(), first, last)


def _kinds(fields: Fields, locations: Collection[str]) -> dict[str, str]:
    """Return the kinds of locations."""
    node = fields.node("kinds")
    if node is None:
        return {}
    given = Fields(node, (*fields.path, "kinds"), fields.problems)
    given.know(sorted(locations))
    return {location: kind for location in sorted(locations) if (kind := given.text(location)) is not None}


def _expected(fields: Fields, start: int, rules: Collection[str]) -> Expected:
    node = fields.node("expect")
    if node is None:
        fields.wrong("expect is missing")
        return Expected()
    given = Fields(node, (*fields.path, "expect"), fields.problems)
    given.know(_EXPECTED_FIELDS)
    if not node.value:
        given.wrong(f"names at least one of {', '.join(_EXPECTED_FIELDS)}")
    numbers = {name: given.read(name, parse_value) for name in _NUMBERS}
    return Expected(
        given.read("verdict", _verdict),
        given.texts("fired", lambda text: _of_profile(text, read_firing(text, start), rules)),
        given.texts("exposures", lambda text: _of_profile(text, read_exposure(text, start), rules)),
        given.texts("told", lambda text: (text, read_notification(text, start))),
        {name: value / 1_000_000 for name, value in numbers.items() if value is not None},
    )


def _verdict(text: str) -> str:
    if text not in VERDICTS:
        raise InvalidError(f"must be one of {', '.join(VERDICTS)}, not {text!r}{nearest(text, list(VERDICTS))}")
    return text


def _of_profile(text: str, wanted: Wanted, known: Collection[str]) -> tuple[str, Wanted]:
    """Return what was read beside its text. Raises InvalidError if the profile has no such rule."""
    if known and wanted.rule not in known:
        near = nearest(wanted.rule, sorted(known)) or f"; known: {', '.join(sorted(known))}"
        raise InvalidError(f'no rule "{wanted.rule}" in the profile{near}')
    return text, wanted
