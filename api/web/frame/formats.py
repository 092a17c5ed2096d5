"""How values and times are written on the pages: the same everywhere, minus signs that look like minus signs."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from markupsafe import Markup, escape

from api.web.frame.texts import text
from domain.language import current
from domain.moments import named, parts_of
from domain.numbers import SCALE
from domain.times import DAY, HOUR, MINUTE, SECOND, datetime_of, format_duration, format_instant, parse_instant
from domain.zones import zone_named as zone_named
from rules.messages.words import duration as duration
from rules.messages.words import percent
from rules.usability import CODES, Code

UNITS = {"temperature": "°C", "humidity": "%"}
MINUS = "−"


def as_written(instant: int) -> str:
    """Return a stamp that is of no known zone as it is written: `2026-10-25 02:30:00`."""
    return f"{datetime_of(instant):%Y-%m-%d %H:%M:%S}"


def number(value: float, decimals: int = 1) -> str:
    """Return at least `decimals` digits after the point, more where the value has them."""
    shown = f"{value:.6f}".rstrip("0")
    whole, _, fraction = shown.partition(".")
    shown = f"{whole}.{fraction.ljust(decimals, '0')}".rstrip(".")
    return shown.replace("-", MINUS).replace(".", current().decimal_point)


def value(scaled: int | None, quantity: str = "temperature") -> str:
    """Return a value of 10⁻⁶ of its unit with the unit, e.g. `9.6 °C`."""
    if scaled is None:
        return text("words.no_value")
    return f"{number(scaled / SCALE)}\N{NO-BREAK SPACE}{UNITS.get(quantity, '')}".strip()


def offset(scaled: int, quantity: str = "temperature") -> str:
    """Return what is added to a value, with its sign: `+0.3 °C`."""
    return f"{'+' if scaled > 0 else ''}{value(scaled, quantity)}"


def minutes(count: float) -> str:
    """Return minutes as a length of time: `75.0` is `1 h 15 min`."""
    return duration(round(count * MINUTE))


def limit_length(length: int) -> str:
    """Return the length of time that a limit names, to the second: `1 min 30 s`."""
    return duration(length, exact=True)


def age(length: int) -> str:
    """Return how long ago something was, no finer than matters: seconds to a minute, minutes to a day. As app.js."""
    return duration(length - length % (SECOND if length < MINUTE else MINUTE if length < DAY else HOUR))


class Clock:
    """Writes instants in one zone, seen from one moment."""

    def __init__(self, zone: tzinfo, now: int) -> None:
        self.zone = zone
        self.now = now

    def _local(self, instant: int) -> datetime:
        return datetime_of(instant).astimezone(self.zone)

    def time(self, instant: int, after: int | None = None) -> str:
        """Return e.g. `09:38`, with the day where it is another than today: `19 Nov 09:38`.

        `after`: a time told before it, with its day where that is another: then this one has its day too.
        """
        then, today = self._local(instant), self._local(self.now)
        if {then.date(), then.date() if after is None else self._local(after).date()} == {today.date()}:
            return f"{then:%H:%M}"
        return f"{calendar_day(then, then.year != today.year)} {then:%H:%M}"

    def date(self, instant: int) -> str:
        """Return e.g. `19 Nov`, with the year where it is another than this."""
        then = self._local(instant)
        return calendar_day(then, then.year != self._local(self.now).year)

    def time_of_day(self, instant: int) -> str:
        """Return e.g. `09:38`."""
        return f"{self._local(instant):%H:%M}"

    def day_and_time(self, instant: int) -> str:
        """Return e.g. `Thu 20 Nov 09:38`: what a clock on a wall says."""
        then = self._local(instant)
        return f"{text('words.weekdays').split()[then.weekday()]} {calendar_day(then, False)} {then:%H:%M}"

    def whole(self, instant: int) -> str:
        """Return e.g. `2026-11-20 09:38:12 CET`."""
        then = self._local(instant)
        return f"{then:%Y-%m-%d %H:%M:%S} {named(then)}"

    def utc(self, instant: int) -> str:
        """Return e.g. `2026-11-20 08:38:12 UTC`."""
        return f"{datetime_of(instant):%Y-%m-%d %H:%M:%S} UTC"

    def both(self, instant: int) -> str:
        """Return an instant in the zone and in UTC, once where they are the same."""
        whole, utc = self.whole(instant), self.utc(instant)
        return whole if whole == utc else f"{whole} ({utc})"

    def at(self, instant: int | None, after: int | None = None) -> Markup:
        """Return the time as an element that tells the whole of it, zone included, to machines and on hovering."""
        if instant is None:
            return Markup(text("words.no_time"))
        return self.element(instant, self.time(instant, after))

    def element(self, instant: int, words: str) -> Markup:
        """Return an element that says an instant in words, and whole, with its zone and in UTC, where it is printed."""
        whole, utc = self.whole(instant), self.utc(instant)
        beside = Markup("") if utc == whole else Markup(' data-utc="{}"').format(utc)
        named = format_instant(instant), whole, beside, words
        return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(*named)

    def in_zone(self, sentence: str) -> Markup:
        """Return a sentence of the record, whose instants are in UTC, with each in the zone."""
        parts = list(parts_of(sentence))
        first = next((instant for _, instant in parts if instant is not None), None)
        return Markup("").join(escape(words) if at is None else self.at(at, first) for words, at in parts)

    def age(self, instant: int | None) -> Markup:
        """Return how long ago it was, as an element whose text a script keeps true: `8 s`."""
        if instant is None:
            return Markup(text("words.never"))
        return Markup('<time class="age" datetime="{}" data-at="{}">{}</time>').format(
            format_instant(instant), instant // 1000, age(self.now - instant)
        )

    def since(self, start: int, end: int | None) -> str:
        """Return the length of an interval; one that goes on counts to now."""
        return duration((self.now if end is None else end) - start)


def day(iso: str | None) -> str:
    """Return a calendar date `2027-06-30` as `30 Jun 2027`."""
    if iso is None:
        return text("words.no_time")
    then = datetime.strptime(iso, "%Y-%m-%d").replace(tzinfo=UTC)
    return calendar_day(then, True)


def calendar_day(then: datetime, with_year: bool) -> str:
    """Return e.g. `19 Nov`, `19 Nov 2025` as the language writes it."""
    said = text("words.day_and_month", day=then.day, month=month_name(then))
    return f"{said} {then.year}" if with_year else said


def month_name(then: datetime) -> str:
    """Return e.g. `Nov`."""
    return text("words.months").split()[then.month - 1]


def unit_name(item: Mapping[str, Any]) -> str:
    """Return e.g. `PALLET-7`, or the word for a lot that is one unit."""
    return str(item["unit"]) if item.get("unit") is not None else text("words.whole_lot")


# How a unit stands out, by why it may not be used.
TONES: dict[Code, str] = {
    **dict.fromkeys(CODES, "plain"),
    **dict.fromkeys(("held", "rejected", "recalled", "quarantined", "blocked_source", "hold"), "hold"),
    **dict.fromkeys(("unfounded", "not_released", "expired", "review", "outside", "unknown"), "warn"),
}


def inline(words: str) -> str:
    """Return words that stand alone elsewhere as they are written within a line: German keeps its capitals."""
    return words.lower() if current().language == "en" else words


FILTERS: Mapping[str, Callable[..., Any]] = {
    "inline": inline,
    "number": number,
    "value": value,
    "as_written": as_written,
    "offset": offset,
    "percent": percent,
    "duration": duration,
    "minutes": minutes,
    "limit_length": limit_length,
    "day": day,
    "unit_name": unit_name,
    "tone": TONES.__getitem__,
    "machine": format_instant,
    "instant": parse_instant,
    "as_text": format_duration,
    "quoted": lambda words: Markup("“{}”").format(escape(words)),
}
