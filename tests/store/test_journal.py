"""The journal gives back what it was given and tells when it was touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from domain.errors import InvalidError
from store import journal
from store.journal import Head, Record
from store.tables import dead_letters
from store.tables import journal as table
from tests.thrift import migrated


def message(n):
    return Record("site/a/readings", b'{"t": %d}' % n, False, 1_000 + n, '["site/+/readings"]')


def three_rows(connection):
    journal.append(connection, "messages", 10, [message(1), message(2)])
    journal.append(connection, "correction", 20, [{"do": "put", "key": ["S1"], "n": 1}])
    journal.append(connection, "messages", 30, [message(3)])


def test_an_empty_journal_is_right_and_its_head_is_zero(database):
    with database.read() as connection:
        assert journal.verify(connection) is None
        assert journal.head(connection) == (0, bytes(32))


def test_rows_are_numbered_from_one_without_gaps_and_come_back_as_given(database):
    with database.begin() as connection:
        three_rows(connection)
    with database.read() as connection:
        assert list(journal.iterate(connection)) == [
            (1, "messages", 10, [message(1), message(2)]),
            (2, "correction", 20, [{"do": "put", "key": ["S1"], "n": 1}]),
            (3, "messages", 30, [message(3)]),
        ]
        assert [entry.id for entry in journal.iterate(connection, after=2)] == [3]
        assert journal.verify(connection) is None


def test_a_row_is_read_with_its_place_in_the_chain(database):
    with database.begin() as connection:
        three_rows(connection)
    with database.begin() as connection:
        first, third = (journal.read(connection, number) for number in (1, 3))
        assert (third.entry, third.hash) == ((3, "messages", 30, [message(3)]), journal.head(connection).hash)
        assert (first.previous_hash, first.is_whole, third.is_whole) == (bytes(32), True, True)
        assert journal.read(connection, 4) is None
        connection.execute(update(table).where(table.c.id == 3).values(at=31))
        assert not journal.read(connection, 3).is_whole


def test_a_message_keeps_its_properties_and_older_rows_have_none(database):
    with database.begin() as connection:
        named = ("t", b"5", False, 7, "k", False, (("unit", "°C"), ("unit", "K")))
        journal.append(connection, "messages", 10, [named[:6], named])
    with database.read() as connection:
        [entry] = journal.iterate(connection)
    assert [each.user_properties for each in entry.records] == [(), (("unit", "°C"), ("unit", "K"))]


def test_a_number_of_a_transaction_rolled_back_is_given_again(database):
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        three_rows(connection)
        raise ZeroDivisionError
    with database.begin() as connection:
        assert journal.append(connection, "messages", 10, [message(1)]) == 1


@pytest.mark.parametrize("row", [1, 2, 3])
@pytest.mark.parametrize(
    "change",
    [{"kind": "readings"}, {"at": 21}, {"count": 7}, {"payload": b""}, {"previous_hash": b""}, {"hash": b"x" * 32}],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_column_is_found_at_its_row(database, row, change):
    with database.begin() as connection:
        three_rows(connection)
        connection.execute(update(table).where(table.c.id == row).values(**change))
        assert journal.verify(connection) == row


def test_a_missing_row_is_named(database):
    with database.begin() as connection:
        three_rows(connection)
        connection.execute(delete(table).where(table.c.id == 2))
        assert journal.verify(connection) == 2


def test_a_row_computed_anew_is_found_at_the_one_after_it(database):
    with database.begin() as connection:
        three_rows(connection)
        forged = connection.execute(select(table).where(table.c.id == 2)).one()
        hashed = journal._hash(forged.previous_hash, journal._Row(2, forged.kind, 99, forged.count, forged.payload))
        connection.execute(update(table).where(table.c.id == 2).values(at=99, hash=hashed))
        assert journal.verify(connection) == 3


def test_a_cut_off_end_is_found_by_what_was_made_from_it(database):
    with database.begin() as connection:
        three_rows(connection)
        letter = {"topic": "a", "payload": b"", "retained": False, "reason": "", "received_at": 0, "journal": 3}
        connection.execute(insert(dead_letters).values(**letter))
        connection.execute(delete(table).where(table.c.id == 3))
        assert journal.verify(connection) == 3


def test_a_cut_off_end_without_traces_is_found_by_a_noted_head_only(database):
    with database.begin() as connection:
        three_rows(connection)
        noted = journal.head(connection)
        connection.execute(delete(table).where(table.c.id == 3))
        assert journal.verify(connection) is None
        assert journal.verify(connection, noted) == 3


def test_a_journal_written_anew_is_found_by_a_noted_head(database):
    with database.begin() as connection:
        three_rows(connection)
        noted = journal.head(connection)
        assert journal.verify(connection, noted) is None
        assert journal.verify(connection, Head(2, b"another")) == 2


def test_a_payload_that_cannot_be_read_says_so():
    with pytest.raises(InvalidError, match="kind 'messages' cannot be read"):
        journal.records("messages", b"no zstd frame")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A journal of three rows, and its rows as they should be."""
    database = migrated(tmp_path_factory.mktemp("journal") / "coldchain.db")
    with database.begin() as connection:
        three_rows(connection)
        rows = connection.execute(select(table).order_by(table.c.id)).all()
    yield database, rows
    database.close()


@given(data=st.data())
def test_tampering_with_any_byte_of_any_row_is_found_at_that_row(written, data):
    database, rows = written
    row = data.draw(st.sampled_from(rows))
    column = data.draw(st.sampled_from(["payload", "previous_hash", "hash"]))
    content = bytearray(getattr(row, column))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with database.begin() as connection:
        connection.execute(update(table).where(table.c.id == row.id).values({column: bytes(content)}))
        found = journal.verify(connection)
        connection.execute(update(table).where(table.c.id == row.id).values({column: getattr(row, column)}))
        assert found == row.id
        assert journal.verify(connection) is None
