"""Whether units may be used, by what is on record of them: without judging them anew from their readings."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, tuple_

from domain.model import BatchKey
from ledger.models.hold import Status, status_of
from rules.subjects.whereabouts import UnitKey
from rules.usability import Usability, usability
from store.tables import firings, holds

NOTHING_ON_RECORD = Usability("ok")

_AT_ONCE = 500  # batches in one statement


class RecordedHold(NamedTuple):
    """A hold, as far as it decides whether a unit may be used."""

    rule: str
    status: Status


class RecordedFiring(NamedTuple):
    """A rule that triggered, as far as it does."""

    rule: str
    action: str


def usability_on_record(connection: Connection, batches: Collection[BatchKey]) -> dict[UnitKey, Usability]:
    """Return the answer for each unit of the batches that has a hold, or for which something triggered."""
    held: dict[UnitKey, list[RecordedHold]] = defaultdict(list)
    triggered: dict[UnitKey, list[RecordedFiring]] = defaultdict(list)
    wanted = sorted(batches)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for unit, hold in _holds(connection, some):
            held[unit].append(hold)
        for unit, firing in _firings(connection, some):
            triggered[unit].append(firing)
    return {unit: usability(held[unit], triggered[unit]) for unit in [*held, *(triggered.keys() - held.keys())]}


def _holds(connection: Connection, batches: Sequence[BatchKey]) -> Iterator[tuple[UnitKey, RecordedHold]]:
    columns = (holds.c.product, holds.c.lot, holds.c.unit, holds.c.rule, holds.c.state, holds.c.founded)
    query = select(*columns).where(tuple_(holds.c.product, holds.c.lot).in_(batches))
    for row in connection.execute(query):
        yield UnitKey(*row[:3]), RecordedHold(row.rule, status_of(row.state, founded=row.founded))


def _firings(connection: Connection, batches: Sequence[BatchKey]) -> Iterator[tuple[UnitKey, RecordedFiring]]:
    """Yield the firings in force that hold a unit or ask for review."""
    columns = (firings.c.product, firings.c.lot, firings.c.unit, firings.c.rule, firings.c.action)
    in_force = (firings.c.superseded_at.is_(None), firings.c.action.in_(("hold", "review")))
    query = select(*columns).where(tuple_(firings.c.product, firings.c.lot).in_(batches), *in_force)
    for row in connection.execute(query):
        yield UnitKey(*row[:3]), RecordedFiring(row.rule, row.action)
