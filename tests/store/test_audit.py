"""The audit trail: lines come back as written, numbered as they were committed."""

import threading

from sqlalchemy import select

from store.audit import write_audit
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
