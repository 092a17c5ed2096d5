"""Topic filters as MQTT defines them."""

import pytest

from sites.topic_filters import generality, is_filter, matches


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/b", "a/b/c", False),
        ("a/b", "a", False),
        ("+", "a", True),
        ("+", "", True),
        ("+", "a/b", False),
        ("+/+", "/a", True),
        ("/+", "/a", True),
        ("+", "/a", False),
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a//c", True),
        ("a/+", "a", False),
        ("#", "a/b/c", True),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),  # the parent, too
        ("a/#", "ab", False),
        ("a/+/#", "a", False),
        ("a/+/#", "a/b", True),
        ("#", "$SYS/uptime", False),
        ("+/uptime", "$SYS/uptime", False),
        ("$SYS/#", "$SYS/uptime", True),
        ("a/#", "a/$b", True),
        ("A", "a", False),
    ],
)
def test_a_filter_matches_its_topics(topic_filter: str, topic: str, expected: bool) -> None:
    assert matches(topic_filter, topic) is expected


@pytest.mark.parametrize("text", ["", "a+", "a/#/b", "#a", "a/b#", "+a/b", "a\0", "a" * 65536])
def test_what_no_broker_accepts_is_no_filter(text: str) -> None:
    assert not is_filter(text)


@pytest.mark.parametrize("text", ["a", "/", "a//b", "+", "#", "+/a/#", "$SYS/#", "ä b"])
def test_what_brokers_accept_is_a_filter(text: str) -> None:
    assert is_filter(text)


def test_the_more_exact_filter_comes_first() -> None:
    filters = ["#", "a/#", "+/b", "a/+", "a/b", "a/b/#"]
    assert sorted(filters, key=generality) == ["a/b", "a/b/#", "a/+", "a/#", "+/b", "#"]
