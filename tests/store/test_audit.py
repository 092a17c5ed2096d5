"""The audit trail: lines come back as written, numbered as they were committed."""

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from store.audit import AuditFilter, iterate_audit, read_audit, write_audit
from store.tables import audit

LINE = {"at": 1, "who": "ann", "what": "put", "kind": "mount", "key": "[]"}


def test_a_line_may_leave_out_what_there_is_not(database):
    with database.begin() as connection:
        write_audit(connection, [])
        write_audit(connection, [LINE, {**LINE, "before": {"a": 1}, "reason": "typo"}])
        found = connection.execute(select(audit.c.before, audit.c.after, audit.c.reason).order_by(audit.c.id)).all()
    assert found == [(None, None, None), ({"a": 1}, None, "typo")]


def test_who_read_up_to_a_number_has_read_all_below_it(database):
    def write(who):
        with database.begin() as connection:
            write_audit(connection, [{**LINE, "who": who}])

    later = threading.Thread(target=write, args=["later"])
    with database.begin() as connection:
        write_audit(connection, [{**LINE, "who": "earlier"}])
        later.start()
        later.join(0.3)
        with database.read() as reading:
            assert reading.execute(select(audit.c.who)).all() == []
    later.join()
    with database.read() as connection:
        assert list(connection.scalars(select(audit.c.who).order_by(audit.c.id))) == ["earlier", "later"]


FILTERS = [
    AuditFilter(who="nobody"),
    AuditFilter(what="released"),
    AuditFilter(kind="hold"),
    AuditFilter(keys=("99",)),
    AuditFilter(kind="hold", keys=("99", '["99"]')),
    AuditFilter(since=10, until=20),
    AuditFilter(who="ann", since=10),
    AuditFilter(kind="hold", since=10, people=True),
    AuditFilter(until=20, people=True),
]


def plan_of(database, wanted, before):
    """Return how SQLite answers the query."""
    asked = []
    with database.read() as connection:

        class Asks:
            def execute(self, query):
                asked.append(query)
                return connection.execute(query)

        read_audit(Asks(), wanted, before, 26)
        compiled = asked[0].compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]


@pytest.mark.parametrize("before", [None, (15, 3)], ids=["first page", "next page"])
@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_no_filter_scans_the_trail(sqlite_database, wanted, before):
    plan = plan_of(sqlite_database, wanted, before)
    assert not [step for step in plan if step.startswith("SCAN")], plan
    assert plan[0].startswith("SEARCH audit USING INDEX ix_audit_")
    assert wanted.keys or not [step for step in plan if "TEMP B-TREE" in step], plan


@pytest.mark.parametrize("people", [False, True])
def test_without_a_filter_the_newest_are_read_from_an_index_in_order(sqlite_database, people):
    assert plan_of(sqlite_database, AuditFilter(people=people), None) == [
        f"SCAN audit USING INDEX {'ix_audit_manual' if people else 'ix_audit_time'}"
    ]


def test_every_row_comes_once_newest_first_by_time_and_number(database, monkeypatch):
    monkeypatch.setattr("store.audit._AT_ONCE", 3)
    with database.begin() as connection:
        write_audit(
            connection, [{**LINE, "at": at, "who": who} for at, who in [(5, "a"), (9, "engine"), *[(7, "b")] * 6]]
        )
        found = [(row.at, row.id) for row in iterate_audit(connection, AuditFilter())]
        assert found == sorted(found, reverse=True) and len(set(found)) == 8
        assert [row.at for row in iterate_audit(connection, AuditFilter(people=True))] == [7] * 6 + [5]
        assert [row.at for row in iterate_audit(connection, AuditFilter(since=7, until=9))] == [7] * 6
        assert list(iterate_audit(connection, AuditFilter(who="nobody"))) == []
