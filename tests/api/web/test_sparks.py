"""The lines of the last day: who spoke when, and how often the store is asked."""

from types import SimpleNamespace

import pytest

from api.snapshot import Snapshot
from api.web.components.current import Value
from api.web.components.limits import Limits
from api.web.now.spark import Step
from api.web.now.sparks import BUCKETS, READ_EVERY, REFRESHED_EVERY, WIDTH, SparkBook, day_until, read_steps
from api.web.now.view import Place, Stock
from domain.model import Dated, Location, Mount, Sensor, Site
from domain.times import HOUR, MINUTE
from store.history import Bucket, Window

NOW = 1_000_000 * HOUR + 7 * MINUTE
DAY = day_until(NOW)
WHICH = ("ROOM", "temperature")


class Store:
    """A history that notes what it is asked. `said`: by device, readings as (instant, value)."""

    def __init__(self, **said):
        self.said = said
        self.asked = []

    def window(self, keys, since, until, buckets):
        self.asked.append((sorted(key.device for key in keys if key.quantity == "temperature"), since, buckets))
        said = {key: [each for each in self.said.get(key.device, ()) if since <= each[0] < until] for key in keys}
        return {key: Window(readings=tuple(found)) for key, found in said.items()}


def view(*mounts, now=NOW):
    sensors = {mount.sensor: Sensor(mount.sensor, mount.sensor) for mount in mounts}
    site = Site(sensors=sensors, locations={"ROOM": Location("ROOM")}, mounts=mounts)
    return SimpleNamespace(snapshot=Snapshot(site), now=now)


def later(seen, by):
    return SimpleNamespace(snapshot=seen.snapshot, now=seen.now + by)


def at(bucket, value, minute=0):
    return DAY.since + bucket * WIDTH + minute * MINUTE, value


def room():
    value = Value("temperature", 5, NOW, Limits(), True)
    return Place("ROOM", "Room", "", "fine", None, False, (value,), Stock())


def test_the_last_bucket_is_the_one_that_goes_on():
    assert DAY.number(NOW) == BUCKETS - 1
    assert DAY.number(NOW - 24 * HOUR) == -1


def test_a_bucket_holds_the_extremes_of_all_sensors():
    seen = view(Mount("a", "ROOM", 0), Mount("b", "ROOM", 0))
    store = Store(a=[at(3, 5), at(3, 7, 5)], b=[at(3, 4), at(4, 6)])
    assert read_steps(seen, store, DAY, [WHICH])[WHICH] == [Step(3, 4, 7), Step(4, 6, 6)]


def test_a_value_is_that_which_is_judged():
    seen = view(Mount("a", "ROOM", 0), Mount("b", "ROOM", 0))
    seen.snapshot.site.sensors["a"] = Sensor("a", "a", offsets={"temperature": Dated(((at(4, 0)[0], -2),))})
    store = Store(a=[at(3, 5), at(4, 5)], b=[at(4, 4)])
    assert read_steps(seen, store, DAY, [WHICH])[WHICH] == [Step(3, 5, 5), Step(4, 3, 4)]


def test_faults_are_no_values():
    seen = view(Mount("a", "ROOM", 0))
    assert read_steps(seen, Store(a=[at(3, None), at(4, 5)]), DAY, [WHICH])[WHICH] == [Step(4, 5, 5)]


def test_a_sensor_counts_only_while_it_hung_there():
    seen = view(Mount("a", "ROOM", 0, DAY.since + 5 * WIDTH), Mount("b", "ROOM", DAY.since + 5 * WIDTH))
    store = Store(a=[at(4, 1), at(5, 99)], b=[at(4, 99), at(5, 2)])
    assert read_steps(seen, store, DAY, [WHICH])[WHICH] == [Step(4, 1, 1), Step(5, 2, 2)]


def test_buckets_of_the_store_are_taken_as_they_are():
    seen, start = view(Mount("a", "ROOM", 0)), DAY.since
    store = Store()
    many = Window(
        buckets=(
            Bucket(start, start + WIDTH, 9, 0, 3, 8, 4, 5),
            Bucket(start + WIDTH, start + 2 * WIDTH, 0, 1, *[None] * 4),
        )
    )
    store.window = lambda keys, *_: dict.fromkeys(keys, many)
    assert read_steps(seen, store, DAY, [WHICH])[WHICH] == [Step(0, 3, 8)]


def test_the_store_is_asked_once_however_many_look():
    book, store, seen = SparkBook(), Store(a=[at(95, 5)]), view(Mount("a", "ROOM", 0))
    lines = [book.get(seen, store, [room()]) for _ in range(5)]
    assert len(store.asked) == 1
    assert all(line == lines[0] for line in lines)


def test_after_a_minute_only_the_end_is_read_again():
    book, store, seen = SparkBook(), Store(a=[at(90, 5)]), view(Mount("a", "ROOM", 0))
    before = book.get(seen, store, [room()])
    store.said["a"] = [at(90, 5), at(95, 9)]
    after = book.get(later(seen, REFRESHED_EVERY), store, [room()])
    assert [buckets for _, _, buckets in store.asked] == [BUCKETS, 2]
    assert before != after
    assert after == SparkBook().get(later(seen, REFRESHED_EVERY), store, [room()])


def test_late_data_show_when_the_whole_day_is_read_again():
    book, store, seen = SparkBook(), Store(a=[at(95, 5)]), view(Mount("a", "ROOM", 0))
    before = book.get(seen, store, [room()])
    store.said["a"].insert(0, at(10, 3))
    assert book.get(later(seen, REFRESHED_EVERY), store, [room()]) == before
    assert book.get(later(seen, READ_EVERY), store, [room()]) != before


def test_a_changed_site_is_read_anew():
    book, store = SparkBook(), Store(a=[at(90, 5)])
    book.get(view(Mount("a", "ROOM", 0)), store, [room()])
    book.get(view(Mount("a", "ROOM", NOW - HOUR)), store, [room()])
    assert [buckets for _, _, buckets in store.asked] == [BUCKETS, BUCKETS]


@pytest.mark.parametrize("said", [[], [at(40, 5)]])
def test_the_words_say_what_the_line_shows(said):
    line = str(SparkBook().get(view(Mount("a", "ROOM", 0)), Store(a=said), [room()])[WHICH])
    assert ("no data" in line) == (not said)
