"""The servers' fixtures do what other tests rely on; the shipped mosquitto.conf keeps what it acknowledged."""

import socket
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from secrets import token_hex

import paho.mqtt.client as mqtt
import psycopg
import pytest
from influxdb_client import InfluxDBClient, Point
from influxdb_client.client.write_api import SYNCHRONOUS

from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto, replaced
from tests.servers.postgres import Postgres
from tests.servers.process import (
    PATIENCE_S,
    MissingError,
    ServerError,
    accepts_connections,
    find_program,
    free_port,
    wait_until,
)

TOPIC = "site/1/readings"


# --- mosquitto -------------------------------------------------------------------------------------------------------


def connected(broker: Mosquitto, client_id: str) -> mqtt.Client:
    """A client with a persistent session; it puts what it hears into its user data, a queue."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id, clean_session=False, userdata=Queue())
    client.on_message = lambda client, heard, message: heard.put(message.payload)
    client.on_connect = lambda client, *_: client.subscribe(TOPIC, qos=1)
    client.on_subscribe = lambda client, heard, *_: heard.put("subscribed")
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    return client


def close(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()


def leave_session(broker: Mosquitto, client_id: str = "engine") -> None:
    client = connected(broker, client_id)
    assert client.user_data_get().get(timeout=PATIENCE_S) == "subscribed"
    close(client)


def publish(broker: Mosquitto, payloads: list[bytes], qos: int = 1) -> None:
    """Returns when the broker has acknowledged all of them."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "gateway")
    client.max_inflight_messages_set(0)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for told in [client.publish(TOPIC, payload, qos) for payload in payloads]:
        told.wait_for_publish(PATIENCE_S)
        assert told.is_published()
    close(client)


def heard_by_session(broker: Mosquitto, number: int, client_id: str = "engine") -> list[bytes]:
    client = connected(broker, client_id)
    heard = [
        message
        for _ in range(number + 1)
        if (message := client.user_data_get().get(timeout=PATIENCE_S)) != "subscribed"
    ]
    close(client)
    return heard


def all_heard(broker: Mosquitto) -> list[bytes]:
    """What waits for the session, and no more: until a mark of ours comes back. A full queue may drop it at first."""
    client = connected(broker, "engine")
    mark, heard = b"the end " + token_hex().encode(), []
    while mark not in heard:
        publish(broker, [mark])
        with suppress(Empty):
            while mark not in heard:
                heard.append(client.user_data_get().get(timeout=1))
    close(client)
    return [message for message in heard if message != "subscribed" and not message.startswith(b"the end ")]


def numbered(number: int) -> list[bytes]:
    return [f"{n}".encode() for n in range(number)]


def test_mosquitto_queues_far_more_than_its_default_of_1000_for_an_absent_session(mosquitto: Mosquitto) -> None:
    leave_session(mosquitto)
    publish(mosquitto, numbered(5000))
    assert heard_by_session(mosquitto, 5000) == numbered(5000)


def test_mosquitto_keeps_a_sessions_queue_through_a_restart(mosquitto: Mosquitto) -> None:
    leave_session(mosquitto)
    publish(mosquitto, numbered(2000))
    mosquitto.restart()
    assert heard_by_session(mosquitto, 2000) == numbered(2000)


def test_mosquitto_keeps_a_sessions_queue_through_a_kill_once_its_autosave_has_passed(mosquitto: Mosquitto) -> None:
    leave_session(mosquitto)
    publish(mosquitto, numbered(2000))
    mosquitto.wait_saved()
    mosquitto.kill9()
    assert not accepts_connections(mosquitto.port)
    mosquitto.start()
    assert heard_by_session(mosquitto, 2000) == numbered(2000)


def test_mosquitto_queues_qos_0_for_an_absent_session(mosquitto: Mosquitto) -> None:
    leave_session(mosquitto)
    publish(mosquitto, numbered(2000), qos=0)
    assert heard_by_session(mosquitto, 2000) == numbered(2000)


def test_mosquitto_has_no_window_of_20_unacknowledged_messages(mosquitto: Mosquitto) -> None:
    engine = connected(mosquitto, "engine")
    engine.manual_ack_set(True)
    assert engine.user_data_get().get(timeout=PATIENCE_S) == "subscribed"
    publish(mosquitto, numbered(1000))
    assert [engine.user_data_get().get(timeout=PATIENCE_S) for _ in range(1000)] == numbered(1000)
    close(engine)


def test_the_limit_in_bytes_holds_also_while_the_engine_is_connected_but_stuck(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    limits = {"max_inflight_bytes": "10000", "max_queued_bytes": "20000"}
    with Mosquitto(tmp_path, overrides=limits) as broker:
        engine = connected(broker, "engine")
        engine.manual_ack_set(True)
        assert engine.user_data_get().get(timeout=PATIENCE_S) == "subscribed"
        publish(broker, [b"x" * 100] * 1000)
        close(engine)
        assert 200 < len(all_heard(broker)) < 400
        publish(broker, [b"more"])
        assert all_heard(broker) == [b"more"]


def test_saving_at_once_is_enough_for_a_kill(mosquitto: Mosquitto) -> None:
    leave_session(mosquitto)
    publish(mosquitto, numbered(10))
    mosquitto.save()
    mosquitto.kill9()
    mosquitto.start()
    assert heard_by_session(mosquitto, 10) == numbered(10)


def test_only_settings_that_the_shipped_file_has_can_be_replaced() -> None:
    assert replaced("listener 1883\nautosave_interval 5\n", {"listener": "7"}) == "listener 7\nautosave_interval 5\n"
    with pytest.raises(ServerError, match="0 lines for 'autosave'"):
        replaced("autosave_interval 5\n", {"autosave": "1"})


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def psycopg_url(url: str) -> str:
    return url.replace("+psycopg", "")


def test_each_postgres_database_is_fresh(postgres: Postgres) -> None:
    for _ in range(2):
        with postgres.fresh_database() as url, psycopg.connect(psycopg_url(url)) as connection:
            connection.execute("CREATE TABLE readings (id int)")


def test_postgres_keeps_committed_rows_through_a_kill_and_a_restart(postgres: Postgres, postgres_url: str) -> None:
    with psycopg.connect(psycopg_url(postgres_url)) as connection:
        connection.execute("CREATE TABLE readings AS SELECT generate_series(1, 1000) AS id")
    first = postgres.pid
    postgres.kill9()
    postgres.start()
    assert postgres.pid != first
    postgres.restart()
    with psycopg.connect(psycopg_url(postgres_url)) as connection:
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == (1000,)


def test_a_database_can_be_dropped_after_a_test_that_stopped_its_server(postgres: Postgres) -> None:
    with postgres.fresh_database() as url:
        postgres.stop()
    assert postgres.running
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(psycopg_url(url))


# --- InfluxDB --------------------------------------------------------------------------------------------------------


def write_reading(influx: Influx) -> None:
    with InfluxDBClient(influx.url, influx.token, org=influx.org) as client:
        point = Point("reading").tag("sensor", "S1").field("temperature", 5.0)
        client.write_api(write_options=SYNCHRONOUS).write(influx.bucket, record=point)


def count_readings(influx: Influx) -> int:
    with InfluxDBClient(influx.url, influx.token, org=influx.org) as client:
        tables = client.query_api().query(f'from(bucket: "{influx.bucket}") |> range(start: -1h) |> count()')
    return sum(record.get_value() for table in tables for record in table.records)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_influx_bucket_is_fresh(influx: Influx, turn: int) -> None:
    assert count_readings(influx) == 0
    write_reading(influx)
    assert count_readings(influx) == 1


def test_influx_keeps_what_it_has_written_through_a_kill_and_a_restart(influx: Influx) -> None:
    write_reading(influx)
    influx.server.kill9()
    influx.server.start()
    influx.server.restart()
    assert count_readings(influx) == 1


def test_a_bucket_can_be_removed_after_a_test_that_stopped_its_server(influx: Influx) -> None:
    influx.server.stop()
    assert not accepts_connections(influx.server.port)


# --- shared folders, processes ---------------------------------------------------------------------------------------


def test_the_shared_folders_have_records_and_vectors(shared_data: Path, shared_vectors: Path) -> None:
    assert list(shared_data.glob("*.csv"))
    assert list(shared_vectors.glob("*.jsonl"))


def test_a_missing_program_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(MissingError, match=r"no-such-server is not installed \(apt-get install it\)"):
        find_program("no-such-server", "apt-get install it")


def test_a_free_port_can_be_listened_on_and_is_not_one_of_outgoing_connections() -> None:
    port = free_port()
    assert port < 32_768
    with socket.create_server(("127.0.0.1", port)):
        assert accepts_connections(port)


def test_a_port_is_given_out_once() -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as token, pytest.raises(OSError, match="in use"):
        token.bind(("127.0.0.1", port))  # as another process would before it takes the port


def test_waiting_in_vain_says_what_was_waited_for() -> None:
    with pytest.raises(ServerError, match=r"waited 0\.05 s for the end of days"):
        wait_until(lambda: False, 0.05, "the end of days")
