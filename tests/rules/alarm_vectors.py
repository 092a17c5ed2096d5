"""ISA-18.2, OPC UA Part 9 and EEMUA 191 on alarms, answered by the life of a problem and the load of alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.times import DAY, HOUR, MINUTE
from rules import batch_judge
from rules.alarms.alarm_rate import Raised, alarm_rate_of
from rules.alarms.lifecycle import State, Suppression, state_of
from rules.alarms.off_delay import clears_at
from rules.alarms.problems import Fired, Key, problems
from rules.judgement import Firing
from rules.subjects.whereabouts import LocationKey
from tests.oracle.notation import Answer, heard, limit, site, version
from tests.oracle.product import to_site

Vector = Mapping[str, Any]

_ROOM = Key("ROOM", "temperature", "high")
_BEGINS, _ENDS = 100, 300


def _over(state: Any, since: int, until: int) -> list[Suppression]:
    return [Suppression(state, since, until, "why")]


# Of each transition: the instant at which its event happens, and the life of a problem in which it does.
_LIVES: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {
    ("NORM", "condition_detected"): (_BEGINS, {}),
    ("UNACK", "return_to_normal"): (_ENDS, {}),
    ("RTNUN", "acknowledge"): (400, {"acknowledged_at": 400}),
    # Ours is of what is shelved and of all that comes back there: it shows in the next problem that begins.
    ("NORM", "shelve"): (_BEGINS, {"suppressions": _over("SHLVD", 50, 400)}),
    ("SHLVD", "reset_alarm_active"): (250, {"suppressions": _over("SHLVD", 150, 250)}),
    ("OOSRV", "return_to_service_process_normal"): (_ENDS, {"suppressions": _over("OOSRV", 150, _ENDS)}),
}


def _states_around(transition: Mapping[str, str]) -> tuple[State, State]:
    at, life = _LIVES[transition["from"], transition["event"]]
    known: dict[str, Any] = {"acknowledged_at": None, "founded": True, "suppressions": ()} | life
    before, after = (state_of(_BEGINS, _ENDS, **known, now=now) for now in (at - 1, at))
    return before, after


def check_states(vector: Vector, shared: Path) -> None:
    """Every transition begins and ends in the state of the standard's diagram."""
    transitions = vector["input"]["transitions"]
    found = [_states_around(transition) for transition in transitions]
    assert [before for before, _ in found] == [transition["from"] for transition in transitions]
    assert [after for _, after in found] == vector["expected"]["to"]


def _load(gap: int, count: int, severity: Any = "warning", length: int = DAY) -> Any:
    return alarm_rate_of([Raised(_ROOM, severity, 1 + i * gap, 2 + i * gap, None) for i in range(count)], 0, length)


def check_kpi(vector: Vector, shared: Path) -> None:
    """Each target is a number that the load measures: kept at the target, broken by one alarm more."""
    targets = vector["expected"]
    each, flood = (int(targets[name].removesuffix(" min").split(" ")[0]) for name in ("manageable", "flood"))
    assert _load(10 * MINUTE, each, length=10 * MINUTE).loaded == 0
    assert _load(MINUTE, each + 1, length=10 * MINUTE).loaded == 1
    assert [bool(_load(MINUTE, count).floods) for count in (flood - 1, flood)] == [False, True]
    assert _load(HOUR // targets["avg_per_hour"], targets["avg_per_day"]).per_day == targets["avg_per_day"]
    split: dict[Any, int] = dict(zip(("critical", "warning", "info"), targets["priority_split_pct"], strict=True))
    alarms = [Raised(_ROOM, severity, 1, 2, None) for severity, share in split.items() for _ in range(share)]
    assert alarm_rate_of(alarms, 0, DAY).by_severity == split


def _said(series: str, **rule: str) -> list[Answer]:
    """Return the exposures of a lot in a room to one rule."""
    room = site(version(limit(above="8", **rule)))
    batches: list[Answer] = dict(batch_judge.judge(to_site(room), heard(series), None))["batches"]
    found: list[Answer] = batches[0]["units"][0]["exposures"]
    return found


def check_delays(vector: Vector, shared: Path) -> None:
    """Delays and deadband. Nothing is raised anew because it goes on: it stays unacknowledged until somebody does."""
    assert set(vector["expected"]) == {"on_delay", "deadband", "off_delay", "realarm_time"}
    # "value must be beyond limit for the whole OnDelay"
    assert [each["fired_at"] for each in _said("5 9x9 5 9x9 5", delay="10min")] == [None, None]
    assert [bool(each["fired_at"]) for each in _said("5 9x10 5", delay="10min")] == [True]
    # "once active, returns only after dropping below limit by deadband"
    assert [each["minutes"] for each in _said("5 9 7.9x5 7.7", deadband="0.2")] == [6.0]
    # "stays active if it dips out only briefly"
    firing = Firing("warm", 0, "hold", "warning", "P", 1, "limit", "temperature", "high", ("ROOM",), 0, 10, "")
    dips = [firing, replace(firing, since=14, at=14, until=20)]
    for off_delay, active in ((5, [True, True, True, False]), (0, [True, False, True, False])):
        found = [_goes_on([each for each in dips if each.since <= now], off_delay, now) for now in (9, 12, 18, 30)]
        assert found == active


def _goes_on(fired: Sequence[Firing], off_delay: int, now: int) -> bool:
    """Tell whether the last of what had begun by then goes on for people."""
    known = [replace(each, until=None if each.until is None or each.until > now else each.until) for each in fired]
    found = problems(
        _ROOM,
        [Fired(LocationKey("ROOM"), each) for each in known],
        lambda item: clears_at(item.firing, (), off_delay),
        now,
    )
    return found[-1].until is None
