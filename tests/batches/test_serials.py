"""Serials and their ranges: exact, unique, and no two that look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.serials import joined, one_serial, read_range
from domain.errors import InvalidError


def of(first: str, last: str | None = None):
    return read_range(first, last or first)


@pytest.mark.parametrize("serial", ["7", "0007", "SN0012", "A-B", "9" * 20, "X" + "1" * 19])
def test_a_serial_is_written_as_it_was(serial):
    assert of(serial).ends == (serial, serial)
    assert of(serial).count == 1


def test_a_range_counts_up():
    assert (of("SN0099", "SN0101").count, of("SN0099", "SN0101").ends) == (3, ("SN0099", "SN0101"))


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("SN1", "SN10", "or in length"),
        ("A1", "B2", "differ before the digits"),
        ("SN10", "SN09", "the last comes before the first"),
        ("AB", "AC", "differ before the digits"),
        ("SN 1", "SN 2", "cannot stand in a GS1 symbol"),
        ("А1", "А2", "cannot stand in a GS1 symbol"),  # noqa: RUF001  a Cyrillic letter
        ("1" * 21, "1" * 21, "21 characters"),
    ],
)
def test_what_is_no_range_is_refused(first, last, why):
    with pytest.raises(InvalidError, match=why):
        read_range(first, last)


@pytest.mark.parametrize(
    ("one", "other"), [("SN0001", "SNO001"), ("sn7", "SN7"), ("A1", "Al"), ("OI1", "011"), ("AB", "ab")]
)
def test_look_alikes_meet(one, other):
    assert of(one).alike.meets(of(other).alike)
    with pytest.raises(InvalidError, match="can be taken for another"):
        joined([of(one), of(other)])


def test_a_look_alike_of_one_in_a_range_meets_it():
    assert of("SN0000", "SN0099").alike.meets(of("SNO042").alike)
    assert not of("SN0000", "SN0099").alike.meets(of("SNO142").alike)


@given(st.sets(st.integers(0, 60)), st.sampled_from(["SN", "1", ""]))
def test_joined_serials_are_the_same_in_few_ranges(numbers, prefix):
    found = joined([one_serial(f"{prefix}{number:03}") for number in numbers])
    assert [each.serial(i) for each in found for i in range(each.first, each.last + 1)] == [
        f"{prefix}{number:03}" for number in sorted(numbers)
    ]
    assert len(found) == sum(number - 1 not in numbers for number in numbers)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_what_is_left_without_a_part_is_the_rest(a, b, c, d):
    whole, part = (of(f"S{min(pair):02}", f"S{max(pair):02}") for pair in ((a, b), (c, d)))
    if whole.meets(part):
        left = {each.serial(i) for each in whole.without(part) for i in range(each.first, each.last + 1)}
        assert left == {whole.serial(i) for i in range(whole.first, whole.last + 1) if not part.first <= i <= part.last}
