"""What is known of devices' clocks, from what is kept of their newest readings."""

import msgspec
import pytest
from sqlalchemy import insert

from domain.clocks import Estimate, Run
from domain.readings import Flag
from domain.times import DAY, HOUR, MINUTE, SECOND
from rules.messages.clock import describe_clock
from store import journal, readings
from store.device_clocks import CLOCKS, LocalTime, estimates, local_times
from store.series import SeriesIds, SeriesKey
from store.state import save_codec_memory
from store.tables import entries

T0 = 20_000 * DAY
NOW = T0 + 2 * HOUR


def put(database, device, stamps, flags=Flag.NONE):
    """Keep readings as (received_at, measured_at)."""
    with database.begin() as connection:
        [series] = SeriesIds(database).get(connection, [SeriesKey(device, "", "temperature")])
        number = journal.append(connection, "messages", T0, [])
        rows = [(series, at, 5, received_at, int(flags)) for received_at, at in stamps]
        readings.insert(connection, rows, number)


def asked(database, devices=None):
    with database.read() as connection:
        return estimates(connection, NOW, devices)


def live(ahead, since=0):
    return [(T0 + m * MINUTE, T0 + m * MINUTE + ahead) for m in range(since, since + 60, 5)]


@pytest.mark.parametrize("ahead", [-3 * SECOND, -40 * MINUTE, 40 * MINUTE, 400 * DAY, -T0 + DAY])
def test_a_clock_is_known_however_far_it_is_off(database, ahead):
    put(database, "d", live(ahead), Flag.NONE if abs(ahead) < MINUTE else Flag.AHEAD)
    assert asked(database) == {"d": Estimate(ahead, ahead, ahead, 12)}


def test_a_clock_that_was_set_right_is_right(database):
    put(database, "d", live(40 * MINUTE), Flag.AHEAD)
    put(database, "d", [stamp for since in range(60, 200, 60) for stamp in live(-SECOND, since)])
    found = asked(database)["d"]
    assert (found.ahead, found.is_off) == (-SECOND, False)


def test_what_got_its_arrival_time_says_nothing(database):
    put(database, "d", live(0), Flag.ARRIVAL_TIME)
    put(database, "e", live(0))
    assert asked(database).keys() == {"e"}
    assert asked(database, ["d"]) == {}


def test_a_clock_whose_messages_count_at_their_arrival_is_known_by_its_run(database):
    steady = Run(-40 * MINUTE, T0, -41 * MINUTE, -40 * MINUTE, False, -40 * MINUTE)
    waited = Run(-HOUR, T0, -HOUR, -HOUR)  # one message, which may have waited
    put(database, "slow", live(0), Flag.ARRIVAL_TIME | Flag.CLOCK_REPLACED)
    put(database, "other", live(0))
    with database.begin() as connection:
        doc = {"topic": "a/#", "format": "json", "clock": [{"value": "arrival", "from": None}]}
        row = {"kind": "source", "key": "a", "doc": doc, "origin": "file", "changed_by": "f", "changed_at": T0}
        connection.execute(insert(entries).values(row))
        runs = {"slow": steady, "other": waited}
        save_codec_memory(connection, {(CLOCKS + "a", device): msgspec.msgpack.encode(runs[device]) for device in runs})
    found = asked(database)
    assert found["slow"] == Estimate(-40 * MINUTE, -41 * MINUTE, -40 * MINUTE, 0)
    assert describe_clock(found["slow"]) == "40 min behind (± 1 min)"
    assert not found["other"].is_off


def test_devices_without_a_zone_are_named_until_their_source_says_one(database):
    run = Run(HOUR, T0, HOUR, HOUR, True)
    other = Run(-HOUR, T0, -HOUR, -HOUR)  # not local: its source refuses what is off
    with database.begin() as connection:
        for key, zone in (("a", None), ("b", "Europe/Berlin")):
            doc = {"topic": f"{key}/#", "format": "json", "timezone": [{"value": zone, "from": None}]}
            row = {"kind": "source", "key": key, "doc": doc, "origin": "file", "changed_by": "f", "changed_at": T0}
            connection.execute(insert(entries).values(row))
        memory = {
            (CLOCKS + key, device): msgspec.msgpack.encode(each)
            for key in ("a", "b", "gone")
            for device, each in (("d", run), ("o", other))
        }
        save_codec_memory(connection, {**memory, ("a", "d"): msgspec.msgpack.encode([1])})
        assert local_times(connection) == [LocalTime("d", "a/#", run)]
