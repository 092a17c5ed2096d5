"""What a plant that speaks Sparkplug B costs in what is remembered, and that it ends as it began."""

import pytest

from ingest import codecs
from ingest.codecs.common import sparkplug
from ingest.codecs.sparkplug_b import Node
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, after_changes
from tests.codecs.cases import Case, all_cases

SOURCE = Source("spBv1.0/#", "sparkplug_b")
CASES = {case.name: case for case in all_cases() if case.format == "sparkplug_b"}
DATA = CASES["data_have_the_alias_only"]


def heard(case: Case, memory: Memory = UNCHANGED) -> tuple[Decoded, Memory, Memory]:
    """Return what the case says, what it changes, and what is remembered after it."""
    decode = codecs.get("sparkplug_b").decode
    for message in case.preceding:
        memory = after_changes(memory, decode(message, SOURCE, memory)[1])
    decoded, changes = decode(case.message, SOURCE, memory)
    return decoded, changes, after_changes(memory, changes)


def test_data_write_the_session_and_not_the_metrics() -> None:
    _, changes, memory = heard(DATA)
    assert list(changes) == ["Cold/GW"]
    assert set(memory) == {"Cold/GW", "Cold/GW/", "Cold/GW/Freezer 1", "Cold/GW//"}


def test_of_a_device_that_is_gone_nothing_is_remembered() -> None:
    _, _, memory = heard(CASES["death_of_a_device"])
    assert "Cold/GW/Freezer 1" not in memory
    assert memory["Cold/GW//"].names == ()


def test_a_node_that_is_asked_says_its_births_and_goes_on() -> None:
    decoded, _, memory = heard(CASES["a_message_is_missing"])
    [action] = decoded.actions
    assert (action.action, action.topic) == ("request_rebirth", "spBv1.0/Cold/NCMD/GW")
    command = sparkplug.parse(action.payload)
    [metric] = command.metrics
    assert (metric.name, metric.datatype, metric.boolean_value) == ("Node Control/Rebirth", 11, True)
    assert not command.HasField("seq")
    assert command.timestamp == metric.timestamp == 1_767_225_660_000
    for name in ("birth_of_a_node", "birth_of_a_device", "data_have_the_alias_only"):
        message = CASES[name].message
        decoded, changes = codecs.get("sparkplug_b").decode(message, SOURCE, memory)
        memory = after_changes(memory, changes)
        assert not decoded.actions
        assert len(decoded.readings) >= 1


@pytest.mark.parametrize("minutes", [0, 1])
def test_a_storm_of_data_without_a_birth_asks_once_in_a_while(minutes: int) -> None:
    asked, memory = 0, UNCHANGED
    for second in range(60 * minutes + 20):
        message = Message(DATA.message.topic, DATA.message.payload, False, 1_767_225_660_000_000 + second * 1_000_000)
        decoded, changes = codecs.get("sparkplug_b").decode(message, SOURCE, memory)
        memory, asked = after_changes(memory, changes), asked + len(decoded.actions)
    assert asked == 1 + 2 * minutes
    assert isinstance(memory["Cold/GW"], Node)
