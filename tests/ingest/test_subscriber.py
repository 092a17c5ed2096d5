"""The subscriber and the pipeline on a real mosquitto."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import CollectorRegistry

from ingest import catching_up
from ingest.buffer import Buffer
from ingest.decoding import Decoder
from ingest.metrics import Metrics
from ingest.pipeline import Pipeline
from ingest.sources import Sources
from ingest.subscriber import Subscriber
from ledger.inputs import Arrived, Batch
from tests.conftest import missing
from tests.ingest import child
from tests.ingest.fakes import Done, source
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import PATIENCE_S, wait_until

TOPIC = "site/A/temperature"
VERSIONS = pytest.mark.parametrize("version", ["3.1.1", "5"])


class Kept:
    """A writer that keeps what it is given, and waits or fails as told."""

    def __init__(self) -> None:
        self.committed: list[Arrived] = []
        self.go = threading.Event()
        self.go.set()
        self.given = 0
        self.before_return = lambda: None

    def step(self, batch: Batch, now: int) -> Done:
        self.given += len(batch.messages)
        if batch.messages:
            self.go.wait(PATIENCE_S)
        self.committed += batch.messages
        if batch.messages:
            self.before_return()
        return Done()

    @property
    def payloads(self) -> list[str]:
        return [message.payload.decode() for message in self.committed]


class Hearing:
    """A subscriber with its pipeline."""

    def __init__(self, url: str, version: str = "3.1.1", buffer: Buffer | None = None, **more: Path) -> None:
        self.writer = Kept()
        self.decoder = Decoder(Sources([("k", source("site/#"))]))
        topics = self.decoder.sources.topics
        self.subscriber = Subscriber(url, "hearing", topics, version=version, buffer=buffer, **more)
        self.registry = CollectorRegistry()
        self.pipeline = Pipeline(
            self.subscriber,
            self.writer,
            self.decoder,
            lambda: time.time_ns() // 1000,
            metrics=Metrics(self.registry),
        )
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.pipeline.run, args=(self.stopping,), daemon=True)

    def __enter__(self) -> "Hearing":
        self.subscriber.start()
        self.thread.start()
        wait_until(lambda: self.subscriber.subscribed, PATIENCE_S, "the subscription")
        return self

    def __exit__(self, *exception: object) -> None:
        self.writer.go.set()
        self.stopping.set()
        self.thread.join(PATIENCE_S)
        self.subscriber.stop(PATIENCE_S)

    def has(self, count: int) -> None:
        wait_until(
            lambda: len(self.writer.committed) >= count, PATIENCE_S, lambda: f"{count} messages: {self.writer.payloads}"
        )

    def acknowledged(self, count: int) -> None:
        """Wait until the broker knows that so many were taken: it answers what we say after the acknowledgements."""
        wait_until(lambda: self.counted("messages") >= count, PATIENCE_S, f"{count} messages to be taken")
        self.subscriber.publish("elsewhere", b"")
        wait_until(lambda: not self.subscriber._client._out_messages, PATIENCE_S, "the broker's answer")

    def repeats(self) -> float:
        return self.counted("repeats")

    def counted(self, what: str) -> float:
        return self.registry.get_sample_value(f"coldchain_{what}_total") or 0.0


def publish(broker: Mosquitto, payloads: Iterable[str | bytes], topic: str = TOPIC, retain: bool = False) -> None:
    """Publish with QoS 1, and wait until the broker has it all."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    published = [client.publish(topic, payload, qos=1, retain=retain) for payload in payloads]
    for info in published:
        info.wait_for_publish(PATIENCE_S)
        assert info.is_published()
    client.disconnect()
    client.loop_stop()


def numbers(first: int, count: int) -> list[str]:
    return [str(i / 1000) for i in range(first, first + count)]


@VERSIONS
def test_what_is_published_is_committed_in_order(mosquitto: Mosquitto, version: str) -> None:
    start = time.time_ns() // 1000
    with Hearing(mosquitto.url, version) as hearing:
        publish(mosquitto, numbers(0, 500))
        hearing.has(500)
    assert hearing.writer.payloads == numbers(0, 500)
    assert not any(message.backlog for message in hearing.writer.committed)
    arrivals = [message.received_at for message in hearing.writer.committed]
    assert arrivals == sorted(set(arrivals))
    assert start <= arrivals[0] and arrivals[-1] - 500 <= time.time_ns() // 1000  # each at an instant of its own


@VERSIONS
def test_nothing_is_acknowledged_before_the_commit(mosquitto: Mosquitto, version: str) -> None:
    with Hearing(mosquitto.url, version) as hearing:
        hearing.writer.go.clear()
        publish(mosquitto, numbers(0, 10))
        wait_until(lambda: hearing.writer.given > 0, PATIENCE_S, "a step")
        hearing.subscriber.stop(PATIENCE_S)  # without the step that hangs ever having returned
    assert hearing.writer.given < 20
    with Hearing(mosquitto.url, version) as again:
        again.has(10)
    assert again.writer.payloads == numbers(0, 10)


@VERSIONS
def test_what_was_acknowledged_does_not_come_again(mosquitto: Mosquitto, version: str) -> None:
    with Hearing(mosquitto.url, version) as hearing:
        publish(mosquitto, numbers(0, 10))
        hearing.has(10)
    publish(mosquitto, ["7.5"])
    with Hearing(mosquitto.url, version) as again:
        again.has(1)
        wait_until(lambda: not again.subscriber.buffer.catching_up, PATIENCE_S, "the end of catching up")
    assert again.writer.payloads == ["7.5"]


def test_a_subscriber_killed_at_any_moment_loses_nothing(mosquitto: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "committed"
    file.touch()
    with Subscribed(mosquitto.url, child.CLIENT):
        pass
    wanted: list[str] = []
    enough = threading.Event()
    publishing = threading.Thread(target=publish, args=(mosquitto, without_end(wanted, enough)))
    publishing.start()
    try:
        for _ in range(8):
            # Killed as soon as it has committed something, in the middle of whatever it does then.
            before = file.stat().st_size
            hear_until(partial(longer_than, file, before), mosquitto.url, file)
    finally:
        enough.set()
        publishing.join()
    hear_until(lambda: set(wanted) <= set(file.read_text().split()), mosquitto.url, file)


def without_end(wanted: list[str], enough: threading.Event) -> Iterator[str]:
    while not enough.wait(0.001):
        wanted.append(str(len(wanted) / 1000))
        yield wanted[-1]


def longer_than(file: Path, size: int) -> bool:
    return file.stat().st_size > size


def hear_until(wanted: Callable[[], bool], url: str, file: Path) -> None:
    """Let a process hear and commit to the file until then, and kill it."""
    process = subprocess.Popen([sys.executable, "-m", "tests.ingest.child", url, str(file)])
    try:
        wait_until(wanted, PATIENCE_S, "commits")
    finally:
        process.kill()
        process.wait()


class Subscribed:
    """A session that is there from now on, whoever holds it."""

    def __init__(self, url: str, client_id: str) -> None:
        self.subscriber = Subscriber(url, client_id, ["site/#"])

    def __enter__(self) -> None:
        self.subscriber.start()
        wait_until(lambda: self.subscriber.subscribed, PATIENCE_S, "the subscription")

    def __exit__(self, *exception: object) -> None:
        self.subscriber.stop(PATIENCE_S)


@VERSIONS
def test_it_comes_back_when_the_broker_does(mosquitto: Mosquitto, version: str) -> None:
    with Hearing(mosquitto.url, version) as hearing:
        publish(mosquitto, ["1"])
        hearing.has(1)
        hearing.acknowledged(1)
        mosquitto.restart()
        publish(mosquitto, ["2"])
        hearing.has(2)
        wait_until(lambda: hearing.subscriber.subscribed, PATIENCE_S, "the subscription")
        publish(mosquitto, ["3"])
        hearing.has(3)
    assert hearing.writer.payloads == ["1", "2", "3"]


@VERSIONS
def test_of_what_waited_at_the_broker_only_the_newest_is_judged(
    mosquitto: Mosquitto, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "GATHER_S", PATIENCE_S)  # however slowly it comes
    monkeypatch.setattr(catching_up, "MOMENT_S", PATIENCE_S)
    with Hearing(mosquitto.url, version):
        pass
    publish(mosquitto, numbers(0, 200), TOPIC)
    publish(mosquitto, numbers(200, 200), "site/B/temperature")
    with Hearing(mosquitto.url, version) as hearing:
        hearing.has(400)
        wait_until(lambda: not hearing.subscriber.buffer.catching_up, PATIENCE_S, "the end of catching up")
        publish(mosquitto, numbers(400, 3))
        hearing.has(403)
    judged = [message.payload.decode() for message in hearing.writer.committed if not message.backlog]
    assert judged == ["0.199", "0.399", "0.4", "0.401", "0.402"]
    assert hearing.writer.payloads == numbers(0, 403)


def test_a_small_window_at_the_broker_loses_and_judges_nothing_wrong(tmp_path: Path, mosquitto: Mosquitto) -> None:
    directory = tmp_path / "window"
    directory.mkdir()
    with Mosquitto(directory, overrides={"max_inflight_messages": "20"}) as broker:
        with Hearing(broker.url):
            pass
        publish(broker, numbers(0, 300))
        with Hearing(broker.url) as hearing:
            hearing.has(300)
            wait_until(lambda: not hearing.subscriber.buffer.catching_up, PATIENCE_S, "the end of catching up")
            publish(broker, ["7.5"])
            hearing.has(301)
    assert hearing.writer.payloads == [*numbers(0, 300), "7.5"]
    judged = [message.payload.decode() for message in hearing.writer.committed if not message.backlog]
    assert judged in (["0.299", "7.5"], ["7.5"])  # the second when the end is known only after the newest was taken


def test_where_we_may_not_publish_catching_up_ends_when_it_is_quiet(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "QUIET_S", PATIENCE_S)  # however slowly it comes
    with configured(tmp_path, "acl_file {}/acl", acl="topic read #\ntopic write site/#\n") as broker:
        with Hearing(broker.url):
            pass
        publish(broker, numbers(0, 5))
        with Hearing(broker.url) as hearing:
            hearing.has(5)
            monkeypatch.setattr(catching_up, "QUIET_S", 0.1)
            wait_until(lambda: is_judged(broker, hearing), PATIENCE_S, "quiet")
    assert hearing.writer.payloads[:6] == [*numbers(0, 5), "7.5"]
    assert all(message.backlog for message in hearing.writer.committed[:4])


def is_judged(broker: Mosquitto, hearing: Hearing) -> bool:
    """Publish once more, after a pause: a broker that hangs up on who may not publish begins the catching up anew."""
    time.sleep(0.5)
    publish(broker, ["7.5"])
    hearing.has(6)
    return not hearing.writer.committed[-1].backlog


@VERSIONS
def test_a_message_whose_acknowledgement_was_lost_is_not_committed_twice(mosquitto: Mosquitto, version: str) -> None:
    with Hearing(mosquitto.url, version) as hearing:
        hearing.writer.before_return = lambda: lose_connection(hearing)
        publish(mosquitto, numbers(0, 20))
        hearing.has(20)
        wait_until(lambda: hearing.repeats() > 0, PATIENCE_S, "a repeat")
        hearing.writer.before_return = lambda: None
        publish(mosquitto, ["7.5"])
        hearing.has(21)
    assert hearing.writer.payloads == [*numbers(0, 20), "7.5"]


def lose_connection(hearing: Hearing) -> None:
    """Cut the connection between the commit and the acknowledgement, and wait until there is another."""
    sock = hearing.subscriber._client.socket()
    before = hearing.subscriber._client.connection
    hearing.writer.before_return = lambda: None
    assert sock is not None
    sock.shutdown(2)  # type: ignore[attr-defined]
    wait_until(lambda: hearing.subscriber._client.connection > before, PATIENCE_S, "another connection")


def test_what_is_not_taken_stays_at_the_broker(mosquitto: Mosquitto) -> None:
    with Hearing(mosquitto.url, buffer=Buffer(max_messages=100)) as hearing:
        hearing.writer.go.clear()
        publish(mosquitto, numbers(0, 20_000))
        wait_until(lambda: hearing.subscriber.buffer.full, PATIENCE_S, "a full buffer")
        time.sleep(0.3)
        held = len(hearing.subscriber.buffer)
        hearing.writer.go.set()
        hearing.has(20_000)
    assert held < 100 + 65536 // 28  # one read beyond the limit
    assert hearing.writer.payloads == numbers(0, 20_000)


@VERSIONS
def test_empty_oversize_binary_and_retained_messages_stop_nothing(mosquitto: Mosquitto, version: str) -> None:
    publish(mosquitto, ["5.5"], "site/R/temperature", retain=True)
    with Hearing(mosquitto.url, version) as hearing:
        hearing.has(1)
        publish(mosquitto, [b"", b"x" * 262_144, b"x" * 262_145, b"x" * 5_000_000, b"\xff\0", "4.2"])
        hearing.has(7)
    said = [
        (message.error or "", len(message.payload), [reading.value for reading in message.readings], message.retained)
        for message in hearing.writer.committed
    ]
    assert said[0] == ("", 3, [5_500_000], True)
    assert said[1] == ("", 0, [], False)
    assert said[2][0].startswith("temperature is not a number")
    assert said[3] == said[4] == ("larger than 262144 bytes; only the first 262145 are kept", 262_145, [], False)
    assert said[5][0].startswith("not UTF-8")
    assert said[6] == ("", 3, [4_200_000], False)


@VERSIONS
def test_other_topics_can_be_listened_to_while_connected(mosquitto: Mosquitto, version: str) -> None:
    with Hearing(mosquitto.url, version) as hearing:
        hearing.decoder.sources = Sources([("new", source("plant/+/temperature"))])
        hearing.subscriber.listen_to(hearing.decoder.sources.topics)
        wait_until(
            lambda: bool(heard_on(mosquitto, hearing, "plant/x/temperature")), PATIENCE_S, "a message of the new topic"
        )
        publish(mosquitto, ["4.2"], TOPIC)
        publish(mosquitto, ["9.9"], "plant/x/temperature")
        wait_until(lambda: "9.9" in hearing.writer.payloads, PATIENCE_S, "the last message")
    assert {message.source for message in hearing.writer.committed} == {"new"}


def test_a_topic_left_while_away_is_unsubscribed_at_the_next_connection(mosquitto: Mosquitto) -> None:
    with Hearing(mosquitto.url) as hearing:
        mosquitto.stop()
        wait_until(lambda: not hearing.subscriber.connected, PATIENCE_S, "the end of the connection")
        hearing.decoder.sources = Sources([("new", source("plant/+/temperature"))])
        hearing.subscriber.listen_to(hearing.decoder.sources.topics)
        mosquitto.start()
        wait_until(
            lambda: bool(heard_on(mosquitto, hearing, "plant/x/temperature")), PATIENCE_S, "a message of the new topic"
        )
        publish(mosquitto, ["4.2"], TOPIC)
        publish(mosquitto, ["9.9"], "plant/x/temperature")
        wait_until(lambda: "9.9" in hearing.writer.payloads, PATIENCE_S, "the last message")
    assert {message.source for message in hearing.writer.committed} == {"new"}


def heard_on(broker: Mosquitto, hearing: Hearing, topic: str) -> list[Arrived]:
    publish(broker, ["4.1"], topic)
    return [message for message in hearing.writer.committed if message.topic == topic]


@VERSIONS
def test_what_a_codec_wants_published_is_published(mosquitto: Mosquitto, version: str) -> None:
    with Hearing(mosquitto.url, version) as hearing:
        hearing.subscriber.publish("site/X/temperature", b"3.3")
        hearing.has(1)
    assert hearing.writer.payloads == ["3.3"]


def test_a_wrong_password_is_refused_and_a_right_one_is_not(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with configured(tmp_path, "password_file {}/passwords", passwords="", anonymous=False) as broker:
        passwords = broker.directory / "passwords"
        made = subprocess.run(["mosquitto_passwd", "-b", str(passwords), "cold", "p@ss/word"], capture_output=True)
        assert made.returncode == 0, made.stderr
        broker.restart()
        wrong = Subscriber(broker.url.replace("//", "//cold:wrong@"), "x", ["#"])
        wrong.start()
        with Hearing(broker.url.replace("//", "//cold:p%40ss%2Fword@")) as hearing:
            assert hearing.subscriber.connected
        assert not wrong.connected
        wrong.stop()


def test_an_encrypted_connection_is_checked_against_the_certificates_trusted(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    certificate, key = certified(tmp_path)
    with configured(tmp_path, f"certfile {certificate}\nkeyfile {key}") as broker:
        untrusting = Subscriber(broker.url.replace("mqtt:", "mqtts:"), "x", ["#"])
        untrusting.start()
        with Hearing(broker.url.replace("mqtt:", "mqtts:"), ca_file=certificate) as hearing:
            for payload in numbers(0, 300):
                hearing.subscriber.publish(TOPIC, payload.encode())
            hearing.has(300)
        assert sorted(hearing.writer.payloads) == sorted(numbers(0, 300))
        assert not untrusting.connected
        untrusting.stop()


def certified(directory: Path) -> tuple[Path, Path]:
    """A certificate of its own for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("openssl is not installed (Debian: apt-get install openssl)")
    certificate, key = directory / "server.crt", directory / "server.key"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


@contextmanager
def configured(tmp_path: Path, lines: str, anonymous: bool = True, **files: str) -> Iterator[Mosquitto]:
    """A broker with more lines and files than the shipped configuration."""
    directory = tmp_path / "configured"
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text)
        (directory / name).chmod(0o600)
    broker = Mosquitto(directory, overrides={} if anonymous else {"allow_anonymous": "false"})
    broker.conf.write_text(f"{broker.conf.read_text()}\n{lines.format(directory)}\n")
    with broker:
        yield broker
