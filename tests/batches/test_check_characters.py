"""Check characters: known examples of each system, and that a single wrong character never passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.check_characters import ALPHANUMERIC, CHECKS, DIGITS, gs1, luhn_36, mod_37_36, mod_97


def test_gs1_is_the_check_digit_of_a_gtin() -> None:
    assert gs1("0950600013435") == "2"
    assert gs1("629104150021") == "3"


def test_mod_97_is_that_of_an_iban_whose_country_stands_last() -> None:
    # GB82 WEST 1234 5698 7654 32
    assert mod_97("WEST12345698765432GB") == "82"


def test_mod_37_36_is_that_of_a_global_release_identifier() -> None:
    # A1-2425G-ABC1234002-M
    assert mod_37_36("A1-2425G-ABC1234002") == "M"


def test_luhn_doubles_every_second_character_from_the_right() -> None:
    # 1 × 2 + 0 + Z: 35 × 2 = 70 = 1 × 36 + 34, so 1 + 34; in all 2 + 0 + 35 = 37, and 35 more make two times 36
    assert luhn_36("10Z") == "Z"


def test_what_stands_between_letters_and_digits_does_not_count() -> None:
    assert [each.of("26-12/01") for each in CHECKS.values()] == [each.of("261201") for each in CHECKS.values()]


@pytest.mark.parametrize("name", CHECKS)
@given(data=st.data())
def test_every_single_wrong_character_is_caught(name, data) -> None:
    system = CHECKS[name]
    text = data.draw(st.text(alphabet=system.counts, min_size=1, max_size=18))
    at = data.draw(st.integers(0, len(text) - 1))
    # one digit for another, or one letter for another: a place in a number holds either digits or letters
    alike = DIGITS if text[at] in DIGITS else "".join(set(ALPHANUMERIC) - set(DIGITS))
    other = data.draw(st.sampled_from([sign for sign in sorted(alike) if sign != text[at]]))
    assert system.of(text[:at] + other + text[at + 1 :]) != system.of(text)


@pytest.mark.parametrize("name", CHECKS)
@given(data=st.data())
def test_a_check_has_its_width_and_characters(name, data) -> None:
    system = CHECKS[name]
    check = system.of(data.draw(st.text(alphabet=system.counts, max_size=20)))
    assert len(check) == system.width and set(check) <= set(system.made_of)


@given(st.text(alphabet=ALPHANUMERIC, min_size=2, max_size=18), st.data())
def test_mod_37_36_catches_neighbours_that_changed_places(text, data) -> None:
    at = data.draw(st.integers(0, len(text) - 2))
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    assert (mod_37_36(swapped) == mod_37_36(text)) == (swapped == text)
