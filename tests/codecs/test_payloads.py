"""Bytes of LoRaWAN devices, as their makers document them; and uplinks that come again."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import DecodeError, InvalidError
from domain.times import MINUTE
from ingest import codecs
from ingest.codecs import payloads
from ingest.codecs.common import lorawan, uplinks
from ingest.codecs.common.free_fields import read
from ingest.decoded import UNCHANGED, Memory, Source, after_changes

AT = 1767224400
SHT31 = {"TempC_SHT31": -21.2, "Hum_SHT31": 47.3}
SHT = {"TempC_SHT": 24.73, "Hum_SHT": 45.2}


@pytest.mark.parametrize(
    ("name", "port", "payload", "fields"),
    [
        ("milesight", 85, "01755c03673401046865", {"battery": 92, "temperature": 30.8, "humidity": 50.5}),
        ("milesight", 85, "01755c0367f4fe060001", {"battery": 92, "temperature": -26.8}),
        ("milesight", 85, "fe020a00", {}),
        ("dragino_lht65n", 2, "cce109a901c40108f57fff", {"BatV": 3.297, **SHT, "TempC_DS": 22.93}),
        ("dragino_lht65n", 2, "cce109a901c400ffffffff", {"BatV": 3.297, **SHT}),
        ("dragino_lht65n", 2, "cce109a901c40208f57fff", {"BatV": 3.297, **SHT, "TempC_TMP117": 22.93}),
        ("dragino_lht65n", 2, "cce109a901c40bf7b801d9", {"BatV": 3.297, **SHT, **SHT31}),
        ("dragino_lht65n", 2, "08f509a901c4096955b450", {**SHT, "TempC_DS": 22.93}),
        ("dragino_lht65n", 2, "08f509a901c4816955b450", {"history": [{"timestamp": AT, **SHT, "TempC_DS": 22.93}]}),
        ("dragino_lht65n", 2, "ffffffffffff4100000000", {"history": []}),
        ("dragino_lht65n", 5, "0b011001000b58", {"Bat_mV": 2904}),
        ("dragino_lht52", 2, "09a901c47fff016955b450", {**SHT, "TempC_DS": 327.67}),
        ("dragino_lht52", 2, "09a901c47fff006955b450", SHT),
        ("dragino_lht52", 3, "09a901c4f8e4016955b450", {"history": [{"timestamp": AT, **SHT, "TempC_DS": -18.2}]}),
        ("dragino_lht52", 5, "09011001000b58", {"Bat_mV": 2904}),
        ("elsys", 5, "0100ea0237", {"temperature": 23.4, "humidity": 55}),
        ("elsys", 5, "01ff4402370400ff0502070e100c000a19ff3819000f", {
            "temperature": -18.8, "humidity": 55, "vdd": 3600, "externalTemperature": 1.0,
            "externalTemperature2": -20.0, "externalTemperature2_2": 1.5,
        }),
        ("elsys", 5, "0100ea3e01020304", {"temperature": 23.4}),
        ("decentlab_sht35", 1, "02030e00020c60", {"battery_voltage": 3.168}),
        ("cayenne_lpp", 1, "0067fff4066845", {"temperature_0": -1.2, "relative_humidity_6": 34.5}),
    ],
)  # fmt: skip
def test_bytes_are_read_by_the_names_of_the_maker(name: str, port: int, payload: str, fields: dict[str, Any]) -> None:
    assert payloads.get(name)(bytes.fromhex(payload), port) == fields


@pytest.mark.parametrize(
    ("name", "port", "payload"),
    [
        ("milesight", 85, "0175"),
        ("milesight", 85, "01755c036734"),
        ("milesight", 85, "0a0b0c"),
        ("dragino_lht65n", 2, "cce109a901c40108f57f"),
        ("dragino_lht65n", 2, "cce109a901c40108f57fff" * 2),
        ("dragino_lht65n", 3, "cce109a901c40108f57fff"),
        ("dragino_lht65n", 5, "0b0110"),
        ("dragino_lht52", 2, "09a901c47fff016955b450" * 2),
        ("dragino_lht52", 3, ""),
        ("elsys", 5, "0100"),
        ("elsys", 5, "0100ea7f"),
        ("decentlab_sht35", 1, "02030e000364a079b10c"),
        ("decentlab_sht35", 1, "01030e000364a079b10c60"),
        ("decentlab_sht35", 1, "02030e000764a079b10c60"),
        ("decentlab_sht35", 1, ""),
        ("cayenne_lpp", 1, "0067ff"),
    ],
)
def test_bytes_that_are_not_the_devices_are_refused(name: str, port: int, payload: str) -> None:
    with pytest.raises(DecodeError):
        payloads.get(name)(bytes.fromhex(payload), port)


@given(name=st.sampled_from(payloads.names()), port=st.integers(0, 255), payload=st.binary(max_size=60))
@example("milesight", 85, b"\x20\xce" + bytes(16))
def test_any_bytes_are_read_or_refused(name: str, port: int, payload: bytes) -> None:
    try:
        fields = payloads.get(name)(payload, port)
    except DecodeError:
        return
    read(fields, "d", 0)


@pytest.mark.parametrize(
    ("model", "payload"),
    [
        ("dragino lht65n", "0b011001000b58"),
        ("Dragino LHT52 EU868", "09011001000b58"),
        ("EM300-TH", "01755c"),
        ("elsys ers", "0100ea"),
    ],
)
def test_a_model_that_is_named_has_its_decoder(model: str, payload: str) -> None:
    decode = payloads.of_model(model)
    assert decode is not None and decode(bytes.fromhex(payload), 5)
    assert payloads.of_model("rain gauge") is None


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"payload": "em300"}, "unknown payload 'em300'; known: cayenne_lpp, decentlab_sht35"),
        ({"payload": 3}, "payload in the mapping is no name: 3"),
        ({"payload": "elsys", "temprature": "object.t"}, "unknown column 'temprature'"),
    ],
)
@pytest.mark.parametrize("name", ["chirpstack_v4", "tts_v3", "milesight_gateway", "loriot", "actility_thingpark"])
def test_a_mapping_that_cannot_be_used_is_refused(name: str, mapping: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        codecs.get(name).check(Source("t", name, mapping))


@pytest.mark.parametrize(
    ("raw", "called"),
    [
        ("24E124136B502217", "24e124136b502217"),
        ("24-E1-24-13-6B-50-22-17", "24e124136b502217"),
        ("Freezer 1", "Freezer 1"),
    ],
)
def test_an_eui_is_called_alike_however_it_is_written(raw: str, called: str) -> None:
    assert lorawan.device(raw) == called


# --- uplinks that come again ---


def told(*heard: tuple[str, int | None, bytes, int]) -> list[bool]:
    """Return of each uplink (id, counter, bytes, minute) whether it is new."""
    memory: Memory = UNCHANGED
    new = []
    for id_, counter, data, minute in heard:
        changes = uplinks.look(memory, "d", uplinks.seen(id_, counter, data, minute * MINUTE))
        new.append(changes is not None)
        memory = after_changes(memory, changes or {})
    return new


def test_the_same_id_or_counter_with_the_same_bytes_is_the_same_uplink() -> None:
    assert told(("a", 1, b"x", 0), ("a", 1, b"x", 60), ("b", 1, b"x", 10), ("", 1, b"x", -10)) == [
        True,
        False,
        False,
        False,
    ]


def test_another_counter_other_bytes_or_a_later_time_is_another_uplink() -> None:
    assert told(("a", 1, b"x", 0), ("b", 2, b"x", 0), ("c", 1, b"y", 0), ("d", 1, b"x", 11)) == [True] * 4


def test_without_id_and_counter_nothing_is_the_same() -> None:
    assert told(("", None, b"x", 0), ("", None, b"x", 0)) == [True, True]


def test_only_the_last_uplinks_are_remembered() -> None:
    memory: Memory = UNCHANGED
    for counter in range(30):
        memory = after_changes(memory, uplinks.look(memory, "d", uplinks.seen("", counter, b"", 0)) or {})
    assert [each.counter for each in memory["d"].receptions] == list(range(22, 30))
