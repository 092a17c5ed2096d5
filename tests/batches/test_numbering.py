"""Batch numbers: what each part writes, what is refused, and that a number is read as it was made."""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.numbering import Numbering, following, left, problem_of, read_parts
from batches.production_dates import FORMS, MONTH_LETTERS, next_period, period_of
from domain.errors import InvalidError
from domain.gs1 import why_not_in_symbol

DAY = date(2026, 12, 1)  # a Tuesday
AGAIN = "the format does not tell the {}, so numbers would come again"


def numbering(format_: str, **more) -> Numbering:
    return Numbering(read_parts(format_), more.pop("code", "VX"), **more)


def written(format_: str, day: date = DAY, sequence: int = 7, line: str = "", **more) -> str:
    return numbering(format_, **more).write(day, line, sequence)


@pytest.mark.parametrize(
    ("format_", "number"),
    [
        ("{YYMMDD}{sequence:3}", "261201007"),
        ("{YYYY}-{MM}-{sequence:2}", "2026-12-07"),
        ("{YYDDD}{sequence:2}", "2633507"),
        ("{YYWW}{E}{sequence:2}", "2649207"),
        ("{Y}{B}{DD}{sequence:1}", "6M017"),
        ("{A}{B}-{sequence:4}", "TM-0007"),
        ("L{sequence:3}{check:gs1}", None),
        ("{product}/{sequence:2}", "VX/07"),
    ],
)
def test_each_part_is_written_in_its_place(format_, number) -> None:
    if number is None:  # a letter is no digit: refused by its field
        assert problem_of(numbering(format_)) == ("format", "'L' is no digit, and the check is worked out of digits")
    else:
        assert written(format_) == number


def test_facility_line_and_check() -> None:
    parts = "{facility}{line}{YYDDD}{sequence:2}{check:gs1}"
    assert written(parts, line="2", facility="4", lines=("1", "2")) == "422633507" + "6"


def test_an_iso_week_belongs_to_its_own_year() -> None:
    assert written("{YYWW}{sequence:1}", date(2027, 1, 1)) == "26537"
    assert written("{YYYYWW}{sequence:1}", date(2029, 12, 31)) == "2030017"


def test_letters_of_years_come_again_after_thirty_and_of_months_leave_out_i() -> None:
    letters = [written("{A}{sequence:1}", date(year, 1, 1))[0] for year in (2010, 2026, 2030, 2031, 2039, 2040)]
    assert letters == ["A", "T", "Y", "1", "9", "A"]
    assert [written("{B}{sequence:1}", date(2026, month, 1))[0] for month in range(1, 13)] == list(MONTH_LETTERS)
    assert "I" not in MONTH_LETTERS


@pytest.mark.parametrize(
    ("format_", "problem"),
    [
        ("{YYMMDD}", "a format has one sequence, e.g. {sequence:3}; this has 0"),
        ("{sequence:2}{sequence:2}", "a format has one sequence, e.g. {sequence:3}; this has 2"),
        ("{sequence}", "sequence: needs how many digits it has, 1 to 9, e.g. {sequence:3}, not ''"),
        ("{sequence:0}", "sequence: needs how many digits it has, 1 to 9, e.g. {sequence:3}, not '0'"),
        ("{check:gs1}{sequence:2}", "the check is the last part of a number, and once in it"),
        ("{sequence:2}{check:gs2}", "unknown check 'gs2'; known: gs1, mod97, luhn, mod37-36"),
        ("A{sequence:2", "a brace without its other one in 'A{sequence:2'"),
        ("A}{sequence:2}", "a brace without its other one in 'A}{sequence:2}'"),
    ],
)
def test_a_format_that_is_none_is_refused(format_, problem) -> None:
    with pytest.raises(InvalidError) as caught:
        read_parts(format_)
    assert str(caught.value) == problem


def test_an_unknown_part_is_named_with_what_is_known() -> None:
    with pytest.raises(InvalidError, match=r"unknown part \{YYMMX\}; known: facility, product, line, sequence:3"):
        read_parts("{YYMMX}{sequence:2}")


@pytest.mark.parametrize(
    ("format_", "more", "field", "reason"),
    [
        ("{MMDD}{sequence:2}", {"reset": "day"}, "reset", AGAIN.format("day")),
        ("{YYWW}{sequence:2}", {"reset": "day"}, "reset", AGAIN.format("day")),
        ("{YY}{sequence:2}", {"reset": "month"}, "reset", AGAIN.format("month")),
        ("{sequence:2}", {"start": 100}, "start", "the sequence ends at 99, before 100"),
        ("{facility}{sequence:2}", {}, "facility", "is missing: the format has {facility}"),
        ("{sequence:2}", {"lines": ("1",)}, "lines", "the format has no {line}"),
        ("{product}{sequence:2}", {"code": "V X"}, "code", "' ' cannot stand in a GS1 symbol (GS1 character set 82)"),
        (
            "PLANT-NORTH-1{YYMMDD}{sequence:2}",
            {},
            "format",
            "makes numbers of 21 characters; a GS1 symbol has room for 20",
        ),
    ],
)
def test_a_numbering_that_makes_no_usable_numbers_is_told_with_its_field(format_, more, field, reason) -> None:
    assert problem_of(numbering(format_, **more)) == (field, reason)


@pytest.mark.parametrize(
    ("format_", "reset"),
    [
        ("{YYDDD}{sequence:2}", "day"),
        ("{YYWW}{E}{sequence:2}", "day"),
        ("{YYWW}{sequence:2}", "week"),
        ("{A}{B}{sequence:2}", "month"),
        ("{YYDDD}{sequence:2}", "month"),
        ("{Y}{sequence:4}", "year"),
    ],
)
def test_a_sequence_may_begin_again_where_the_format_tells_when(format_, reset) -> None:
    assert problem_of(numbering(format_, reset=reset)) is None


def test_the_line_is_named_where_there_are_several() -> None:
    several = numbering("{line}{sequence:2}", lines=("1", "2"))
    assert several.line("2") == "2"
    with pytest.raises(InvalidError, match="line: must be one of 1, 2; none is given"):
        several.line(None)
    with pytest.raises(InvalidError, match="line: must be one of 1, 2; not '3'"):
        several.line("3")
    assert numbering("{line}{sequence:2}", lines=("1",)).line(None) == "1"
    with pytest.raises(InvalidError, match="tell of no line, and '1' is given"):
        numbering("{sequence:2}").line("1")


def test_following_numbers_end_where_the_sequence_overflows() -> None:
    made = numbering("{YYMMDD}-{sequence:1}", start=3)
    assert list(following(made, DAY, "", 0)) == [f"261201-{number}" for number in range(3, 10)]
    assert list(following(made, DAY, "", 7)) == ["261201-8", "261201-9"]
    assert [left(made, after) for after in (0, 2, 3, 8, 9, 20)] == [7, 7, 6, 1, 0, 0]


@pytest.mark.parametrize(
    ("reset", "period", "following_period"),
    [
        ("day", "2026-12-31", date(2027, 1, 1)),
        ("week", "2026-W53", date(2027, 1, 4)),
        ("month", "2026-12", date(2027, 1, 1)),
        ("year", "2026", date(2027, 1, 1)),
        ("never", "", None),
    ],
)
def test_periods_of_the_sequence(reset, period, following_period) -> None:
    last = date(2026, 12, 31)  # a Thursday
    assert (period_of(last, reset), next_period(last, reset)) == (period, following_period)


def test_the_last_day_of_the_calendar_has_no_next_period() -> None:
    assert [next_period(date(9999, 12, 31), reset) for reset in ("day", "week", "month", "year")] == [None] * 4


DAYS = st.dates(date(2010, 1, 1), date(2099, 12, 31))
RESETS = st.sampled_from(["day", "week", "month", "year", "never"])


@st.composite
def numberings(draw) -> Numbering:
    """Any numbering that makes usable numbers."""
    words = draw(
        st.lists(
            st.sampled_from([*(f"{{{form}}}" for form in FORMS if form != "WW"), "{YYWW}", "{line}", "{facility}"])
            | st.sampled_from(["-", "X", "7", "{product}"]),
            max_size=5,
        )
    )
    width = draw(st.integers(1, 5))
    words.insert(draw(st.integers(0, len(words))), f"{{sequence:{width}}}")
    check = draw(st.sampled_from(["", "{check:gs1}", "{check:mod97}", "{check:luhn}", "{check:mod37-36}"]))
    format_ = "".join(words) + check
    lines = tuple(draw(st.lists(st.sampled_from("1234AB"), min_size=1, unique=True))) if "{line}" in format_ else ()
    facility = "N1" if "{facility}" in format_ else ""
    made = numbering(format_, lines=lines, facility=facility, reset=draw(RESETS), start=draw(st.integers(1, 3)))
    if problem_of(made) is not None:
        made = numbering(f"{{YYDDD}}-{{sequence:{width}}}{{check:mod37-36}}", reset="day")
    return made


@given(numberings(), DAYS, st.data())
def test_a_number_is_read_as_it_was_made(made, day, data) -> None:
    line = data.draw(st.sampled_from(made.lines or ("",)))
    sequence = data.draw(st.integers(made.start, made.last))
    number = made.write(day, line, sequence)
    assert why_not_in_symbol(number) is None
    read = made.read(number)
    assert read is not None
    assert (read.sequence, read.line) == (sequence, line)
    assert all(FORMS[form].write(day) == said for form, said in read.dates)


@given(numberings(), DAYS, st.data())
def test_numbers_of_one_period_are_all_different(made, day, data) -> None:
    line = data.draw(st.sampled_from(made.lines or ("",)))
    numbers = list(islice(following(made, day, line, data.draw(st.integers(0, made.last))), 50))
    assert len(set(numbers)) == len(numbers)


@given(numberings(), DAYS, st.integers(1, 400), st.data())
def test_numbers_of_different_periods_differ_within_a_year(made, day, later, data) -> None:
    other = day + timedelta(days=later)
    line = data.draw(st.sampled_from(made.lines or ("",)))
    if made.reset != "never" and period_of(day, made.reset) != period_of(other, made.reset):
        assert made.write(day, line, made.start) != made.write(other, line, made.start)
