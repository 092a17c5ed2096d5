"""Random sites, readings and corrections, made to hug every boundary that CONTRACTS 4 speaks of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from domain.numbers import parse_value
from tests.oracle.described import instant, instant_text
from tests.oracle.world import Row

T = TypeVar("T")
Entry = dict[str, Any]
Entries = dict[str, list[Entry]]

MINUTE = 60_000_000
START = instant("2026-01-01T00:00:00Z")
LONG_AGO = "2020-01-01T00:00:00Z"
_TEMPERATURES = (
    "5",
    "9",
    "8",
    "8.1",
    "7.9",
    "7.8",
    "7.7",
    "2",
    "1.9",
    "2.1",
    "2.2",
    "1",
    "12.5",
    "25",
    "25.1",
    "30",
    "85",
)
_HUMIDITIES = ("50", "61", "60", "60.1", "59.8", "59.7", "70", "95", "0")


@dataclass(frozen=True)
class Case:
    """A question to judge."""

    site: Entries
    rows: tuple[Row, ...]
    until: int | None


def at(minutes: float) -> str:
    """Return the instant so many minutes after the start of the tests' time."""
    return instant_text(START + round(minutes * MINUTE))


# A strategy made anew for each draw costs several times what it takes to draw from it.
_upto = cache(lambda last: st.integers(0, last))


def is_so(draw: st.DrawFn, percent: int) -> bool:
    return bool(draw(_upto(99)) >= 100 - percent)


def pick(draw: st.DrawFn, choices: Sequence[T]) -> T:
    return choices[draw(_upto(len(choices) - 1))]


_TICKS = 32  # of five minutes


def tick(draw: st.DrawFn, first: int = 0, last: int = _TICKS) -> str:
    offset = pick(draw, (0, 0, 0, 0, 0, 0, 1, 17, -1, 150)) / 60
    return at(draw(st.integers(first, max(first, last))) * 5 + offset)


def _ticks(draw: st.DrawFn, most: int) -> list[str]:
    return sorted({tick(draw) for _ in range(draw(st.integers(1, most)))})


def maybe_dated(draw: st.DrawFn, choices: Sequence[Any], percent: int = 25) -> Any:
    if not is_so(draw, percent):
        return pick(draw, choices)
    starts = [LONG_AGO, *_ticks(draw, 2)]
    return [{"value": pick(draw, choices), "from": start} for start in starts]


def _bounds(draw: st.DrawFn, quantity: str, high: bool, may_band: bool = True) -> Entry:
    near, far = {
        ("temperature", True): (("8", "7.9", "8.1"), ("25", "12.5")),
        ("temperature", False): (("2", "2.1", "1.9"), ("1", "0")),
        ("humidity", True): (("60", "59.8"), ("70",)),
        ("humidity", False): (("60", "60.1"), ("50",)),
    }[quantity, high]
    beyond, short = (("above", "at_or_above"), ("below", "at_or_below"))[:: 1 if high else -1]
    bounds = {pick(draw, beyond): pick(draw, near)}
    if may_band and is_so(draw, 25):
        bounds[pick(draw, short)] = pick(draw, far)
    elif is_so(draw, 50):
        bounds["deadband"] = pick(draw, ("0.2", "0.3", "0.1", "0"))
    return bounds


_DURATIONS = ("10min", "5min", "15min", "7min", "30min", "20min", "301s")
_ACTIONS = ("hold", "review", "notify", None)


def _given(fields: Entry) -> Entry:
    return {name: value for name, value in fields.items() if value is not None}


def _limit(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    delay = pick(draw, (None, "0s", *_DURATIONS, "60min"))
    bounds = _bounds(draw, quantity, high)
    return _given({"id": name, "kind": "limit", "quantity": quantity, **bounds, "for": delay})


def _cumulative(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    window = pick(draw, (None, "20min", "30min", "60min", "45min"))
    total = pick(draw, _DURATIONS[:4] if window == "20min" else _DURATIONS)
    bounds = _bounds(draw, quantity, high)
    return _given({"id": name, "kind": "cumulative", "quantity": quantity, **bounds, "total": total, "window": window})


def _mkt(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    energy = pick(draw, (None, "83.144", "60"))
    window = pick(draw, ("30min", "20min", "60min", "17min"))
    above = pick(draw, ("8", "7.9", "5", "9.5"))
    return _given({"id": name, "kind": "mkt", "above": above, "window": window, "activation_energy_kj_mol": energy})


def _silence(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    return _given({"id": name, "kind": "silence", "quantity": quantity or None, "after": pick(draw, _DURATIONS)})


def _gap(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    window = pick(draw, (None, "60min", "45min"))
    return _given({"id": name, "quantity": quantity or None, "total": pick(draw, _DURATIONS), "window": window})


def _rate(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    change = {"rise" if high else "fall": pick(draw, ("1", "0.2", "12"))}
    per, window = pick(draw, (None, "10min")), pick(draw, ("20min", "10min", "17min", "30min"))
    least = pick(draw, ("2", "3", None))
    fields = {"per": per, "window": window, "min_readings": least, "for": pick(draw, (None, "5min", "15min"))}
    return _given({"id": name, "quantity": quantity, **change, **fields})


def _stuck(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    resolution = pick(draw, (None, "0.1", "0.3", "3"))
    return _given({"id": name, "quantity": quantity, "resolution": resolution, "for": pick(draw, _DURATIONS)})


def _spread(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    by = pick(draw, ("0.1", "0.2", "1", "4", "3.9"))
    return _given({"id": name, "quantity": quantity, "by": by, "for": pick(draw, (None, "5min", "15min", "0s"))})


def _plausible(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    sentinels = pick(draw, (None, ["8.1", "60"], ["5"]))
    bounds = {"from": pick(draw, (None, "2", "1.9")), "to": pick(draw, (None, "25", "60", "61"))}
    return _given({"id": name, "quantity": quantity, **bounds, "sentinels": sentinels})


def _dew(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    surface = pick(draw, (None, "5", "2"))
    margin = pick(draw, ("7.5", "5", "0", "1.2", "2"))
    return _given({"id": name, "margin": margin, "surface": surface, "for": pick(draw, (None, "5min", "15min"))})


def _cooling(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    reach = pick(draw, (["8 in 10min"], ["7.9 in 15min", "2 in 30min"], ["8.1 in 7min", "5 in 20min"]))
    return _given({"id": name, "from": pick(draw, ("9", "12.5", "8.5")), "reach": reach})


def _life(draw: st.DrawFn, name: str, quantity: str, high: bool) -> Entry:
    models = (
        {"table": ["5 = 3h", "25 = 10min"]},
        {"table": ["2 = 2h", "8 = 40min", "30 = 5min"]},
        {"life": "2h", "reference": "5", "q10": "3"},
        {"life": "60min", "reference": "8", "activation_energy_kj_mol": "60"},
    )
    studied = {"studied_from": pick(draw, ("0", "2", "1.9")), "studied_to": pick(draw, ("30", "25", "12.5"))}
    return _given({"id": name, **pick(draw, models), **studied, "left": pick(draw, (None, "0.5", "0.2"))})


KINDS = {
    "limit": _limit,
    "cumulative": _cumulative,
    "mkt": _mkt,
    "silence": _silence,
    "gap": _gap,
    "rate": _rate,
    "stuck": _stuck,
    "spread": _spread,
    "plausible": _plausible,
    "dew": _dew,
    "cooling": _cooling,
    "life": _life,
}
_OFTEN = ("limit", "limit", "cumulative", "cumulative", "mkt", "silence")


def _versions(draw: st.DrawFn, profile: str, kinds: Sequence[str]) -> list[Entry]:
    """Draw up to three versions; a rule may go and come again, but keeps its kind, quantity and direction."""
    starts = [pick(draw, (LONG_AGO, LONG_AGO, LONG_AGO, tick(draw)))]
    starts = sorted({*starts, *(_ticks(draw, 2) if is_so(draw, 50) else [])})
    versions: list[Entry] = [{"id": profile, "version": str(i + 1), "effective_from": t} for i, t in enumerate(starts)]
    for version in versions:
        version["max_gap"] = pick(draw, ("30min", "10min", "5min", "12min"))
        version["gap_counts_as"] = pick(draw, ("unknown", "exposed", "safe"))
        version["min_coverage"] = pick(draw, (None, "0", "0.5", "0.95", "1"))
        version["longest_gap"] = pick(draw, (None, None, "5min", "20min", "45min"))
        version["rules"] = []
    for i in range(draw(st.integers(1, 4))):
        kind = pick(draw, kinds)
        quantity = "humidity" if is_so(draw, 20) else "temperature"
        quantity = "" if kind in ("silence", "gap") and is_so(draw, 50) else quantity
        high = not is_so(draw, 35)
        for version in [each for each in versions if is_so(draw, 70)]:
            rule = {**KINDS[kind](draw, f"r{i}-{kind}", quantity, high), "kind": kind, "action": pick(draw, _ACTIONS)}
            if kind == "plausible":  # one for a quantity
                rule["id"] = f"plausible-{quantity}"
                version["rules"] = [each for each in version["rules"] if each["id"] != rule["id"]]
            if kind == "cumulative":
                rule |= _nested(draw, version["rules"])
            version["rules"].append(_given(rule))
    return versions


def _nested(draw: st.DrawFn, rules: Sequence[Entry]) -> Entry:
    """Draw whether a budget is part of another, and only counts at some places."""
    budgets = [rule["id"] for rule in rules if rule["kind"] == "cumulative"]
    within = pick(draw, budgets) if budgets and is_so(draw, 50) else None
    return {"within": within, "at_kinds": pick(draw, (["truck"], ["room", "truck"])) if is_so(draw, 20) else None}


def interval(draw: st.DrawFn, endless: int = 40) -> Entry:
    first = draw(st.integers(0, _TICKS // 2))
    start = at(first * 5) if is_so(draw, 70) else tick(draw, first, first)
    if is_so(draw, endless):
        return {"from": start}
    return {"from": start, "to": tick(draw, first + 1, _TICKS + 2)}


def _mounts(draw: st.DrawFn, sensor: str, places: Sequence[str]) -> list[Entry]:
    starts = [pick(draw, (LONG_AGO, at(0), LONG_AGO, tick(draw, 0, 6))), *(_ticks(draw, 2) if is_so(draw, 40) else [])]
    starts = sorted(set(starts))
    mounts = []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        mount = {"sensor": sensor, "location": pick(draw, places), "from": start}
        if end or is_so(draw, 30):
            mount["to"] = end or tick(draw, _TICKS // 2, _TICKS + 2)
        if "to" in mount and is_so(draw, 20):
            mount["to"] = instant_text(instant(mount["to"]) - 5 * MINUTE)
        if "to" not in mount or instant(mount["from"]) < instant(mount["to"]):
            mounts.append(mount)
    return mounts


def _locations(draw: st.DrawFn, profiles: Sequence[str]) -> list[Entry]:
    names = [f"L{i + 1}" for i in range(draw(st.integers(1, 4)))]
    entries = []
    for i, name in enumerate(names):
        parent = maybe_dated(draw, [None, *names[:i]])
        profile = maybe_dated(draw, [None, *profiles], 15)
        entry: Entry = _given({"id": name, "parent": parent, "profile": profile})
        sort = {"kind": pick(draw, ("room", "truck"))} if is_so(draw, 70) else {}
        entries.append(entry | sort | ({"inherits": False} if is_so(draw, 20) else {}))
    return entries


def _batches(draw: st.DrawFn, products: Sequence[str]) -> list[Entry]:
    entries: list[Entry] = []
    for i in range(draw(st.integers(1, 5))):
        entry: Entry = {"product": pick(draw, products), "lot": f"A{i}"}
        if entries and is_so(draw, 50):
            known = draw(st.lists(st.sampled_from(entries), min_size=1, max_size=2, unique_by=lambda e: e["lot"]))
            entry["parents"] = [_parent(draw, each) for each in known]
        if "parents" in entry or is_so(draw, 20):
            entry["made_at"] = tick(draw)
        entries.append(entry)
    return entries


def _parent(draw: st.DrawFn, batch: Entry) -> Entry:
    unit = pick(draw, (None, "U1"))
    until = tick(draw) if is_so(draw, 25) else None
    return _given({"product": batch["product"], "lot": batch["lot"], "unit": unit, "until": until})


def _placements(draw: st.DrawFn, batch: Entry, places: Sequence[str]) -> list[Entry]:
    entries = []
    units = pick(draw, ((None,), ("U1", "U2"), (None, "U1")))
    for _ in range(pick(draw, (1, 2, 3, 2, 1, 0))):
        where = {"unit": pick(draw, units), "location": pick(draw, places)}
        entries.append(_given({"product": batch["product"], "lot": batch["lot"], **where} | interval(draw)))
    return list({(e.get("unit"), e["location"], e["from"]): e for e in entries}.values())


def _product(draw: st.DrawFn, name: str, profiles: list[str]) -> Entry:
    # mostly with a profile
    return _given({"id": name, "profile": maybe_dated(draw, (*profiles * 5, None), 15)})


@st.composite
def descriptions(draw: st.DrawFn, kinds: Sequence[str]) -> Entries:
    """Draw a small site with rules of some kinds."""
    profiles = [f"P{i + 1}" for i in range(draw(st.integers(1, 2)))]
    products = [f"V{i + 1}" for i in range(draw(st.integers(1, 3)))]
    sensors = [f"S{i + 1}" for i in range(draw(st.integers(1, 4)))]
    locations = _locations(draw, profiles)
    places = ["L1", *(entry["id"] for entry in locations)]  # more often the same one
    declared = (["temperature", "humidity"], ["temperature"], ["humidity"])
    batches = _batches(draw, products)
    versions = [version for profile in profiles for version in _versions(draw, profile, kinds)]
    return {
        "sensors": [{"id": s, "quantities": maybe_dated(draw, declared, 20)} for s in sensors],
        "locations": locations,
        # sometimes twice: a sensor may hang in two places at once
        "mounts": [m for s in sensors for _ in range(pick(draw, (1, 1, 1, 2))) for m in _mounts(draw, s, places)],
        "products": [_product(draw, product, profiles) for product in products],
        "batches": batches,
        "placements": [each for batch in batches for each in _placements(draw, batch, places)],
        "profiles": versions,
    }


_FAULT, _SKIP = "fault", "skip"


def _series(draw: st.DrawFn, sensor: str, quantity: str) -> list[Row]:
    choices = (*(_TEMPERATURES if quantity == "temperature" else _HUMIDITIES), _SKIP, _SKIP, _FAULT)
    step, first = pick(draw, (5, 5, 10, 4)), draw(st.integers(0, 6)) * 5 + pick(draw, (0, 0, 0, 17 / 60, 1))
    drawn = draw(st.lists(st.sampled_from(choices), min_size=pick(draw, (4, 10, 0)), max_size=16))
    times = [START + round((first + step * i) * MINUTE) for i in range(len(drawn))]
    return [_row(sensor, quantity, t, text) for t, text in zip(times, drawn, strict=True) if text != _SKIP]


def _row(sensor: str, quantity: str, when: int, text: str) -> Row:
    return Row(sensor, quantity, when, None if text == _FAULT else parse_value(text))


def _repeated(draw: st.DrawFn, rows: Sequence[Row]) -> list[Row]:
    """Draw rows that say again, otherwise, or not, what was said."""
    repeated = []
    for row in draw(st.lists(st.sampled_from(rows), max_size=4)) if rows else []:
        text = pick(draw, ("same", _FAULT, "8", "9"))
        repeated.append(row if text == "same" else _row(row.sensor, row.quantity, row.measured_at, text))
    return repeated


@st.composite
def readings(draw: st.DrawFn, site: Entries) -> tuple[Row, ...]:
    """Draw the rows of a file in its order: at least one."""
    rows: list[Row] = []
    for sensor in site["sensors"]:
        rows += _series(draw, sensor["id"], "temperature")
        rows += _series(draw, sensor["id"], "humidity") if is_so(draw, 40) else []
    extra = [instant(tick(draw)) for _ in range(draw(st.integers(0, 3)))]
    rows += [_row(pick(draw, site["sensors"])["id"], "temperature", t, pick(draw, _TEMPERATURES)) for t in extra]
    rows += _repeated(draw, rows)
    rows = rows or [_row(site["sensors"][0]["id"], "temperature", START, "5")]
    draw(st.randoms(use_true_random=False)).shuffle(rows)
    return tuple(rows)


def _until(draw: st.DrawFn, site: Entries, rows: Sequence[Row]) -> int | None:
    boundaries = [version["effective_from"] for version in site["profiles"]]
    boundaries += [batch["made_at"] for batch in site["batches"] if "made_at" in batch]
    boundaries += [
        entry[name] for entry in site["placements"] + site["mounts"] for name in ("from", "to") if name in entry
    ]
    recent = [instant(text) for text in boundaries if instant(text) >= START]
    how = pick(draw, ("last", "after", "reading", "boundary", "tick", "last", "after"))
    if how == "reading":
        return pick(draw, rows).measured_at
    if how == "boundary" and recent:
        return pick(draw, recent)
    if how == "tick":
        return instant(tick(draw))
    return START + 6 * 60 * MINUTE if how == "after" else None


@st.composite
def cases(draw: st.DrawFn, kind: str | None = None) -> Case:
    """Draw a question to judge: of the kinds that sites have most, of all, or mostly of one."""
    of_one = (kind, kind, kind, *_OFTEN, "plausible") if kind else ()
    site = draw(descriptions(of_one or pick(draw, (_OFTEN, tuple(KINDS)))))
    rows = draw(readings(site))
    return Case(site, rows, _until(draw, site, rows))


def without_conflicts(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Drop the values that an earlier one refuses, so that any order gives the same answer."""
    kept: dict[tuple[str, str, int], int] = {}
    clean = []
    for row in rows:
        key = row[:3]
        if row.value is None or kept.setdefault(key, row.value) == row.value:
            clean.append(row)
    return tuple(clean)
