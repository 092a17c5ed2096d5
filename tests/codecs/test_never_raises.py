"""Whatever bytes come: a codec returns or raises DecodeError, and what it returns can be kept."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import DecodeError, InvalidError
from ingest import codecs
from ingest.answer import answer_of
from ingest.decoded import Memory, Message, Source
from tests.codecs.cases import Case, all_cases
from tests.codecs.test_cases import assert_stored_and_read_back, heard_before

TOPICS = ["site/S1/readings", "site-a/coldroom-2/temperature", "node/sensor/room_humidity/state", "node/status", "t"]
TOPICS += [
    "tele/a/SENSOR",
    "tele/a/LWT",
    "a/events/rpc",
    "a/status/temperature:0",
    "shellies/a/info",
    "shellies/a/online",
]
TOPICS += ["v1/gateway/telemetry", "rtl_433/gw/events", "home/gw/BTtoMQTT/A4C138165B5D", "zigbee2mqtt/a/availability"]
MAPPINGS: list[dict[str, object]] = [
    {},
    {"device": "device", "temperature": "temp", "humidity": "rh", "measured_at": "ts", "unit": "u", "battery": "b"},
    {
        "device": "readings[*].id",
        "temperature": {"a": "readings[*].t[0]", "b": "readings[*].t[1]"},
        "measured_at": "ts",
    },
    {"device": "topic:1", "value": "[*].v", "quantity": "[*].n", "probe": "[*].id"},
]
WORDS = "device id temp rh ts u b readings t v n vs vb bn bt bu bv bver unit temperature humidity value type data"
KEYS = st.sampled_from(WORDS.split()) | st.text(max_size=3)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.integers(10**8, 10**19)
    | st.sampled_from(["S1", "4.2", "4,2 °C", "nan", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "Cel", "%RH"])
    | st.text(max_size=5)
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=20
)


def check(format_name: str, topic: str, mapping: dict[str, object], payload: bytes, retained: bool = False) -> None:
    source = Source(topic, format_name, mapping, "Europe/Berlin")
    try:
        codecs.get(format_name).check(source)
    except InvalidError:  # no source of it could be
        source = Source(topic, format_name, {}, "Europe/Berlin")
    check_message(Message(topic, payload, retained, 1_767_225_660_000_000), source, {})


def check_message(message: Message, source: Source, memory: Memory) -> None:
    try:
        decoded, changes = codecs.get(source.format).decode(message, source, memory)
    except DecodeError as error:
        str(error).encode()  # it can be kept, too
        return
    assert_stored_and_read_back(source.format, changes)
    for reading in decoded.readings:
        assert reading.value is None or -(10**12) < reading.value < 10**12
        assert reading.measured_at is None or abs(reading.measured_at) < 1 << 62
        assert "\0" not in reading.device + reading.probe
        (reading.device + reading.probe).encode()
    for status in decoded.status:
        for number in (status.battery_pct, status.battery_v, status.rssi):
            assert number is None or math.isfinite(number)
    json.dumps(answer_of(decoded, 0), allow_nan=False).encode()


ANY = {
    "format_name": st.sampled_from(codecs.names()),
    "topic": st.sampled_from(TOPICS) | st.text(min_size=1, max_size=20),
    "mapping": st.sampled_from(MAPPINGS),
}


@given(**ANY, payload=st.binary(max_size=80), retained=st.booleans())
@example("json", "t", {}, b"[" * 100_000, False)
@example("json", "t", {}, b'{"temp":' + b"9" * 10_000 + b"}", False)
@example("json", "t", {}, b'{"temp":1e' + b"9" * 1000 + b"}", False)
@example("json", "t", {}, b'"\xff"', False)
@example("json", "t", {}, b'{"id":"S","temp":4,"ts":' + b"9" * 400 + b"}", False)
@example("senml", "t", {}, b'[{"n":"S","u":"Cel","v":1,"t":-1e15}]', False)
@example("senml", "t", {}, b'[{"n":"S","u":"%EL","v":NaN}]', False)
@example("json", "t", MAPPINGS[1], b'{"device":"S","temp":1,"ts":"0001-01-01T00:00:00+12:00"}', False)
@example("plain_scalar", "a/temperature", {}, b"9" * 10_000, False)
def test_any_bytes(format_name: str, topic: str, mapping: dict[str, object], payload: bytes, retained: bool) -> None:
    check(format_name, topic, mapping, payload, retained)


@given(**ANY, document=DOCUMENTS)
def test_any_document(format_name: str, topic: str, mapping: dict[str, object], document: object) -> None:
    check(format_name, topic, mapping, json.dumps(document).encode())


@given(mapping=st.sampled_from(MAPPINGS), document=DOCUMENTS, data=st.data())
def test_a_document_with_a_changed_byte(mapping: dict[str, object], document: object, data: st.DataObject) -> None:
    payload = bytearray(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] = data.draw(st.integers(0, 255))
    check("json", "site/S1/readings", mapping, bytes(payload))
    check("senml", "site/S1/senml", mapping, bytes(payload))


GOOD = [case for case in all_cases() if case.error is None]
ODD = SCALARS | st.sampled_from([[], {}, [[]], {"": {}}, "9" * 400, 10**400, -0.0, "\0", "٣", "-", "1e999", "\ud800"])


@given(case=st.sampled_from(GOOD), data=st.data())
def test_a_recorded_message_with_changed_cut_or_added_bytes(case: Case, data: st.DataObject) -> None:
    payload = bytearray(case.message.payload or b"0")
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(payload)))
        payload[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=3))
    check_changed(case, bytes(payload))


def document_of(payload: bytes) -> object:
    """Return what a payload says in JSON; None for what is none."""
    try:
        return json.loads(payload)
    except ValueError:
        return None


@given(case=st.sampled_from([case for case in GOOD if document_of(case.message.payload)]), data=st.data())
def test_a_recorded_message_with_another_value(case: Case, data: st.DataObject) -> None:
    document = {"": document_of(case.message.payload)}
    within: Any = document
    key: Any = ""
    while isinstance(inner := within[key], dict | list) and inner and data.draw(st.booleans()):
        within, key = inner, data.draw(st.sampled_from(list(inner) if isinstance(inner, dict) else range(len(inner))))
    within[key] = data.draw(ODD)
    check_changed(case, json.dumps(document[""]).encode("utf-8", "surrogatepass"))


def check_changed(case: Case, payload: bytes) -> None:
    message = msgspec.structs.replace(case.message, payload=payload)
    check_message(message, case.source, heard_before(case))


@given(records=st.lists(st.dictionaries(KEYS, SCALARS, min_size=1, max_size=6), min_size=1, max_size=4))
def test_any_senml_pack(records: list[dict[str, object]]) -> None:
    check("senml", "site/S1/senml", {}, json.dumps(records).encode())


@given(text=st.text(max_size=20) | st.from_regex(r"\s*[+-]?\d*[.,]?\d*\s*(°C|F|%|K)?\s*", fullmatch=True))
@pytest.mark.parametrize("topic", TOPICS)
def test_any_text(topic: str, text: str) -> None:
    check("plain_scalar", topic, {}, text.encode())


@given(mapping=st.dictionaries(KEYS | st.sampled_from(["quantity", "epoch", "probe"]), SCALARS | st.lists(SCALARS)))
def test_any_mapping_is_used_or_refused(mapping: dict[str, object]) -> None:
    check("json", "site/S1/readings", mapping, b'{"device":"S1","temp":4.2}')
