"""Which numbers lots have and had, and how far the sequences are that new ones are drawn from."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, tuple_, update

from domain.model import BatchKey
from store.database import upsert_into
from store.stock.given import TEXT, given, rows_given
from store.tables import lot_numbers, number_sequences

_AT_ONCE = 400  # lots in one statement


class LotNumber(NamedTuple):
    """A lot's number; `own`: the house's own; `removed_at`: when its lot was removed, None: it is there."""

    product: str
    lot: str
    likeness: str
    own: bool
    entered_at: int
    removed_at: int | None


_NAMES = given(product=TEXT, lot=TEXT)
_PAIRS = given(product=TEXT, likeness=TEXT)
_NUMBER = lot_numbers.c
_KNOWN = select(*(_NUMBER[name] for name in LotNumber._fields)).select_from(
    _NAMES.join(lot_numbers, (_NUMBER.product == _NAMES.c.product) & (_NUMBER.lot == _NAMES.c.lot))
)
_ALIKE = (_NUMBER.product == _PAIRS.c.product) & (_NUMBER.likeness == _PAIRS.c.likeness) & _NUMBER.own
_LIKE = (
    select(_NUMBER.product, _NUMBER.likeness, _NUMBER.lot)
    .select_from(_PAIRS.join(lot_numbers, _ALIKE))
    .order_by(_NUMBER.lot)
)


def known_numbers(connection: Connection, wanted: Collection[BatchKey]) -> dict[BatchKey, LotNumber]:
    """Return what is known of these numbers, as far as they were ever used."""
    rows = (LotNumber(*row) for row in connection.execute(_KNOWN, rows_given(wanted))) if wanted else ()
    return {(row.product, row.lot): row for row in rows}


def own_numbers_like(connection: Connection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Return the house's own numbers that are taken for one another, by each `(product, likeness)` asked for."""
    found: dict[tuple[str, str], list[str]] = {}
    if pairs := sorted(set(wanted)):
        for row in connection.execute(_LIKE, rows_given(pairs)):
            found.setdefault((row.product, row.likeness), []).append(row.lot)
    return found


def enter_numbers(connection: Connection, numbers: Iterable[LotNumber]) -> None:
    """Write that these lots are there; what a number was first entered as it stays."""
    rows = [number._asdict() for number in numbers]
    statement = upsert_into(connection, lot_numbers)
    upsert = statement.on_conflict_do_update(
        index_elements=["product", "lot"], set_={"removed_at": statement.excluded.removed_at}
    )
    if rows:
        connection.execute(upsert, rows)


def remove_numbers(connection: Connection, lots: Iterable[BatchKey], at: int) -> None:
    """Write that these lots are removed; their numbers stay theirs."""
    for some in _in_parts(sorted(lots)):
        same = tuple_(lot_numbers.c.product, lot_numbers.c.lot).in_(some)
        connection.execute(update(lot_numbers).where(same).values(removed_at=at))


def last_in_sequence(connection: Connection, owner: str, period: str) -> int:
    """Return the last number that was drawn in a period, 0 if none was."""
    same = (number_sequences.c.owner == owner, number_sequences.c.period == period)
    return int(connection.scalar(select(number_sequences.c.last).where(*same)) or 0)


def move_sequence(connection: Connection, owner: str, period: str, last: int) -> None:
    """Write that a number was drawn."""
    statement = upsert_into(connection, number_sequences)
    values = {"owner": owner, "period": period, "last": last}
    connection.execute(statement.on_conflict_do_update(index_elements=["owner", "period"], set_={"last": last}), values)


def _in_parts(lots: Sequence[BatchKey]) -> Iterator[Sequence[BatchKey]]:
    for start in range(0, len(lots), _AT_ONCE):
        yield lots[start : start + _AT_ONCE]
