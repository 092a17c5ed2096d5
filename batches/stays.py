"""Where units were, as the placements that verdicts rest on.

Before its beginning a unit was wherever the units that it is from were, up to the instant at which it began.
"""

from collections.abc import Iterator

from batches.stock import Stay, Stock, Unit
from domain.model import Placement


def placements(stock: Stock) -> Iterator[Placement]:
    """Yield the stays of all units, those from before they began included; each once."""
    known: dict[Unit, frozenset[Stay]] = {}
    for unit in stock.units.values():  # in the order in which they began, so sources come first
        inherited = {_until(stay, unit.since) for source in unit.sources for stay in known[source]}
        known[unit] = frozenset((*unit.stays, *(stay for stay in inherited if stay.since < unit.since)))
        for stay in sorted(known[unit]):
            yield Placement(*unit.key, stay.location, stay.since, stay.until)


def _until(stay: Stay, instant: int) -> Stay:
    return stay._replace(until=min(stay.until, instant))
