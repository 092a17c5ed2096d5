"""Reading a rule's fields from text, collecting every problem instead of stopping at the first."""

from collections.abc import Mapping
from difflib import get_close_matches

from domain.errors import InvalidError
from domain.model import QUANTITIES
from domain.numbers import parse_value
from domain.times import DAY, format_duration, parse_duration
from rules.series.bounds import OPERATORS, Bound, Bounds
from rules.series.kinetics import USUAL_ENERGY

LONGEST_DURATION = 36_525 * DAY
LARGEST_ENERGY = 1_000_000_000  # 1,000 kJ/mol: far above any reaction; keeps exponentials finite
Problem = tuple[str, str]  # field, what is wrong with it
Given = Mapping[str, str | list[str] | None]  # a rule's fields as the site file has them


def nearest(word: str, known: list[str]) -> str:
    """Return ` (did you mean "x"?)`, or nothing if no known word is near."""
    near = get_close_matches(word, known, 1)
    return f' (did you mean "{near[0]}"?)' if near else ""


class Fields:
    """The fields of one rule in the order of the file. Every getter notes what was asked for and what was wrong."""

    def __init__(self, fields: Given) -> None:
        self._fields = fields
        self._asked: set[str] = set()
        self.problems: list[Problem] = []

    def wrong(self, field: str, what: str) -> None:
        """Note a problem, once."""
        if (field, what) not in self.problems:
            self.problems.append((field, what))

    def text(self, field: str) -> str | None:
        """Return the field's text, None if absent or null."""
        self._asked.add(field)
        given = self._fields.get(field)
        if isinstance(given, list):
            self.wrong(field, "must be one text, not a list")
            return None
        return given

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of texts, which may be written as one text with commas; empty if absent or null."""
        self._asked.add(field)
        given = self._fields.get(field)
        if given is None:
            return ()
        texts = [text.strip() for text in (given.split(",") if isinstance(given, str) else given)]
        if not texts or not all(texts):
            self.wrong(field, "must name something" if texts else "an empty list says nothing; leave it out")
        return tuple(texts)

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
            duration = parse_duration(text)
            if duration > LONGEST_DURATION:
                raise InvalidError(f"must be at most {format_duration(LONGEST_DURATION)}: {text!r}")
            return duration
        except InvalidError as error:
            self.wrong(field, str(error))
            return default

    def positive_duration(self, field: str) -> int:
        """Return microseconds above 0; the field is required."""
        duration = self.duration(field, None) if self.required(field) else None
        if duration == 0:
            self.wrong(field, "must be longer than 0")
        return duration or 1

    def budget(self) -> tuple[int, int | None]:
        """Return what adds up: `total`, and the `window` that it must lie in, if any."""
        total = self.positive_duration("total")
        window = self.duration("window", None)
        if window is not None and window < total:
            self.wrong("window", "is shorter than the total, which could never be reached")
        return total, window

    def required_value(self, field: str) -> int:
        """Return a value in 10⁻⁶ of its unit; the field is required."""
        return (self.value(field) or 0) if self.required(field) else 0

    def positive_value(self, field: str, default: int | None = None) -> int:
        """Return a value above 0 in 10⁻⁶ of its unit; required unless there is a default."""
        value = self.value(field, default) if default is not None else self.required_value(field)
        if self._fields.get(field) is not None and (value or 0) <= 0 and not self._is_wrong(field):
            self.wrong(field, "must be above 0")
        return value or default or 1

    def _is_wrong(self, field: str) -> bool:
        return any(field == wrong for wrong, _ in self.problems)

    def count(self, field: str, default: int, least: int) -> int:
        """Return a whole number, at least `least`."""
        text = self.text(field)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= 1_000_000:
            self.wrong(field, f"must be a whole number from {least}, not {text!r}")
            return default
        return int(text)

    def energy(self) -> int:
        """Return `activation_energy_kj_mol` in 10⁻⁶ kJ/mol (preset 83.144)."""
        energy = self.positive_value("activation_energy_kj_mol", USUAL_ENERGY)
        if energy > LARGEST_ENERGY:
            self.wrong("activation_energy_kj_mol", f"must be at most {LARGEST_ENERGY // 1_000_000}")
        return energy

    def temperature_only(self, what: str) -> None:
        """Let the quantity be named, but only as temperature."""
        if self.text("quantity") not in (None, "temperature"):
            self.wrong("quantity", f"{what} is of temperature only")

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
