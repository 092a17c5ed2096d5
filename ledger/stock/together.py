"""Which requests of a step may be recorded together: each has the answer that it would have after those before it.

They are about different units, shipments and ids, and do only what concerns the units that they name. What reaches
further (a status, a void, a delivery of all that is on its way) is recorded by itself.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from batches.form import units_of
from batches.movements import Adjust, Deliver, Destroy, Done, Make, Merge, Move, Receive, Ship, Split
from domain.errors import ColdchainError
from ledger.stock.given import Asked, Given, Reading

_OF_WHAT_IT_NAMES = (Receive, Make, Split, Merge, Move, Ship, Adjust, Destroy)


class Wanted(NamedTuple):
    """A request, and what of it is new."""

    asked: Asked
    given: Given

    @property
    def numbers(self) -> set[int]:
        """Return the numbers of its movements."""
        return {line.movement.line for line in self.given.lines}


def first_together(requests: Sequence[Asked], reading: Reading) -> list[Wanted | ColdchainError]:
    """Return as many of the first of some requests as may be recorded together, at least one, as they were read.

    Each is what is wanted, or what it is refused with.
    """
    found: list[Wanted | ColdchainError] = []
    used: set[object] = set()
    for each in requests:
        has_void = any(fields.get("do") == "void" for fields in each.objects)
        if found and (has_void or not used.isdisjoint(each.ids)):
            break
        wanted = _read(each, reading)
        is_apart = isinstance(wanted, ColdchainError) or _is_apart(wanted)
        things = set() if isinstance(wanted, ColdchainError) else set(_things_of(wanted))
        if found and (not is_apart or not used.isdisjoint(things)):
            break
        found.append(wanted)
        used |= things
        if not is_apart:
            break
    return found


def _read(asked: Asked, reading: Reading) -> Wanted | ColdchainError:
    try:
        return Wanted(asked, reading.read(asked))
    except ColdchainError as error:
        return error


def _is_apart(wanted: Wanted) -> bool:
    """Tell whether what a request does concerns only what it names."""
    return all(_concerns_what_it_names(line.movement.done) for line in wanted.given.lines)


def _concerns_what_it_names(done: Done) -> bool:
    return isinstance(done, _OF_WHAT_IT_NAMES) or (isinstance(done, Deliver) and done.units is not None)


def _things_of(wanted: Wanted) -> Iterator[object]:
    """Yield the ids, units and shipments that a request is about."""
    yield from wanted.asked.ids
    for line in wanted.given.lines:
        done = line.movement.done
        yield from units_of(done)
        if isinstance(done, Ship | Deliver):
            yield "shipment", done.shipment
