"""What every kind of channel promises, on whatever wire it speaks."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from domain.times import SECOND
from notify import channels
from notify.channels import Channel, DeliveryError, Message, Surroundings, build, load
from sites.channels import CHANNELS
from tests.notify.mailserver import Mailbox, mail_server
from tests.notify.payloads import TEST, message
from tests.notify.receiver import receiving

load()
KINDS = channels.channels.names()
SECRET = "hunter2"

# An address at which somebody listens (well or badly), and how many messages have come.
Peer = tuple[dict[str, Any], Callable[[], int]]


@contextmanager
def http_peer(scheme: str, well: bool) -> Iterator[Peer]:
    with receiving(200 if well else 503) as receiver:
        yield {"url": f"{scheme}://{SECRET}:{SECRET}@127.0.0.1:{receiver.port}/x"}, lambda: len(receiver.heard)


@contextmanager
def mail_peer(well: bool) -> Iterator[Peer]:
    with mail_server(Mailbox(["250 taken" if well else "451 later"])) as box:
        entry = {"server": "127.0.0.1", "port": str(box.port), "security": "plain", "to": ["qa@example.org"]}
        yield entry, lambda: len(box.mails)


PEERS: dict[str, Callable[[bool], Any]] = {
    "apprise": lambda well: http_peer("json", well),
    "email": mail_peer,
    "webhook": lambda well: http_peer("http", well),
}
NOWHERE: dict[str, dict[str, Any]] = {
    "apprise": {"url": "json://127.0.0.1:{port}"},
    "email": {"server": "127.0.0.1", "port": "{port}", "security": "plain", "to": ["qa@example.org"]},
    "webhook": {"url": "http://127.0.0.1:{port}"},
}


def channel_of(kind: str, fields: dict[str, Any]) -> Channel:
    surroundings = Surroundings(lambda: 1_767_225_600 * SECOND, 60 * SECOND, (Path("/nowhere"),))
    return build({"id": "c", "kind": kind, **fields}, surroundings)


def test_every_kind_has_its_fields_in_the_site_file_and_its_peer_here() -> None:
    assert sorted(CHANNELS) == KINDS == sorted(PEERS) == sorted(NOWHERE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", [message(), message(event="ended"), Message("7b1c", "test", TEST)])
def test_what_it_tells_arrives_once(kind: str, what: Message) -> None:
    with PEERS[kind](True) as (fields, count):
        channel_of(kind, fields).send(what)
        assert count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_peer_in_trouble_is_a_failure_that_passes(kind: str) -> None:
    with PEERS[kind](False) as (fields, _), pytest.raises(DeliveryError) as raised:
        channel_of(kind, fields).send(message())
    assert not raised.value.permanent
    assert str(raised.value) and SECRET not in str(raised.value)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_listening_is_a_failure_that_passes(kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    fields = {k: v.format(port=port) if isinstance(v, str) else v for k, v in NOWHERE[kind].items()}
    with pytest.raises(DeliveryError) as raised:
        channel_of(kind, fields).send(message())
    assert not raised.value.permanent


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_that_is_not_there_can_be_repaired(kind: str) -> None:
    fields = {**NOWHERE[kind], "url": "http://h", "port": "1", "user": "me", "secret_file": "gone.key"}
    with pytest.raises(DeliveryError, match=r"^its secret_file 'gone.key' cannot be read$") as raised:
        channel_of(kind, fields)
    assert not raised.value.permanent
