"""The next batch numbers of a product, as they would be drawn now."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection

from batches.numbering import Numbering, left
from batches.production_dates import next_period, period_of
from domain.errors import ColdchainError
from domain.times import datetime_of
from ledger.corrections.lot_numbers import Numberings, free_numbers
from sites.entries import entry
from store.numbers import last_in_sequence
from store.state import load_entries


class Preview(NamedTuple):
    """The next numbers of a day; `left`: how many the sequence still has."""

    numbering: Numbering
    day: date
    numbers: list[str]
    left: int
    resets_on: date | None


def load_numberings(
    connection: Connection, trying: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> Numberings:
    """Return how numbers are made; `trying`: numberings of products that are not entered.

    Raises Refused for one that is none.
    """
    products = [stored.doc for stored in load_entries(connection, "product")]
    if trying:
        products = [_with(doc, trying.get(doc["id"])) for doc in products]
    return Numberings([stored.doc for stored in load_entries(connection, "site")], products)


def _with(doc: dict[str, Any], numbering: Mapping[str, Any] | None) -> dict[str, Any]:
    return doc if numbering is None else entry("product", {**doc, "numbering": dict(numbering)}).doc


def preview(
    connection: Connection, known: Numberings, product: str, now: int, *, day: date | None, line: str | None, count: int
) -> Preview:
    """Return the next numbers. Raises NotFoundError or InvalidError where none can be drawn."""
    numbering = known.to_draw(product)
    day = day or datetime_of(now).astimezone(known.zone).date()
    line = numbering.line(line)
    last = last_in_sequence(connection, numbering.owner or "", period_of(day, numbering.reset))
    numbers = list(islice(free_numbers(connection, product, numbering, day, line, last), count))
    return Preview(numbering, day, numbers, left(numbering, last), next_period(day, numbering.reset))


def numbered_products(known: Numberings) -> Iterator[str]:
    """Yield the products whose batch numbers are drawn."""
    for product in known.products:
        with suppress(ColdchainError):
            if known.of(product) is not None:
                yield product
