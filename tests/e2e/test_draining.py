"""Real loggers' records wait in the broker, shuffled; whatever fails while they are taken, what `judge` says comes out,
with nothing lost and nothing doubled."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.e2e import said
from tests.e2e.installation import PATIENCE_S, Installation
from tests.e2e.real_records import Records
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.e2e


class Gate:
    """Stops the engine in the middle of a step, so that whatever is to happen meanwhile does, however fast it is."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.execute(GATE)

    def close(self, step: int) -> None:
        """Let nobody commit the messages of this step, which is not the first."""
        self._connection.execute("SELECT pg_advisory_lock(7, %s)", [step])

    def open(self, step: int) -> None:
        self._connection.execute("SELECT pg_advisory_unlock(7, %s)", [step])

    def has_stopped(self) -> bool:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7 AND NOT granted"
        row = self._connection.execute(waiting).fetchone()
        return row is not None and row[0] > 0


GATE = """
CREATE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7, (SELECT count(*) FROM journal WHERE kind = 'messages')::int);
    RETURN NULL;
END $$;
CREATE TRIGGER pass_gate AFTER INSERT ON journal FOR EACH ROW WHEN (NEW.kind = 'messages') EXECUTE FUNCTION pass_gate();
"""


@pytest.fixture
def gate(postgres_url: str) -> Iterator[Gate]:
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        yield Gate(connection)


@pytest.fixture
def draining(installation: Installation, mosquitto: Mosquitto, many_records: Records, gate: Gate) -> Installation:
    """In the middle of taking what waited for it in the broker, shuffled: the first step is committed, the second is
    not. Fewer would fit into the buffer and be committed in one step."""
    installation.stop()
    installation.replay(many_records, shuffle=7)
    mosquitto.save()
    assert installation.kept() == 0
    gate.close(2)
    installation.begin()
    installation.wait(gate.has_stopped, PATIENCE_S)
    assert 0 < installation.kept() < many_records.count
    return installation


def test_an_engine_killed_while_it_drains_the_queue_ends_in_the_same_state(
    draining: Installation, gate: Gate, many_records: Records
) -> None:
    gate.close(3)
    for step in (2, 3):
        draining.wait(gate.has_stopped, PATIENCE_S)
        draining.kill_ingest()
        assert draining.steps() == step - 1
        assert 0 < draining.kept() < many_records.count
        gate.open(step)
    draining.wait_caught_up(many_records)
    said.check(draining, many_records)


def test_broker_and_influxdb_fail_meanwhile_and_nothing_is_lost_or_doubled(
    draining: Installation, gate: Gate, mosquitto: Mosquitto, influx: Influx, many_records: Records
) -> None:
    influx.server.stop()
    mosquitto.kill9()
    gate.open(2)
    mosquitto.start()
    draining.wait(lambda: draining.kept() == many_records.count, PATIENCE_S)
    assert draining.forward_lag() > 0
    influx.server.start()
    draining.wait_caught_up(many_records)
    said.check(draining, many_records)
