"""Batch numbers as people type them: ours, mistyped, wrong, or somebody else's."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batches.check_characters import mod_37_36
from batches.numbering import Numbering, read_parts
from batches.typed_numbers import likeness, read_typed
from tests.batches.test_numbering import DAYS, numberings

OURS = Numbering(read_parts("VX{YYMMDD}{line}{sequence:2}{check:mod37-36}"), "VX", lines=("A", "B"), reset="day")
NUMBER = "VX261201A072"


def test_the_number_of_the_examples_is_one_of_ours() -> None:
    made = OURS.read(NUMBER)
    assert made is not None and (made.line, made.sequence) == ("A", 7)
    assert read_typed(OURS, NUMBER).kind == "own"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("VX 261201 A072", "spaces"),
        ("vx261201a072", "another case"),
        ("VX2612OIA072", "I for 1, O for 0"),
        ("VX26l201A072", "l for 1"),
        ("VX261201\u0410072", "\u0410 for A"),
        ("\u200bVX261201A072", "invisible characters"),
        ("VX261201A072\u00ad", "invisible characters"),
        ("\uff36X261201A072", "characters of another width"),
        (" vx 2612o1 A072\u200e", "spaces, invisible characters, another case, o for 0"),
    ],
)
def test_what_is_typed_almost_as_it_is_written_is_ours_with_the_difference_named(typed, why) -> None:
    found = read_typed(OURS, typed)
    assert (found.kind, found.meant) == ("mistyped", NUMBER)
    assert found.why == f"{typed!r} is '{NUMBER}' with {why}"


def test_a_wrong_check_character_is_named() -> None:
    found = read_typed(OURS, "VX261201A078")
    assert (found.kind, found.meant) == ("wrong", "VX261201A078")
    assert found.why == "'VX261201A078' ends with '8', and the check of such a number is '2'"


def test_an_impossible_date_is_wrong() -> None:
    text = "VX261301A07"
    found = read_typed(OURS, text + mod_37_36(text))
    assert found.kind == "wrong"
    assert "no possible date" in found.why


@pytest.mark.parametrize("typed", ["LOT-4711", "0123", "VX261201C079", "é-12", "vx1"])
def test_a_number_of_another_shape_is_somebody_elses_and_stays_as_it_is(typed) -> None:
    found = read_typed(OURS, typed)
    assert (found.kind, found.meant) == ("foreign", typed)


def test_invisible_characters_are_part_of_nobodys_number() -> None:
    found = read_typed(OURS, "LOT\u200b-4711 ")
    assert (found.kind, found.meant) == ("mistyped", "LOT-4711")
    assert "invisible characters" in found.why


def test_lots_that_are_taken_for_one_another_have_the_same_likeness() -> None:
    assert likeness("AO-I0l") == likeness("a0 -\u200b1oL".replace("L", "l")) == likeness("\u0410O\u20131O1")
    assert likeness("A1") != likeness("A7")


@given(numberings(), DAYS, st.data())
def test_the_other_case_spaces_and_look_alikes_never_hide_which_number_is_meant(made, day, data) -> None:
    line = data.draw(st.sampled_from(made.lines or ("",)))
    number = made.write(day, line, data.draw(st.integers(made.start, made.last)))
    signs = [data.draw(st.sampled_from(_ways(sign))) for sign in number]
    typed = data.draw(st.sampled_from(["", " ", "\u200b"])).join(signs)
    found = read_typed(made, typed)
    assume(made.read(typed) is None)  # 1 and I, both in a check of letters and digits, may both be possible
    if found.kind == "mistyped":
        assert made.read(found.meant) is not None
        assert likeness(found.meant) == likeness(number) == likeness(typed)
    else:
        # only where a place may hold either of two that look alike nothing says which of them is meant
        assert "check" in {part.kind for part in made.parts} or "A" in {part.value for part in made.parts}


def _ways(sign: str) -> list[str]:
    alike = {"0": "0Oo", "1": "1Il", "O": "O0", "I": "I1"}.get(sign, sign)
    return sorted({*alike, *(each.lower() for each in alike if each not in "Ll"), *alike})


@given(numberings(), DAYS, st.data())
def test_no_single_wrong_digit_is_taken_for_another_number_where_there_is_a_check(made, day, data) -> None:
    assume(any(part.kind == "check" for part in made.parts))
    line = data.draw(st.sampled_from(made.lines or ("",)))
    number = made.write(day, line, data.draw(st.integers(made.start, made.last)))
    at = data.draw(st.integers(0, len(number) - 1))
    same_sort = "0123456789" if number[at].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    other = data.draw(st.sampled_from([sign for sign in same_sort if sign != number[at]]))
    typed = number[:at] + other + number[at + 1 :]
    assert made.read(typed) is None
    assert unicodedata.normalize("NFKC", typed) == typed
