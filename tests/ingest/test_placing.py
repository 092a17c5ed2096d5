"""When readings were measured whose stamps leave a doubt: no zone, an hour that came twice, a clock that is off."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import Estimate, Run, followed, is_live_local, of_run, proposed
from domain.readings import NOT_JUDGED, Flag, Reading
from domain.times import HOUR, MINUTE, SECOND, datetime_of, parse_instant
from ingest import codecs, placing
from ingest.decoded import Message, Source
from ingest.decoding import Decoder
from ingest.placing import place
from ingest.sources import Sources
from ledger.inputs import Arrived
from tests.ingest.fakes import source

NOW = parse_instant("2026-11-30T12:00:00Z")
BERLIN = ZoneInfo("Europe/Berlin")
MAPPING = {"device": "=D", "temperature": "r[*].t", "measured_at": "r[*].ts"}


def local(instant: int, zone: str = "Europe/Berlin") -> str:
    return f"{datetime_of(instant).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


class Site:
    """Messages of one device, placed in the order of their arrival."""

    def __init__(self, timezone: str | None = None, clock: str | None = None, site: str = "Europe/Berlin") -> None:
        self.source = Source("t", "json", MAPPING, timezone, clock, site)
        self.clocks: dict[str, Run] = {}

    def hear(self, at: int, *stamps: str, retained: bool = False, backlog: bool = False) -> list[Reading]:
        rows = ",".join(f'{{"t":{5 + i},"ts":"{stamp}"}}' for i, stamp in enumerate(stamps))
        message = Message("t", f'{{"r":[{rows}]}}'.encode(), retained, at)
        decoded, _ = codecs.get("json").decode(message, self.source, None)
        arrived = Arrived("t", message.payload, retained, at, readings=decoded.readings, backlog=backlog)
        self.clocks.update(place(arrived, self.source, self.clocks))
        return list(arrived.readings)


def flags(readings: list[Reading]) -> list[Flag]:
    return [reading.flags for reading in readings]


LIVE = Flag.ARRIVAL_TIME | Flag.NO_ZONE


def test_a_live_local_time_counts_at_its_arrival() -> None:
    site = Site()
    for minutes in range(0, 30, 5):
        at = NOW + minutes * MINUTE
        [reading] = site.hear(at, local(at - 2 * SECOND))
        assert (reading.measured_at, reading.flags) == (None, LIVE)
    assert site.clocks["D"].is_steady(NOW + 25 * MINUTE)
    site.hear(NOW + HOUR, local(NOW - 100 * MINUTE))  # a buffer changes nothing in what live ones fit
    assert proposed(site.clocks["D"].fitting, NOW, BERLIN) == ("Europe/Berlin", "UTC+01:00")


def test_a_buffer_of_local_times_is_kept_under_them_and_not_judged() -> None:
    site = Site()
    for i, minutes in enumerate(range(180, -5, -5)):
        stamp = local((NOW - minutes * MINUTE) // MINUTE * MINUTE)
        [reading] = site.hear(NOW + i * SECOND // 20, stamp)
        assert reading.flags is Flag.UNKNOWN_ZONE, minutes
        assert reading.measured_at == NOW - minutes * MINUTE + HOUR  # as it is written
    [after] = site.hear(NOW + 5 * MINUTE, local(NOW + 5 * MINUTE))
    assert after.flags == LIVE


def test_several_local_times_a_retained_copy_and_a_backlog_are_kept_and_not_judged() -> None:
    now = local(NOW)
    assert flags(Site().hear(NOW, local(NOW - 5 * MINUTE), now)) == [Flag.UNKNOWN_ZONE] * 2
    assert flags(Site().hear(NOW, now, retained=True)) == [Flag.UNKNOWN_ZONE]
    assert flags(Site().hear(NOW, now, backlog=True)) == [Flag.UNKNOWN_ZONE]


def test_a_device_in_another_zone_is_believed_once_it_is_steady() -> None:
    site = Site()
    heard = [site.hear(NOW + minutes * MINUTE, local(NOW + minutes * MINUTE, "Asia/Kolkata")) for minutes in range(5)]
    assert [each.flags for [each] in heard] == [Flag.UNKNOWN_ZONE, Flag.UNKNOWN_ZONE, LIVE, LIVE, LIVE]
    assert proposed(site.clocks["D"].first, NOW, BERLIN) == ("UTC+05:30",)


def test_a_steady_clock_that_fits_no_zone_is_not_believed() -> None:
    site = Site()
    for minutes in range(10):
        [reading] = site.hear(NOW + minutes * MINUTE, local(NOW + minutes * MINUTE + 20 * MINUTE))
        assert reading.flags is Flag.UNKNOWN_ZONE
    assert proposed(site.clocks["D"].first, NOW, BERLIN) == ()


def test_a_device_keeps_counting_when_its_zone_and_the_site_change_to_winter() -> None:
    site = Site()
    change = parse_instant("2026-10-25T01:00:00Z")
    for minutes in range(-30, 30, 5):
        at = change + minutes * MINUTE
        assert flags(site.hear(at, local(at))) == [LIVE], minutes


def test_readings_of_one_time_as_written_are_both_kept() -> None:
    first, second = Site().hear(NOW, "2026-10-25 02:30:00", "2026-10-25 02:30:00")
    assert (first.value, second.value) == (5_000_000, 6_000_000)
    assert second.measured_at == (first.measured_at or 0) + 1


def test_an_hour_that_came_twice_waits_for_its_order_when_it_was_queued() -> None:
    arrival = parse_instant("2026-10-25T01:12:00Z")
    live = Site("Europe/Berlin").hear(arrival, "2026-10-25 02:10:00")
    queued = Site("Europe/Berlin").hear(arrival, "2026-10-25 02:10:00", backlog=True)
    assert [(each.measured_at, each.flags) for each in live] == [(arrival - 2 * MINUTE, Flag.NONE)]
    assert flags(queued) == [Flag.TWICE]


# --- a clock that is off ---


def off(site: Site, minutes: int, *, behind: int = 40 * MINUTE) -> Flag:
    at = NOW + minutes * MINUTE
    return site.hear(at, f"{datetime_of(at - behind):%Y-%m-%dT%H:%M:%SZ}")[0].flags


def test_a_clock_that_is_off_counts_as_it_says_unless_the_source_says_otherwise() -> None:
    for clock in (None, "own"):
        assert off(Site(clock=clock), 0) is Flag.NONE


def test_a_source_refuses_what_is_off() -> None:
    site = Site(clock="refuse")
    assert [off(site, minutes) for minutes in range(5)] == [Flag.CLOCK_OFF] * 5
    assert off(site, 6, behind=MINUTE) is Flag.NONE


def test_a_source_takes_the_arrival_of_what_is_live_and_steadily_off() -> None:
    site = Site(clock="arrival")
    replaced = Flag.ARRIVAL_TIME | Flag.CLOCK_REPLACED
    found = [off(site, minutes) for minutes in range(5)]
    assert found == [Flag.CLOCK_OFF, Flag.CLOCK_OFF, replaced, replaced, replaced]
    assert off(site, 5, behind=3 * HOUR) is Flag.CLOCK_OFF  # a backlog
    both = [f"{datetime_of(NOW - HOUR + minutes * MINUTE):%Y-%m-%dT%H:%M:%SZ}" for minutes in (0, 5)]
    assert flags(site.hear(NOW + 6 * MINUTE, *both)) == [Flag.CLOCK_OFF] * 2


@pytest.mark.parametrize("behind", [6 * MINUTE, 40 * MINUTE, 3 * HOUR, 26 * HOUR])
def test_a_slow_clock_that_was_set_must_show_anew_that_it_is_live(behind: int) -> None:
    site = Site(clock="arrival")
    replaced = Flag.ARRIVAL_TIME | Flag.CLOCK_REPLACED
    assert [off(site, minutes, behind=behind) for minutes in range(4)][-2:] == [replaced] * 2
    assert of_run(site.clocks["D"]) == Estimate(-behind, -behind, -behind, 0)
    assert off(site, 5, behind=SECOND) is Flag.NONE
    assert of_run(site.clocks["D"]) is None
    assert off(site, 6, behind=behind) is Flag.CLOCK_OFF  # a message that waited, or a clock that is off again


def test_a_message_that_waited_says_nothing_of_the_clock() -> None:
    site = Site(clock="arrival")
    off(site, 0)
    assert of_run(site.clocks["D"]) is None


def test_a_buffer_whose_newest_reading_is_in_time_is_not_off() -> None:
    stamps = [f"{datetime_of(NOW - minutes * MINUTE):%Y-%m-%dT%H:%M:%SZ}" for minutes in (60, 30, 0)]
    assert flags(Site(clock="refuse").hear(NOW, *stamps)) == [Flag.NONE] * 3


# --- a clock that is off, and a source that says nothing ---


def at_clock(site: Site, minutes: int, ahead: int, measured: int | None = None, *, waited: bool = False) -> Flag:
    """Hear what was measured `minutes` after NOW unless `measured` says when, by a clock that is so far ahead."""
    stamp = NOW + (minutes if measured is None else measured) * MINUTE + ahead
    [reading] = site.hear(NOW + minutes * MINUTE, f"{datetime_of(stamp):%Y-%m-%dT%H:%M:%SZ}", backlog=waited)
    return reading.flags


@pytest.mark.parametrize("ahead", [-26 * HOUR, -40 * MINUTE, 40 * MINUTE, 26 * HOUR])
def test_a_backlog_of_a_clock_known_to_be_off_is_not_judged_where_the_source_says_nothing(ahead: int) -> None:
    site = Site()
    assert [at_clock(site, minutes, ahead) for minutes in range(4)] == [Flag.NONE] * 4  # live: by their stamps
    assert at_clock(site, 4, ahead, waited=True) is Flag.CLOCK_OFF
    emptied = [at_clock(site, 200, ahead, measured) for measured in range(5, 195, 5)]
    assert emptied == [Flag.CLOCK_OFF] * len(emptied)  # those whose stamps look right, too
    assert at_clock(site, 200, ahead) is Flag.NONE


@pytest.mark.parametrize("clock", ["arrival", "refuse"])
def test_a_stamp_in_time_of_a_clock_that_is_ahead_waited(clock: str) -> None:
    site = Site(clock=clock)
    for minutes in range(4):
        at_clock(site, minutes, 40 * MINUTE)
    assert at_clock(site, 45, 40 * MINUTE, 5) is Flag.CLOCK_OFF


def test_late_messages_of_a_clock_that_nobody_knows_to_be_off_count() -> None:
    site = Site()
    assert [at_clock(site, 0, 0, minutes) for minutes in range(-300, 0, 5)] == [Flag.NONE] * 60
    right = Site()
    assert [at_clock(right, minutes, 0) for minutes in range(5)] == [Flag.NONE] * 5
    assert right.clocks == {}  # nothing is remembered of a clock that is right
    assert at_clock(right, 200, 0, 90) is Flag.NONE


def test_a_source_that_believes_stamps_takes_the_backlog_of_any_clock() -> None:
    site = Site(clock="own")
    for minutes in range(4):
        at_clock(site, minutes, -40 * MINUTE)
    assert at_clock(site, 200, -40 * MINUTE, 90) is Flag.NONE


@pytest.mark.parametrize("ahead", [-40 * MINUTE, 40 * MINUTE])
def test_what_was_stamped_before_the_clock_was_set_is_not_judged(ahead: int) -> None:
    site = Site()
    for minutes in range(4):
        at_clock(site, minutes, ahead)
    set_again = [at_clock(site, 200 + minutes, 0) for minutes in range(5)]  # one that is ahead shows that it is right
    assert set_again == [Flag.NONE] * 5 if ahead < 0 else [Flag.CLOCK_OFF] * 2 + [Flag.NONE] * 3
    assert at_clock(site, 206, ahead, 120) is Flag.CLOCK_OFF
    assert at_clock(site, 300, 0, 260) is Flag.NONE  # late, and stamped by the clock that is right


def test_an_array_of_a_clock_that_is_off_is_live_by_its_newest_reading() -> None:
    site = Site()
    for minutes in (0, 15, 30):
        stamps = [NOW + (minutes - m - 40) * MINUTE for m in (10, 5, 0)]
        heard = site.hear(NOW + minutes * MINUTE, *(f"{datetime_of(at):%Y-%m-%dT%H:%M:%SZ}" for at in stamps))
        assert flags(heard) == [Flag.NONE] * 3
    assert at_clock(site, 200, -40 * MINUTE, 90) is Flag.CLOCK_OFF


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(10, 600)), min_size=1, max_size=20), st.sampled_from([-1, 1]))
def test_no_backlog_of_a_clock_known_to_be_off_is_judged(heard: list[tuple[int, int]], sign: int) -> None:
    """Until it has come equally late for so long that nobody can tell it from another clock."""
    site, ahead, minutes = Site(), sign * 40 * MINUTE, 0
    for minutes in range(4):
        at_clock(site, minutes, ahead)
    for pause, late in heard:
        minutes += pause
        flag = at_clock(site, minutes, ahead, minutes - late)
        if site.clocks["D"].off != ahead:
            break
        assert flag is Flag.CLOCK_OFF


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(-20, 20), st.booleans()), min_size=1, max_size=25),
)
def test_usual_late_messages_are_followed_as_all_are(heard: list[tuple[int, int, bool]]) -> None:
    quick, whole, at = Site(), Site(), NOW
    for pause, minutes, retained in heard:
        at += pause * SECOND
        stamp = f"{datetime_of(at + minutes * MINUTE):%Y-%m-%dT%H:%M:%SZ}"
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(placing, "_followed_quickly", lambda *_: None)
            expected = whole.hear(at, stamp, retained=retained)
        assert quick.hear(at, stamp, retained=retained) == expected
        assert quick.clocks == whole.clocks


def test_of_a_clock_what_may_be_wrong_is_kept_with_the_messages() -> None:
    assert list(_kept_of_clock(0, 0, 0, 0)) == [{}] * 4
    of_device = ("clocks of k", "D")
    assert [list(kept) for kept in _kept_of_clock(HOUR, HOUR, HOUR, HOUR)] == [[of_device], [], [of_device], []]
    *_, last = _kept_of_clock(HOUR, 0)
    assert last == {of_device: None}  # wrong once says nothing


def test_a_restart_forgets_nothing_of_a_clock_that_may_be_wrong() -> None:
    def is_known(restarts: bool) -> list[bool]:
        memory: dict[tuple[str, str], Any] = {}
        return [_is_off(memory) for _ in _kept_of_clock(HOUR, HOUR, HOUR, memory=memory, restarts=restarts)]

    assert is_known(restarts=True) == is_known(restarts=False) == [False, False, True]


def _is_off(memory: Mapping[tuple[str, str], Any]) -> bool:
    kept = memory.get(("clocks of k", "D"))
    return kept is not None and Run(*msgspec.msgpack.decode(kept)).off is not None


def _kept_of_clock(
    *behind: int, memory: dict[tuple[str, str], Any] | None = None, restarts: bool = False
) -> Iterator[dict[tuple[str, str], Any]]:
    """What is kept of a device after each of its messages, a minute apart, stamped so far behind."""
    doc = source("t", "json") | {"mapping": [{"value": MAPPING, "from": None}]}
    memory = {} if memory is None else memory
    decoder = Decoder(Sources([("k", doc)], "Europe/Berlin"), memory)
    for minutes, length in enumerate(behind):
        at = NOW + minutes * MINUTE
        stamp = f"{datetime_of(at - length):%Y-%m-%dT%H:%M:%SZ}"
        decoding = decoder.decode([Message("t", f'{{"r":[{{"t":5,"ts":"{stamp}"}}]}}'.encode(), False, at)])
        decoder.place(decoding)
        kept = decoding.batch().memory
        memory |= kept
        yield dict(kept)
        decoder.adopt(decoding)
        if restarts:
            decoder = Decoder(Sources([("k", doc)], "Europe/Berlin"), memory)


# --- what is remembered ---


def test_a_run_changes_only_where_the_clock_does() -> None:
    run = followed(None, 5 * SECOND, NOW)
    assert followed(run, 5 * SECOND, NOW + HOUR) is run
    assert followed(run, 65 * SECOND, NOW + HOUR) == Run(5 * SECOND, NOW, 5 * SECOND, 65 * SECOND)
    assert followed(run, HOUR, NOW + HOUR) == Run(HOUR, NOW + HOUR, HOUR, HOUR)


@given(st.integers(-14 * 60, 15 * 60))
def test_the_first_local_time_of_a_device_counts_only_in_the_zone_of_the_site(minutes: int) -> None:
    is_live = is_live_local(None, minutes * MINUTE, NOW, BERLIN)
    assert is_live == (abs(minutes - 60) <= 1)


def test_what_is_remembered_of_clocks_counts_only_once_it_is_adopted() -> None:
    doc = source("t", "json") | {"mapping": [{"value": MAPPING, "from": None}]}
    decoder = Decoder(Sources([("k", doc)], "Europe/Berlin"))
    for _ in range(2):  # the first is rolled back
        decoding = decoder.decode([Message("t", f'{{"r":[{{"t":5,"ts":"{local(NOW)}"}}]}}'.encode(), False, NOW)])
        decoder.place(decoding)
        assert decoding.clocks == {"k": {"D": Run(HOUR, NOW, HOUR, HOUR, True, HOUR)}}
    decoder.adopt(decoding)
    stored = decoding.batch().memory
    again = Decoder(Sources([("k", doc)], "Europe/Berlin"), stored)
    later = NOW + 5 * MINUTE
    decoding = again.decode([Message("t", f'{{"r":[{{"t":5,"ts":"{local(later)}"}}]}}'.encode(), False, later)])
    again.place(decoding)
    assert decoding.batch().memory == {}
    assert flags(list(decoding.arrived[0].readings)) == [LIVE]


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(-300, 300)), min_size=1, max_size=30),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_no_buffer_of_local_times_is_judged_far_from_when_it_was_measured(
    steps: list[tuple[int, int]], zone: str
) -> None:
    """The device is in the zone of the site; what counts at its arrival was measured near it, or so it seems."""
    site, at = Site(site=zone), NOW
    for pause, minutes in steps:
        at += pause * SECOND
        measured = at - abs(minutes) * MINUTE
        [reading] = site.hear(at, local(measured, zone))
        if not reading.flags & NOT_JUDGED:
            run = site.clocks["D"]
            is_near = at - measured <= 3 * MINUTE
            assert is_near or (run.is_steady(at) and run.goes_on(run.high) and run.high - run.low <= 180 * SECOND)


@pytest.mark.parametrize("clock", [None, "arrival", "refuse", "own"])
def test_placing_is_a_function_of_what_came(clock: str | None) -> None:
    heard = [(NOW + i * MINUTE, local(NOW + i * MINUTE - (i % 3) * 10 * MINUTE)) for i in range(12)]
    one, other = Site(clock=clock), Site(clock=clock)
    assert [one.hear(*each) for each in heard] == [other.hear(*each) for each in heard]
    assert one.clocks == other.clocks
    assert timedelta(minutes=11) == datetime_of(heard[-1][0]) - datetime_of(heard[0][0])
