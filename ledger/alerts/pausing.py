"""When nothing of a problem was outside although it went on, by what is on record of its place and its units."""

from collections.abc import Iterator

from domain.intervals import Interval
from ledger.verdicts.stored_intervals import end_of
from ledger.verdicts.verdicts import Verdicts
from rules.alarms.pauses import has_pause, pauses
from rules.alarms.problems import Problem
from rules.subjects.whereabouts import LocationKey


def pauses_of(verdicts: Verdicts, problem: Problem, now: int) -> list[Interval]:
    """Return the pauses of a problem as of `now`; what fired nothing is looked up only where there may be one."""
    return pauses(problem, _outside(verdicts, problem, now)) if has_pause(problem) else []


def span_up_to(problem: Problem, now: int) -> Interval:
    """Return the closed span in which a problem was, or may have been, outside."""
    return problem.since, now if problem.outside_until is None else problem.outside_until


def _outside(verdicts: Verdicts, problem: Problem, now: int) -> Iterator[Interval]:
    span = span_up_to(problem, now)
    for subject in {LocationKey(problem.key.place), *(subject for subject, _ in problem.fired)}:
        intervals = verdicts.in_force(subject).intervals
        yield from ((each.since, end_of(each)) for rule in problem.rules for each in intervals.during(rule, span))
