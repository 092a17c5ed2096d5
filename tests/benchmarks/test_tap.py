"""The tap counts acknowledgements, wherever the stream is cut."""

import pytest

from benchmarks.tap import acknowledgements

ACK = b"@\x02\x00\x01"
SUBSCRIBE = b"\x82\x80\x01" + bytes(128)  # a length of two bytes


@pytest.mark.parametrize("cut", range(len(SUBSCRIBE + 2 * ACK) + 1))
def test_acknowledgements_are_counted_once(cut: int) -> None:
    stream = SUBSCRIBE + ACK + ACK
    first, rest = acknowledgements(stream[:cut])
    second, left = acknowledgements(rest + stream[cut:])
    assert (first + second, left) == (2, b"")


def test_what_looks_like_one_inside_another_packet_is_none() -> None:
    assert acknowledgements(b"\x30\x04" + ACK + ACK) == (1, b"")
