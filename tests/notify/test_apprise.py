"""Any Apprise URL: told on the wire, with nothing of the URL in what is said of it."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.times import SECOND
from notify.channels import DeliveryError, Message, Surroundings, build
from notify.channels.apprise import without_secrets
from tests.notify.payloads import TEST, message
from tests.notify.receiver import Receiver, receiving


def send(url: str | None, folder: Path, what: Message | None = None, timeout: int = 60 * SECOND, **fields: Any) -> None:
    surroundings = Surroundings(lambda: 0, timeout, (folder,))
    build({"id": "chat", "kind": "apprise", "url": url, **fields}, surroundings).send(what or message())


def failure(*arguments: Any, **fields: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(*arguments, **fields)
    return raised.value


def url_of(receiver: Receiver) -> str:
    return f"json://hunter2:s3cret@127.0.0.1:{receiver.port}/hook-hunter2"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "failure"),
        ({"severity": "warning"}, "warning"),
        ({"severity": "info"}, "info"),
        ({"event": "ended"}, "success"),
        ({"event": "unfounded"}, "success"),
    ],
)
def test_it_tells_subject_and_text(fields: dict[str, Any], kind: str, tmp_path: Path) -> None:
    with receiving() as receiver:
        send(url_of(receiver), tmp_path, message(**fields))
    told = json.loads(receiver.heard[0].body)
    assert told["title"].startswith(f"[{fields.get('severity', 'critical')}] ROOM-1: too warm")
    assert told["message"].startswith(
        "Cold room 1 is above 8.0 °C (peak 9.6 °C, since 2026-01-01 09:38 UTC). 2 units of VAX A1"
    )
    assert "https://cold.example.org/problems/12" in told["message"]
    assert told["type"] == kind


def test_a_test_is_told(tmp_path: Path) -> None:
    with receiving() as receiver:
        send(url_of(receiver), tmp_path, Message("7b1c", "test", TEST))
    assert json.loads(receiver.heard[0].body)["type"] == "info"


def test_the_address_may_come_from_a_file(tmp_path: Path) -> None:
    with receiving() as receiver:
        (tmp_path / "chat.url").write_text(url_of(receiver) + "\n")
        send(None, tmp_path, secret_file="chat.url")
    assert receiver.heard[0].path == "/hook-hunter2"


def test_what_the_service_answered_is_told_and_may_be_tried_again(tmp_path: Path) -> None:
    with receiving(500) as receiver:
        error = failure(url_of(receiver), tmp_path)
    assert "error=500" in str(error) and not error.permanent


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that reaches the log of the program at its most talkative."""
    handler = logging.StreamHandler(io.StringIO())
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(handler)
    yield handler.stream
    root.removeHandler(handler)


def test_nothing_of_the_address_is_told_or_logged(tmp_path: Path, log: io.StringIO) -> None:
    with receiving(403) as receiver:
        url = url_of(receiver)
        answered = failure(url, tmp_path)
    unheard = failure(url, tmp_path)
    unknown = failure("hunter2://s3cret@hunter2", tmp_path)
    strange = failure("no url s3cret", tmp_path)
    said = " ".join(map(str, (answered, unheard, strange, log.getvalue())))
    assert "hunter2" not in said and "s3cret" not in said
    assert str(unknown) == "Apprise cannot use its url, hunter2://***"  # the service's name, no more


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("error at tok/en+1", "error at ***/***"),
        ("no such user ab c", "no such user ***"),
        ("sent to example.org", "sent to ***"),
        ("error=500", "error=500"),
    ],
)
def test_parts_of_an_address_are_blotted_out(text: str, clean: str) -> None:
    assert without_secrets(text, "slack://ab%20c:tok@example.org/en+1?verify=no") == clean


def test_a_service_cannot_take_longer_than_the_timeout(tmp_path: Path) -> None:
    with receiving("hang") as receiver:
        error = failure(url_of(receiver), tmp_path, timeout=SECOND)
    assert str(error) == "no answer within 1s" and not error.permanent
    for thread in threading.enumerate():
        if thread.name.endswith("attempt"):
            thread.join(60)


def test_the_library_gives_a_service_as_long_as_we_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr("requests.sessions.Session.send", lambda session, request, **how: given.append(how["timeout"]))
    failure("json://127.0.0.1/hook", tmp_path, timeout=7 * SECOND)
    assert given == [(14.0, 14.0)]


def test_two_services_at_once_hear_of_their_own_failures_only(tmp_path: Path) -> None:
    errors: list[DeliveryError] = []
    with receiving(500) as one, receiving(403) as other:
        threads = [
            threading.Thread(target=lambda url: errors.append(failure(url, tmp_path)), args=(url_of(each),))
            for each in (one, other) * 5
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum("error=500" in str(error) for error in errors) == 5
    assert not any("error=500" in str(error) and "error=403" in str(error) for error in errors)
