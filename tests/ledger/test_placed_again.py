"""Readings that were kept because nobody said the zone of their times are placed once the source does."""

import json

from domain.readings import NOT_JUDGED, Flag
from domain.times import HOUR
from ingest.decoded import Message
from ingest.decoding import Decoder
from ingest.sources import Sources
from ledger.readings import placing_again
from ledger.readings.repair import differences, put_right
from ledger.readings.replay import replay
from ledger.requests import PlaceAgain, Rebuild
from store.series import SeriesIds
from store.tables import inbox, readings
from tests.ingest.fakes import source
from tests.ledger.stage import Stage, minute

AHEAD = 5 * 60_000_000
MAPPING = {"device": "=dev1", "temperature": "r[*].t", "measured_at": "r[*].ts"}


def sources(zone: object) -> Sources:
    doc = source("t", "json", MAPPING, None)
    return Sources([("k", doc | {"timezone": zone})], "Europe/Berlin")


NO_ZONE = [{"value": None, "from": None}]
BERLIN = [*NO_ZONE, {"value": "Europe/Berlin", "from": "2025-12-31T00:00:00Z"}]


def hear(stage: Stage, decoder: Decoder, at: float, *said: tuple[str, float], retained: bool = False) -> None:
    payload = json.dumps({"r": [{"ts": ts, "t": value} for ts, value in said]}).encode()
    decoding = decoder.decode([Message("t", payload, retained, minute(at))])
    decoder.place(decoding)
    stage.writer.step(decoding.batch(), minute(at))
    decoder.adopt(decoding)


def lived(database, stage: Stage | None = None) -> Stage:
    """A device in Berlin without a zone: live, then a buffer with 12 °C, then live again."""
    stage = stage or Stage(database)
    decoder = Decoder(sources(NO_ZONE))
    hear(stage, decoder, 0, ("2026-01-01 01:00:00", 5))
    hear(stage, decoder, 5, ("2026-01-01 01:05:00", 5))
    hear(stage, decoder, 60, *((f"2026-01-01 01:{minutes}:00", 12 if minutes < 40 else 5) for minutes in range(10, 60)))
    hear(stage, decoder, 61, ("2026-01-01 02:01:00", 5))
    return stage


def differing(stage: Stage, zone: object, *, repair: bool = False) -> int:
    """Count what is stored otherwise than the journal gives with a zone; put it right."""
    decode = Decoder(sources(zone)).again
    with (
        stage.database.read() as ours,
        replay(ours, decode, AHEAD) as replayed,
        replayed.database.read() as theirs,
    ):
        wrong = list(differences(ours, theirs))
        if repair:
            with stage.database.begin() as connection:
                put_right(connection, theirs, SeriesIds(stage.database), wrong)
    return len(wrong)


def test_what_is_kept_is_placed_and_judged_when_the_source_says_the_zone(small):
    stage = lived(small.database)
    rows = stage.rows(readings)
    assert [row.flags for row in rows if not row.flags & NOT_JUDGED] == [int(Flag.ARRIVAL_TIME | Flag.NO_ZONE)] * 3
    assert [row.flags for row in rows if row.flags & NOT_JUDGED] == [int(Flag.UNKNOWN_ZONE)] * 50
    assert min(row.measured_at for row in rows if row.flags & NOT_JUDGED) == minute(10) + HOUR  # as it is written
    assert stage.holds() == []

    assert differing(stage, NO_ZONE) == 0
    assert differing(stage, BERLIN, repair=True) > 0
    stage.ask(Rebuild(), minute(62))
    rows = stage.rows(readings)
    assert ({row.flags for row in rows}, len(rows), rows[2].measured_at) == ({0}, 53, minute(10))
    assert {unit for _, unit, rule, _ in stage.holds() if rule == "too-warm"} == {"P1", "P2"}
    assert differing(stage, BERLIN) == 0


def test_what_is_kept_is_placed_by_the_running_engine(database):
    """Live readings stay where they counted; a rebuild of all readings would move them, too."""
    zone = NO_ZONE
    stage = Stage(database, decode=lambda heard: Decoder(sources(zone)).again(heard))
    lived(database, stage)
    kept = [(row.measured_at, row.flags) for row in stage.rows(readings)]
    assert stage.ask(PlaceAgain(), minute(62)) == {"placed": 0}
    assert [(row.measured_at, row.flags) for row in stage.rows(readings)] == kept

    zone = BERLIN
    assert stage.ask(PlaceAgain(), minute(63)) == {"placed": 50}
    rows = stage.rows(readings)
    assert [row.measured_at for row in rows if not row.flags] == [minute(m) for m in range(10, 60)]
    assert {row.flags for row in rows if row.flags} == {int(Flag.ARRIVAL_TIME | Flag.NO_ZONE)}
    assert {unit for _, unit, rule, _ in stage.holds() if rule == "too-warm"} == {"P1", "P2"}
    assert stage.ask(PlaceAgain(), minute(64)) == {"placed": 0}
    assert differing(stage, BERLIN) == 3  # the live ones, which counted at their arrival
    assert stage.ask(Rebuild(), minute(65)) == {"differed": []}


def test_more_than_fit_in_a_step_are_placed_in_the_next(database, monkeypatch):
    monkeypatch.setattr(placing_again, "ROWS_AT_ONCE", 2)
    zone = NO_ZONE
    stage = Stage(database, decode=lambda heard: Decoder(sources(zone)).again(heard))
    decoder = Decoder(sources(NO_ZONE))
    for i in range(5):
        hear(stage, decoder, 60 + i / 60, (f"2026-01-01 01:0{i}:00", 12), (f"2026-01-01 01:1{i}:00", 12))
    zone = BERLIN
    assert stage.ask(PlaceAgain(), minute(62)) == {"placed": 4}
    for _ in range(3):
        stage.tick(63)
    assert {row.flags for row in stage.rows(readings)} == {0}
    assert stage.rows(inbox, inbox.c.state == "waiting") == []


def test_what_may_be_another_probes_value_is_not_judged_for_having_a_zone(database):
    zone = NO_ZONE
    probes = {"device": "=dev1", "measured_at": "ts", "temperature": {"": "D-1.t", "b": "D-2.t"}}

    def positioned() -> Sources:
        doc = source("t", "json", probes, None)
        return Sources([("k", doc | {"timezone": zone})], "Europe/Berlin")

    stage = Stage(database, decode=lambda heard: Decoder(positioned()).again(heard))
    decoder = Decoder(positioned())
    for at, probe in ((20, '"D-1":{"t":5},"D-2":{"t":-18}'), (30, '"D-1":{"t":-18}'), (50, '"D-1":{"t":-18}')):
        decoding = decoder.decode(
            [Message("t", f'{{"ts":"2026-01-01 01:{at}:00",{probe}}}'.encode(), False, minute(60))]
        )
        decoder.place(decoding)
        stage.writer.step(decoding.batch(), minute(60))
        decoder.adopt(decoding)
    zone = BERLIN
    assert stage.ask(PlaceAgain(), minute(62)) == {"placed": 2}
    flags = [row.flags for row in stage.rows(readings)]
    assert flags.count(int(Flag.MOVED | Flag.UNKNOWN_ZONE)) == 2
    assert stage.holds() == []


def test_an_engine_that_hears_nothing_leaves_them(small):
    stage = lived(small.database)
    assert stage.ask(PlaceAgain(), minute(62)) == {"placed": 0}


def test_a_retained_copy_without_a_zone_is_kept_and_not_judged(small):
    stage = Stage(small.database)
    hear(stage, Decoder(sources(NO_ZONE)), 0, ("2026-01-01 01:00:00", 12), retained=True)
    [row] = stage.rows(readings)
    assert row.flags == int(Flag.UNKNOWN_ZONE)
    assert differing(stage, NO_ZONE) == 0
