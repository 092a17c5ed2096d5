"""All that can be proven of what is stored, in one snapshot: both chains, the rows they cover, and what follows."""

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection

from ledger.inputs import Decode
from ledger.proof.derived import wrong_verdicts
from ledger.proof.record import wrong_alerts, wrong_holds
from ledger.readings.repair import differences
from ledger.readings.replay import replay
from store import journal
from store.proof import Wrong, wrong_links, wrong_rows

MOST_OF_A_KIND = 100


def wrong_record(connection: Connection, noted: journal.Head | None = None) -> Iterator[Wrong]:
    """Yield what is wrong with the chain of the record, and the rows that are not what it says."""
    yield from wrong_links(connection, noted)
    yield from wrong_rows(connection)
    yield from wrong_holds(connection)
    yield from wrong_alerts(connection)


def wrong_readings(connection: Connection, decode: Decode, ahead_at_most: int) -> Iterator[Wrong]:
    """Yield readings that are not what the journal's messages say.

    Where the sources of today do not read a message any more, what it said is taken as stored.
    """
    with replay(connection, decode, ahead_at_most) as replayed, replayed.database.read() as derived:
        for each in differences(connection, derived):
            if each.is_now is not None or not replayed.undecodable:
                yield Wrong("readings", *str(each).rsplit(": ", 1))


def wrong(connection: Connection, decode: Decode, ahead_at_most: int, noted: journal.Head | None) -> Iterator[Wrong]:
    """Yield all that is wrong, of each kind at most `MOST_OF_A_KIND`. The journal itself is to be whole."""
    kinds = (
        wrong_record(connection, noted),
        wrong_readings(connection, decode, ahead_at_most),
        wrong_verdicts(connection, ahead_at_most),
    )
    for kind in kinds:
        yield from islice(kind, MOST_OF_A_KIND)
