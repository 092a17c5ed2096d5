"""An entry's fields become one normalised document, or every problem with them."""

import json
from typing import Any

import pytest

from domain.errors import InvalidError, Refused
from sites.entries import entry
from sites.schema import KINDS

T1 = "2026-01-01T00:00:00Z"
T2 = "2026-01-02T00:00:00Z"
SMALLEST: dict[str, dict[str, Any]] = {
    "site": {},
    "channel": {"id": "c", "kind": "email", "to": ["qa@example.org"]},
    "source": {"topic": "a/+/b", "format": "json"},
    "sensor": {"id": "S1"},
    "location": {"id": "A"},
    "mount": {"sensor": "S1", "location": "A", "from": T1},
    "client": {"id": "acme"},
    "party": {"id": "CITY", "kind": "customer"},
    "product": {"id": "VAX"},
    "batch": {"product": "VAX", "lot": "0123"},
    "placement": {"product": "VAX", "lot": "0123", "location": "A", "from": T1},
    "quiet": {"location": "A", "from": T1, "to": T2, "reason": "maintenance"},
    "profile": {"id": "p", "version": "1", "effective_from": T1, "rules": []},
}


def doc_of(kind: str, /, **fields: Any) -> dict[str, Any]:
    return entry(kind, SMALLEST[kind] | fields).doc


def problems_of(kind: str, /, **fields: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        entry(kind, SMALLEST[kind] | fields)
    return list(caught.value.problems)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_presets_and_its_document_is_its_own_normal_form(kind: str) -> None:
    once = entry(kind, SMALLEST[kind])
    assert entry(kind, once.doc) == once
    assert json.loads(json.dumps(once.doc)) == once.doc


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_refuses_a_field_it_does_not_know(kind: str) -> None:
    assert problems_of(kind, zzz="1")[0].startswith("zzz: unknown field; known: ")


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("site", "[]"),
        ("channel", '["c"]'),
        ("source", '["a/+/b"]'),
        ("mount", '["S1","A","2026-01-01T00:00:00Z"]'),
        ("batch", '["VAX","0123"]'),
        ("placement", '["VAX","0123",null,"A","2026-01-01T00:00:00Z"]'),
        ("profile", '["p","1"]'),
    ],
)
def test_the_key_is_a_canonical_json_array(kind: str, key: str) -> None:
    assert entry(kind, SMALLEST[kind]).key == key


def test_a_placement_with_an_id_is_known_by_it() -> None:
    assert entry("placement", SMALLEST["placement"] | {"id": "p1"}).key == '["p1"]'


def test_an_entry_shows_its_path() -> None:
    assert entry("sensor", {"id": "Süd"}).path == 'sensors["Süd"]'
    assert entry("site", {}).path == "site"


def test_equal_meanings_are_equal_documents() -> None:
    one = doc_of("placement", quantity="100.0", **{"from": "2026-01-01T01:00:00+01:00"}, to=None)
    assert one == doc_of("placement", quantity=100)
    assert doc_of("profile", max_gap="PT90M") == doc_of("profile", max_gap="1.5h")
    assert doc_of("sensor", quantities=["humidity", "temperature"]) == doc_of("sensor", quantities=None)


def test_one_value_for_always_is_one_step() -> None:
    always = [{"value": "A", "from": None}]
    assert doc_of("location", parent="A")["parent"] == doc_of("location", parent=always)["parent"] == always


def test_null_where_there_is_a_preset_is_the_preset() -> None:
    assert doc_of("profile", max_gap=None, gap_counts_as=None, min_coverage=None) == doc_of("profile")
    assert doc_of("location", inherits=None)["inherits"] is True
    assert doc_of("batch", parents=None)["parents"] == []


def test_null_where_something_is_needed_is_a_problem() -> None:
    assert problems_of("sensor", id=None) == ["id: must be text, not null"]
    assert problems_of("profile", rules=None) == ["rules: must be a list, not null"]


def test_a_sensor_without_a_device_is_its_own() -> None:
    assert doc_of("sensor")["device"] == "S1"


@pytest.mark.parametrize("lot", ["0123", "NO", "1e3", "null", "~", "Ä-1", "a b", "'"])
def test_text_stays_text(lot: str) -> None:
    assert doc_of("batch", lot=lot)["lot"] == lot


@pytest.mark.parametrize(
    ("lot", "problem"),
    [
        ("", "must not be empty"),
        (" A1", "begins or ends with a space: ' A1'"),
        ("A1\n", "begins or ends with a space: 'A1\\n'"),
        ("A\x001", "holds a control character: 'A\\x001'"),
        ("A\ud8001", "holds a control character: 'A\\ud8001'"),
        (123, "must be text, not 123"),
        (True, "must be text, not True"),
        (["A1"], "must be text, not a list"),
        ({"A1": "x"}, "must be text, not a mapping"),
    ],
)
def test_what_is_no_name_is_refused(lot: object, problem: str) -> None:
    assert problems_of("batch", lot=lot) == [f"lot: {problem}"]


@pytest.mark.parametrize("said", [True, "true", "True", "TRUE"])
def test_true_is_the_word_and_nothing_else(said: object) -> None:
    assert doc_of("location", inherits=said)["inherits"] is True


@pytest.mark.parametrize("said", ["no", "yes", "0", 0, "", ["false"]])
def test_what_is_neither_true_nor_false_is_refused(said: object) -> None:
    assert problems_of("location", inherits=said) == [f"inherits: must be true or false, not {said!r}"]


@pytest.mark.parametrize(
    ("kind", "field", "value", "problem"),
    [
        ("site", "timezone", "Europe/Belin", "unknown time zone 'Europe/Belin' (did you mean \"Europe/Berlin\"?)"),
        ("site", "timezone", "../../etc/passwd", "unknown time zone '../../etc/passwd'"),
        ("channel", "to", [], "must be a list of at least one, not an empty list"),
        (
            "channel",
            "min_severity",
            "warn",
            "must be one of info, warning, critical, not 'warn' (did you mean \"warning\"?)",
        ),
        ("source", "topic", "a/#/b", "not an MQTT topic filter (+ is a whole level, # the whole last one): 'a/#/b'"),
        ("source", "topic", "a/b+", "not an MQTT topic filter (+ is a whole level, # the whole last one): 'a/b+'"),
        ("source", "topic", "x" * 65_536, "longer than an MQTT topic may be (65535 bytes)"),
        ("source", "mapping", "temp", "must be a mapping, not 'temp'"),
        ("sensor", "interval", "0s", "must be longer than 0 and at most 36525d: '0s'"),
        ("sensor", "interval", "99999999999d", "must be longer than 0 and at most 36525d: '99999999999d'"),
        (
            "sensor",
            "interval",
            "5 m",
            "not a duration such as 90s, 15min, 10h, 30d or PT15M: '5 m' (did you mean \"5min\"?)",
        ),
        ("mount", "from", "2026-01-01", "not an RFC 3339 time with a zone: '2026-01-01'"),
        ("mount", "from", "2026-01-01T00:00:00", "not an RFC 3339 time with a zone: '2026-01-01T00:00:00'"),
        ("product", "gtin", "0950600013435", None),
        ("product", "gtin", "095060001343", None),
        ("product", "gtin", "09506000134352x", "not a GTIN of 8, 12, 13 or 14 digits: '09506000134352x'"),
        ("batch", "expires_on", "2027-02-29", "not a date such as 2027-06-30: '2027-02-29'"),
        ("batch", "expires_on", "20270228", "not a date such as 2027-06-30: '20270228'"),
        ("placement", "quantity", "0", "must be above 0: '0'"),
        ("placement", "quantity", "nan", "not a finite number: 'nan'"),
        ("placement", "quantity", True, "must be text, not True"),
        ("profile", "version", "0", "not a whole number from 1: '0'"),
        ("profile", "version", "1.0", "not a whole number from 1: '1.0'"),
        ("profile", "min_coverage", "1.000001", "must be from 0 to 1: '1.000001'"),
        ("profile", "min_coverage", "1", None),
        ("profile", "min_coverage", "-0.000001", "must be from 0 to 1: '-0.000001'"),
        ("profile", "gap_counts_as", "good", "must be one of unknown, exposed, safe, not 'good'"),
    ],
)
def test_a_field_is_refused_with_its_value(kind: str, field: str, value: object, problem: str | None) -> None:
    if problem is None:
        assert doc_of(kind, **{field: value})[field] == value
    else:
        assert problems_of(kind, **{field: value}) == [f"{field}: {problem}"]


def test_a_misspelt_field_is_told_with_the_right_word() -> None:
    assert problems_of("sensor", devcie="x") == ['devcie: unknown field (did you mean "device"?)']
    parents = [{"product": "V", "lto": "1"}]
    assert problems_of("batch", parents=parents) == [
        "parents[0].lot: is missing",
        'parents[0].lto: unknown field (did you mean "lot"?)',
    ]
    steps = [{"value": "A", "form": T1}]
    assert problems_of("location", parent=steps) == ['parent[0].form: unknown field (did you mean "from"?)']


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "emial"}, "unknown channel kind 'emial'; known: apprise, email, webhook (did you mean \"email\"?)"),
        ({"kind": None}, "is missing; known: apprise, email, webhook"),
        ({"kind": ["email"]}, "unknown channel kind ['email']; known: apprise, email, webhook"),
    ],
)
def test_a_channel_of_an_unknown_kind_is_refused(fields: dict[str, Any], problem: str) -> None:
    assert problems_of("channel", **fields)[0].startswith(f"kind: {problem}")


def test_an_address_is_told_by_its_place_in_the_list() -> None:
    told = problems_of("channel", to=["qa@example.org", "qa at example"])
    assert told == ["to[1]: not an e-mail address: 'qa at example'"]


@pytest.mark.parametrize("address", ["a b@c", "a@b,c@d", "<a@b>", "a@b\nBcc: x@y", "a@b@c", 'a"@b'])
def test_an_address_is_one_address(address: str) -> None:
    assert problems_of("channel", to=[address]) == [f"to[0]: not an e-mail address: {address!r}"]


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"server": "mail.example.org", "port": "587", "security": "starttls", "from": "c@example.org"}, []),
        ({"user": "me", "secret_file": "mail.key"}, []),
        ({"user": "me"}, ["secret_file: is missing: it holds the user's password"]),
        ({"secret_file": "mail.key"}, ["secret_file: needs a user"]),
        ({"server": "a b"}, ["server: not the name or address of a machine: 'a b'"]),
        ({"port": "65536"}, ["port: not a port from 1 to 65535: '65536'"]),
        ({"security": "ssl"}, ["security: must be one of plain, starttls, tls, not 'ssl'"]),
    ],
)
def test_mail_goes_through_a_server_that_is_named_in_full(fields: dict[str, Any], problems: list[str]) -> None:
    if problems:
        assert problems_of("channel", **fields) == problems
    else:
        assert fields.items() <= doc_of("channel", **fields).items()


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"url": "slack://token@channel"}, []),
        ({"secret_file": "slack.url"}, []),
        ({}, ["secret_file: give either this, a file that holds the address, or url"]),
        (
            {"url": "json://h", "secret_file": "x"},
            ["secret_file: give either this, a file that holds the address, or url"],
        ),
        ({"url": "hunter2"}, ["url: not an address such as slack://…"]),
    ],
)
def test_a_service_has_one_address_which_is_never_shown(fields: dict[str, Any], problems: list[str]) -> None:
    whole = {"id": "s", "kind": "apprise", **fields}
    if problems:
        with pytest.raises(Refused) as caught:
            entry("channel", whole)
        assert list(caught.value.problems) == problems
    else:
        assert whole.items() <= entry("channel", whole).doc.items()


def test_a_channel_has_the_fields_of_its_kind_only() -> None:
    assert problems_of("channel", url="https://example.org")[0].startswith("url: unknown field")
    hook = {"id": "h", "kind": "webhook", "url": "ftp://example.org", "to": None}
    with pytest.raises(Refused) as caught:
        entry("channel", hook)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["url", "to"]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "parent: an empty list says nothing; leave it out or write null"),
        (
            [{"value": "A", "from": T1}, {"value": "B", "from": "2026-01-01T01:00:00+01:00"}],
            f"parent: two values from {T1}",
        ),
        ([{"value": "A"}, {"value": "B", "from": None}], "parent: two values from always"),
        ([{"from": T1}], "parent[0].value: is missing"),
        (["A", {"value": "B", "from": T1}], "parent[0]: must be a mapping, not 'A'"),
        (["A"], "parent: must be text, not a list"),
        ([{"value": "A", "from": "soon"}], "parent[0].from: not an RFC 3339 time with a zone: 'soon'"),
    ],
)
def test_a_history_that_contradicts_itself_is_refused(steps: list[Any], problem: str) -> None:
    assert problems_of("location", parent=steps) == [problem]


def test_a_sensors_quantities_may_change_with_time() -> None:
    steps = [{"value": ["temperature", "humidity"]}, {"value": ["temperature"], "from": T2}]
    assert doc_of("sensor", quantities=steps)["quantities"][1] == {"value": ["temperature"], "from": T2}


@pytest.mark.parametrize(
    ("quantities", "problem"),
    [
        (["temprature"], "unknown quantity 'temprature'; known: temperature, humidity (did you mean \"temperature\"?)"),
        (["humidity", "humidity"], "names a quantity twice"),
        ("humidity", "must be a list, not 'humidity'"),
        ([{"value": []}], None),
    ],
)
def test_quantities_are_known_words_each_once(quantities: object, problem: str | None) -> None:
    expected = f"quantities: {problem}" if problem else "quantities[0].value: names no quantity"
    assert problems_of("sensor", quantities=quantities) == [expected]


def test_a_mapping_is_one_value_or_a_history() -> None:
    one = {"temperature": "t", "humidity": {"ext": "h"}}
    assert doc_of("source", mapping=one)["mapping"] == [{"value": one, "from": None}]
    history = [{"value": one, "from": None}, {"value": None, "from": T2}]
    assert doc_of("source", mapping=history)["mapping"] == history


RULE = {"id": "warm", "kind": "limit", "above": "8"}


def test_a_rule_keeps_its_fields_and_their_order() -> None:
    rule = {"kind": "cumulative", "id": "r", "at_or_below": "25", "above": "8.0", "total": "2d", "window": None}
    assert list(doc_of("profile", rules=[rule])["rules"][0].items()) == list(rule.items())


def test_every_problem_of_every_rule_is_named() -> None:
    rules = [{"id": "a", "kind": "limt"}, RULE | {"fro": "1h"}, RULE | {"above": "nan"}, RULE | {"for": ["1"]}, "x"]
    told = problems_of("profile", rules=rules, gap_counts_as="x")
    assert {problem.split(": ")[0] for problem in told} == {
        "gap_counts_as",
        "rules[0].kind",
        "rules[1].fro",
        "rules[2].above",
        "rules[2].id",
        "rules[3].for",
        "rules[3].id",
        "rules[4]",
    }


def test_a_rules_id_is_there_once_in_a_version() -> None:
    assert problems_of("profile", rules=[RULE, RULE]) == ['rules[1].id: "warm" is already the id of rules[0]']


def test_a_rules_numbers_are_text_by_then() -> None:
    assert problems_of("profile", rules=[RULE | {"above": 8.0}]) == ["rules[0].above: must be text, not 8.0"]


def test_an_unknown_kind_of_entry_is_told_with_the_known_ones() -> None:
    with pytest.raises(InvalidError, match=r"unknown kind of entry 'sensr'; known: site, .*did you mean \"sensor\""):
        entry("sensr", {})


def test_a_sensors_offsets_are_dated_by_quantity() -> None:
    offsets = doc_of("sensor", offsets={"temperature": [{"value": "-0.30", "from": T2}], "humidity": "1.5"})["offsets"]
    assert offsets == {
        "temperature": [{"value": "-0.3", "from": T2}],
        "humidity": [{"value": "1.5", "from": None}],
    }


@pytest.mark.parametrize(
    ("offsets", "problem"),
    [
        ({"temprature": "1"}, 'offsets.temprature: unknown field (did you mean "temperature"?)'),
        (
            {"temperature": "20.1"},
            "offsets.temperature[0].value: a sensor that is off by more than 20 needs another: '20.1'",
        ),
        ({"temperature": "a bit"}, "offsets.temperature[0].value: not a finite number: 'a bit'"),
        (
            {"temperature": [{"value": "1"}, {"value": "2"}]},
            "offsets.temperature: two values from always",
        ),
    ],
)
def test_offsets_that_say_nothing_sensible_are_refused(offsets: object, problem: str) -> None:
    assert problems_of("sensor", offsets=offsets) == [problem]
