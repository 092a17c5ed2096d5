"""Instants in sentences: written in UTC, as they are kept, and read by people in the zone of their site."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from domain.times import datetime_of, format_instant, instant_of

# A clock time alone is of the day of the one before it, or of an instant that the reader knows from beside the text.
_MOMENT = re.compile(r"(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d)(?: UTC|(?= \S+ (?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC))")


def moment(instant: int) -> str:
    """Return e.g. `2026-01-03 09:38 UTC`."""
    return f"{format_instant(instant)[:16].replace('T', ' ')} UTC"


def parts_of(sentence: str, beside: Iterable[int | None] = ()) -> Iterator[tuple[str, int | None]]:
    """Yield the parts of a sentence in order, each with the instant that it is; None: words.

    `beside`: instants told beside the sentence, by which a clock time without a day is recognised.
    """
    known = {f"{datetime_of(instant):%H:%M}": instant for instant in beside if instant is not None}
    end, day = 0, None
    for match in _MOMENT.finditer(sentence):
        day = match[1] or day
        instant = _instant(match[1], match[2], day, known)
        if instant is not None:
            yield sentence[end : match.start()], None
            yield match[0], instant
            end = match.end()
    yield sentence[end:], None


def _instant(own_day: str | None, clock: str, day: str | None, known: dict[str, int]) -> int | None:
    if own_day is None and clock in known:
        return known[clock] - known[clock] % 60_000_000
    if day is None:
        return None
    try:
        return instant_of(datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC))
    except ValueError:
        return None


def in_words(sentence: str, write: Callable[[int], str], beside: Iterable[int | None] = ()) -> str:
    """Return a sentence with every instant as `write` writes it."""
    return "".join(words if instant is None else write(instant) for words, instant in parts_of(sentence, tuple(beside)))


def in_zone(instant: int, zone: tzinfo) -> str:
    """Return e.g. `2026-01-03 10:38 CET (09:38 UTC)`, once where the zone is UTC."""
    then, utc = datetime_of(instant).astimezone(zone), datetime_of(instant)
    if then.utcoffset() == utc.utcoffset():
        return moment(instant)
    beside = f"{utc:%H:%M} UTC" if then.date() == utc.date() else f"{utc:%Y-%m-%d %H:%M} UTC"
    return f"{then:%Y-%m-%d %H:%M} {named(then)} ({beside})"


def named(then: datetime) -> str:
    """Return the name of a zone at a time, `CET`; where it has none but its distance from UTC, `UTC+03`."""
    name = then.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name
