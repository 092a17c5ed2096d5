"""Batch numbers made of parts: date of production, facility, product code, line, text, sequence, check character.

A format is text with parts in braces: `{YYMMDD}-{line}{sequence:3}{check:gs1}`. Every number it makes fits GS1 AI (10).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from batches.check_characters import CHECKS, LETTERS
from batches.production_dates import FORMS, Reset, date_forms, tells_period
from domain.errors import InvalidError
from domain.gs1 import LONGEST, why_not_in_symbol

Typed = Literal["refuse", "fold"]
WIDEST = 9  # digits of a sequence

_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)")
_DIGITS = "0123456789"


class Part(NamedTuple):
    """A part: `text` (itself), `date` (of FORMS), `facility`, `product`, `line`, `sequence` (digits) or `check`."""

    kind: str
    value: str = ""


class Slot(NamedTuple):
    """A place in a number: the characters that may stand there."""

    part: Part
    signs: str


class Made(NamedTuple):
    """What a number was read as: the parts of its date, the line, and its place in the sequence."""

    dates: tuple[tuple[str, str], ...]
    line: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the numbers of lots are made. `code`: the product's; `owner`: the product that it is of, None: the site's."""

    parts: tuple[Part, ...]
    code: str
    facility: str = ""
    lines: tuple[str, ...] = ()
    start: int = 1
    reset: Reset = "never"
    typed: Typed = "refuse"
    owner: str | None = None
    format: str = ""  # as it was written

    @property
    def width(self) -> int:
        """How many digits the sequence has."""
        return next(int(part.value) for part in self.parts if part.kind == "sequence")

    @property
    def last(self) -> int:
        """The greatest number that the sequence reaches."""
        return int(10**self.width) - 1

    def line(self, wanted: str | None) -> str:
        """Return the line that a number is for, "" if it tells of none. Raises InvalidError if it is unclear which."""
        if all(part.kind != "line" for part in self.parts):
            if wanted is not None:
                raise InvalidError(f"line: the batch numbers of this product tell of no line, and {wanted!r} is given")
            return ""
        if wanted is None and len(self.lines) == 1:
            return self.lines[0]
        if wanted not in self.lines:
            given = "none is given" if wanted is None else f"not {wanted!r}"
            raise InvalidError(f"line: must be one of {', '.join(self.lines)}; {given}")
        return wanted

    def write(self, day: date, line: str, sequence: int) -> str:
        """Return the number."""
        text = ""
        for part in self.parts:
            if part.kind == "check":
                text += CHECKS[part.value].of(text)
            elif part.kind == "date":
                text += FORMS[part.value].write(day)
            elif part.kind == "sequence":
                text += f"{sequence:0{self.width}}"
            else:
                text += self._fixed(part, line)
        return text

    def read(self, text: str) -> Made | None:
        """Return what a number says; None for one that is not as this format writes it."""
        for line in self.lines or ("",):
            slots = self.slots(line)
            if len(slots) == len(text) and all(sign in slot.signs for sign, slot in zip(text, slots, strict=True)):
                made = self._made(text, line)
                if made is not None:
                    return made
        return None

    def slots(self, line: str) -> list[Slot]:
        """Return what may stand at each place of a number of a line."""
        found: list[Slot] = []
        for part in self.parts:
            if part.kind == "date":
                found += [Slot(part, FORMS[part.value].made_of)] * FORMS[part.value].width
            elif part.kind == "sequence":
                found += [Slot(part, _DIGITS)] * self.width
            elif part.kind == "check":
                found += [Slot(part, CHECKS[part.value].made_of)] * CHECKS[part.value].width
            else:
                found += [Slot(part, sign) for sign in self._fixed(part, line)]
        return found

    def _made(self, text: str, line: str) -> Made | None:
        dates: list[tuple[str, str]] = []
        at, sequence = 0, 0
        for part in self.parts:
            width = self._width(part, line)
            here = text[at : at + width]
            if part.kind == "check" and CHECKS[part.value].of(text[:at]) != here:
                return None
            if part.kind == "date":
                dates.append((part.value, here))
            elif part.kind == "sequence":
                sequence = int(here)
            at += width
        return Made(tuple(dates), line, sequence) if _can_be(dict(dates)) and sequence >= self.start else None

    def _width(self, part: Part, line: str) -> int:
        match part.kind:
            case "date":
                return FORMS[part.value].width
            case "sequence":
                return int(part.value)
            case "check":
                return CHECKS[part.value].width
            case _:
                return len(self._fixed(part, line))

    def _fixed(self, part: Part, line: str) -> str:
        return {"text": part.value, "facility": self.facility, "product": self.code, "line": line}[part.kind]


def following(numbering: Numbering, day: date, line: str, after: int) -> Iterator[str]:
    """Yield the numbers of a day after a place in the sequence, until it overflows."""
    for sequence in range(max(after + 1, numbering.start), numbering.last + 1):
        yield numbering.write(day, line, sequence)


def read_parts(format_: str) -> tuple[Part, ...]:
    """Return the parts of a format. Raises InvalidError for what is none, with what is known."""
    parts: list[Part] = []
    at = 0
    for match in _PART.finditer(format_):
        if match.start() != at:
            raise InvalidError(f"a brace without its other one in {format_!r}")
        parts += [Part("text", match[2])] if match[1] is None else _parts_in_braces(match[1])
        at = match.end()
    if at != len(format_):
        raise InvalidError(f"a brace without its other one in {format_!r}")
    _check_order(parts)
    return tuple(parts)


def _parts_in_braces(word: str) -> list[Part]:
    name, _, value = word.partition(":")
    if name in ("facility", "product", "line") and not value:
        return [Part(name)]
    if name == "sequence":
        if not re.fullmatch(f"[1-{WIDEST}]", value):
            raise InvalidError(
                f"sequence: needs how many digits it has, 1 to {WIDEST}, e.g. {{sequence:3}}, not {value!r}"
            )
        return [Part(name, value)]
    if name == "check":
        if value not in CHECKS:
            raise InvalidError(f"unknown check {value!r}; known: {', '.join(CHECKS)}")
        return [Part(name, value)]
    forms = date_forms(word)
    if not forms:
        known = "facility, product, line, sequence:3, check:gs1, or a date such as YYMMDD, YYDDD, YYWW"
        raise InvalidError(f"unknown part {{{word}}}; known: {known} (of {', '.join(FORMS)})")
    return [Part("date", form) for form in forms]


def _check_order(parts: Sequence[Part]) -> None:
    kinds = [part.kind for part in parts]
    if kinds.count("sequence") != 1:
        raise InvalidError(f"a format has one sequence, e.g. {{sequence:3}}; this has {kinds.count('sequence')}")
    if "check" in kinds[:-1]:
        raise InvalidError("the check is the last part of a number, and once in it")


def problem_of(numbering: Numbering) -> tuple[str, str] | None:
    """Return the field and the reason why a numbering makes no usable numbers; None: it does."""
    forms = [part.value for part in numbering.parts if part.kind == "date"]
    kinds = {part.kind for part in numbering.parts}
    if not tells_period(forms, numbering.reset):
        return "reset", f"the format does not tell the {numbering.reset}, so numbers would come again"
    if numbering.start > numbering.last:
        return "start", f"the sequence ends at {numbering.last}, before {numbering.start}"
    for field, given in (("facility", numbering.facility), ("lines", numbering.lines)):
        if field.removesuffix("s") in kinds and not given:
            return field, f"is missing: the format has {{{field.removesuffix('s')}}}"
        if field.removesuffix("s") not in kinds and given:
            return field, f"the format has no {{{field.removesuffix('s')}}}"
    return _problem_of_text(numbering)


def _problem_of_text(numbering: Numbering) -> tuple[str, str] | None:
    """Say which part cannot stand in a number; the field of a product's code is `code`."""
    fields = {"text": "format", "facility": "facility", "product": "code", "line": "lines"}
    system = next((CHECKS[part.value] for part in numbering.parts if part.kind == "check"), None)
    for line in numbering.lines or ("",):
        slots = numbering.slots(line)
        for slot in slots:
            reason = why_not_in_symbol(slot.signs) if slot.part.kind in fields else None
            if reason is not None:
                return fields[slot.part.kind], reason
            if system and slot.signs in LETTERS and slot.signs not in system.counts:
                return fields[slot.part.kind], f"{slot.signs!r} is no digit, and the check is worked out of digits"
        if len(slots) > LONGEST:
            return "format", f"makes numbers of {len(slots)} characters; a GS1 symbol has room for {LONGEST}"
    return None


def _can_be(said: dict[str, str]) -> bool:
    """Tell whether there is a day of which these parts of a date are; a year of one or two digits may be any."""
    months, days = said.get("MM"), said.get("DD")
    if months is not None and not 1 <= int(months) <= 12:
        return False
    if days is not None and not 1 <= int(days) <= 31:
        return False
    if "DDD" in said and not 1 <= int(said["DDD"]) <= 366:
        return False
    if "WW" in said and not 1 <= int(said["WW"]) <= 53:
        return False
    if months is not None and days is not None:
        return _is_day(said.get("YYYY") or f"20{said.get('YY', '00')}", months, days)
    return True


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def left(numbering: Numbering, after: int) -> int:
    """Return how many numbers the sequence has after a place in it."""
    return max(0, numbering.last - max(after, numbering.start - 1))
