"""What must hold among entries: references, circles, overlaps. Problems carry the entry's path."""

import re
import textwrap

import pytest

from domain.errors import Refused
from sites.file import load

BASE = """
sensors: [{id: S1, device: D1}, {id: S2, device: D2}]
products: [{id: V}]
clients: [{id: acme}]
profiles: [{id: p, version: 1, effective_from: 2020-01-01T00:00:00Z, rules: []}]
"""
PLACES = "locations: [{id: A}, {id: B}]\n"


def problems_in(text: str) -> list[str]:
    """Return the problems, without file and lines, of the text and what every test here needs."""
    return problems_alone(BASE + textwrap.dedent(text))


def problems_alone(text: str) -> list[str]:
    try:
        load(text, "S.yaml")
    except Refused as error:
        return [re.sub(r"^S\.yaml:\d+ | on line \d+$", "", problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("locations: [{id: A, parent: X}]", 'locations[0].parent: no location "X"'),
        ("locations: [{id: A, profile: x}]", 'locations[0].profile: no profile "x"'),
        (
            PLACES + "mounts: [{sensor: S1, location: X, from: 2026-01-01T00:00:00Z}]",
            'mounts[0].location: no location "X"',
        ),
        (PLACES + "mounts: [{sensor: X, location: A, from: 2026-01-01T00:00:00Z}]", 'mounts[0].sensor: no sensor "X"'),
        ("batches: [{product: X, lot: 1}]", 'batches[0].product: no product "X"'),
        ("batches: [{product: V, lot: 1, client: X}]", 'batches[0].client: no client "X"'),
        ("channels: [{id: m, kind: email, to: [a@b], client: X}]", 'channels[0].client: no client "X"'),
        (
            PLACES + "placements: [{product: V, lot: 1, location: A, from: 2026-01-01T00:00:00Z}]",
            'placements[0].lot: no batch "1" of product "V"',
        ),
        (
            "batches: [{product: V, lot: 1}]\n"
            "placements: [{product: V, lot: 1, location: X, from: 2026-01-01T00:00:00Z}]",
            'placements[0].location: no location "X"',
        ),
        (
            "batches: [{product: V, lot: 1, made_at: 2026-01-01T00:00:00Z, parents: [{product: V, lot: X}]}]",
            'batches[0].parents[0].lot: no batch "X" of product "V"',
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(text: str, problem: str) -> None:
    assert problems_in(text) == [problem]


def test_a_products_unknown_profile_is_refused() -> None:
    with pytest.raises(Refused, match=r'products\[0\]\.profile\[1\]\.value: no profile "q"'):
        load("products: [{id: V, profile: [{value: null}, {value: q, from: 2026-01-01T00:00:00Z}]}]", "S.yaml")


def test_a_parents_unit_may_be_placed_later() -> None:
    text = """
    batches:
      - {product: V, lot: 1}
      - {product: V, lot: 2, made_at: 2026-01-02T00:00:00Z, parents: [{product: V, lot: 1, unit: P8}]}
    """
    assert problems_in(text) == []


def test_a_batch_with_parents_needs_made_at() -> None:
    text = "batches: [{product: V, lot: 1}, {product: V, lot: 2, parents: [{product: V, lot: 1}]}]"
    assert problems_in(text) == ["batches[1].made_at: is missing; a batch with parents needs it"]


@pytest.mark.parametrize(("to", "fine"), [("00:00:00Z", False), ("00:00:00.000001Z", True)])
def test_an_interval_ends_after_it_begins(to: str, fine: bool) -> None:
    text = (
        PLACES
        + f"""
mounts: [{{sensor: S1, location: A, from: 2026-01-01T00:00:00Z, to: 2026-01-01T{to}}}]
batches: [{{product: V, lot: 1}}]
placements: [{{product: V, lot: 1, location: A, from: 2026-01-01T00:00:00Z, to: 2026-01-01T{to}}}]
"""
    )
    problem = "2026-01-01T00:00:00Z is not after 2026-01-01T00:00:00Z"
    assert problems_in(text) == ([] if fine else [f"mounts[0].to: {problem}", f"placements[0].to: {problem}"])


@pytest.mark.parametrize(
    ("parents", "problem"),
    [
        ("{id: A, parent: A}", "locations[0].parent: a circle: A → A"),
        ("{id: A, parent: B}, {id: B, parent: A}", "locations[1].parent: a circle: A → B → A"),
        (
            "{id: X, parent: A}, {id: A, parent: B}, {id: B, parent: C}, {id: C, parent: A}",
            "locations[3].parent: a circle: A → B → C → A",
        ),
    ],
)
def test_a_circle_of_places_is_told_once(parents: str, problem: str) -> None:
    assert problems_in(f"locations: [{parents}]") == [problem]


def test_a_circle_at_some_instant_only_is_a_circle() -> None:
    text = """
    locations:
      - {id: A, parent: [{value: B, from: 2026-01-01T00:00:00Z}, {value: null, from: 2026-01-03T00:00:00Z}]}
      - {id: B, parent: [{value: null}, {value: A, from: 2026-01-02T23:59:59Z}]}
    """
    assert problems_in(text) == ["locations[0].parent: a circle from 2026-01-02T23:59:59Z: B → A → B"]


def test_taking_turns_is_no_circle() -> None:
    text = """
    locations:
      - {id: A, parent: [{value: B, from: 2026-01-01T00:00:00Z}, {value: null, from: 2026-01-03T00:00:00Z}]}
      - {id: B, parent: [{value: null}, {value: A, from: 2026-01-03T00:00:00Z}]}
    """
    assert problems_in(text) == []


def test_two_circles_are_two_problems() -> None:
    told = problems_in("locations: [{id: A, parent: B}, {id: B, parent: A}, {id: C, parent: C}, {id: D, parent: C}]")
    assert told == ["locations[1].parent: a circle: A → B → A", "locations[2].parent: a circle: C → C"]


def test_a_long_way_up_is_no_circle() -> None:
    chain = ", ".join(f"{{id: L{i}, parent: L{i + 1}}}" for i in range(5_000))
    assert problems_in(f"locations: [{chain}, {{id: L5000}}]") == []


def test_a_circle_of_batches_is_refused() -> None:
    made = "made_at: 2026-01-01T00:00:00Z"
    text = f"""
    batches:
      - {{product: V, lot: 0, {made}, parents: [{{product: V, lot: 1}}]}}
      - {{product: V, lot: 1, {made}, parents: [{{product: V, lot: 3}}, {{product: V, lot: 2}}]}}
      - {{product: V, lot: 2, {made}, parents: [{{product: V, lot: 1}}]}}
      - {{product: V, lot: 3}}
      - {{product: V, lot: 4, {made}, parents: [{{product: V, lot: 4}}]}}
    """
    assert problems_in(text) == [
        "batches[2].parents: a circle: V 1 → V 2 → V 1",
        "batches[4].parents: a circle: V 4 → V 4",
    ]


def test_two_lots_with_a_common_ancestor_are_no_circle() -> None:
    made = "made_at: 2026-01-01T00:00:00Z"
    text = f"""
    batches:
      - {{product: V, lot: 4, {made}, parents: [{{product: V, lot: 2}}, {{product: V, lot: 3}}]}}
      - {{product: V, lot: 3, {made}, parents: [{{product: V, lot: 1}}]}}
      - {{product: V, lot: 2, {made}, parents: [{{product: V, lot: 1}}]}}
      - {{product: V, lot: 1}}
    """
    assert problems_in(text) == []


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("clients: [{id: x}, {id: x}]", "clients[1].id: has the same id as clients[0]"),
        ("products: [{id: x}, {id: x}]", "products[1].id: has the same id as products[0]"),
        (
            "channels: [{id: x, kind: email, to: [a@b]}, {id: x, kind: webhook, url: 'http://a'}]",
            "channels[1].id: has the same id as channels[0]",
        ),
        (
            "sources: [{topic: a, format: json}, {topic: a, format: x}]",
            "sources[1].topic: has the same topic as sources[0]",
        ),
        (
            "products: [{id: V}]\nbatches: [{product: V, lot: 1}, {product: V, lot: 1, client: null}]",
            "batches[1]: has the same product and lot as batches[0]",
        ),
        (
            "profiles: [{id: q, version: 1, effective_from: 2020-01-01T00:00:00Z, rules: []},"
            " {id: q, version: 1, effective_from: 2021-01-01T00:00:00Z, rules: []}]",
            "profiles[1]: has the same id and version as profiles[0]",
        ),
    ],
)
def test_a_key_is_there_once(section: str, problem: str) -> None:
    assert problems_alone(section) == [problem]


def test_a_placement_is_there_once() -> None:
    text = (
        PLACES
        + """
batches: [{product: V, lot: 1}]
placements:
  - {product: V, lot: 1, location: A, from: 2026-01-01T00:00:00Z}
  - {product: V, lot: 1, location: A, from: 2026-01-01T01:00:00+01:00}
  - {product: V, lot: 1, location: A, from: 2026-01-01T00:00:00Z, id: p}
  - {product: V, lot: 1, location: B, from: 2026-01-05T00:00:00Z, id: p}
"""
    )
    assert problems_in(text) == [
        "placements[1]: has the same product, lot, unit, location and from as placements[0]",
        "placements[3].id: has the same id as placements[2]",
    ]


def test_a_unit_may_be_at_two_places_at_once() -> None:
    text = (
        PLACES
        + """
batches: [{product: V, lot: 1}]
placements:
  - {product: V, lot: 1, location: A, from: 2026-01-01T00:00:00Z}
  - {product: V, lot: 1, location: B, from: 2026-01-01T00:00:00Z}
"""
    )
    assert problems_in(text) == []


@pytest.mark.parametrize(("until", "fine"), [("02T00:00:00Z", True), ("02T00:00:00.000001Z", False)])
def test_a_sensor_is_at_one_place_at_a_time(until: str, fine: bool) -> None:
    text = (
        PLACES
        + f"""
mounts:
  - {{sensor: S1, location: B, from: 2026-01-02T00:00:00Z}}
  - {{sensor: S1, location: A, from: 2026-01-01T00:00:00Z, to: 2026-01-{until}}}
  - {{sensor: S2, location: A, from: 2026-01-01T00:00:00Z}}
"""
    )
    told = 'mounts[0]: sensor "S1" is still at "A" at 2026-01-02T00:00:00Z by mounts[1]'
    assert problems_in(text) == ([] if fine else [told])


def test_two_mounts_at_one_place_say_the_same_twice() -> None:
    text = (
        PLACES
        + """
mounts:
  - {sensor: S1, location: A, from: 2026-01-01T00:00:00Z, to: 2026-01-03T00:00:00Z}
  - {sensor: S1, location: A, from: 2026-01-02T00:00:00Z}
  - {sensor: S1, location: B, from: 2026-01-04T00:00:00Z}
"""
    )
    assert problems_in(text) == ['mounts[2]: sensor "S1" is still at "A" at 2026-01-04T00:00:00Z by mounts[1]']


@pytest.mark.parametrize(
    ("one", "two", "problem"),
    [
        ("device: D", "device: D", 'humidity of device "D"'),
        ("device: D, probe: a", "device: D, probe: a", 'humidity of device "D" probe "a"'),
        ("device: D, probe: a", "device: D, probe: b", None),
        ("device: D, probe: a", "device: D", None),
        ("device: D, quantities: [temperature]", "device: D, quantities: [humidity]", None),
        ("device: D, quantities: [temperature]", "device: D", 'temperature of device "D"'),
        ("device: Y", "name: y", 'humidity of device "Y"'),
        (
            "device: D, quantities: [{value: [temperature]}, {value: [humidity], from: 2026-01-01T00:00:00Z}]",
            "device: D, quantities: [{value: [humidity]}, {value: [temperature], from: 2026-01-01T00:00:00Z}]",
            None,
        ),
        (
            "device: D, quantities: [{value: [temperature]}, {value: [humidity], from: 2026-01-01T00:00:00Z}]",
            "device: D, quantities: [{value: [humidity]}, {value: [temperature], from: 2026-01-02T00:00:00Z}]",
            'humidity of device "D"',
        ),
    ],
)
def test_a_channel_of_a_device_is_one_sensor_at_a_time(one: str, two: str, problem: str | None) -> None:
    told = problems_alone(f"sensors:\n  - {{id: X, {one}}}\n  - {{id: Y, {two}}}\n")
    assert told == ([f"sensors[1].device: {problem} is already spoken for by sensors[0]"] if problem else [])


def test_two_versions_cannot_begin_at_once() -> None:
    text = """
profiles:
  - {id: q, version: 1, effective_from: 2020-01-01T00:00:00Z, rules: []}
  - {id: q, version: 2, effective_from: 2020-01-01T01:00:00+01:00, rules: []}
  - {id: r, version: 2, effective_from: 2020-01-01T00:00:00Z, rules: []}
"""
    told = "profiles[1].effective_from: 2020-01-01T00:00:00Z is when another version begins: profiles[0]"
    assert problems_alone(text) == [told]
