"""What a trial comes to, as plain data: who changes verdict, how many alarms, what would fire and what would not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from domain.times import DAY, NEVER, format_instant
from ledger.backtest.judging import Compared, Key, Outcome
from ledger.backtest.trial import Trial
from ledger.verdicts.rows import FiringKey, firing_key
from rules.alarms.problems import Fired, near, problems, span_of
from rules.alarms.problems import Key as ProblemKey
from rules.alarms.problems import keys_of as problem_keys
from rules.judgement import Firing
from rules.subjects.whereabouts import LocationKey, UnitKey
from rules.unit_verdict import VERDICTS

Report = dict[str, Any]


class Paired(NamedTuple):
    """What fires by both, and by one only."""

    both: list[tuple[Firing, Firing]]
    only_before: list[Firing]
    only_after: list[Firing]


def report(trial: Trial, found: Sequence[Compared], readings: int, kept_from: int | None) -> Report:
    """Put the answer together; `kept_from`: readings before it were forgotten."""
    units = [each for each in found if isinstance(each.key, UnitKey)]
    places = [each for each in found if isinstance(each.key, LocationKey)]
    watched = min((min(each.before.watched_from, each.after.watched_from) for each in found), default=NEVER)
    since = min(max(trial.since, watched), trial.until)
    return {
        "tried": [
            {"profile": version.profile, "version": version.version, "instead_of": list(numbers)}
            for version, numbers in zip(trial.tried, trial.instead_of, strict=True)
        ],
        "from": format_instant(since),
        "until": format_instant(trial.until),
        "judged_from": None if kept_from is None else format_instant(kept_from),
        "readings": readings,
        "batches": _batches(units),
        "units": _changes(units),
        "places": _changes(places),
        "alarms": _alarms(found, trial.until - since),
        **_firings(found),
    }


def _changes(found: Sequence[Compared]) -> Report:
    changed = [
        {**_name(each.key), "before": each.before.verdict, "after": each.after.verdict}
        for each in sorted(found, key=lambda each: _order(each.key))
        if each.before.verdict != each.after.verdict
    ]
    return {"judged": len(found), "changed": changed}


def _batches(units: Iterable[Compared]) -> Report:
    """Tell of whole batches: of each the verdict of its worst unit."""
    verdicts: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for each in units:
        if isinstance(each.key, UnitKey):
            verdicts[each.key.product, each.key.lot].append((each.before.verdict, each.after.verdict))
    worst = {
        key: [min(said, key=VERDICTS.index) for said in zip(*pairs, strict=True)] for key, pairs in verdicts.items()
    }
    changed = [
        {"product": product, "lot": lot, "before": before, "after": after}
        for (product, lot), (before, after) in sorted(worst.items())
        if before != after
    ]
    return {"judged": len(worst), "changed": changed}


def _alarms(found: Iterable[Compared], duration: int) -> Report:
    """Count the problems that people would have been told of."""
    found = list(found)
    before = _problems((each.key, each.before) for each in found)
    after = _problems((each.key, each.after) for each in found)
    days = duration / DAY
    return {
        "days": round(days, 2),
        "before": before,
        "after": after,
        "more_a_day": round((after - before) / days, 3) if days else 0.0,
    }


def _problems(found: Iterable[tuple[Key, Outcome]]) -> int:
    """Count problems, off-delays longer than the pause between two included."""
    fired: dict[ProblemKey, list[Fired]] = defaultdict(list)
    clear: dict[tuple[Key, FiringKey], int] = {}
    for subject, outcome in found:
        for firing, at in zip(outcome.firings, outcome.clear_at, strict=True):
            clear[subject, firing_key(firing)] = at
            for key in problem_keys(firing):
                fired[key].append(Fired(subject, firing))

    def clears(item: Fired) -> int:
        return clear[item.subject, firing_key(item.firing)]

    return sum(len(problems(key, each, clears)) for key, each in fired.items())


def _firings(found: Iterable[Compared]) -> Report:
    """Tell what fires otherwise, in order of time."""
    answer: dict[str, list[Report]] = {"would_fire": [], "would_not_fire": [], "at_another_time": []}
    for key, before, after in found:
        pairs = paired(before.firings, after.firings)
        answer["would_fire"] += [_firing(key, firing) for firing in pairs.only_after]
        answer["would_not_fire"] += [_firing(key, firing) for firing in pairs.only_before]
        answer["at_another_time"] += [
            {**_firing(key, new), "was_at": format_instant(old.at), "was_action": old.action}
            for old, new in pairs.both
            if (old.at, old.action) != (new.at, new.action)
        ]
    return {name: sorted(firings, key=lambda firing: firing["at"]) for name, firings in answer.items()}


def paired(before: Iterable[Firing], after: Iterable[Firing]) -> Paired:
    """Match what fires by the same rule about the same time: limits that differ make exposures that overlap."""
    left = list(before)
    both, only_after = [], []
    for new in after:
        old = next((old for old in left if old.rule == new.rule and near(span_of(old), span_of(new), 0)), None)
        if old is None:
            only_after.append(new)
        else:
            left.remove(old)
            both.append((old, new))
    return Paired(both, left, only_after)


def _firing(key: Key, firing: Firing) -> Report:
    return {
        **_name(key),
        "rule": firing.rule,
        "at": format_instant(firing.at),
        "action": firing.action,
        "severity": firing.severity,
        "from": format_instant(firing.since),
        "to": None if firing.until is None else format_instant(firing.until),
        "sentence": firing.sentence,
    }


def _name(key: Key) -> Report:
    """Return who it is; a place has no lot, a unit no place."""
    of_unit = dict.fromkeys(UnitKey._fields) if isinstance(key, LocationKey) else key._asdict()
    return {"location": key.location if isinstance(key, LocationKey) else None, **of_unit}


def _order(key: Key) -> tuple[str, ...]:
    return tuple(part or "" for part in key)
