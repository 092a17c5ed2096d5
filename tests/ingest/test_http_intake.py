"""Taking what is posted: in which order it is refused, and what is published and answered."""

import pytest

from domain.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
)
from ingest.http.answers import answer_to
from ingest.http.intake import Intake
from ingest.http.rate import Rate

SOURCES = {
    "http/efento": {"format": "efento_gateway", "secret_file": "k", "authentication": None},
    "http/monnit": {"format": "monnit_webhook", "secret_file": "k", "authentication": None},
    "http/open": {"format": "json", "secret_file": None, "authentication": None},
    "http/lost": {"format": "json", "secret_file": "lost", "authentication": None},
}
TOKEN = {"x-api-token": "s3cret"}


class Broker:
    """What is published; `away`: it does not answer."""

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.away = False

    def __call__(self, topic: str, payload: bytes) -> None:
        if self.away:
            raise UnavailableError("there is no connection to the broker")
        self.published.append((topic, payload))

    def stop(self) -> None:
        self.away = True


@pytest.fixture
def broker() -> Broker:
    return Broker()


def intake_to(broker: Broker, rate: Rate | None = None) -> Intake:
    return Intake(lambda: SOURCES, _secret, broker, 100, rate)


def _secret(named: str) -> str:
    if named == "lost":
        raise InvalidError("its secret_file 'lost' cannot be read")
    return "s3cret"


def test_what_is_taken_is_published_as_it_came_and_answered_as_its_sender_wants(broker: Broker) -> None:
    body = b'{"measurements":[{"response_handle":3},{"response_handle":4},{"response_handle":3}]}'
    assert intake_to(broker).take("efento", TOKEN, body) == (201, b'{"Y": [3, 4], "N": []}')
    assert broker.published == [("http/efento", body)]


@pytest.mark.parametrize(
    ("source", "headers", "body", "kind", "why"),
    [
        ("nobody", TOKEN, b"", NotFoundError, "no source nobody: its topic would be http/nobody"),
        ("efento", {}, b"", UnauthenticatedError, "a token is needed: Authorization: Bearer …, or X-Api-Token"),
        ("monnit", TOKEN, b"", UnauthenticatedError, "user and password are needed: Authorization: Basic …"),
        ("open", TOKEN, b"", ForbiddenError, "nobody may post for the source open: it has no secret_file"),
        (
            "lost",
            TOKEN,
            b"",
            ForbiddenError,
            "nobody may post for the source lost: its secret_file 'lost' cannot be read",
        ),
        ("efento", TOKEN, b"x" * 101, TooLargeError, "the body may have at most 100 bytes"),
    ],
)
def test_what_is_refused_is_not_published(
    broker: Broker, source: str, headers: dict[str, str], body: bytes, kind: type[Exception], why: str
) -> None:
    with pytest.raises(kind) as refused:
        intake_to(broker).take(source, headers, body)
    assert str(refused.value) == why
    assert broker.published == []


def test_what_the_broker_does_not_take_is_to_be_sent_again(broker: Broker) -> None:
    broker.away = True
    with pytest.raises(UnavailableError):
        intake_to(broker).take("efento", TOKEN, b"{}")


def test_a_source_that_posts_too_often_is_told_so_and_the_others_go_on(broker: Broker) -> None:
    intake = intake_to(broker, Rate(at_once=2, a_second=0))
    for _ in range(2):
        with pytest.raises(UnauthenticatedError):  # guesses count, too
            intake.take("efento", {}, b"{}")
    with pytest.raises(TooManyError):
        intake.take("efento", TOKEN, b"{}")
    with pytest.raises(UnauthenticatedError):
        intake.take("monnit", {}, b"{}")


def test_the_rate_fills_with_time_up_to_what_may_come_at_once() -> None:
    rate = Rate(at_once=2, a_second=1)
    assert [rate.allows("s", at) for at in (0, 0, 0, 0.5, 1.0, 1.5, 60, 60, 60)] == [
        True, True, False, False, True, False, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"[" * 100_000, b'{"measurements":{}}', b'{"measurements":[1,{"response_handle":"x"}]}']
)
def test_an_efento_gateway_reads_that_even_what_nobody_can_read_was_taken(body: bytes) -> None:
    assert answer_to("efento_gateway", body) == (201, b'{"Y": [], "N": []}')


def test_all_others_are_answered_with_an_empty_object() -> None:
    assert answer_to("tive_webhook", b"{}") == (200, b"{}")
