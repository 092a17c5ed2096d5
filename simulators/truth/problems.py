"""Problems: all that fired at one place whose sensors spoke, in one quantity and direction, within an hour."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from simulators.times import HOUR, format_time
from simulators.truth.described import FOREVER
from simulators.truth.firing import Fired

PAUSE = HOUR
SEVERITIES = ("info", "warning", "critical")
Unit = tuple[str, str, str | None]


class Share(NamedTuple):
    """What fired for a unit, or (None) for a location, and from when to when."""

    since: int
    until: int
    fired: Fired
    unit: Unit | None


def problems(found: Iterable[tuple[Unit | None, Fired]]) -> list[dict[str, Any]]:
    """Return them with what an alert must say."""
    at: dict[tuple[str, str, str], list[Share]] = defaultdict(list)
    for unit, each in found:
        last = FOREVER if each.until is None else each.until
        share = Share(min(each.since, each.at), max(last, each.at), each, unit)
        for place in each.places:
            at[place, each.rule.quantity or "", each.rule.direction].append(share)
    return [_problem(key, group) for key in sorted(at) for group in _groups(at[key])]


def _groups(shares: list[Share]) -> Iterator[list[Share]]:
    group: list[Share] = []
    for share in sorted(shares, key=lambda share: share.since):
        if group and share.since > max(each.until for each in group) + PAUSE:
            yield group
            group = []
        group.append(share)
    yield group


def _problem(key: tuple[str, str, str], group: list[Share]) -> dict[str, Any]:
    place, quantity, direction = key
    until = max(share.until for share in group)
    units = {share.unit for share in group if share.unit}
    return {
        "place": place,
        "quantity": quantity,
        "direction": direction,
        "severity": max((share.fired.rule.severity for share in group), key=SEVERITIES.index),
        "since": format_time(min(share.since for share in group)),
        "until": None if until == FOREVER else format_time(until),
        "rules": sorted({share.fired.rule.id for share in group}),
        "lots": [
            {"product": product, "lot": lot, "unit": unit}
            for product, lot, unit in sorted(units, key=lambda unit: (unit[0], unit[1], unit[2] or ""))
        ],
    }
