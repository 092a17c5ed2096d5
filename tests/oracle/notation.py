"""Small cases in few words: minutes as times, `5 9x5 _ !` as readings, one line for each thing that is said.

A series has a reading a minute: `9` a value, `9x5` five times, `5+1x3` is `5 6 7`, `_` nothing heard, `!` a fault.
Mounts are `S1 ROOM 0..10`, stays of lots `A/U1 ROOM 0..`, locations `SHELF < ROOM`; an end left out is open.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.oracle.described import Description, instant
from tests.oracle.product import Entry
from tests.oracle.sites import LONG_AGO, MINUTE, START, at
from tests.oracle.world import Row

Answer = dict[str, Any]
Judge = Callable[[Description, Sequence[Row], int | None], Answer]


def minute(minutes: float) -> int:
    """Return the instant so many minutes after the start."""
    return START + round(minutes * MINUTE)


def heard(series: str, sensor: str = "S1", quantity: str = "temperature", start: float = 0) -> list[Row]:
    """Return the rows of a series."""
    values = [each for token in series.split() for each in _expanded(token)]
    return [
        Row(sensor, quantity, minute(start + i), None if value == "!" else round(float(value) * 1_000_000))
        for i, value in enumerate(values)
        if value != "_"
    ]


def _expanded(token: str) -> list[str]:
    match = re.fullmatch(r"(-?[\d.]+|_|!)([+-][\d.]+)?(?:x(\d+))?", token)
    assert match, token
    first, step, times = match[1], match[2], int(match[3] or 1)
    return [str(round(float(first) + i * float(step), 6)) if step else first for i in range(times)]


def limit(rule: str = "warm", *, delay: str | None = None, **fields: str) -> Entry:
    """Return a rule of kind limit, of temperature unless said; `delay` is its `for`."""
    return {"id": rule, "kind": "limit", "quantity": "temperature"} | fields | ({"for": delay} if delay else {})


def cumulative(rule: str = "total", **fields: str) -> Entry:
    """Return a rule of kind cumulative."""
    return {"id": rule, "kind": "cumulative", "quantity": "temperature", **fields}


def mkt(rule: str = "mkt", **fields: str) -> Entry:
    """Return a rule of kind mkt."""
    return {"id": rule, "kind": "mkt", **fields}


def silence(rule: str = "silent", **fields: str) -> Entry:
    """Return a rule of kind silence."""
    return {"id": rule, "kind": "silence", **fields}


WARM = limit(above="8", action="hold")


def version(*rules: Entry, since: float | None = None, profile: str = "P", **fields: str) -> Entry:
    """Return a profile's version, in force long ago or from a minute on."""
    effective_from = LONG_AGO if since is None else at(since)
    return {"id": profile, "effective_from": effective_from, "rules": list(rules), **fields}


def site(
    *versions: Entry,
    mounts: Iterable[str] = ("S1 ROOM",),
    stays: Iterable[str] = ("A ROOM",),
    locations: Iterable[str] = (),
    batches: Sequence[Entry] = (),
    products: Sequence[Entry] = (),
    sensors: Sequence[Entry] = (),
    **places: Entry,
) -> Description:
    """Describe a site: one room with one sensor and lot A of product V unless more is said.

    `places` are more fields of locations, by id.
    """
    mounted = [_interval(text, "sensor") for text in mounts]
    stayed = [_interval(text, "lot") for text in stays]
    lines = [*locations, *(entry["location"] for entry in (*mounted, *stayed)), *places]
    found = {name: _location(name, lines) | places.get(name, {}) for line in lines for name in line.split(" < ")}
    lots = {entry["lot"].split("/")[0] for entry in stayed} - {entry["lot"] for entry in batches}
    return {
        "sensors": [*sensors, *_missing("id", {entry["sensor"] for entry in mounted}, sensors)],
        "locations": list(found.values()),
        "mounts": mounted,
        "products": [*products, *_missing("id", {"V"}, products, profile="P")],
        "batches": [*batches, *({"product": "V", "lot": lot} for lot in sorted(lots))],
        "placements": [_placement(entry, batches) for entry in stayed],
        "profiles": _numbered(versions),
    }


def _missing(key: str, names: Iterable[str], entries: Sequence[Entry], **fields: str) -> list[Entry]:
    return [{key: name, **fields} for name in sorted(set(names) - {entry[key] for entry in entries})]


def _interval(text: str, what: str) -> Entry:
    name, location, *when = text.split()
    start, _, end = when[0].partition("..") if when else ("0", "", "")
    return {what: name, "location": location, "from": at(float(start))} | ({"to": at(float(end))} if end else {})


def _location(name: str, lines: Sequence[str]) -> Entry:
    parents = [line.split(" < ")[1] for line in lines if line.startswith(f"{name} < ")]
    return {"id": name} | ({"parent": parents[0]} if parents else {})


def _placement(entry: Entry, batches: Sequence[Entry]) -> Entry:
    lot, _, unit = entry["lot"].partition("/")
    product = next((batch["product"] for batch in batches if batch["lot"] == lot), "V")
    return entry | {"product": product, "lot": lot} | ({"unit": unit} if unit else {})


def _numbered(versions: Sequence[Entry]) -> list[Entry]:
    return [{**entry, "version": str(i + 1)} for i, entry in enumerate(versions)]


# What is said, as lines


def _minutes(text: str | None) -> str:
    return "" if text is None else f"{(instant(text) - START) / MINUTE:.10g}"


def _line(exposure: Answer) -> str:
    """Write `warm 1..6: 5 min, 5 °min, peak 9, fired 1`."""
    peak = "no peak" if exposure["peak"] is None else f"peak {exposure['peak']:.10g}"
    fired_at = exposure["fired_at"]
    return (
        f"{exposure['rule']} {_minutes(exposure['from'])}..{_minutes(exposure['to'])}: "
        f"{exposure['minutes']:.10g} min, {exposure['degree_minutes']:.10g} °min, {peak}, "
        + ("not fired" if fired_at is None else f"fired {_minutes(fired_at)}")
    )


def unit(answer: Answer, name: str = "A") -> Answer:
    """Return what is said of a lot's only unit, or of `A/U1`."""
    lot, _, wanted = name.partition("/")
    (units,) = [batch["units"] for batch in answer["batches"] if batch["lot"] == lot]
    (found,) = [each for each in units if not wanted or each["unit"] == wanted]
    return dict(found)


def exposures(answer: Answer, name: str = "A") -> list[str]:
    """Return a unit's exposures."""
    return [_line(each) for each in unit(answer, name)["exposures"]]


def excursions(answer: Answer) -> list[str]:
    """Return the excursions, each with its location first."""
    return [f"{each['location']} {_line(each)}" for each in answer["excursions"]]


def spans(answer: Answer, name: str = "A") -> list[str]:
    """Return a unit's exposures, only from where to where."""
    return [line.partition(":")[0] for line in exposures(answer, name)]


def fired(answer: Answer, name: str = "A") -> list[str]:
    """Return what fired for a unit: `warm 6 hold`."""
    return [f"{each['rule']} {_minutes(each['at'])} {each['action']}" for each in unit(answer, name)["fired"]]


def coverage(answer: Answer, name: str = "A") -> str:
    """Return `0.5, unknown 2 min, longest 2`."""
    said = unit(answer, name)
    unknown, longest = said["unknown_minutes"], said["longest_gap_minutes"]
    return f"{said['coverage']:.10g}, unknown {unknown:.10g} min, longest {longest:.10g}"


def verdicts(answer: Answer) -> list[str]:
    """Return the verdicts of batches: `A ok`."""
    return [f"{batch['lot']} {batch['verdict']}" for batch in answer["batches"]]
