"""What became known of the intervals outside a rule: begun, left, corrected, taken back. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from api.web.components.causes import words_of
from api.web.frame import formats
from api.web.frame.formats import Clock
from api.web.frame.naming import name_units, unit_of
from api.web.frame.sentences import listed, say
from api.web.problem.item import Item
from api.web.problem.record import Fields, Record
from domain.times import MINUTE

LATE = 5 * MINUTE  # known so much after it was so is worth saying


class Change(NamedTuple):
    """One revision: of what, when it became known, what kind it is and what it says."""

    at: int
    kind: str  # began | left | corrected | gone
    words: tuple[Markup, ...]
    row: Fields


def revisions(record: Record, clock: Clock) -> Iterator[Item]:
    """Yield an item for each thing that became known of places and units at one instant."""
    ended = {deed["at"] for deed in record.deeds if deed["kind"] == "alert" and deed["what"] == "ended"}
    quantity = record.alert.quantity
    groups: dict[tuple[int, str, tuple[Markup, ...]], list[Fields]] = {}
    for rows in intervals([*record.excursions, *record.exposures]):
        for change in changes(rows, quantity, clock):
            if change.kind == "left" and change.at in ended:
                continue  # the end of the alert says so
            groups.setdefault((change.at, change.kind, change.words), []).append(change.row)
    for (at, kind, words), alike in groups.items():
        rules = sorted({row["rule"] for row in alike})
        title = say(f"timeline.{kind}", what=_subjects(alike), count=len(alike))
        details = [*words, say("timeline.rules", rules=", ".join(rules), count=len(rules))]
        yield Item(at, title, details, None, "plain" if kind in ("began", "left") else "warn", 1)


def intervals(rows: Sequence[Fields]) -> Iterator[list[Fields]]:
    """Yield the revisions of each interval in order."""
    found: dict[tuple[bool, int], list[Fields]] = {}
    for row in rows:
        found.setdefault(("location" in row, row["id"]), []).append(row)
    for revised in found.values():
        yield sorted(revised, key=lambda row: row["revision"])


def changes(rows: Sequence[Fields], quantity: str, clock: Clock) -> Iterator[Change]:
    """Yield what became known of one interval, from all its revisions in order."""
    first, last = rows[0], rows[-1]
    late = first["known_at"] - first["since"]
    words = [say("timeline.began_at", since=clock.at(first["since"]))]
    if late >= LATE:
        words.append(say("timeline.late", after=formats.duration(late)))
    yield Change(first["known_at"], "began", (*words, *_because(first.get("cause"), clock)), first)
    for before, after in pairwise(rows):
        kind, said = _change(before, after, quantity, clock)
        if kind is not None:
            yield Change(after["known_at"], kind, (*said, *_because(after.get("cause"), clock)), after)
    if last["superseded_at"] is not None:
        yield Change(last["superseded_at"], "gone", _because(last.get("superseded_because"), clock), last)


def _because(cause: Fields | None, clock: Clock) -> tuple[Markup, ...]:
    words = words_of(cause, clock)
    return () if words is None else (words,)


def _change(before: Fields, after: Fields, quantity: str, clock: Clock) -> tuple[str | None, list[Markup]]:
    """Return what a revision means; None: nothing that the alert does not say."""
    if before["since"] == after["since"] and before["until"] is None:
        if after["until"] is None:
            return None, []  # it has fired meanwhile
        return "left", [say("timeline.left_at", until=clock.at(after["until"]))]
    return "corrected", _corrected(before, after, quantity, clock)


def _corrected(before: Fields, after: Fields, quantity: str, clock: Clock) -> list[Markup]:
    said = []
    if before["since"] != after["since"]:
        said.append(say("timeline.since", now=clock.at(after["since"]), before=clock.at(before["since"])))
    if before["until"] is not None and after["until"] is None:
        said.append(say("timeline.goes_on", before=clock.at(before["until"])))
    elif before["until"] != after["until"]:
        said.append(say("timeline.until", now=clock.at(after["until"]), before=clock.at(before["until"])))
    if before["peak"] != after["peak"]:
        now, then = (formats.value(row["peak"], quantity) for row in (after, before))
        said.append(say("timeline.peak", now=now, before=then))
    return said or [say("timeline.numbers", now=formats.minutes(after["minutes"]))]


def _subjects(rows: Sequence[Fields]) -> Markup:
    places = sorted({row["location"] for row in rows if "location" in row})
    units = [unit_of(row) for row in rows if "location" not in row]
    return listed([*places, *([name_units(units)] if units else [])])
