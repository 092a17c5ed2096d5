"""Reading a rule's fields from text, collecting every problem instead of stopping at the first."""

from collections.abc import Mapping
from difflib import get_close_matches

from domain.errors import InvalidError
from domain.model import QUANTITIES
from domain.numbers import parse_value
from domain.times import parse_duration
from rules.bounds import OPERATORS, Bound, Bounds

Problem = tuple[str, str]  # field, what is wrong with it


def nearest(word: str, known: list[str]) -> str:
    """Return ` (did you mean "x"?)`, or nothing if no known word is near."""
    near = get_close_matches(word, known, 1)
    return f' (did you mean "{near[0]}"?)' if near else ""


class Fields:
    """The fields of one rule in the order of the file. Every getter notes what was asked for and what was wrong."""

    def __init__(self, fields: Mapping[str, str | None]) -> None:
        self._fields = fields
        self._asked: set[str] = set()
        self.problems: list[Problem] = []

    def wrong(self, field: str, what: str) -> None:
        """Note a problem."""
        self.problems.append((field, what))

    def text(self, field: str) -> str | None:
        """Return the field's text, None if absent or null."""
        self._asked.add(field)
        return self._fields.get(field)

    def required(self, field: str) -> str:
        """Return the field's text; noted as missing if absent."""
        text = self.text(field)
        if not text:
            self.wrong(field, "is missing")
        return text or ""

    def choice(self, field: str, known: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the known words."""
        text = self.text(field)
        if text is None and default is not None:
            return default
        if text not in known:
            self.wrong(field, f"must be one of {', '.join(known)}, not {text!r}{nearest(text or '', list(known))}")
            return known[0]
        return text

    def quantity(self) -> str:
        """Return the named quantity (preset: temperature)."""
        return self.choice("quantity", QUANTITIES, "temperature")

    def duration(self, field: str, default: int | None) -> int | None:
        """Return microseconds; the default if absent or null."""
        text = self.text(field)
        if text is None:
            return default
        try:
            return parse_duration(text)
        except InvalidError as error:
            self.wrong(field, str(error))
            return default

    def positive_duration(self, field: str) -> int:
        """Return microseconds above 0; the field is required."""
        duration = self.duration(field, None) if self.required(field) else None
        if duration == 0:
            self.wrong(field, "must be longer than 0")
        return duration or 1

    def value(self, field: str, default: int | None = None) -> int | None:
        """Return a value in 10⁻⁶ of its unit; the default if absent or null."""
        text = self.text(field)
        if text is None:
            return default
        try:
            return parse_value(text)
        except InvalidError as error:
            self.wrong(field, str(error))
            return default

    def bounds(self, *, deadband: bool) -> Bounds:
        """Return one bound or a band, in the order of the file."""
        for operator in OPERATORS:
            self.text(operator)
        given = [o for f in self._fields for o in OPERATORS if f == o and self._fields[f] is not None]
        bounds = tuple(Bound(o, self.value(o) or 0) for o in given)
        width = (self.value("deadband") or 0) if deadband else 0
        if not bounds:
            self.wrong("above", f"one of {', '.join(OPERATORS)} is needed")
            return Bounds((Bound("above", 0),))
        if len(bounds) > 2 or (len(bounds) == 2 and bounds[0].sign == bounds[1].sign):
            self.wrong(given[-1], "at most one bound on each side")
        elif len(bounds) == 2:
            self._check_band(bounds)
        if width < 0 or (width and len(bounds) > 1):
            self.wrong("deadband", "must not be negative" if width < 0 else "goes with one bound only")
        return Bounds(bounds, width)

    def _check_band(self, bounds: tuple[Bound, ...]) -> None:
        lower, upper = sorted(bounds, key=lambda bound: -bound.sign)
        closed = lower.operator == "at_or_above" and upper.operator == "at_or_below"
        if lower.value > upper.value or (lower.value == upper.value and not closed):
            self.wrong(bounds[-1].operator, "the two bounds can never both hold")

    def finish(self) -> None:
        """Note every field that nobody asked for."""
        for field in self._fields:
            if field not in self._asked:
                self.wrong(field, f"unknown field{nearest(field, sorted(self._asked))}")
