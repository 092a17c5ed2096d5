"""Numbers, units, times and paths at their edges."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DecodeError, InvalidError
from domain.faults import Fault
from domain.gate import CHIP_NUMBERS
from domain.numbers import parse_value
from domain.readings import Flag
from domain.times import parse_instant
from domain.units import FAHRENHEIT
from ingest.codecs.common import values
from ingest.codecs.common.documents import parse
from ingest.codecs.common.guess import guess
from ingest.codecs.common.paths import STAR, parse_path, rows, walk
from ingest.codecs.common.times import instant
from ingest.codecs.common.topics import device_of

SIX_DECIMALS = st.decimals(-200, 300, places=6)


@given(SIX_DECIMALS)
def test_a_decimal_is_read_exactly_from_json_and_from_text(number: Decimal) -> None:
    exact = parse_value(str(number))
    assert values.temperature(parse(str(number).encode())) == exact
    assert values.temperature(str(number)) == exact


@given(st.integers(-100_000_000, 300_000_000))
def test_fahrenheit_is_rounded_to_the_nearest_millionth(value: int) -> None:
    read = values.temperature(str(Decimal(value).scaleb(-6)), FAHRENHEIT)
    assert isinstance(read, Fault) or read in CHIP_NUMBERS or abs(9 * read - 5 * (value - 32_000_000)) <= 4


@pytest.mark.parametrize(
    ("text", "expected"), [("32", 0), ("212", 100_000_000), ("-40", -40_000_000), ("39.2", 4_000_000)]
)
def test_known_points_of_fahrenheit(text: str, expected: int) -> None:
    assert values.temperature(text, FAHRENHEIT) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (99_999_999_999, "5138-11-16T09:46:39Z"),  # just below: seconds
        (100_000_000_000, "1973-03-03T09:46:40Z"),  # milliseconds
        (99_999_999_999_999, "5138-11-16T09:46:39.999Z"),
        (100_000_000_000_000, "1973-03-03T09:46:40Z"),  # microseconds
        (99_999_999_999_999_999, "5138-11-16T09:46:39.999999Z"),
        (100_000_000_000_000_000, "1973-03-03T09:46:40Z"),  # nanoseconds
        (-1, "1969-12-31T23:59:59Z"),
    ],
)
def test_the_unit_of_an_epoch_is_known_by_its_magnitude(raw: int, expected: str) -> None:
    assert instant(raw, None, None) == (parse_instant(expected), Flag.NONE)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.123456Z"),
        ("2026-01-01T00:00:00.123456789+00:00", "2026-01-01T00:00:00.123456Z"),
        ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.5Z"),
        ("2026-01-01 00:00:00.05+00:00", "2026-01-01T00:00:00.05Z"),
        ("2026-01-01T01:00:00.25+01:00", "2026-01-01T00:00:00.25Z"),
        ("2026-01-01T00:00:00.5 UTC", "2026-01-01T00:00:00.5Z"),
    ],
)
def test_fractions_of_a_second_are_cut_to_microseconds(raw: str, expected: str) -> None:
    assert instant(raw, None, None) == (parse_instant(expected), Flag.NONE)


@pytest.mark.parametrize("raw", ["2026-01-01T00:00:00.٣Z", "2026-13-01T00:00:00.5Z", "2026-01-01T00:00:00.5x+00:00"])
def test_a_fraction_that_is_none_is_refused(raw: str) -> None:
    with pytest.raises(DecodeError):
        instant(raw, None, None)


@pytest.mark.parametrize("raw", ["2026-02-30T00:00:00Z", "2026-01-01T24:00:01Z", "2026-01-01", "10:00", "1e9", "nan"])
def test_what_is_no_time_is_refused(raw: str) -> None:
    with pytest.raises(DecodeError):
        instant(raw, None, None)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a.", "a..b", "a[", "a[x]", "a[1", "[*", "a b.[0]", 'a["b]'])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_path(text)


def test_paths_are_taken_apart() -> None:
    assert parse_path('a.b[0].c["x.y"][*]["z"]') == ("a", "b", 0, "c", "x.y", STAR, "z")


def test_a_row_for_every_element_of_arrays_in_arrays() -> None:
    document = {"a": [{"b": [1, 2]}, {"b": []}, {"b": None}, {"b": [3]}]}
    assert [row[-1] for row in rows(document, parse_path("a[*].b[*]"))] == [1, 2, 3]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_walking_never_raises(document: object) -> None:
    walk(document, ("a", 0, "b", -1))


@pytest.mark.parametrize(
    ("topic", "topic_filter", "device"),
    [
        ("site/S1/readings", "site/+/readings", "S1"),
        ("site/room/S1/readings", "site/+/+/readings", "room/S1"),
        ("site/room/S1/readings", "site/#", "room/S1"),
        ("site/room/S1", "site/#", "room/S1"),
        ("site/S1/readings", "site/S1/readings", "site/S1"),
        ("site/S1", "site/S1", "site/S1"),
        ("readings", "readings", "readings"),
    ],
)
def test_the_device_is_what_the_filter_leaves_open(topic: str, topic_filter: str, device: str) -> None:
    assert device_of(topic, topic_filter) == device


def test_a_value_without_a_field_that_says_its_quantity_is_not_guessed() -> None:
    assert guess(("device", "value"), (), ()) is None
