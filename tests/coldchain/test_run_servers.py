"""`coldchain run` on real servers: mosquitto, PostgreSQL, InfluxDB."""

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from store.database import open_database
from store.influx import Influx as Bucket
from store.series import SeriesKey
from store.tables import holds, readings
from tests.coldchain.tree import Gateway, Tree
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.e2e


def test_a_reading_comes_to_postgresql_and_on_to_influxdb(
    tmp_path: Path, mosquitto: Mosquitto, postgres_url: str, influx: Influx
) -> None:
    mosquitto.start()
    tree = Tree(tmp_path)
    tree.environment |= {
        "COLDCHAIN_MQTT_URL": mosquitto.url,
        "COLDCHAIN_DATABASE_URL": postgres_url,
        "COLDCHAIN_INFLUX_URL": influx.url,
        "COLDCHAIN_INFLUX_TOKEN": influx.token,
        "COLDCHAIN_INFLUX_ORG": influx.org,
        "COLDCHAIN_INFLUX_BUCKET": influx.bucket,
    }
    database = open_database(postgres_url)
    bucket = Bucket(influx.url, influx.token, influx.org, influx.bucket)
    tree.start()
    try:
        tree.wait(tree.hears)
        assert "broker" not in tree.children()
        measured_at = int(time.time())
        gateway = Gateway(mosquitto.port)
        gateway.publish([9.6], measured_at)
        gateway.close()
        instant = measured_at * 1_000_000
        key = SeriesKey("D1", "", "temperature")
        tree.wait(lambda: bucket.load(key, instant, instant + 1) == ([instant], [9_600_000]))
        tree.wait_well()
        with database.read() as connection:
            assert connection.scalars(select(readings.c.value)).all() == [9_600_000]
            assert connection.scalars(select(holds.c.lot)).all() == ["A1"]
    finally:
        tree.stop()
        bucket.close()
        database.close()
    assert tree.orphans() == set()
