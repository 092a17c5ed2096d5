"""The site file is refused whole with every problem by line, or gives its entries."""

from pathlib import Path

import pytest

from domain.errors import Refused
from domain.times import NEVER, parse_instant
from sites.build import build
from sites.entries import Wrong
from sites.file import load, load_file
from sites.schema import Entry

EXAMPLE = Path(__file__).parents[2] / "docs/examples/site.yaml"

# As the contracts show it.
CONTRACT = """
site: {name: Plant North, timezone: Europe/Berlin}
channels:
  - {id: qa-mail, kind: email, to: [qa@example.org], min_severity: warning}
  - {id: erp, kind: webhook, url: "https://erp.example.org/hook", secret_file: hook.key}
sources:                                   # what is listened to
  - {topic: "site/+/readings", format: json, mapping: {device: device, temperature: temp, humidity: rh, measured_at: ts}, timezone: UTC}
sensors:                                   # optional; unknown devices appear as "unassigned" and lose nothing
  - {id: S1, device: "A4:C1:38:8D:18:B2", probe: null, quantities: [temperature, humidity], interval: 5min}
locations:
  - {id: SITE-A}
  - {id: ROOM-1, parent: SITE-A, kind: room, profile: vaccine-2-8}
  - {id: BOX-9, kind: shipper, inherits: false, parent: [{value: ROOM-1, from: 2026-01-01T00:00:00Z}, {value: TRUCK-2, from: 2026-01-03T05:00:00Z}]}
  - {id: TRUCK-2, kind: truck, inherits: false}
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z, to: null}
clients:    [{id: acme, name: Acme Pharma}]
products:   [{id: VAX, name: Vaccine X, gtin: "09506000134352", profile: vaccine-2-8}]
batches:
  - {product: VAX, lot: A1, client: acme, made_at: 2026-01-01T00:00:00Z, expires_on: 2027-06-30, parents: []}
  - {product: VAX, lot: A1-R, client: acme, made_at: 2026-02-01T00:00:00Z, parents: [{product: VAX, lot: A1, unit: PALLET-7}]}
placements:
  - {product: VAX, lot: A1, unit: PALLET-7, location: ROOM-1, quantity: 100, from: 2026-01-01T08:00:00Z, to: null}
profiles:
  - id: vaccine-2-8
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    max_gap: 30min
    gap_counts_as: unknown                 # unknown | exposed | safe
    rules:
      - {id: too-warm,  kind: limit, quantity: temperature, above: 8.0, for: 60min, severity: critical, action: hold}
      - {id: too-cold,  kind: limit, quantity: temperature, below: 2.0, for: 15min, deadband: 0.2, severity: critical, action: hold}
      - {id: warm-total, kind: cumulative, quantity: temperature, above: 8.0, total: 12h, window: null, action: hold}
      - {id: spent-out, kind: cumulative, quantity: temperature, above: 8.0, at_or_below: 25.0, total: 2d, action: review}
      - {id: mkt, kind: mkt, above: 8.0, window: 24h, activation_energy_kj_mol: 83.144, action: review}
      - {id: silent, kind: silence, after: 30min, severity: warning, action: notify}
"""  # noqa: E501  # word for word


def problems_in(text: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        load(text, "S.yaml")
    return list(caught.value.problems)


def test_the_contracts_example_is_a_site() -> None:
    site = build(load(CONTRACT, "S.yaml"))
    assert list(site.locations) == ["SITE-A", "ROOM-1", "BOX-9", "TRUCK-2"]
    assert site.locations["BOX-9"].parent.at(parse_instant("2026-01-03T05:00:00Z")) == "TRUCK-2"
    assert not site.locations["BOX-9"].inherits
    assert site.mounts[0].until == NEVER
    assert site.batches["VAX", "A1-R"].parents[0].unit == "PALLET-7"
    assert [rule.id for rule in site.profiles["vaccine-2-8"][0].rules][-2:] == ["mkt", "silent"]


def test_the_documented_example_is_a_site() -> None:
    site = build(load_file(EXAMPLE))
    assert set(site.batches) == {("VAX", "0123"), ("VAX", "0123-R")}
    assert [version.version for version in site.profiles["vaccine-2-8"]] == [1, 2]


def test_a_problem_is_told_with_file_line_path_and_value() -> None:
    text = CONTRACT.replace("sensor: S1, location", "sensor: S9, location")
    assert problems_in(text) == ['S.yaml:16 mounts[0].sensor: no sensor "S9"']


def test_every_problem_is_told_in_the_order_of_the_lines() -> None:
    told = problems_in(
        "mount: []\n"
        "sensors:\n"
        "  - {id: S1, interval: never}\n"
        "locations: [{id: A, profile: nope}]\n"
        "mounts:\n"
        "  - {sensor: S1, location: A, from: 2026-01-01T00:00:00Z}\n"
        "  - sensor: S2\n"
        "    location: A\n"
        "    form: 2026-01-01T00:00:00Z\n"
        "    sensor: S3\n"
    )
    assert told == [
        'S.yaml:1 mount: unknown section (did you mean "mounts"?)',
        "S.yaml:3 sensors[0].interval: not a duration such as 90s, 15min, 10h, 30d or PT15M: 'never'",
        'S.yaml:4 locations[0].profile: no profile "nope"',
        "S.yaml:7 mounts[1].from: is missing",
        'S.yaml:9 mounts[1].form: unknown field (did you mean "from"?)',
        "S.yaml:10 mounts[1].sensor: already written on line 7",
    ]


def test_what_refers_to_an_unreadable_entry_is_not_told_again() -> None:
    told = problems_in(
        "sensors: [{id: S1, interval: never}]\n"
        "locations: [{id: A, inherits: maybe}]\n"
        "mounts: [{sensor: S1, location: A, from: 2026-01-01T00:00:00Z}]\n"
        "products: [{id: V, gtin: x}]\n"
        "batches: [{product: V, lot: 1, made_at: x}, {product: V, lot: 2, made_at: 2026-01-01T00:00:00Z,"
        " parents: [{product: V, lot: 1, unit: P}]}]\n"
        "placements: [{product: V, lot: 1, unit: P, location: A, from: x}]\n"
    )
    assert [problem.split(":")[1].split()[1] for problem in told] == [
        "sensors[0].interval",
        "locations[0].inherits",
        "products[0].gtin",
        "batches[0].made_at",
        "placements[0].from",
    ]


def test_an_unreadable_entry_with_an_unreadable_id_is_told_once() -> None:
    assert problems_in("sensors: [{id: [S1]}, {id: {a: b}}, {}]\n") == [
        "S.yaml:1 sensors[0].id: must be text, not a list",
        "S.yaml:1 sensors[1].id: must be text, not a mapping",
        "S.yaml:1 sensors[2].id: is missing",
    ]


def test_what_clashes_is_told_with_the_line_of_the_other() -> None:
    assert problems_in("locations:\n  - {id: A}\n  - {id: B}\n  - {id: A}\n") == [
        "S.yaml:4 locations[2].id: has the same id as locations[0] on line 2"
    ]


def test_one_value_for_always_is_no_list_in_a_path() -> None:
    assert problems_in(
        "locations: [{id: A, parent: B}, {id: C, parent: [{value: D, from: 2026-01-01T00:00:00Z}]}]"
    ) == [
        'S.yaml:1 locations[0].parent: no location "B"',
        'S.yaml:1 locations[1].parent[0].value: no location "D"',
    ]


def test_only_what_judge_needs_is_enough() -> None:
    site = build(load("locations: [{id: A}]\nproducts: [{id: V}]\nbatches: [{product: V, lot: 1}]\n", "S.yaml"))
    assert not site.sensors
    assert not site.profiles


@pytest.mark.parametrize("text", ["{}", "sensors:\nmounts: null\nsite: ~\n", "site: {}"])
def test_empty_sections_say_nothing(text: str) -> None:
    assert not build(load(text, "S.yaml")).sensors


@pytest.mark.parametrize("text", ["", "- a", "text", "null", "'{}'"])
def test_what_is_no_mapping_of_sections_is_refused(text: str) -> None:
    assert problems_in(text)[0].startswith("S.yaml:1: must be a mapping of site, channels, ")


def test_a_section_of_the_wrong_shape_is_refused() -> None:
    assert problems_in("site: [x]\nsensors: {id: S1}\nmounts: S1\nclients: [acme, ~]\n") == [
        "S.yaml:1 site: must be a mapping",
        "S.yaml:2 sensors: must be a list",
        "S.yaml:3 mounts: must be a list",
        "S.yaml:4 clients[0]: must be a mapping",
        "S.yaml:4 clients[1]: must be a mapping",
    ]


def test_batches_may_stand_before_their_parents() -> None:
    text = """
products: [{id: V}]
batches:
  - {product: V, lot: 2, made_at: 2026-01-01T00:00:00Z, parents: [{product: V, lot: 1}]}
  - {product: V, lot: 1}
"""
    assert list(build(load(text, "S.yaml")).batches) == [("V", "2"), ("V", "1")]


def test_packages_above_may_find_more() -> None:
    def further(entry: Entry) -> list[Wrong]:
        return [Wrong(("format",), "unknown")] if entry.kind == "source" else []

    with pytest.raises(Refused) as caught:
        load("sources:\n  - topic: a\n    format: jsn\n", "S.yaml", further)
    assert caught.value.problems == ("S.yaml:3 sources[0].format: unknown",)


def test_what_is_no_yaml_is_told_by_line() -> None:
    assert problems_in("sensors:\n  - {id: S1\n  - x: [\n")[0].startswith("S.yaml:3: not YAML: ")


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "S.yaml"
    file.write_bytes("\ufeffclients:\r\n  - {id: acme}\r\n".encode())
    assert [entry.key for entry in load_file(file)] == ['["acme"]']


def test_what_is_no_utf_8_is_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "S.yaml"
    file.write_bytes(b"clients:\n  - {id: caf\xe9}\n")
    with pytest.raises(Refused, match=r"^S\.yaml:2: not UTF-8: byte 0xe9$"):
        load_file(file)


@pytest.mark.parametrize("text", ["\ud800: x", "sites: \x00", "[" * 10_000, "a: &x 1\nb: *x", "a: !!binary x"])
def test_hostile_text_is_refused(text: str) -> None:
    assert len(problems_in(text)) == 1
