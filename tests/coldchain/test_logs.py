"""The log: one line an event, whatever is in it."""

import logging
import sys

import pytest

from coldchain.logs import OneLine


def line(message: str, exception: bool = False) -> str:
    try:
        if exception:
            raise OSError("disk\nfull")
        info = None
    except OSError:
        info = sys.exc_info()
    record = logging.LogRecord("store.x", logging.WARNING, __file__, 1, message, (), info)
    record.created = 1_767_225_600.25
    return OneLine().format(record)


def test_a_line_has_time_level_place_and_text() -> None:
    assert line("channel erp: delivered") == "2026-01-01T00:00:00.250000Z warning store.x: channel erp: delivered"


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\x1b[31mb"])
def test_what_a_gateway_sends_cannot_make_a_line_of_its_own(text: str) -> None:
    assert line(text).isprintable()


def test_an_exception_stays_on_the_line_with_where_it_happened() -> None:
    text = line("sweep failed", exception=True)
    assert text.endswith(")") and text.isprintable()
    assert "sweep failed (OSError: disk\\nfull; test_logs.py:" in text
