"""The private parts of paho-mqtt that our client uses: each is named here, is there, and does what we need of it."""

import ast
import inspect
import re
import socket
import textwrap
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from domain.errors import InvalidError
from ingest import batch_client
from ingest.batch_client import KEEPALIVE_S, TESTED, BatchClient, refuse_untested

PRIVATE = {
    "_create_socket": "what reconnect() makes its socket with",
    "_sock_recv": "reads from that socket",
    "_loop_rc_handle": "closes the connection for an error",
    "_in_packet": "the packet that _packet_handle works on",
    "_packet_handle": "handles one packet",
    "_packet_queue": "has bytes written by the next loop_write()",
    "_msgtime_mutex": "guards the times of the keepalive",
    "_last_bytes_received": "when the broker was last alive",
    "_ping_t": "when a ping was sent that has no answer yet",
}
CONNACK, PINGRESP, SUBACK = b"\x20\x02\x00\x00", b"\xd0\x00", b"\x90\x03\x00\x01\x00"


@pytest.fixture
def wire() -> Iterator[tuple[BatchClient, socket.socket]]:
    """A client that has connected, and the broker's end of its connection."""
    ours, theirs = socket.socketpair()
    client = BatchClient("x", version_5=False)
    client._create_socket = lambda: ours  # type: ignore[method-assign]
    client.connect_to("broker.example", 1883)
    assert client.reconnect() is MQTTErrorCode.MQTT_ERR_SUCCESS
    client.loop_write()
    assert theirs.recv(100).startswith(b"\x10")  # CONNECT
    theirs.sendall(CONNACK)
    client.loop_read()
    with ours, theirs:
        theirs.settimeout(1)
        yield client, theirs


def own_names() -> set[str]:
    """The attributes that BatchClient defines or sets itself and that are not the library's to begin with."""
    source = ast.parse(textwrap.dedent(inspect.getsource(BatchClient)))
    methods = {node.name for node in ast.walk(source) if isinstance(node, ast.FunctionDef)}
    [init] = [node for node in ast.walk(source) if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    stored = {
        node.attr for node in ast.walk(init) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    return methods | stored


def library() -> Client:
    return Client(CallbackAPIVersion.VERSION2)


def test_every_private_part_that_is_used_is_named_here() -> None:
    source = ast.parse(textwrap.dedent(inspect.getsource(BatchClient)))
    used = {
        node.attr
        for node in ast.walk(source)
        if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr) and hasattr(library(), node.attr)
    }
    overridden = {name for name in own_names() if re.match(r"_(?!_)", name) and hasattr(library(), name)}
    assert used | overridden == set(PRIVATE)


@pytest.mark.parametrize("name", PRIVATE)
def test_the_library_has_it(name: str) -> None:
    assert hasattr(library(), name), f"paho-mqtt {paho.mqtt.__version__} has no {name}: {PRIVATE[name]}"


def test_nothing_of_ours_hides_a_part_of_the_library_by_accident() -> None:
    on_purpose = {"__init__", "reconnect", "loop_read", "_create_socket", "on_message", "on_socket_register_write"}
    assert {name for name in own_names() if hasattr(library(), name)} == on_purpose


def test_reconnect_uses_the_socket_that_create_socket_makes(wire: tuple[BatchClient, socket.socket]) -> None:
    client, theirs = wire
    ours = client.socket()
    assert ours is not None and ours.getsockname() == theirs.getpeername() and not ours.getblocking()
    assert client.is_connected()


def test_what_is_queued_is_written_as_it_is_and_not_by_whoever_queues_it(
    wire: tuple[BatchClient, socket.socket],
) -> None:
    client, theirs = wire
    client._packet_queue(0x40, b"@\x02\x00\x07@\x02\x00\x08", 0, 1)
    assert client.want_write()
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(1)
    client.loop_write()
    assert theirs.recv(100) == b"@\x02\x00\x07@\x02\x00\x08"
    assert not client.want_write()


def test_a_packet_is_handled_from_the_place_where_it_is_put(wire: tuple[BatchClient, socket.socket]) -> None:
    client, _ = wire
    subscribed: list[int] = []
    client.on_subscribe = lambda client, data, mid, reasons, properties: subscribed.append(mid)
    client._in_packet |= {"command": SUBACK[0], "remaining_length": 3, "packet": bytearray(SUBACK[2:])}
    assert client._packet_handle() is MQTTErrorCode.MQTT_ERR_SUCCESS
    assert subscribed == [1]


def test_reading_says_that_there_is_nothing_and_that_the_broker_is_gone(
    wire: tuple[BatchClient, socket.socket],
) -> None:
    client, theirs = wire
    with pytest.raises(BlockingIOError):
        client._sock_recv(100)
    theirs.sendall(PINGRESP)
    assert client._sock_recv(100) == PINGRESP
    theirs.close()
    assert client._sock_recv(100) == b""


def test_an_error_closes_the_connection_and_is_told_once(wire: tuple[BatchClient, socket.socket]) -> None:
    client, theirs = wire
    lost: list[bool] = []
    client.on_disconnect = lambda client, data, flags, reason, properties: lost.append(reason.is_failure)
    assert client._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST) is MQTTErrorCode.MQTT_ERR_CONN_LOST
    assert lost == [True] and client.socket() is None and theirs.recv(1) == b""


def test_a_broker_that_is_silent_is_pinged_and_then_given_up(wire: tuple[BatchClient, socket.socket]) -> None:
    client, theirs = wire
    with client._msgtime_mutex:
        client._last_bytes_received -= 2 * KEEPALIVE_S
    client.loop_misc()
    client.loop_write()
    assert theirs.recv(10) == b"\xc0\x00" and client._ping_t > 0
    client._ping_t -= 2 * KEEPALIVE_S
    with client._msgtime_mutex:
        client._last_bytes_received -= 2 * KEEPALIVE_S
    client.loop_misc()
    assert client.socket() is None


def test_a_silence_of_our_own_making_is_no_reason_to_give_up(wire: tuple[BatchClient, socket.socket]) -> None:
    client, _ = wire
    with client._msgtime_mutex:
        client._last_bytes_received -= 2 * KEEPALIVE_S
    client._ping_t = time.monotonic() - 2 * KEEPALIVE_S
    client.still_here()
    client.loop_misc()
    assert client.socket() is not None and client._ping_t == 0


# --- the range of versions ---


def test_the_installed_version_is_one_that_was_tested() -> None:
    assert refuse_untested() == paho.mqtt.__version__


@pytest.mark.parametrize("version", ["2.2", "2.2.0", "2.2.17", "2.2.0rc1", "2.2rc1"])
def test_a_version_in_the_range_is_accepted(version: str) -> None:
    assert refuse_untested(version) == version


@pytest.mark.parametrize("version", ["1.6.1", "2.1.0", "2.3", "2.3.0", "2.10.0", "3.0.0", "unknown"])
def test_a_version_outside_is_refused_by_name_with_what_to_install(version: str) -> None:
    with pytest.raises(InvalidError) as refused:
        refuse_untested(version)
    assert f"paho-mqtt {version} is installed" in str(refused.value)
    assert 'pip install "paho-mqtt>=2.2,<2.3"' in str(refused.value)


def test_no_client_is_made_with_a_version_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_client, "TESTED", ("9.0", "9.1"))
    with pytest.raises(InvalidError, match=re.escape(f"paho-mqtt {paho.mqtt.__version__} is installed")):
        BatchClient("x", version_5=False)


def test_what_is_installed_with_the_package_is_the_same_range() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    [wanted] = [each for each in project["dependencies"] if each.startswith("paho-mqtt")]
    assert wanted == f"paho-mqtt>={TESTED[0]},<{TESTED[1]}"
