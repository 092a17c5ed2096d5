"""Which limits a value that does not count would be outside of."""

from rules.engine import Engine
from rules.subjects.whereabouts import LocationKey, UnitKey
from sites.build import build
from sites.file import load
from tests.ledger.stage import SITE, minute

OFFSET = SITE.replace(
    "{id: S1, device: dev1}",
    "{id: S1, device: dev1, offsets: {temperature: [{value: '-0.5', from: 2026-01-01T00:00:00Z}]}}",
)


def breached(site: str, value: float, at: float = 5, quantity: str = "temperature") -> set[tuple[object, str]]:
    engine = Engine(build(load(site, "S.yaml")), lambda *_: ([], []), minute(0))
    return engine.breached("S1", quantity, minute(at), round(value * 1_000_000))


def test_the_rules_of_the_place_and_of_what_stands_there():
    place, units = LocationKey("ROOM-1"), [UnitKey("VAX", "A1", unit) for unit in ("P1", "P2")]
    expected = {(key, rule) for key in (place, *units) for rule in ("too-warm", "warm-total")}
    assert breached(SITE, 8.1) == expected


def test_at_the_limit_it_is_inside_and_the_offset_counts():
    assert breached(SITE, 8.0) == set()
    assert breached(OFFSET, 8.4) == set()
    assert breached(OFFSET, 8.6) != set()


def test_nothing_where_the_sensor_does_not_speak():
    assert breached(SITE, 12.0, at=-5) == set()
    assert breached(SITE, 12.0, quantity="humidity") == set()
