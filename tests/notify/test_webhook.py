"""The webhook on the wire: signed, bounded in time, honest about what may be tried again."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from domain.times import SECOND
from notify.channels import DeliveryError, Message, Surroundings, build
from tests.notify.receiver import Receiver, receiving
from tests.servers.process import free_port

MESSAGE = Message("7b1c", "raised", {"id": "7b1c", "sentence": "9.6 °C"})


def send(receiver: Receiver | str, folder: Path, timeout: int = 60 * SECOND, **fields: Any) -> None:
    url = receiver if isinstance(receiver, str) else receiver.url
    surroundings = Surroundings(lambda: 1_767_225_600 * SECOND + 999_999, timeout, (folder / "nowhere", folder))
    build({"id": "erp", "kind": "webhook", "url": url, **fields}, surroundings).send(MESSAGE)


def failure(*arguments: Any, **fields: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(*arguments, **fields)
    return raised.value


def test_it_posts_json_with_event_and_idempotency_key(tmp_path: Path) -> None:
    with receiving(204) as receiver:
        send(receiver, tmp_path)
    (heard,) = receiver.heard
    assert heard.path == "/hook"
    assert json.loads(heard.body) == MESSAGE.payload
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["idempotency-key"] == "7b1c"
    assert heard.headers["coldchain-event"] == "raised"
    assert "coldchain-signature" not in heard.headers


def test_timestamp_and_body_are_signed(tmp_path: Path) -> None:
    (tmp_path / "hook.key").write_bytes(b"s3cret\n")
    with receiving() as receiver:
        send(receiver, tmp_path, secret_file="hook.key")
    (heard,) = receiver.heard
    expected = hmac.new(b"s3cret", b"1767225600." + heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["coldchain-signature"] == f"t=1767225600,v1={expected}"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(status: int, tmp_path: Path) -> None:
    with receiving(status) as receiver:
        send(receiver, tmp_path)


@pytest.mark.parametrize("status", [400, 405, 410, 413, 422, 501])
def test_an_answer_about_the_message_itself_is_final(status: int, tmp_path: Path) -> None:
    with receiving(status) as receiver:
        error = failure(receiver, tmp_path)
    assert (str(error), error.permanent) == (f"answered {status}", True)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 500, 503])
def test_what_a_repair_could_cure_may_be_tried_again(status: int, tmp_path: Path) -> None:
    with receiving(status) as receiver:
        error = failure(receiver, tmp_path)
    assert (str(error), error.permanent) == (f"answered {status}", False)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int, tmp_path: Path) -> None:
    with receiving(status) as receiver:
        error = failure(receiver, tmp_path)
    assert str(error) == f"answered {status}, and redirects are not followed"
    assert not error.permanent
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_receiver_cannot_take_longer_than_the_timeout(manner: str, tmp_path: Path) -> None:
    with receiving(manner) as receiver:
        error = failure(receiver, tmp_path, timeout=SECOND)
    assert str(error) == "no answer within 1s"
    assert not error.permanent


def test_nobody_listening_may_be_tried_again(tmp_path: Path) -> None:
    error = failure(f"http://127.0.0.1:{free_port()}/hook", tmp_path)
    assert str(error).startswith("no connection: ")
    assert not error.permanent


@pytest.mark.parametrize("url", ["", "ftp://h/x", "file:///etc/passwd", "h/x", "http://", "http://h:x/"])
def test_only_http_addresses_are_spoken_to(url: str, tmp_path: Path) -> None:
    assert str(failure(url, tmp_path)) == "its url is no http:// or https:// address"


def test_secrets_in_the_address_stay_out_of_errors(tmp_path: Path) -> None:
    assert "hunter2" not in str(failure(f"http://me:hunter2@127.0.0.1:{free_port()}/?k=hunter2", tmp_path))


def test_a_secret_file_must_be_there(tmp_path: Path) -> None:
    error = failure("http://h/", tmp_path, secret_file="hook.key")
    assert (str(error), error.permanent) == ("its secret_file 'hook.key' cannot be read", False)


def test_an_empty_secret_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "hook.key").write_text("\n")
    assert str(failure("http://h/", tmp_path, secret_file="hook.key")) == "its secret_file 'hook.key' is empty"
