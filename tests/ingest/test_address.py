"""Addresses of brokers."""

import pytest

from domain.errors import InvalidError
from ingest.address import Address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://host", Address("host", 1883, False, None, None)),
        ("mqtts://host", Address("host", 8883, True, None, None)),
        ("mqtt://[::1]:1884", Address("::1", 1884, False, None, None)),
        ("mqtt://a%40b:c%3Ad@host:1", Address("host", 1, False, "a@b", "c:d")),
        ("mqtt://user@host", Address("host", 1883, False, "user", None)),
    ],
)
def test_an_address_is_read(url: str, address: Address) -> None:
    assert Address.of(url) == address


@pytest.mark.parametrize("url", ["http://host", "host", "mqtt://", "mqtt://host:port", "mqtt://:1883"])
def test_what_is_no_address_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(InvalidError, match="address"):
        Address.of(url)
