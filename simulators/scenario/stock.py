"""Who carries what: the moves of a scenario as calls of the API, and the placements that they end in."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from simulators.errors import InputError
from simulators.scenario.given import MoveGiven
from simulators.scenario.site import Description
from simulators.times import SECOND, format_time, parse_time

Placement = dict[str, Any]


class Call(NamedTuple):
    """What is told of a move, and when (seconds after the start)."""

    second: int
    path: str
    body: Mapping[str, Any]


class Carried(NamedTuple):
    """Everything that is told, in order of time, and where everything stood in the end."""

    calls: list[Call]
    placements: list[Placement]


def carry(site: Description, moves: Sequence[MoveGiven], start: int) -> Carried:
    """Carry out the moves in order of time. Raises InputError for one that makes no sense."""
    placements: list[Placement] = [dict(each) for each in site.get("placements") or []]
    calls = [_done(placements, move, start) for move in sorted(moves, key=lambda move: move.at)]
    return Carried(sorted(calls, key=lambda call: call.second), placements)


def _done(placements: list[Placement], move: MoveGiven, start: int) -> Call:
    at = format_time(start + move.at * SECOND)
    named = {"product": move.product, "lot": move.lot, "unit": move.unit}
    standing = [each for each in placements if _is_of(each, named) and each.get("to") is None]
    if move.quantity is not None:
        came: Placement = {**named, "location": move.to, "quantity": move.quantity, "from": at, "to": None}
        placements.append(came)
        return Call(move.reported_at, "/placements", dict(came))
    if len(standing) != 1 or parse_time(standing[0]["from"]) >= parse_time(at):
        name = " ".join(filter(None, named.values()))
        raise InputError(f"moves: {name} cannot go to {move.to} at {at}: it does not stand in one place then")
    [stay] = standing
    stay["to"] = at
    if move.to is None:
        return Call(move.reported_at, "/placements", {**named, **stay, "quantity": int(stay["quantity"])})
    placements.append({**named, "location": move.to, "quantity": stay["quantity"], "from": at, "to": None})
    return Call(move.reported_at, "/placements/move", {**named, "location": move.to, "at": at})


def _is_of(placement: Placement, named: Mapping[str, str | None]) -> bool:
    return all(placement.get(name) == value for name, value in named.items())
