"""A sensor's range or model is corrected: what it sent before is gated again, by what counts now."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import Connection

from domain.gate import Gate
from domain.gating import PRESETS_ALWAYS, fault_at, tightest
from domain.model import Dated
from store import fault_numbers
from store.series import SeriesKey, find

Gates = Mapping[tuple[str, str, str], Dated[Gate]]


def regate(connection: Connection, before: Gates, after: Gates) -> int | None:
    """Make stored readings what the gates after a correction make of them, where those differ.

    Return the first journal row of what has changed; None if nothing has.
    """
    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    numbers = find(connection, [SeriesKey(*key) for key in sorted(differing)])
    changed = []
    for key, number in numbers.items():
        gates = after.get((key.device, key.probe, key.quantity)) or PRESETS_ALWAYS[key.quantity]
        changed.append(fault_numbers.regate(connection, number, partial(fault_at, gates), tightest(gates)))
    return min((first for first in changed if first is not None), default=None)
