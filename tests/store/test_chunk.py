"""A chunk gives back what was put in, and its header is right."""

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidError
from domain.readings import Flag
from store.chunk import Stored, decode, decode_judged, encode, header_of, merge

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
FLAGS = st.integers(0, 255)


def stored(at, value, flags=0, journal=1):
    return Stored(at, value, at + 5, journal, flags)


@st.composite
def days(draw, number=INT64):
    instants = sorted(draw(st.sets(number, min_size=1, max_size=60)))
    rest = st.tuples(st.none() | number, number, number, FLAGS)
    return [Stored(instant, *draw(rest)) for instant in instants]


@given(days())
def test_readings_over_the_full_ranges_come_back(readings):
    assert decode(encode(readings)) == readings


@given(days(st.integers(0, 86_400_000_000)))
def test_what_is_judged_is_read_without_the_evidence(readings):
    assert decode_judged(encode(readings)) == tuple(
        [getattr(reading, name) for reading in readings] for name in ("measured_at", "value", "flags")
    )


def test_a_regular_day_takes_less_than_two_bytes_a_reading():
    day = [Stored(n * 300_000_000, 5_000_000 + n % 3 * 100_000, n * 300_000_000 + 7_000, n, 0) for n in range(288)]
    assert len(encode(day)) < 2 * 288


@given(days(), st.data())
def test_a_damaged_chunk_is_refused(readings, data):
    payload = bytearray(encode(readings))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidError, match=r"a chunk (is damaged|of unknown version)"):
        decode(bytes(payload))


def test_the_header_counts_what_is_judged():
    header = header_of(
        [
            stored(1, 9_000_000, Flag.BACKLOG, journal=8),
            stored(2, None),
            stored(3, 5_000_000),
            stored(9, 4_000_000),
            stored(10, None),
        ]
    )
    assert (header.count, header.faults, header.flagged) == (2, 2, 1)
    assert (header.minimum, header.maximum, header.first, header.last) == (4_000_000, 5_000_000, 5_000_000, 4_000_000)
    assert (header.first_at, header.last_at, header.longest_pause, header.last_journal) == (2, 10, 6, 8)


def test_a_header_of_faults_only_has_no_values():
    header = header_of([stored(1, None)])
    assert astuple(header)[:7] == (0, 1, 0, None, None, None, None)
    assert (header.first_at, header.last_at, header.longest_pause) == (1, 1, 0)


def test_a_header_of_flagged_readings_only_tells_their_span():
    header = header_of([stored(1, 5, Flag.RETAINED), stored(4, 6, Flag.RETAINED)])
    assert astuple(header)[:7] == (0, 0, 2, None, None, None, None)
    assert (header.first_at, header.last_at, header.longest_pause) == (1, 4, 0)


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (stored(1, 6, journal=2), stored(1, 5, journal=1)),
        (stored(1, 6, Flag.AHEAD, journal=1), stored(1, 5, journal=2)),
        (stored(1, 6, Flag.AHEAD, journal=1), stored(1, None, journal=2)),
    ],
    ids=["the first received stays", "judged beats flagged", "a judged fault beats a flagged value"],
)
def test_of_two_readings_at_one_instant(weaker, stronger):
    assert merge([weaker, stronger]) == merge([stronger, weaker]) == [stronger]


def test_a_value_beats_a_fault_and_remembers_it():
    value = stored(1, 5, journal=2)
    expected = [value._replace(flags=Flag.REPLACED_FAULT)]
    assert merge([stored(1, None), value]) == merge([value, stored(1, None)]) == expected


@given(days(st.integers(0, 5)), days(st.integers(0, 5)), days(st.integers(0, 5)))
def test_merging_in_any_order_and_twice_is_the_same(one, two, three):
    # One journal row never says two things of an instant.
    parts = [[r._replace(journal=n) for r in part] for n, part in enumerate((one, two, three))]
    whole = merge(parts[0] + parts[1] + parts[2])
    assert merge(parts[2] + parts[0] + parts[1]) == whole
    assert merge(merge(parts[1] + parts[2]) + parts[0]) == whole
    assert merge(whole + parts[1]) == whole
