"""Mail on the wire: text and HTML, one mail however often it is tried, nobody else's words in its headers."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.times import SECOND
from notify.channels import DeliveryError, Message, Surroundings, build
from tests.notify.mailserver import PASSWORD, USER, Mailbox, certificate_for_localhost, mail_server
from tests.notify.payloads import TEST, message
from tests.servers.process import free_port


def send(port: int, folder: Path, what: Message | None = None, timeout: int = 60 * SECOND, **fields: Any) -> None:
    entry = {"id": "qa-mail", "kind": "email", "to": ["qa@example.org"], "server": "127.0.0.1", "port": str(port)}
    preset = {"security": "plain", "from": "coldchain@example.org"}
    surroundings = Surroundings(lambda: 1_767_225_600 * SECOND, timeout, (folder,))
    build({**entry, **preset, **fields}, surroundings).send(what or message())


def failure(*arguments: Any, **fields: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(*arguments, **fields)
    return raised.value


def test_a_mail_has_the_sentence_and_the_numbers_as_text_and_as_html(tmp_path: Path) -> None:
    with mail_server(Mailbox()) as box:
        send(box.port, tmp_path, to=["qa@example.org", "night@example.org"])
    [mail] = box.mails
    assert mail["Subject"] == "[critical] ROOM-1: too warm, 1 unit on hold"
    assert (mail["From"], mail["To"]) == ("coldchain <coldchain@example.org>", "qa@example.org, night@example.org")
    assert mail["Date"].datetime.isoformat() == "2026-01-01T00:00:00+00:00"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert text.startswith("Cold room 1 is above 8.0 °C (peak 9.6 °C, since 2026-01-01 09:38 UTC). 2 units of VAX A1")
    for said in ("9.6 °C", "PALLET-7", "released by quinn", "https://cold.example.org/problems/12"):
        assert said in text and said in html
    assert box.envelopes[0].rcpt_tos == ["qa@example.org", "night@example.org"]


def test_html_shows_signs_as_they_are(tmp_path: Path) -> None:
    with mail_server(Mailbox()) as box:
        send(box.port, tmp_path, message(place="<b>&R1", sentence='<script>"'))
    html = box.mails[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script>" not in html and "<b>&R1" not in html
    assert "&lt;b&gt;&amp;R1" in html


def test_a_second_attempt_is_the_same_mail_and_an_alert_is_a_thread(tmp_path: Path) -> None:
    with mail_server(Mailbox()) as box:
        send(box.port, tmp_path)
        send(box.port, tmp_path)
        send(box.port, tmp_path, replace(message(event="ended"), id="8c2d"))
    first, again, later = box.mails
    assert first["Message-ID"] == again["Message-ID"] == "<7b1c@example.org>" != later["Message-ID"]
    assert {mail["References"] for mail in box.mails} == {"<thread-12@example.org>"}
    assert {mail["In-Reply-To"] for mail in box.mails} == {"<thread-12@example.org>"}


def test_a_test_belongs_to_no_thread(tmp_path: Path) -> None:
    with mail_server(Mailbox()) as box:
        send(box.port, tmp_path, Message("7b1c", "test", TEST))
    assert box.mails[0]["References"] is None
    assert box.mails[0]["Subject"] == "[test] This is a test of channel qa-mail."


@pytest.mark.parametrize("field", ["place", "sentence", "comment", "severity"])
def test_nothing_in_an_alert_becomes_a_header(field: str, tmp_path: Path) -> None:
    with mail_server(Mailbox()) as box:
        send(box.port, tmp_path, message(**{field: "X\r\nBcc: other@example.org\r\n\r\nbody"}))
    [mail] = box.mails
    assert mail["Bcc"] is None
    assert box.envelopes[0].rcpt_tos == ["qa@example.org"]
    ours = {"Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"}
    assert set(mail.keys()) == {*ours, "MIME-Version", "Content-Type"}


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_it_logs_in_with_the_password_from_the_file(
    security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_for_localhost(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    (tmp_path / "mail.key").write_text(PASSWORD + "\n")
    with mail_server(Mailbox(), security, certificate) as box:
        send(box.port, tmp_path, security=security, user=USER, secret_file="mail.key", server="localhost")
    assert box.users == [USER]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_trusts_gets_no_mail(security: str, tmp_path: Path) -> None:
    with mail_server(Mailbox(), security, certificate_for_localhost(tmp_path)) as box:
        error = failure(box.port, tmp_path, security=security)
    assert "CERTIFICATE_VERIFY_FAILED" in str(error) and not error.permanent
    assert box.mails == []


def test_starttls_never_falls_back_to_plain(tmp_path: Path) -> None:
    with mail_server(Mailbox()) as box:
        error = failure(box.port, tmp_path, security="starttls")
    assert str(error) == "no mail: STARTTLS extension not supported by server." and not error.permanent
    assert box.mails == []


def test_a_wrong_password_may_be_repaired_and_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "mail.key").write_text("wrong-one")
    with mail_server(Mailbox()) as box:
        error = failure(box.port, tmp_path, user=USER, secret_file="mail.key")
    assert str(error).startswith("answered 535 ") and not error.permanent
    assert "wrong-one" not in str(error)


def test_a_password_that_smtp_cannot_carry_is_told_without_it(tmp_path: Path) -> None:
    (tmp_path / "mail.key").write_text("gehüpft")
    error = failure(1, tmp_path, user=USER, secret_file="mail.key")
    assert (str(error), error.permanent) == ("its user or password has other signs than ASCII", False)


@pytest.mark.parametrize(
    ("answer", "permanent"), [("451 later", False), ("552 too large", True), ("554 no such content", True)]
)
def test_an_answer_about_the_mail_itself_is_final(answer: str, permanent: bool, tmp_path: Path) -> None:
    with mail_server(Mailbox([answer])) as box:
        error = failure(box.port, tmp_path)
    assert (str(error), error.permanent) == (f"answered {answer}", permanent)


def test_an_address_that_is_refused_may_be_repaired(tmp_path: Path) -> None:
    with mail_server(Mailbox(refused={"qa@example.org": "550 nobody here"})) as box:
        error = failure(box.port, tmp_path)
    assert (str(error), error.permanent) == ("refused qa@example.org: 550 nobody here", False)


@pytest.mark.parametrize(("answer", "permanent"), [("450 greylisted", False), ("550 nobody here", True)])
def test_one_address_of_two_that_is_refused_is_told(answer: str, permanent: bool, tmp_path: Path) -> None:
    with mail_server(Mailbox(refused={"x@example.org": answer})) as box:
        error = failure(box.port, tmp_path, to=["qa@example.org", "x@example.org"])
    assert str(error) == f"told the others; refused x@example.org: {answer}"
    assert error.permanent is permanent
    assert len(box.mails) == 1


def test_nobody_listening_may_be_tried_again(tmp_path: Path) -> None:
    error = failure(free_port(), tmp_path)
    assert str(error).startswith("no connection: ") and not error.permanent


@contextmanager
def dripping(said: bytes) -> Iterator[int]:
    """A server that says this again and again and never ends its greeting."""
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.01):
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            with connection:
                try:
                    while not over.wait(0.05):
                        connection.sendall(said)
                except OSError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        thread = threading.Thread(target=drip)
        thread.start()
        yield listening.getsockname()[1]
        over.set()
        thread.join()


@pytest.mark.parametrize("said", [b"220-wait\r\n", b"2", b""])
def test_a_server_cannot_take_longer_than_the_timeout(said: bytes, tmp_path: Path) -> None:
    with dripping(said) as port:
        error = failure(port, tmp_path, timeout=SECOND)
        until_gone = time.monotonic() + 60
        while any("attempt" in thread.name for thread in threading.enumerate()):
            assert time.monotonic() < until_gone, "the attempt goes on"
            time.sleep(0.01)
    assert str(error) == "no answer within 1s" and not error.permanent
