"""Check characters at the end of a batch number: each system catches every single wrong character.

Letters and digits count, whatever stands between them does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHANUMERIC = DIGITS + LETTERS


@dataclass(frozen=True, slots=True)
class CheckSystem:
    """How a check is worked out: of which characters, how many it is and of which."""

    of: Callable[[str], str]  # the characters before it → the check
    counts: str  # the characters that it can be worked out of
    width: int
    made_of: str


def gs1(text: str) -> str:
    """Return the check digit of GS1 General Specifications 7.9.1: digits weighed 3, 1, 3 … from the right."""
    weighed = sum(int(digit) * (3, 1)[i % 2] for i, digit in enumerate(reversed(_only(text, DIGITS))))
    return str(-weighed % 10)


def mod_97(text: str) -> str:
    """Return the two check digits of ISO/IEC 7064 MOD 97-10; letters count 10 to 35, as ISO 13616 (IBAN) has it."""
    number = "".join(str(ALPHANUMERIC.index(sign)) for sign in _only(text, ALPHANUMERIC))
    return f"{98 - int(number + '00') % 97:02}"


def luhn_36(text: str) -> str:
    """Return the check character of Luhn mod N (ISO/IEC 7812-1 annex B, to the base 36): every second one doubled."""
    total = 0
    for i, sign in enumerate(reversed(_only(text, ALPHANUMERIC))):
        value = ALPHANUMERIC.index(sign) * (2, 1)[i % 2]
        total += value // 36 + value % 36
    return ALPHANUMERIC[-total % 36]


def mod_37_36(text: str) -> str:
    """Return the check character of ISO/IEC 7064 MOD 37,36; it catches two neighbours that changed places too."""
    product = 36
    for sign in _only(text, ALPHANUMERIC):
        total = (product + ALPHANUMERIC.index(sign)) % 36 or 36
        product = total * 2 % 37
    return ALPHANUMERIC[(1 - product) % 36]


def _only(text: str, counts: str) -> str:
    return "".join(sign for sign in text if sign in counts)


CHECKS: Mapping[str, CheckSystem] = {
    "gs1": CheckSystem(gs1, DIGITS, 1, DIGITS),
    "mod97": CheckSystem(mod_97, ALPHANUMERIC, 2, DIGITS),
    "luhn": CheckSystem(luhn_36, ALPHANUMERIC, 1, ALPHANUMERIC),
    "mod37-36": CheckSystem(mod_37_36, ALPHANUMERIC, 1, ALPHANUMERIC),
}
