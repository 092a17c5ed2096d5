"""Units placed one by one: any sequence of placing and correcting ends where a fresh engine begins."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.intervals import overlaps
from domain.model import Site
from domain.times import MINUTE, NEVER
from rules import batch_judge
from rules.engine import NO_JUDGEMENT, Engine
from rules.subjects import subjects
from rules.subjects.footprints import footprint
from rules.subjects.places import Places
from rules.subjects.subjects import Subjects
from rules.subjects.whereabouts import LocationKey, Placed, Stay, UnitKey, Whereabouts
from sites.build import build
from sites.file import load
from tests.oracle.corrections import perturbed
from tests.oracle.live import Live
from tests.oracle.product import to_site
from tests.oracle.sites import START, Case, cases, without_conflicts
from tests.thrift import examples

_thorough = settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
STEP = 5 * MINUTE


UNITS = 20
SITE = """
site: {name: Plant North}
sensors: [{id: S1, device: d1}, {id: S2, device: d2}]
locations: [{id: ROOM-1}, {id: ROOM-2, profile: cold}]
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM-2, from: 2026-01-01T00:00:00Z}
products: [{id: VAX, profile: cold}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, above: 8.0, for: 10min, action: hold}]
"""


def _site(text: str = SITE) -> Site:
    return build(load(text, "S.yaml"))


def _in(location: str, since: int = START, until: int = NEVER) -> tuple[Stay, ...]:
    return (Stay(location, since, until),)


def _unit(number: int) -> UnitKey:
    return UnitKey("VAX", "A1", f"P{number:02}")


@pytest.fixture
def full():
    """An engine with twenty units in each of two rooms, judged an hour after they came."""
    engine = Engine(_site(), lambda *_: ([], []), START)
    engine.place({_unit(n): _in("ROOM-1" if n < UNITS else "ROOM-2") for n in range(2 * UNITS)}, START)
    engine.settle(START + 60 * MINUTE)
    return engine


def test_a_unit_that_moves_concerns_itself_alone(full):
    there = (*_in("ROOM-1", START, START + STEP), *_in("ROOM-2", START + STEP))
    assert full.place({_unit(3): there}, START + 60 * MINUTE) == {_unit(3)}
    assert full.place({_unit(3): there}, START + 60 * MINUTE) == set()


def test_a_unit_that_is_gone_is_not_judged_any_more(full):
    for number in range(0, 60, 5):
        full.add("S1", "temperature", START + number * MINUTE, 9_000_000)
    full.settle(START + 60 * MINUTE)
    assert full.judgement(_unit(3)).firings
    assert full.place({_unit(3): None}, START + 60 * MINUTE) == {_unit(3)}
    [change] = full.settle(START + 60 * MINUTE)
    assert change.subject == _unit(3)
    assert full.judgement(_unit(3)) == NO_JUDGEMENT
    assert full.evidence(_unit(3)) is None


def test_a_stay_ahead_of_time_begins_by_itself(full):
    begins = START + 120 * MINUTE
    assert full.place({_unit(50): _in("ROOM-1", begins)}, START + 60 * MINUTE) == {_unit(50)}
    assert full.evidence(_unit(50)).subject.stays == ()
    assert full.due_at == begins
    full.settle(begins)
    assert full.evidence(_unit(50)).subject.stays == _in("ROOM-1", begins)


def test_corrected_configuration_is_compared_where_it_can_matter(full, monkeypatch):
    compared = []
    monkeypatch.setattr(subjects, "footprint", lambda *given: compared.append(given[2].key) or footprint(*given))
    now = START + 60 * MINUTE
    assert full.replace(_site(SITE.replace("Plant North", "Plant South")), now) == set()
    assert compared == []
    moved = SITE.replace(
        "{sensor: S1, location: ROOM-1, from: 2026-01-01T00", "{sensor: S1, location: ROOM-1, from: 2026-01-01T01"
    )
    assert full.replace(_site(moved), now) == {_unit(n) for n in range(UNITS)}
    assert {key for key in compared if isinstance(key, UnitKey)} == {_unit(n) for n in range(UNITS)}


def test_another_version_concerns_the_units_of_its_product(full):
    stricter = SITE.replace("above: 8.0", "above: 6.0")
    concerned = full.replace(_site(stricter), START + 60 * MINUTE)
    assert concerned == {LocationKey("ROOM-2"), *(_unit(n) for n in range(2 * UNITS))}


def _whereabouts(site: Site) -> dict[UnitKey, Placed]:
    return dict(Whereabouts(site, Places(site)).placed())


class _PlacedLive(Live):
    """Its units are placed one by one; its site is configuration only."""

    def __init__(self, site, now):
        super().__init__({**site, "batches": [], "placements": []}, now)
        self._placed = _whereabouts(to_site(site))
        self.engine.place(self._placed, now)

    def replace(self, site):
        before, self._placed = self._placed, _whereabouts(to_site(site))
        self.engine.place({key: None for key in before.keys() - self._placed.keys()}, self.now)
        super().replace({**site, "batches": [], "placements": []})
        self.engine.place({key: it for key, it in self._placed.items() if it != before.get(key)}, self.now)


@_thorough
@given(cases(), st.data())
def test_units_placed_one_by_one_are_judged_as_by_the_plain_definitions(case: Case, data: st.DataObject) -> None:
    rows = without_conflicts(case.rows)
    until = max(row.measured_at for row in rows) if case.until is None else case.until
    live = _PlacedLive(data.draw(perturbed(case.site)), data.draw(st.sampled_from((min(START, until), until))))
    turn = data.draw(st.integers(0, len(rows)))
    for row in rows[:turn]:
        live.hear(row)
        if data.draw(st.booleans()):
            live.settle(data.draw(st.integers(min(START, until), until)))
    live.replace(case.site)
    for row in rows[turn:]:
        live.hear(row)
    assert live.report(until) == batch_judge.judge(to_site(case.site), rows, until, explained=True)


class _LettingGo(_PlacedLive):
    """Lets go of units that left and owe nothing, and is asked for those that something reaches."""

    def __init__(self, site, now):
        self.gone: dict[UnitKey, Placed] = {}
        self.was_asked = False
        super().__init__(site, now)
        self.engine._subjects._left = self

    def stood(self, spans):
        self.was_asked = True
        return self._found(
            key
            for key, placed in self.gone.items()
            if any(stay.location == at and overlaps([stay[1:]], *span) for stay in placed.stays for at, *span in spans)
        )

    def of_products(self, since):
        ends = {key: max((stay.until for stay in it.stays), default=-NEVER) for key, it in self.gone.items()}
        return self._found(key for key, end in ends.items() if end >= since.get(key.product, NEVER))

    def _found(self, keys):
        return {key: self.gone.pop(key) for key in list(keys)}

    def settle(self, now):
        super().settle(now)
        settled = self.engine.take_settled()
        assert all(self.engine.judgement(key) == NO_JUDGEMENT for key in settled)
        self.gone |= {key: self._placed[key] for key in settled}
        self.engine.let_go(settled)

    def replace(self, site):
        corrected = _whereabouts(to_site(site))  # the record is, before the engine is told
        self.gone = {key: corrected[key] for key in self.gone if key in corrected}
        super().replace(site)
        self.gone = {key: it for key, it in self.gone.items() if not self.engine.knows(key) and key in self._placed}

    def report(self, until):
        self.settle(until)
        told = dict(self.told)
        gone, self.gone = self.gone, {}
        self.engine.place(gone, self.now)
        Live.settle(self, until)
        assert {key: self.told.get(key) for key in gone} == {key: told.get(key) for key in gone}
        return dict(self.engine.report(until, explained=True))


@_thorough
@given(cases(), st.data())
def test_what_left_and_is_not_in_memory_is_judged_as_by_the_plain_definitions(case: Case, data: st.DataObject) -> None:
    rows = without_conflicts(case.rows)
    until = max(row.measured_at for row in rows) if case.until is None else case.until
    live = _LettingGo(data.draw(perturbed(case.site)), min(START, until))
    turn = data.draw(st.integers(0, len(rows)))
    live.settle(data.draw(st.integers(min(START, until), until)))
    for row in rows[:turn]:
        live.hear(row)
        if data.draw(st.booleans()):
            live.settle(data.draw(st.integers(min(START, until), until)))
    live.replace(case.site)
    for row in rows[turn:]:
        live.hear(row)
        if data.draw(st.booleans()):
            live.settle(data.draw(st.integers(min(START, until), until)))
    assert live.report(until) == batch_judge.judge(to_site(case.site), rows, until, explained=True)


@_thorough
@given(cases(), st.data())
def test_any_sequence_of_placing_and_correcting_ends_where_a_fresh_start_begins(
    case: Case, data: st.DataObject
) -> None:
    believed = [to_site(data.draw(perturbed(case.site))) for _ in range(data.draw(st.integers(1, 3)))]
    instants = sorted(data.draw(st.lists(st.integers(-5, 40), min_size=4, max_size=4)))
    now = START + instants[0] * STEP
    of_it = Subjects(believed[0], now)
    for site, later in zip([*believed[1:], to_site(case.site)], instants[1:], strict=False):
        now = START + later * STEP
        of_it.begin(now)
        of_it.replace(site, now)
    now = START + instants[-1] * STEP
    of_it.begin(now)
    fresh = Subjects(to_site(case.site), now)
    assert of_it.by_key == fresh.by_key
    assert of_it.stays_at == fresh.stays_at


@given(cases(), st.data())
def test_what_is_placed_as_one_unit_is_there_as_by_the_definition(case: Case, data: st.DataObject) -> None:
    site, now = to_site(case.site), _instant(data)
    whereabouts = Whereabouts(site, Places(site))
    there = {key: it.by(now) for key, it in whereabouts.placed() if it.by(now) is not None}
    assert there == {
        UnitKey(*batch, unit): whereabouts.unit(UnitKey(*batch, unit), now).stays
        for batch in site.batches
        for unit in whereabouts.units(batch, now)
    }


def _instant(data: st.DataObject) -> int:
    return START + data.draw(st.integers(-5, 40)) * STEP
