"""Units whose time after opening or thawing is over: expired, whatever the date of their lot says."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from batches.expiry import in_use_expiry, terms_of
from domain.model import BatchKey, Product, UnitKey
from store.unit_dates import handled


def expired_in_use(
    connection: Connection,
    lots: Collection[BatchKey] | None,
    products: Mapping[str, Product],
    now: int,
    known_at: int | None = None,
) -> frozenset[UnitKey]:
    """Return the units of these lots (None: of all) that were opened or thawed too long ago at an instant, `now`.

    By what is known, or was known at another.
    """
    ends = ends_in_use(connection, lots, products, known_at)
    return frozenset(unit for unit, end in ends.items() if end <= now)


def ends_in_use(
    connection: Connection,
    lots: Collection[BatchKey] | None,
    products: Mapping[str, Product],
    known_at: int | None = None,
) -> dict[UnitKey, int]:
    """Return from which instant on units of these lots (None: of all) may not be used since they were opened or thawed.

    Those of which there is no such instant are left out.
    """
    found = {}
    for unit, dates in handled(connection, lots, known_at).items():
        end = in_use_expiry(dates, terms_of(products.get(unit.product)))
        if end is not None:
            found[unit] = end.at
    return found
