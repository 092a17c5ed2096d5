"""Entries become a site; whatever a file can say comes back as it was written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model import ALWAYS, MIN_COVERAGE, Batch, Dated, Location, Mount, Placement, Product, ProfileVersion, Sensor
from domain.times import DAY, HOUR, MINUTE, NEVER, format_instant, parse_instant
from sites import convert
from sites.build import build, checked, site_of
from sites.entries import entry
from sites.file import load
from sites.schema import KINDS, Entry

T1, T2, T3 = (f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3))


def built(**sections: list[dict[str, Any]]) -> Any:
    kinds = {"locations": "location", "sensors": "sensor", "products": "product", "profiles": "profile"}
    return build([entry(kinds[section], item) for section, items in sections.items() for item in items])


def test_steps_are_in_order_of_time_whatever_the_order_of_the_file() -> None:
    steps = [{"value": None, "from": T3}, {"value": "B"}, {"value": "C", "from": T2}]
    site = built(locations=[{"id": "A", "parent": steps}, {"id": "B"}, {"id": "C"}])
    assert site.locations["A"].parent.steps == ((ALWAYS, "B"), (parse_instant(T2), "C"), (parse_instant(T3), None))


def test_what_was_read_before_is_not_read_again_and_means_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [entry("location", {"id": "A"}), entry("location", {"id": "B", "parent": "A"})]
    known = checked(before, {}).read
    moved = [before[0], entry("location", {"id": "B"}), entry("location", {"id": "C", "parent": "B"})]
    read = []
    noting = replace(KINDS["location"], build=lambda doc: (read.append(doc["id"]), convert.location(doc))[1])
    monkeypatch.setitem(KINDS, "location", noting)
    again = checked(moved, known)
    kept = again.read
    assert read == ["B", "C"]
    assert site_of(again) == build(moved)
    assert {each.doc["id"] for each in kept.values()} == {"A", "B", "C"}
    with pytest.raises(Refused, match='no location "B"'):
        checked([before[0], moved[2]], kept)


def test_names_of_entries_elsewhere_are_as_good_as_any() -> None:
    shelf = entry("location", {"id": "B", "parent": "A"})
    with pytest.raises(Refused, match='no location "A"'):
        checked([shelf], {}, {("location", "C")})
    assert checked([shelf], {}, {("location", "A")}).names == {("location", "B")}


def test_versions_are_in_order_of_time_whatever_the_order_of_the_file() -> None:
    later = {"id": "p", "version": 1, "effective_from": T3, "rules": []}
    earlier = {"id": "p", "version": 2, "effective_from": T1, "rules": []}
    assert [version.version for version in built(profiles=[later, earlier]).profiles["p"]] == [2, 1]


def test_presets_are_those_of_the_contracts() -> None:
    site = built(
        locations=[{"id": "A"}],
        sensors=[{"id": "S"}],
        profiles=[{"id": "p", "version": 1, "effective_from": T1, "rules": []}],
    )
    assert site.locations["A"].inherits
    assert site.sensors["S"].quantities.at(0) == {"temperature", "humidity"}
    version = site.profiles["p"][0]
    assert (version.max_gap, version.gap_counts_as, version.min_coverage) == (30 * MINUTE, "unknown", MIN_COVERAGE)


def test_the_order_of_bounds_is_that_of_the_file() -> None:
    rules = [
        {"id": "a", "kind": "limit", "above": "8", "at_or_below": "25"},
        {"id": "b", "kind": "limit", "at_or_below": "25", "above": "8"},
    ]
    version = built(profiles=[{"id": "p", "version": 1, "effective_from": T1, "rules": rules}]).profiles["p"][0]
    first = [rule.condition.bounds.bounds[0].operator for rule in version.rules]
    assert first == ["above", "at_or_below"]


def test_problems_carry_the_path_of_the_entry() -> None:
    entries = [
        entry("mount", {"sensor": "S9", "location": "A", "from": T1}),
        entry("location", {"id": "A", "parent": [{"value": "B", "from": T1}]}),
        entry("location", {"id": "A"}),
    ]
    with pytest.raises(Refused) as caught:
        build(entries)
    assert set(caught.value.problems) == {
        'mounts["S9","A","2026-01-01T00:00:00Z"].sensor: no sensor "S9"',
        'locations["A"].parent[0].value: no location "B"',
        'locations["A"].id: has the same id as locations["A"]',
    }


def test_no_entries_are_a_site() -> None:
    assert not build([]).locations


# --- whatever a file can say: a site made of domain words, written as YAML, comes back equal ---

NAMES = st.sampled_from(
    ["A", "0123", "NO", "1e3", "null", "~", "Ä b", "x: y", "- z", "#", "'", '"', "true", "[q", "{", "&a", "*"]
)
INSTANTS = st.integers(parse_instant("1970-01-01T00:00:00Z"), parse_instant("2100-01-01T00:00:00Z"))
SPANS = st.tuples(INSTANTS, INSTANTS | st.just(NEVER)).filter(lambda span: span[0] < span[1])
QUANTITIES = st.sampled_from(
    [frozenset({"temperature"}), frozenset({"humidity"}), frozenset({"temperature", "humidity"})]
)


def dated(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Dated[Any]]:
    steps = st.dictionaries(INSTANTS | st.just(ALWAYS), values, min_size=1, max_size=4)
    return steps.map(lambda found: Dated(tuple(sorted(found.items()))))


@st.composite
def sites(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Words of the domain whose references lead somewhere; each place is below an earlier one, so without circles."""
    profiles = draw(st.lists(NAMES, unique=True, max_size=3))
    places = draw(st.lists(NAMES, unique=True, min_size=1, max_size=4))
    sensors = draw(st.lists(NAMES, unique=True, max_size=3))
    products = draw(st.lists(NAMES, unique=True, min_size=1, max_size=2))
    lots = draw(st.lists(st.tuples(st.sampled_from(products), NAMES), unique=True, max_size=4))
    profile = st.none() | st.sampled_from(profiles) if profiles else st.none()
    place = st.sampled_from(places)
    spans = {sensor: draw(st.lists(SPANS, max_size=1)) for sensor in sensors}
    return {
        "sensors": [
            Sensor(name, f"device {i}", draw(st.none() | NAMES), draw(dated(QUANTITIES)))
            for i, name in enumerate(sensors)
        ],
        "locations": [
            Location(name, draw(dated(st.sampled_from([None, *places[:i]]))), draw(st.booleans()), draw(dated(profile)))
            for i, name in enumerate(places)
        ],
        "mounts": [Mount(sensor, draw(place), *span) for sensor, found in spans.items() for span in found],
        "products": [Product(name, draw(dated(profile))) for name in products],
        "batches": [Batch(*lot, None, draw(st.none() | INSTANTS)) for lot in lots],
        "placements": [
            Placement(*lot, draw(st.none() | NAMES), draw(place), *draw(SPANS))
            for lot in lots
            for _ in range(draw(st.integers(0, 1)))
        ],
        "profiles": [
            ProfileVersion(name, i + 1, i * DAY, (), draw(st.sampled_from([MINUTE, HOUR])), "safe", 250_000)
            for name in profiles
            for i in range(draw(st.integers(1, 3)))
        ],
    }


def at(instant: int) -> str | None:
    return None if abs(instant) == NEVER else format_instant(instant)


def steps(history: Dated[Any]) -> list[dict[str, Any]]:
    return [
        {"value": sorted(value) if isinstance(value, frozenset) else value, "from": at(since)}
        for since, value in history.steps
    ]


def written(word: Any) -> Mapping[str, Any]:
    """Return the fields of a site file for a word of the domain."""
    match word:
        case Sensor():
            return {"id": word.id, "device": word.device, "probe": word.probe, "quantities": steps(word.quantities)}
        case Location():
            dated_fields = {"parent": steps(word.parent), "profile": steps(word.profile)}
            return {"id": word.id, "inherits": word.inherits, **dated_fields}
        case Mount():
            return {"sensor": word.sensor, "location": word.location, "from": at(word.since), "to": at(word.until)}
        case Product():
            return {"id": word.id, "profile": steps(word.profile)}
        case Batch():
            return {
                "product": word.product,
                "lot": word.lot,
                "made_at": None if word.made_at is None else at(word.made_at),
            }
        case Placement():
            where = {"unit": word.unit, "location": word.location}
            return {"product": word.product, "lot": word.lot, **where, "from": at(word.since), "to": at(word.until)}
        case ProfileVersion():
            numbers = {"version": str(word.version), "max_gap": f"{word.max_gap}us", "min_coverage": "0.25"}
            return {
                "id": word.profile,
                "effective_from": at(word.effective_from),
                "gap_counts_as": "safe",
                "rules": [],
                **numbers,
            }
    raise AssertionError(word)


@given(sites())
def test_a_site_written_as_a_file_comes_back_equal(words: dict[str, list[Any]]) -> None:
    sections = {section: [written(word) for word in found] for section, found in words.items()}
    entries = load(yaml.safe_dump(sections, allow_unicode=True, sort_keys=False), "S.yaml")
    site = build(entries)
    assert list(site.sensors.values()) == words["sensors"]
    assert list(site.locations.values()) == words["locations"]
    assert list(site.mounts) == words["mounts"]
    assert list(site.products.values()) == words["products"]
    assert list(site.batches.values()) == words["batches"]
    assert list(site.placements) == words["placements"]
    assert [version for versions in site.profiles.values() for version in versions] == words["profiles"]


@given(sites())
def test_documents_are_a_file_again_with_the_same_entries(words: dict[str, list[Any]]) -> None:
    sections = {section: [written(word) for word in found] for section, found in words.items()}
    entries = load(yaml.safe_dump(sections), "S.yaml")
    again: dict[str, list[Any]] = {}
    for one in entries:
        again.setdefault(one.path.split("[")[0], []).append(one.doc)
    assert load(yaml.safe_dump(again), "S.yaml") == entries
    assert build(Entry(one.kind, one.key, one.doc) for one in entries) == build(entries)


@given(st.text(max_size=200) | st.text("[]{}:,-&*!|>'\"# \nabc0~?%@`\t", max_size=60))
def test_whatever_the_text_it_is_entries_or_refused(text: str) -> None:
    try:
        assert isinstance(load(text, "S.yaml"), list)
    except Refused as error:
        assert all(problem.startswith("S.yaml:") for problem in error.problems)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "from", "id", "kind", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["id", "kind", "parent", "profile", "quantities", "from", "to", "rules", "version", "parents", "mapping", "x"]
)


@given(
    st.sampled_from(["location", "sensor", "batch", "profile", "channel", "source"]),
    st.dictionaries(FIELDS, JSON, max_size=5),
)
def test_whatever_the_fields_an_entry_is_made_or_refused(kind: str, fields: dict[str, Any]) -> None:
    try:
        made = entry(kind, fields)
    except Refused:
        return
    assert entry(kind, made.doc) == made
