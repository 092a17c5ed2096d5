"""Serials, AI (21), of the items in a batch: one by one or in ranges, each unique in its product for ever. Pure.

A range is its first and last serial: the same characters, and digits at the end that count up. Serials that are taken
for one another in print and in writing count as the same.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from batches.typed_numbers import likeness
from domain.errors import InvalidError
from domain.gs1 import why_not_in_symbol

_DIGITS_AT_MOST = 18  # so many fit into a number of 64 bits


@dataclass(frozen=True, slots=True, order=True)
class SerialRange:
    """Serials with the same beginning and a number of so many digits after it, from `first` to `last`."""

    prefix: str
    width: int  # 0: it is one serial without digits at its end
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many serials it is."""
        return self.last - self.first + 1

    def serial(self, number: int) -> str:
        """Return one of them."""
        return f"{self.prefix}{number:0{self.width}}" if self.width else self.prefix

    @property
    def ends(self) -> tuple[str, str]:
        """Return the first and the last serial."""
        return self.serial(self.first), self.serial(self.last)

    @property
    def alike(self) -> "SerialRange":
        """Return what it is to somebody who takes look-alikes for one another; what meets there is refused."""
        first, last = (one_serial(likeness(serial)) for serial in self.ends)
        return SerialRange(first.prefix, first.width, first.first, last.first)

    def meets(self, other: "SerialRange") -> bool:
        """Tell whether two ranges have a serial in common."""
        same = (self.prefix, self.width) == (other.prefix, other.width)
        return same and self.first <= other.last and other.first <= self.last

    def part(self, first: int, last: int) -> "SerialRange | None":
        """Return what of it lies between two numbers."""
        begins, ends = max(self.first, first), min(self.last, last)
        return SerialRange(self.prefix, self.width, begins, ends) if begins <= ends else None

    def without(self, other: "SerialRange") -> list["SerialRange"]:
        """Return what is left of it without another range that meets it."""
        parts = self.part(self.first, other.first - 1), self.part(other.last + 1, self.last)
        return [part for part in parts if part is not None]


def one_serial(text: str) -> SerialRange:
    """Return a serial as the range of it alone."""
    prefix = text.rstrip("0123456789")[: len(text)]
    digits = text[len(prefix) :]
    if len(digits) > _DIGITS_AT_MOST:
        cut = len(digits) - _DIGITS_AT_MOST
        prefix, digits = prefix + digits[:cut], digits[cut:]
    number = int(digits or 0)
    return SerialRange(prefix, len(digits), number, number)


def read_range(first: str, last: str) -> SerialRange:
    """Return a range. Raises InvalidError for what cannot stand in a GS1 symbol, or does not count up."""
    for serial in (first, last):
        reason = why_not_in_symbol(serial)
        if reason is not None:
            raise InvalidError(f"serial {serial!r}: {reason}")
    begin, end = one_serial(first), one_serial(last)
    if (begin.prefix, begin.width) != (end.prefix, end.width):
        raise InvalidError(f"serials {first!r} to {last!r}: they differ before the digits at their end, or in length")
    if begin.first > end.first:
        raise InvalidError(f"serials {first!r} to {last!r}: the last comes before the first")
    found = SerialRange(begin.prefix, begin.width, begin.first, end.first)
    if found.first == found.last and first != last:
        raise InvalidError(f"serials {first!r} to {last!r}: only digits at the end count up")
    return found


def joined(ranges: Iterable[SerialRange]) -> list[SerialRange]:
    """Return serials in as few ranges as possible, sorted. Raises InvalidError for one that is there twice."""
    found: list[SerialRange] = []
    for each in sorted(ranges):
        before = found[-1] if found else None
        if before is not None and before.meets(each):
            raise InvalidError(f"serial {each.ends[0]!r} is given twice")
        if before is not None and each.width and (before.prefix, before.width, before.last + 1) == (
            each.prefix, each.width, each.first
        ):  # fmt: skip
            found[-1] = SerialRange(each.prefix, each.width, before.first, each.last)
        else:
            found.append(each)
    alike = sorted((each.alike, each) for each in found)
    for (left, _), (right, which) in itertools.pairwise(alike):
        if left.meets(right):
            raise InvalidError(f"serial {which.ends[0]!r} can be taken for another that is given")
    return found
