"""Which source reads a topic, and how at which instant."""

import pytest

from domain.errors import DecodeError, InvalidError
from domain.times import parse_instant
from ingest.decoded import Message
from ingest.sources import Sources, check
from tests.ingest.fakes import always, source

T1, T2, T3 = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"


def key_of(sources: Sources, topic: str) -> str | None:
    found = sources.find(topic, 0)
    return found.key if found else None


def test_the_most_exact_filter_decides_whatever_the_order() -> None:
    entries = [("all", source("#")), ("rooms", source("site/+")), ("one", source("site/S1"))]
    for listed in (entries, entries[::-1]):
        sources = Sources(listed)
        assert [key_of(sources, topic) for topic in ("site/S1", "site/S2", "x")] == ["one", "rooms", "all"]
        assert sources.topics == ("site/S1", "site/+", "#")


def test_a_topic_that_nobody_listens_to_has_no_source() -> None:
    assert key_of(Sources([("a", source("site/+"))]), "other") is None


def test_topics_beyond_what_is_remembered_are_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources._TOPICS_REMEMBERED", 3)
    sources = Sources([("a", source("site/+"))])
    assert [key_of(sources, f"site/{i % 7}") for i in range(20)] == ["a"] * 20
    assert len(sources._by_topic) <= 3


def test_mapping_and_time_zone_change_each_at_its_own_instant() -> None:
    doc = source("t", "json")
    doc["mapping"] = [{"value": {"temperature": "a"}, "from": None}, {"value": {"temperature": "b"}, "from": T2}]
    doc["timezone"] = [{"value": "UTC", "from": T1}, {"value": "Europe/Berlin", "from": T3}]
    sources = Sources([("k", doc)])
    in_force = []
    for at in (parse_instant(T1) - 1, parse_instant(T1), parse_instant(T2), parse_instant(T3)):
        found = sources.find("t", at)
        assert found is not None
        in_force.append((found.source.mapping["temperature"], found.source.timezone))
    assert in_force == [("a", None), ("a", "UTC"), ("b", "UTC"), ("b", "Europe/Berlin")]


def test_before_its_first_version_a_source_listens_to_nothing() -> None:
    doc = source("t", "json")
    doc["mapping"] = [{"value": {"temperature": "a"}, "from": T2}]
    doc["timezone"] = [{"value": None, "from": T2}]
    sources = Sources([("k", doc)])
    assert sources.find("t", parse_instant(T2) - 1) is None
    assert sources.find("t", parse_instant(T2)) is not None


@pytest.mark.parametrize(
    ("doc", "said"),
    [
        (source("a/#/b"), "not a topic filter: 'a/#/b'"),
        (source("t", "xml"), "unknown gateway format 'xml'; known: .*ignore, "),
        (source("t", "json", {"temprature": "t"}), "unknown column 'temprature'"),
        (source("t", "json", {"temperature": "t"}, "Mars"), "unknown time zone 'Mars'"),
        (source("t", "json", None, "Mars"), "unknown time zone 'Mars'"),
        (source("t", "plain_scalar", {"quantity": "pressure"}), "unknown quantity 'pressure'"),
        (source("t", "plain_scalar", {"unit": "bar"}), "unknown unit 'bar'"),
        (source("t", "plain_scalar", {"device": "topic:x"}), "not levels of a topic"),
        (source("t", "json", {"temperature": "t", "epoch": "min"}), "epoch in the mapping is 'min'"),
        (source("t", "json", {"value": "v"}), "none that says its quantity"),
    ],
)
def test_what_is_wrong_with_a_source_is_named(doc: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        check(doc)


def test_messages_of_a_source_that_cannot_be_used_are_undecodable_and_the_others_go_on() -> None:
    sources = Sources([("bad", source("a", "xml")), ("good", source("b"))])
    bad, good = sources.find("a", 0), sources.find("b", 0)
    assert bad is not None
    assert good is not None
    with pytest.raises(DecodeError, match="the source a cannot be used: unknown gateway format 'xml'"):
        bad.decode(Message("a", b""), bad.source, {})
    assert sources.topics == ("a", "b")
    assert good.key == "good"


def test_always_is_since_ever() -> None:
    assert always(1) == [{"value": 1, "from": None}]
