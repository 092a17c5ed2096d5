"""What might have been believed of a random site before corrections."""

from collections.abc import Sequence
from copy import deepcopy

from hypothesis import strategies as st

from tests.oracle.described import OPERATORS
from tests.oracle.sites import Entries, Entry, interval, is_so, maybe_dated, pick, tick


def _references(site: Entries) -> Entries:
    """Drop what names something that is not there any more."""
    sensors = {entry["id"] for entry in site["sensors"]}
    places = {entry["id"] for entry in site["locations"]}
    batches = {(entry["product"], entry["lot"]) for entry in site["batches"]}
    site["mounts"] = [e for e in site["mounts"] if e["sensor"] in sensors and e["location"] in places]
    site["placements"] = [
        e for e in site["placements"] if e["location"] in places and (e["product"], e["lot"]) in batches
    ]
    for batch in site["batches"]:
        if "parents" in batch:
            batch["parents"] = [p for p in batch["parents"] if (p["product"], p["lot"]) in batches]
    return site


def _altered(draw: st.DrawFn, site: Entries) -> None:
    """Change one thing in place: an interval, a date, a number, an assignment, a rule; or drop an entry."""
    kind = pick(draw, ("mounts", "placements", "profiles", "batches", "locations", "products", "sensors"))
    if not site[kind]:
        return
    entry = pick(draw, site[kind])
    if kind in ("mounts", "placements"):
        _altered_interval(draw, entry, [place["id"] for place in site["locations"]])
    elif kind == "profiles":
        _altered_version(draw, entry, site)
    elif kind == "batches" and "made_at" in entry:
        entry["made_at"] = tick(draw)
    elif kind == "locations" and is_so(draw, 50):
        entry["inherits"] = not entry.get("inherits", True)
    elif kind in ("locations", "products"):
        entry["profile"] = maybe_dated(draw, [version["id"] for version in site["profiles"]])
    elif kind == "sensors":
        entry["quantities"] = maybe_dated(draw, (["temperature", "humidity"], ["temperature"], ["humidity"]), 50)


def _altered_interval(draw: st.DrawFn, entry: Entry, places: Sequence[str]) -> None:
    if is_so(draw, 40):
        entry["location"] = pick(draw, places)
    else:
        entry.pop("to", None)
        entry.update(interval(draw))


def _altered_version(draw: st.DrawFn, entry: Entry, site: Entries) -> None:
    what = pick(draw, ("max_gap", "gap_counts_as", "min_coverage", "effective_from", "rules", "bound"))
    choices = {"max_gap": ("30min", "10min", "5min"), "gap_counts_as": ("unknown", "exposed", "safe")}
    if what == "rules":
        entry["rules"] = entry["rules"][1:] or entry["rules"]
    elif what == "bound":
        rule = pick(draw, entry["rules"]) if entry["rules"] else {}
        bounds = [name for name in rule if name in OPERATORS]
        if len(bounds) == 1 and "deadband" not in rule:
            rule[bounds[0]] = "8.1"
    elif what == "effective_from":
        start = tick(draw)
        if all(start != other["effective_from"] for other in site["profiles"] if other["id"] == entry["id"]):
            entry["effective_from"] = start
    else:
        entry[what] = pick(draw, choices.get(what, ("0", "0.9", "1")))


def _dropped(draw: st.DrawFn, site: Entries) -> None:
    kind = pick(draw, ("mounts", "placements", "sensors", "batches", "profiles"))
    if len(site[kind]) > 1:
        site[kind].pop(draw(st.integers(0, len(site[kind]) - 1)))


@st.composite
def perturbed(draw: st.DrawFn, site: Entries) -> Entries:
    """Draw what was believed of a site before the corrections that end in it."""
    believed = deepcopy(site)
    for _ in range(draw(st.integers(1, 3))):
        if is_so(draw, 30):
            _dropped(draw, believed)
        else:
            _altered(draw, believed)
    return _references(believed)
