"""The notifications of a case: its problems, from when something fired until its off-delay has passed."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from domain.errors import InvalidError
from domain.model import QUANTITIES, Site
from domain.times import format_instant, parse_instant
from rules.alarms.off_delay import clears_at, off_delay_of, off_delays
from rules.alarms.problems import Fired, Key, keys_of, problems
from rules.judgement import judge
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import UnitKey, Whereabouts
from sites.cases.notation import read_offset, show_offset
from sites.rows import Row

_NOTIFICATION = re.compile(rf"((?:(?:{'|'.join(QUANTITIES)}) )?(?:high|low|silent|faulty)) (.+?)\.\.(.*)")


class Notification(NamedTuple):
    """People are told of a problem, e.g. `temperature high`, over `[since, until)`; None: it goes on for them."""

    what: str
    since: int
    until: int | None

    def meets(self, given: Mapping[str, Any]) -> bool:
        """Tell whether this is the notification of the answer."""
        until = None if given["to"] is None else parse_instant(given["to"])
        return (self.what, self.since, self.until) == (given["what"], parse_instant(given["from"]), until)


def read_notification(text: str, start: int) -> Notification:
    """Read `temperature high +2h..+155min`, `silent +30min..`. Raises InvalidError."""
    match = _NOTIFICATION.fullmatch(text)
    if match is None:
        raise InvalidError(f"not like 'temperature high +2h..+155min': {text!r}")
    return Notification(match[1], read_offset(match[2], start), read_offset(match[3], start) if match[3] else None)


def show_notification(given: Mapping[str, Any], start: int) -> str:
    """Write a notification of the answer as `read_notification` takes it."""
    until = "" if given["to"] is None else show_offset(parse_instant(given["to"]), start)
    return f"{given['what']} {show_offset(parse_instant(given['from']), start)}..{until}"


def notifications_of(site: Site, rows: Sequence[Row], until: int) -> list[dict[str, Any]]:
    """Return what people would be told of the units of a site up to an instant, in order of time."""
    fired: dict[Key, list[Fired]] = defaultdict(list)
    clear: dict[tuple[str, int], int] = {}
    delays = off_delays(site)
    for evidence in _units(site, rows, until):
        judged = judge(evidence)
        for firing in judged.firings:
            clear[firing.rule, firing.at] = clears_at(firing, judged.exposures, off_delay_of(firing, delays))
            for key in keys_of(firing):
                fired[key].append(Fired(evidence.subject.key, firing))

    def clears(item: Fired) -> int:
        return clear[item.firing.rule, item.firing.at]

    found = [problem for key, each in fired.items() for problem in problems(key, each, clears, until)]
    told = [
        {
            "what": f"{problem.key.quantity} {problem.key.direction}".strip(),
            "from": format_instant(min(firing.at for _, firing in problem.fired)),
            "to": None if problem.reported_over_at is None else format_instant(problem.reported_over_at),
        }
        for problem in found
    ]
    return sorted(told, key=lambda each: (each["from"], each["what"]))


def _units(site: Site, rows: Sequence[Row], until: int) -> Iterator[SubjectEvidence]:
    readings: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.measured_at <= until:
            readings[row.sensor, row.quantity].append(row)
    series = {key: Series([r.measured_at for r in of_it], [r.value for r in of_it]) for key, of_it in readings.items()}
    nothing = Series()
    places = Places(site)
    timelines = Timelines(places, lambda sensor, quantity: series.get((sensor, quantity), nothing))
    whereabouts = Whereabouts(site, places)
    for batch in site.batches:
        for unit in whereabouts.units(batch, until):
            yield SubjectEvidence(whereabouts.unit(UnitKey(*batch, unit), until), timelines, until)
