"""Every partial index serves a question of the product: the plan of SQLite says so, whatever it knows of the tables."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from api.reads.deliveries import _last
from domain.model import UnitKey
from notify import outbox
from store import device_clocks, state, statistics
from store.audit import AuditFilter, read_audit
from store.metadata import metadata
from store.stock import as_of, counts, left, orders, units
from store.stock import tables as stock_tables
from store.stock.as_of import AsOf
from store.tables import delivery_attempts, parked_points

NOW = AsOf(None)
Question = Callable[[Connection], object]


def listed(query: Any) -> Question:
    return lambda connection: connection.execute(query).all()


QUESTIONS: dict[str, Question] = {
    "ix_inbox_waiting": lambda c: (state.is_any_waiting(c), state.waiting_requests(c, 10)),
    "ix_audit_manual": lambda c: read_audit(c, AuditFilter(people=True), None, 10),
    "ix_audit_manual_kind": lambda c: read_audit(c, AuditFilter(people=True, kind="alert"), None, 10),
    "ix_readings_unplaced": device_clocks.count_unplaced,
    "ix_outbox_waiting": lambda c: outbox.claim(c, "mail", 10, 10),
    "ix_delivery_attempts_bad": lambda c: _last(c, "mail", delivery_attempts.c.error.is_not(None)),
    "ix_delivery_attempts_good": lambda c: _last(c, "mail", delivery_attempts.c.error.is_(None)),
    "ix_unit_states_last": lambda c: units.last_state(c, UnitKey("VAX", "A", "1")),
    "ix_unit_states_location": listed(as_of.states(AsOf(10), *as_of.in_stock(locations=["ROOM"]))),
    "ix_unit_states_unusable": listed(as_of.unusable_units(NOW, "VAX", None)),
    "ix_unit_states_current": lambda c: as_of.lots_in_stock(c, NOW, "VAX", ["ROOM"], 10),
    "ix_unit_states_shipment": lambda c: units.on_their_way(c, {"S": (1, 1)}),
    "ix_unit_states_there": lambda c: left.stood(c, [("ROOM", 1, 2)]),
    "ix_lot_statuses_unusable": lambda c: as_of.blocking_lots(c, NOW),
    "ix_orders_open": lambda c: orders.listed(c, None, 10, ended=False),
    "ix_reservations_unit": lambda c: orders.kept_of(c, [UnitKey("VAX", "A", "1")]),
    "ix_count_adjustments_waiting": lambda c: counts.some_adjustments(c, None, "proposed"),
}


def indexes_of(connection: Connection, question: Question) -> set[str]:
    """The indexes by which SQLite finds what a question is about: those of all its statements."""
    asked: list[tuple[str, Any]] = []

    def executed(_: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", executed)
    question(connection)
    event.remove(connection, "before_cursor_execute", executed)
    rows = (row for each in asked for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each[0]}", each[1]))
    return {name for row in rows for name in re.findall(r"INDEX (\w+)", row[3])}


def test_each_partial_index_has_its_question() -> None:
    found = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert found == QUESTIONS.keys()


@pytest.mark.parametrize("index", QUESTIONS)
def test_a_partial_index_serves(index: str, sqlite_database: Any) -> None:
    with sqlite_database.begin() as connection:
        assert index in indexes_of(connection, QUESTIONS[index])


def test_also_for_what_blocks_by_its_own_status(sqlite_database: Any) -> None:
    with sqlite_database.begin() as connection:
        assert "ix_unit_states_unusable" in indexes_of(connection, listed(as_of.blocking_units(NOW)))


def test_of_large_tables_is_known_how_large_they_are_and_of_small_ones_nothing(sqlite_database: Any) -> None:
    with sqlite_database.begin() as connection:
        for table, count in ((parked_points, 20), (delivery_attempts, 20_000)):
            rows = [made_up(table, number) for number in range(1, count + 1)]
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.execute(insert(table), rows)
        statistics.gather(connection)
        known = connection.exec_driver_sql("SELECT DISTINCT tbl FROM sqlite_stat1").scalars().all()
        assert known == ["delivery_attempts"]
        connection.rollback()


def test_a_later_look_takes_the_place_of_the_first(sqlite_database: Any) -> None:
    with sqlite_database.begin() as connection:
        statistics.gather(connection)
        statistics.gather(connection)
        assert connection.execute(select(parked_points)).all() == []


@pytest.mark.servers
def test_postgresql_finds_a_few_of_many_by_an_index_right_after_they_were_written(postgresql_database: Any) -> None:
    names = [{"product": "VAX", "lot": f"L{number}", "unit": "1"} for number in range(20_000)]
    with postgresql_database.begin() as connection:
        connection.execute(insert(stock_tables.units), names)
        statistics.gather(connection)
        known = "SELECT reltuples FROM pg_class WHERE relname = 'units'"
        assert connection.exec_driver_sql(known).scalar() == 20_000
        asked: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        assert len(units.ids_of(connection, [UnitKey("VAX", f"L{number}", "1") for number in range(8)])) == 8
        statement, parameters = asked[0]
        for plans in ("force_custom_plan", "force_generic_plan"):
            connection.exec_driver_sql(f"SET LOCAL plan_cache_mode = {plans}")
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
            assert "Seq Scan" not in plan
            assert "Index" in plan


def made_up(table: Any, number: int) -> dict[str, Any]:
    """A row with anything in it."""
    return {
        column.name: number if column.type.python_type is int else "x"
        for column in table.columns
        if not column.nullable or column.primary_key
    }
