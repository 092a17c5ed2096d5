"""What codecs remark beside the readings: fields that nothing reads, probes without a name, probes that are gone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidError
from domain.notices import Notice, Remark
from domain.readings import NOT_JUDGED
from ingest import codecs
from ingest.codecs.common.paths import parse_path
from ingest.decoded import UNCHANGED, Memory, Message, Source, after_changes

BY_POSITION = {"device": "topic:1", "temperature": {"a": "D-1.T", "b": "D-2.T", "c": "D-3.T"}}


def remarks_of(source: Source, document: Any, memory: Memory = UNCHANGED, topic: str = "x/tas") -> tuple[Any, Memory]:
    message = Message(topic, json.dumps(document).encode())
    decoded, changes = codecs.get("json").decode(message, source, memory)
    return [tuple(each) for each in decoded.remarks], after_changes(memory, changes)


@pytest.mark.parametrize(
    ("mapping", "document", "measurements", "fields"),
    [
        ({}, {"device": "S", "temp": 4.2}, [], []),
        ({}, {"device": "S", "temp": 4.2, "linkquality": 80, "dew_point": 1.0}, [], ["linkquality", "dew_point"]),
        ({}, {"temp": 4.2, "probe_temperature": 5.2, "x": 1}, ["probe_temperature"], ["x"]),
        ({"temperature": "a.t"}, {"a": {"t": 4.2, "x": 1}, "b": {"Temperature": 2}}, ["b.Temperature"], ["a.x"]),
        ({"temperature": "r[*].t"}, {"r": [{"t": 1.5}, {"t": 2.5, "u": 1}], "n": 2}, [], ["n", "r[*].u"]),
        ({"temperature": "r[0]"}, {"r": [1.5, 2.5]}, [], []),
        ({"temperature": "T"}, {"T": 1.5, "TempUnit": "C", "temperature_max": 8}, [], ["TempUnit", "temperature_max"]),
        ({"temperature": "D*.T", "probe": "D*.Id"}, {"D1": {"Id": "A", "T": 1.5, "k.y": 0}}, [], ['D1["k.y"]']),
    ],
)
def test_fields_that_nothing_reads_are_named_each_once(
    mapping: dict[str, object], document: Any, measurements: list[str], fields: list[str]
) -> None:
    expected = [(Notice.UNUSED_MEASUREMENT, name, "") for name in measurements]
    expected += [(Notice.UNUSED_FIELD, name, "") for name in fields]
    assert remarks_of(Source("x/+", "json", mapping), document)[0] == expected


def test_the_same_fields_give_the_same_object() -> None:
    source = Source("x/+", "json")
    first, second = (
        codecs.get("json").decode(Message("x/tas", text), source, {})[0].remarks
        for text in (b'{"temp":1,"x":2}', b'{"temp":3,"x":4}')
    )
    assert first is second


def test_when_one_of_several_probes_by_position_is_gone_it_is_told_once() -> None:
    source = Source("x/+", "json", BY_POSITION)
    three = {"D-1": {"T": 1}, "D-2": {"T": 2}, "D-3": {"T": 3}}
    told, memory = remarks_of(source, three)
    assert told == []
    told, memory = remarks_of(source, {"D-1": {"T": 2}, "D-2": {"T": 3}}, memory)
    assert told == [(Notice.FEWER_PROBES, "3 probes became 2: values may belong to other probes", "tas")]
    told, memory = remarks_of(source, {"D-1": {"T": 2}, "D-2": {"T": 3}}, memory)
    assert told == []
    told, memory = remarks_of(source, three, memory)
    assert told == []
    told, memory = remarks_of(source, {"D-2": {"T": None}}, memory)
    assert told == [(Notice.FEWER_PROBES, "3 probes became 1: the others keep their numbers", "tas")]


class Device:
    """What is judged of one device's messages, by position: of each message the probes whose values are certain."""

    def __init__(self, **more: object) -> None:
        self.mapping, self.since = BY_POSITION | more, 0
        self.memory: Memory = UNCHANGED

    def certain(self, *numbers: int) -> str:
        document = {f"D-{number}": {"T": number} for number in numbers}
        source = Source("x/+", "json", self.mapping, mapped_since=self.since)
        message = Message("x/tas", json.dumps(document).encode())
        decoded, changes = codecs.get("json").decode(message, source, self.memory)
        self.memory = after_changes(self.memory, changes)
        assert len(decoded.readings) == len(numbers)  # nothing vanishes
        return "".join(each.probe for each in decoded.readings if not each.flags & NOT_JUDGED)


def test_a_value_that_may_be_another_probes_is_not_judged_until_all_are_there_again() -> None:
    device = Device()
    assert [device.certain(*there) for there in ((1, 2, 3), (1, 2), (1,), (1, 2), (1, 2, 3))] == [
        "abc",
        "",
        "",
        "",
        "abc",
    ]


def test_a_mapping_given_anew_says_what_the_probes_are() -> None:
    device = Device()
    assert [device.certain(1, 2), device.certain(1)] == ["ab", ""]
    device.since = 1
    assert [device.certain(1), device.certain(1)] == ["a", "a"]
    assert [device.certain(1, 2), device.certain(1)] == ["ab", ""]


def test_numbers_that_are_kept_are_believed() -> None:
    device = Device()
    assert [device.certain(*there) for there in ((1, 2, 3), (1, 3), (1,), (1, 2))] == ["abc", "ac", "a", "ab"]
    named = Device(positions="kept")
    assert [named.certain(*there) for there in ((1, 2, 3), (1, 2), (1,))] == ["abc", "ab", "a"]
    with pytest.raises(InvalidError, match="positions in the mapping is 'fixed'; known: kept"):
        codecs.get("json").check(Source("x/+", "json", {**BY_POSITION, "positions": "fixed"}))


def test_probes_that_come_one_by_one_are_none_that_are_gone() -> None:
    device = Device()
    assert [device.certain(number) for number in (1, 2, 3, 1)] == ["a", "b", "c", "a"]


@given(st.lists(st.sets(st.integers(1, 3)), max_size=8))
def test_no_value_is_judged_that_may_be_another_probes(messages: list[set[int]]) -> None:
    device, most, keeps = Device(), 0, False
    for there in filter(None, messages):
        most, keeps = max(most, len(there)), keeps or max(there) > len(there)
        is_certain = keeps or len(there) == most
        assert bool(device.certain(*sorted(there))) == is_certain


@pytest.mark.parametrize(
    "probes",
    [
        {"front": "zones.front", "rear": "zones.rear"},
        {"a": "28FF641E.t", "b": "28FF642F.t"},
        {"a": "t"},
    ],
)
def test_probes_with_names_of_their_own_may_be_missing(probes: dict[str, str]) -> None:
    source = Source("x/+", "json", {"device": "topic:1", "temperature": probes})
    _, memory = remarks_of(
        source, {"zones": {"front": 1, "rear": 2}, "28FF641E": {"t": 1}, "28FF642F": {"t": 2}, "t": 1}
    )
    told, _ = remarks_of(source, {"zones": {"front": 1}, "28FF641E": {"t": 1}, "t": 1}, memory)
    assert Notice.FEWER_PROBES not in {kind for kind, *_ in told}


def test_a_probe_that_does_not_say_which_it_is_is_told() -> None:
    source = Source("x/+", "json", {"device": "topic:1", "probe": "D*.Id", "temperature": "D*.T"})
    told, _ = remarks_of(source, {"D": {"T": 1.5}})
    assert told == [(Notice.NO_IDENTITY, "no probe in the field D*.Id", "tas")]


def test_a_part_that_cannot_be_read_is_told() -> None:
    source = Source("x/+", "json", {"device": "r[*].d", "temperature": "r[*].t"})
    told, _ = remarks_of(source, {"r": [{"d": "A", "t": 1.5}, {"d": "B", "t": True}]})
    assert told == [Remark(Notice.UNREADABLE_PART, "temperature is not a number: true", "tas")]


@pytest.mark.parametrize("path", ["a.@key", "*.@key.t", "@key", "a[*].@key"])
def test_the_key_stands_only_behind_keys_with_a_star(path: str) -> None:
    with pytest.raises(InvalidError, match="@key stands only at the end"):
        parse_path(path)


def test_ignore_has_no_mapping() -> None:
    with pytest.raises(InvalidError, match="the format ignore reads nothing and has no mapping"):
        codecs.get("ignore").check(Source("x/#", "ignore", {"temperature": "t"}))
