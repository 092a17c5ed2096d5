"""Real loggers' records through mosquitto, PostgreSQL and InfluxDB: whatever fails meanwhile, what `judge` says comes
out, with nothing lost and nothing doubled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import said
from tests.e2e.installation import PATIENCE_S, Installation
from tests.e2e.real_records import Records
from tests.notify.receiver import receiving
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.e2e


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Mosquitto, postgres_url: str, influx: Influx) -> Iterator[Installation]:
    mosquitto.start()
    directory = tmp_path / "coldchain"
    directory.mkdir()
    with (
        receiving() as receiver,
        Installation(
            directory, receiver, mosquitto=mosquitto, postgres_url=postgres_url, influx=influx
        ) as installation,
    ):
        installation.start()
        yield installation


@pytest.fixture
def draining(installation: Installation, mosquitto: Mosquitto, records: Records) -> Installation:
    """In the middle of taking what waited for it in the broker: a first part is committed.

    Each record waited twice, shuffled and in order: a single one fits into the buffer and is committed in one step.
    """
    installation.stop()
    installation.replay(records, shuffle=7)
    installation.replay(records)
    mosquitto.save()
    assert installation.kept() == 0
    installation.begin()
    installation.wait(lambda: installation.steps() > 0, PATIENCE_S)
    return installation


@pytest.mark.parametrize("shuffle", [None, 7], ids=["in order", "shuffled"])
def test_in_any_order_the_live_system_says_what_judge_says(
    installation: Installation, records: Records, shuffle: int | None
) -> None:
    installation.replay(records, shuffle)
    installation.wait_caught_up(records)
    said.check(installation, records)


def test_an_engine_killed_while_it_drains_the_queue_ends_in_the_same_state(
    draining: Installation, records: Records
) -> None:
    for steps in (1, 2):
        draining.wait(lambda steps=steps: draining.steps() >= steps, PATIENCE_S)
        draining.kill_ingest()
        assert 0 < draining.kept() < records.count
    draining.wait_caught_up(records)
    said.check(draining, records)


def test_influxdb_stopped_meanwhile_catches_up(draining: Installation, influx: Influx, records: Records) -> None:
    influx.server.stop()
    draining.wait(lambda: draining.kept() == records.count, PATIENCE_S)
    assert draining.forward_lag() > 0
    influx.server.start()
    draining.wait_caught_up(records)
    said.check(draining, records)


def test_a_broker_killed_while_its_queue_is_drained_loses_and_doubles_nothing(
    draining: Installation, mosquitto: Mosquitto, records: Records
) -> None:
    mosquitto.kill9()
    assert 0 < draining.kept() < records.count
    mosquitto.start()
    draining.wait_caught_up(records)
    said.check(draining, records)
