"""Lots and placements are changed one by one, and what is looked up in them is as if they were read anew."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model import Site
from ledger import histories
from ledger.lots import Lots
from ledger.requests import Correct, EntryName, Item
from rules.subjects.places import Places
from rules.subjects.whereabouts import Placed, UnitKey, Whereabouts
from sites.entries import entry
from store.state import StoredEntry, put_entries, remove_entry
from tests.ledger.stage import SITE, Stage, minute
from tests.thrift import migrated

NUMBERS = ("A1", "A2", "B1", "C1")
FROM = "2026-01-01T0{}:00:00Z"


def stored(kind: str, fields: Mapping[str, object]) -> StoredEntry:
    each = entry(kind, fields)
    return StoredEntry(each.kind, each.key, each.doc, "file", "quinn", 1)


@st.composite
def changes(draw: st.DrawFn) -> list[StoredEntry]:
    """Some lots, each made from such before it, and some placements."""
    put = []
    for i, lot in enumerate(NUMBERS):
        if draw(st.booleans()):
            above = draw(st.lists(st.sampled_from(NUMBERS[:i]), unique=True, max_size=2)) if i else []
            parents = [{"product": "VAX", "lot": each} for each in above]
            put.append(stored("batch", {"product": "VAX", "lot": lot, "made_at": FROM.format(5), "parents": parents}))
    for lot in draw(st.lists(st.sampled_from(NUMBERS), max_size=4)):
        where = {"location": draw(st.sampled_from(("R1", "R2"))), "from": FROM.format(draw(st.integers(1, 4)))}
        unit = draw(st.sampled_from((None, "P1", "P2")))
        put.append(stored("placement", {"product": "VAX", "lot": lot, "unit": unit, **where}))
    return list({(each.kind, each.key): each for each in put}.values())


ALL = [stored("batch", {"product": "VAX", "lot": lot}) for lot in NUMBERS]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A database without lots: what a test writes is taken back."""
    database = migrated(tmp_path_factory.mktemp("lots") / "coldchain.db")
    yield database
    database.close()


@given(changes(), changes(), st.data())
def test_changed_one_by_one_they_tell_the_engine_what_they_would_anew(empty, first, then, data) -> None:
    with empty.begin() as connection:
        savepoint = connection.begin_nested()
        lots = Lots(connection)
        _write(lots, [*ALL, *first], [])
        there = {unit: placed for unit, placed in lots.take_moved().items() if placed is not None}
        known = [name for name in lots.names() if name[0] == "placement"]
        gone = data.draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        _write(lots, [each for each in then if (each.kind, each.key) not in gone], gone)
        for unit, placed in lots.take_moved().items():
            there.pop(unit, None)
            there |= {} if placed is None else {unit: placed}
        assert there == Lots(connection).take_in([("VAX", lot) for lot in NUMBERS])
        assert there == _by_definition(lots.site(Site()))
        assert lots.take_moved() == {}
        savepoint.rollback()


def _write(lots: Lots, put: list[StoredEntry], gone: list[tuple[str, str]]) -> None:
    before = list(lots.find([*((each.kind, each.key) for each in put), *gone]))
    put_entries(lots.connection, put)
    for name in gone:
        remove_entry(lots.connection, *name)
    lots.changed(before, put)


def _by_definition(site: Site) -> dict[UnitKey, Placed]:
    return {unit: placed for unit, placed in Whereabouts(site, Places(site)).placed() if placed.stays}


@pytest.fixture
def stage(tmp_path):
    """The small site, with forty more lots in room 2."""
    database = migrated(tmp_path / "coldchain.db")
    stage = Stage(database)
    many = [Item("batch", {"product": "VAX", "lot": f"M{n:02}"}) for n in range(40)]
    many += [Item("placement", {**each.fields, "location": "ROOM-2", "from": FROM.format(1)}) for each in many]
    stage.ask(Correct(put=many), minute(1))
    yield stage
    database.close()


def test_a_move_looks_at_the_lot_that_moves_and_at_what_was_made_of_it(stage, monkeypatch) -> None:
    made = {"product": "VAX", "lot": "M99", "made_at": FROM.format(2), "parents": [{"product": "VAX", "lot": "M07"}]}
    stage.ask(Correct(put=[Item("batch", made)]), minute(200))
    looked_at = []
    real = Whereabouts._stays
    monkeypatch.setattr(Whereabouts, "_stays", lambda *given: looked_at.append(given[1]) or real(*given))
    moved = {"product": "VAX", "lot": "M07", "location": "ROOM-2", "from": FROM.format(1), "to": FROM.format(2)}
    stage.ask(Correct(put=[Item("placement", moved)]), minute(201))
    assert {key.lot for key in looked_at} == {"M07", "M99"}


def test_what_is_checked_with_a_placement_is_the_placement(stage, monkeypatch) -> None:
    checked = []
    real = histories.checked
    monkeypatch.setattr(histories, "checked", lambda *given: checked.append(real(*given)) or checked[-1])
    moved = {"product": "VAX", "lot": "M07", "location": "ROOM-1", "from": FROM.format(3)}
    stage.ask(Correct(put=[Item("placement", moved)]), minute(201))
    assert [each.kind for given in checked for each in given.entries] == ["placement"]


@pytest.mark.parametrize(
    ("kind", "key", "refused"),
    [
        ("batch", '["VAX","A2"]', 'lot: no batch "A2" of product "VAX"'),
        ("location", '["ROOM-2"]', 'location: no location "ROOM-2"'),
        ("product", '["VAX"]', 'product: no product "VAX"'),
        ("client", '["acme"]', 'client: no client "acme"'),
    ],
)
def test_what_lots_refer_to_is_not_removed(stage, kind, key, refused) -> None:
    with pytest.raises(Refused, match=refused):
        stage.ask(Correct(remove=[EntryName(kind, key)]), minute(201))
    assert key in [each.key for each in stage.entries(kind)]


def test_a_circle_is_found_through_lots_that_are_not_changed(stage) -> None:
    chain = [
        {"product": "VAX", "lot": lot, "made_at": FROM.format(2), "parents": [{"product": "VAX", "lot": parent}]}
        for lot, parent in (("M01", "M02"), ("M02", "M03"))
    ]
    stage.ask(Correct(put=[Item("batch", each) for each in chain]), minute(201))
    closing = {**chain[0], "lot": "M03", "parents": [{"product": "VAX", "lot": "M01"}]}
    with pytest.raises(Refused, match="a circle"):
        stage.ask(Correct(put=[Item("batch", closing)]), minute(202))


def test_a_dry_run_changes_nothing(stage) -> None:
    stage.apply(SITE.replace("lot: A2, location: ROOM-2", "lot: A2, location: ROOM-1"), minute(201), dry_run=True)
    before = stage.writer._state.engine.stays(UnitKey("VAX", "A2", None))
    assert [stay.location for stay in before] == ["ROOM-2"]
    assert len(stage.entries("placement")) == 43
