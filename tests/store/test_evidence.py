"""The chain of the record: what a transaction notes is linked at its end, and holds against what is stored."""

import pytest
from sqlalchemy import delete, func, insert, select, update

from store.audit import write_audit
from store.evidence import AUDIT, COMMENTS, PEOPLE, note
from store.people import add_person, change_person, find_person
from store.proof import head, wrong_links, wrong_rows
from store.state import StoredEntry, add_token, put_entries, remove_entry, revoke_token
from store.tables import audit, entries, evidence, people

LINE = {"at": 1, "who": "anna", "what": "put", "kind": "location", "key": "R1"}
ENTRY = StoredEntry("location", '["R1"]', {"id": "R1", "limit": 8.0, "name": "Kühlraum ❄"}, "person", "anna", 5)
ANNA = {"name": "anna", "full_name": "Anna", "role": "qa", "client": None, "created_at": 1}
TOKEN = {"id": "t1", "name": "erp", "role": "admin", "client": None, "hash": "00", "created_at": 1}


def wrong(database) -> list[str]:
    with database.read() as connection:
        return [*map(str, wrong_links(connection)), *map(str, wrong_rows(connection))]


def links(database) -> int:
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(evidence)) or 0)


def test_what_is_written_is_linked_and_holds(database):
    with database.begin() as connection:
        put_entries(connection, [ENTRY])
        write_audit(connection, [LINE, {**LINE, "after": {"x": [1, 2.5, None]}}])
        add_person(connection, ANNA)
        add_token(connection, TOKEN)
    assert links(database) == 5
    with database.begin() as connection:
        put_entries(connection, [ENTRY._replace(doc={"id": "R1"})])
        change_person(connection, "anna", role="viewer")
        change_person(connection, "anna", failures=1)  # says nothing of rights
        assert revoke_token(connection, "t1", 9)
        assert not revoke_token(connection, "t1", 9)
    assert links(database) == 8
    assert wrong(database) == []


def test_each_transaction_goes_on_where_the_last_one_ended(database):
    for number in range(3):
        with database.begin() as connection:
            write_audit(connection, [LINE] * number)
        with database.read() as connection:
            assert head(connection).id == sum(range(number + 1))
    assert wrong(database) == []


def test_what_is_rolled_back_is_not_linked(database):
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        write_audit(connection, [LINE])
        raise ZeroDivisionError
    with database.begin() as connection:
        add_person(connection, ANNA)
        with pytest.raises(ZeroDivisionError), connection.begin_nested():
            add_person(connection, {**ANNA, "name": "eve"})
            raise ZeroDivisionError
        with connection.begin_nested():
            add_token(connection, TOKEN)
        assert find_person(connection, "eve") is None
    with database.read() as connection:
        assert connection.scalars(select(evidence.c.about).order_by(evidence.c.number)).all() == ["people", "tokens"]
    assert wrong(database) == []


def test_what_is_removed_is_missing_from_then_on(database):
    with database.begin() as connection:
        put_entries(connection, [ENTRY])
        assert remove_entry(connection, "location", '["R1"]')
        assert not remove_entry(connection, "location", '["R1"]')
    assert links(database) == 2 and wrong(database) == []
    with database.begin() as connection:
        connection.execute(insert(entries), [ENTRY._asdict()])
    assert wrong(database) == ['entries ["location","[\\"R1\\"]"]: was removed, and is there']


def test_a_row_that_is_changed_removed_or_added_past_the_product_is_named(database):
    with database.begin() as connection:
        write_audit(connection, [LINE, LINE, LINE])
        add_person(connection, ANNA)
    with database.begin() as connection:
        first, second = connection.scalars(select(audit.c.id).order_by(audit.c.id).limit(2))
        connection.execute(update(audit).where(audit.c.id == first).values(who="eve"))
        connection.execute(delete(audit).where(audit.c.id == second))
        connection.execute(insert(people).values({**ANNA, "name": "eve"}))
    assert wrong(database) == [
        f"audit [{first}]: is not what was put on record",
        f"audit [{second}]: is missing",
        'people ["eve"]: was never put on record',
    ]


def test_a_column_that_is_added_later_changes_nothing_while_it_is_null():
    row = {"id": 1, "alert": 2, "at": 3, "who": "anna", "text": "seen"}
    assert COMMENTS.content_of(row) == COMMENTS.content_of({**row, "new": None})
    assert COMMENTS.content_of(row) != COMMENTS.content_of({**row, "new": 0})


def test_a_number_is_the_same_as_a_column_gives_it_back():
    assert AUDIT.content_of({"at": 5}) == AUDIT.content_of({"at": 5.0}) != AUDIT.content_of({"at": 5.5})


def test_what_may_change_by_itself_is_not_covered():
    row = {"name": "anna", "role": "qa"}
    assert PEOPLE.content_of({**row, "failures": 3, "locked_until": 9}) == PEOPLE.content_of(row)


def test_nothing_of_a_broken_transaction_comes_into_the_next_of_its_connection(database):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), database.begin() as connection:
            note(connection, COMMENTS, [{"id": 1, "text": "lost"}])
            raise ZeroDivisionError
    with database.begin() as connection:
        write_audit(connection, [LINE])
    assert links(database) == 1
