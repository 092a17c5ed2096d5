"""Batch numbers drawn inside the step, and what people type: one number, one lot, for ever."""

import pytest
from sqlalchemy import select

from domain.errors import ConflictError, InvalidError, NotFoundError, Refused
from domain.times import DAY, parse_instant
from ledger.event_log import EventLog
from ledger.inputs import Batch
from ledger.requests import Correct, DrawNumber, EntryName, Item
from store.state import find_entry, find_request
from store.tables import lot_numbers, number_sequences
from tests.ledger.stage import SITE, START, Stage

NOON = START + DAY // 2
BY_DAY = "{format: '{YYMMDD}-{sequence:2}', reset: day}"


def with_numbering(numbering: str, more: str = "", site: str = SITE) -> str:
    return site.replace(
        "products: [{id: VAX, profile: cold}]",
        f"products: [{{id: VAX, profile: cold, numbering: {numbering}}}, {{id: SER}}{more}]",
    )


@pytest.fixture
def numbered(small):
    """The small site, whose vaccine has numbers by day."""
    small.apply(with_numbering(BY_DAY))
    return small


def draw(stage: Stage, at: int = NOON, line: str | None = None, **fields: object) -> str:
    answer = stage.ask(DrawNumber(fields={"product": "VAX", **fields}, line=line), at)
    return str(answer["put"][0]["doc"]["lot"])


def put(stage: Stage, lot: str, at: int = NOON, **fields: object) -> str:
    answer = stage.ask(Correct(put=[Item("batch", {"product": "VAX", "lot": lot, **fields}, keeps=True)]), at)
    return str(answer["put"][0]["doc"]["lot"])


def remove(stage: Stage, lot: str, at: int = NOON) -> None:
    stage.ask(Correct(remove=[EntryName("batch", f'["VAX","{lot}"]')]), at)


def test_numbers_follow_each_other_and_begin_again_every_day(numbered) -> None:
    assert [draw(numbered) for _ in range(3)] == ["260101-01", "260101-02", "260101-03"]
    assert draw(numbered, NOON + DAY) == "260102-01"
    assert draw(numbered, NOON) == "260101-04"


def test_the_day_is_that_of_production_in_the_sites_zone(small) -> None:
    text = with_numbering(BY_DAY).replace("site: {name: Plant North}", "site: {name: N, timezone: Asia/Tokyo}")
    small.apply(text)
    assert draw(small, made_at="2025-12-31T16:00:00Z") == "260101-01"
    assert draw(small, parse_instant("2026-01-05T15:30:00Z")) == "260106-01"


def test_the_lot_is_entered_with_its_fields(numbered) -> None:
    lot = draw(numbered, client="acme", expires_on="2027-06-30")
    with numbered.database.read() as connection:
        stored = find_entry(connection, "batch", f'["VAX","{lot}"]')
    assert stored is not None
    assert (stored.doc["client"], stored.doc["expires_on"], stored.origin) == ("acme", "2027-06-30", "person")


@pytest.mark.parametrize("fields", [{"client": "nobody"}, {"made_at": "yesterday"}, {"colour": "red"}])
def test_what_is_refused_draws_nothing(numbered, fields) -> None:
    with pytest.raises(InvalidError):
        draw(numbered, **fields)
    assert numbered.rows(number_sequences) == []
    assert draw(numbered) == "260101-01"


def test_two_that_wait_for_one_step_get_two_numbers(numbered) -> None:
    waiting = [numbered.submit(DrawNumber(fields={"product": "VAX"}), NOON) for _ in range(5)]
    numbered.writer.step(Batch(), NOON)
    with numbered.database.read() as connection:
        lots = [find_request(connection, number).answer["put"][0]["doc"]["lot"] for number in waiting]
    assert lots == [f"260101-{i:02}" for i in range(1, 6)]


def test_a_number_that_was_drawn_is_not_drawn_again_after_a_restart_or_a_removal(numbered) -> None:
    first = draw(numbered)
    remove(numbered, first)
    numbered.restart()
    assert draw(numbered) == "260101-02"
    with numbered.database.begin() as connection:
        connection.execute(number_sequences.delete())
    assert draw(numbered) == "260101-03"  # even if nobody knew how far it was


def test_a_step_that_fails_has_drawn_nothing(numbered, monkeypatch) -> None:
    waiting = numbered.submit(DrawNumber(fields={"product": "VAX"}), NOON)
    with monkeypatch.context() as failing:
        failing.setattr(EventLog, "write", _fail)
        with pytest.raises(OSError, match="disk full"):
            numbered.writer.step(Batch(), NOON)
    assert numbered.rows(number_sequences) == [] == numbered.rows(lot_numbers, lot_numbers.c.own)
    numbered.restart()
    numbered.writer.step(Batch(), NOON)
    with numbered.database.read() as connection:
        assert find_request(connection, waiting).answer["put"][0]["doc"]["lot"] == "260101-01"
    assert draw(numbered) == "260101-02"


def _fail(*_: object) -> int:
    raise OSError("disk full")


def test_a_number_of_a_lot_that_was_removed_is_never_entered_again(numbered) -> None:
    first = draw(numbered)
    remove(numbered, first, NOON + 1_000_000)
    with pytest.raises(ConflictError, match=r"VAX 260101-01 was a lot that was removed at 2026-01-01T12:00:01Z"):
        put(numbered, first)


def test_a_suppliers_number_may_be_entered_again_after_it_was_removed(numbered) -> None:
    put(numbered, "LOT-4711")
    remove(numbered, "LOT-4711")
    assert put(numbered, "LOT-4711") == "LOT-4711"


def test_numbers_that_people_typed_are_passed_over(numbered) -> None:
    assert put(numbered, "260101-01") == "260101-01"
    assert put(numbered, "260101-02", foreign=True) == "260101-02"
    assert draw(numbered) == "260101-03"


def test_a_sequence_that_is_used_up_is_told_with_when_it_begins_again(small) -> None:
    small.apply(with_numbering("{format: '{YYMM}{sequence:1}', reset: month, start: 8}"))
    assert [draw(small), draw(small)] == ["26018", "26019"]
    with pytest.raises(ConflictError, match=r"VAX is used up: 9 was the last; it begins again on 2026-02-01"):
        draw(small)


def test_the_sites_numbering_counts_for_all_products_that_have_none(small) -> None:
    text = SITE.replace("{name: Plant North}", "{name: N, numbering: {format: '{product}-{sequence:3}'}}")
    small.apply(text.replace("{id: VAX, profile: cold}", "{id: VAX, profile: cold}, {id: SER, code: S}"))
    assert [draw(small), draw(small, product="SER"), draw(small)] == ["VAX-001", "S-002", "VAX-003"]


def test_a_line_is_named_where_the_number_tells_of_it(small) -> None:
    small.apply(with_numbering("{format: '{line}{sequence:2}', lines: [A, B]}"))
    assert [draw(small, line="B"), draw(small, line="A")] == ["B01", "A02"]
    with pytest.raises(InvalidError, match="line: must be one of A, B; none is given"):
        draw(small)


def test_without_a_numbering_the_lot_must_be_given(numbered) -> None:
    with pytest.raises(InvalidError, match="lot: is missing, and neither product SER nor the site has a numbering"):
        draw(numbered, product="SER")
    with pytest.raises(NotFoundError, match="no product 'X'"):
        draw(numbered, product="X")


@pytest.mark.parametrize("typed", ["2601OI-O1", "26 0101-01", "260101-\u200b01", "260101\u201301"])
def test_what_is_typed_almost_as_it_is_written_is_refused_with_the_number_meant(numbered, typed) -> None:
    with pytest.raises(Refused, match=r"is '260101-01' with .*; a number of somebody else is entered with foreign: tr"):
        put(numbered, typed)
    assert put(numbered, typed, foreign=True) == typed


def test_or_it_is_put_right_if_so_set(small) -> None:
    small.apply(with_numbering("{format: '{YYMMDD}-{sequence:2}', reset: day, typed: fold}"))
    assert put(small, " 2601o1 -01\u200b") == "260101-01"
    assert put(small, "26O1O1-01", client="acme") == "260101-01"  # the same lot
    assert small.entries("batch")[0].key == '["VAX","260101-01"]'
    assert put(small, "LOT \u200b4711") == "LOT 4711"
    assert draw(small) == "260101-02"


def test_a_file_is_exact_so_what_is_mistyped_in_it_is_refused_in_either_case(small) -> None:
    text = with_numbering("{format: '{YYMMDD}-{sequence:2}', reset: day, typed: fold}")
    with pytest.raises(Refused, match=r'batches\["VAX","2601O1-01"\].lot: .* is .260101-01. with O for 0'):
        small.apply(text.replace("lot: A2}\n", "lot: A2}\n  - {product: VAX, lot: 2601O1-01}\n", 1))


def test_a_number_that_can_be_taken_for_one_of_an_earlier_format_is_refused(numbered) -> None:
    draw(numbered)
    numbered.apply(with_numbering("{format: 'N{sequence:4}'}"))
    with pytest.raises(Refused, match=r"'26O101-01' can be taken for '260101-01', with O for 0"):
        put(numbered, "26O101-01")
    assert draw(numbered) == "N0001"


def test_lots_that_were_there_before_the_numbering_stay_as_they_are(numbered) -> None:
    assert put(numbered, "A1", client=None) == "A1"
    with numbered.database.read() as connection:
        rows = connection.execute(select(lot_numbers.c.lot, lot_numbers.c.own).order_by(lot_numbers.c.lot)).all()
    assert [tuple(row) for row in rows] == [("A1", False), ("A2", False)]


def test_on_either_database_the_same_numbers_are_drawn(stage) -> None:
    stage.apply(with_numbering(BY_DAY))
    assert [draw(stage), put(stage, "260101-02"), draw(stage)] == ["260101-01", "260101-02", "260101-03"]
    remove(stage, "260101-03")
    assert draw(stage) == "260101-04"
