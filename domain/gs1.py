"""What a scanner reads from a GS1 symbol: an element string (GS1 General Specifications 7.8) or a Digital Link."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

GTIN, LOT, SERIAL, EXPIRY = "01", "10", "21", "17"
# FNC1 as a control character, and as the picture of it that some scanners type
_SEPARATORS = re.compile("[\x1d\u241d]")
_SYMBOLOGY = re.compile(r"\](?:C1|d2|Q3|e0|J1)")
_EAN = re.compile(r"\](?:E0|E4)")  # what follows `|` is a composite symbol's second part
_IN_BRACKETS = re.compile(r"\((\d{2,4})\)([^(]+)")
# Application identifiers of predefined length: the first two digits → length, identifier included (figure 7.8.5-2)
_LENGTHS = {
    **{"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16},
    **{f"{number}": 8 for number in range(11, 20)},
    **{f"{number}": 10 for number in range(31, 37)},
}

# What batch numbers and serials may be made of, and how long they are (GS1 General Specifications 3.4.1, 3.5.2, 7.11).
CSET_82 = frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
LONGEST = 20


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a symbol says of a trade item; the GTIN has 14 digits."""

    gtin: str
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = field(default=None, compare=False)  # YYMMDD, as it is in the symbol


def read_gs1(text: str) -> Scanned | None:
    """Return what the text says if it is an element string, a Digital Link or a bare GTIN; None for anything else."""
    text = text.strip()
    elements = _of_link(text) or _of_brackets(text) or _of_symbol(text) or _of_digits(text)
    gtin = elements.get(GTIN, "")
    if not re.fullmatch(r"[0-9]{14}", gtin):
        return None
    return Scanned(gtin, elements.get(LOT), elements.get(SERIAL), elements.get(EXPIRY))


def _of_link(text: str) -> dict[str, str]:
    """Read `https://any.host/01/09506000134352/10/A1/21/7`; the path may begin with more, and the query say more."""
    if not re.match(r"https?://", text, re.IGNORECASE):
        return {}
    link = urlsplit(text)
    steps = [unquote(step) for step in link.path.split("/")]
    if GTIN not in steps:
        return {}
    steps = steps[steps.index(GTIN) :]
    found = dict(parse_qsl(link.query)) | dict(zip(steps[::2], steps[1::2], strict=False))
    return {**found, GTIN: found[GTIN].zfill(14)} if found.get(GTIN) else {}


def _of_brackets(text: str) -> dict[str, str]:
    """Read `(01)09506000134352(10)A1`, as it is printed below a symbol."""
    return dict(_IN_BRACKETS.findall(text)) if text.startswith("(") else {}


def _of_symbol(text: str) -> dict[str, str]:
    """Read an element string as it is scanned: what has no predefined length ends at a separator."""
    found: dict[str, str] = {}
    rest = _SEPARATORS.sub("\x1d", _SYMBOLOGY.sub("", text, count=1)).lstrip("\x1d")
    if not rest.startswith(GTIN) or len(rest) < _LENGTHS[GTIN]:
        return {}
    while rest:
        length = _LENGTHS.get(rest[:2])
        element, rest = (rest[:length], rest[length:]) if length else _cut(rest)
        found.setdefault(element[:2], element[2:])
        rest = rest.lstrip("\x1d")
    return found


def _cut(rest: str) -> tuple[str, str]:
    element, _, following = rest.partition("\x1d")
    return element, following


def _of_digits(text: str) -> dict[str, str]:
    """Read a bare GTIN of 8, 12, 13 or 14 digits whose check digit is right, as an EAN symbol has it."""
    text = _EAN.sub("", text, count=1).partition("|")[0]
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", text):
        return {}
    digits = [int(digit) for digit in text.zfill(14)]
    weighed = sum(digit * (3, 1)[i % 2] for i, digit in enumerate(digits))
    return {} if weighed % 10 else {GTIN: text.zfill(14)}


def why_not_in_symbol(text: str) -> str | None:
    """Return why a batch number or serial cannot stand in a GS1 symbol, AI (10) or (21), in words; None: it can."""
    odd = sorted({sign for sign in text if sign not in CSET_82})
    if odd:
        return f"{', '.join(map(repr, odd))} cannot stand in a GS1 symbol (GS1 character set 82)"
    if not 1 <= len(text) <= LONGEST:
        return f"it has {len(text)} characters; a GS1 symbol has room for {LONGEST}"
    return None
