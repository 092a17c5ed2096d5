"""Scanned GS1 symbols."""

import pytest

from domain.gs1 import Scanned, read_gs1

GTIN = "09506000134352"
WHOLE = Scanned(GTIN, "A1", "7")


@pytest.mark.parametrize(
    "text",
    [
        f"]C101{GTIN}10A1\x1d217",
        f"]d201{GTIN}10A1\x1d217",
        f"\x1d01{GTIN}10A1\x1d217",
        f"01{GTIN}1727063010A1\x1d217",  # an expiry date has six digits and needs no separator
        f"01{GTIN}217\x1d10A1",
        f"01{GTIN}10A1␝217",
        f"01{GTIN}310000150010A1\x1d217",  # so has a weight
        f"(01){GTIN}(17)270630(10)A1(21)7",
        f"https://id.gs1.org/01/{GTIN}/10/A1/21/7",
        "https://example.org/some/where/01/9506000134352/10/A1/21/7?17=270630",
        f"HTTPS://ID.GS1.ORG/01/{GTIN}/10/A1/21/7",
    ],
)
def test_every_way_to_write_it_says_the_same(text):
    assert read_gs1(text) == WHOLE
    assert read_gs1(f" {text}\r\n") == WHOLE


def test_lot_and_serial_may_be_missing():
    assert read_gs1(f"01{GTIN}") == Scanned(GTIN)
    assert read_gs1(f"01{GTIN}10A1") == Scanned(GTIN, "A1")


def test_a_lot_in_a_link_may_hold_a_slash():
    assert read_gs1(f"https://id.gs1.org/01/{GTIN}/10/A%2F3") == Scanned(GTIN, "A/3")


def test_a_link_may_say_the_lot_in_its_query():
    assert read_gs1(f"https://id.gs1.org/01/{GTIN}?10=A+1&17=270630") == Scanned(GTIN, "A 1")


@pytest.mark.parametrize("bare", ["9506000134352", "09506000134352", "]E09506000134352", "]E09506000134352|]e099X"])
def test_a_bare_number_with_a_right_check_digit_is_a_gtin(bare):
    assert read_gs1(bare) == Scanned(GTIN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A1",
        "9506000134353",
        "0123",
        "01",
        "0112",
        "(10)A1",
        "https://example.org/batches/01",
        "10A1",
        "]C1",
        "01ABCDEFGHIJKLMN",
    ],
)
def test_everything_else_is_no_symbol(text):
    assert read_gs1(text) is None
