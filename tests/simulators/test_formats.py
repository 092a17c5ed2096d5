"""What gateways put into messages, the product's codecs take out again: the two were written apart."""

import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gating import fault_at, gates_of
from domain.numbers import parse_value
from ingest import codecs
from ingest.decoded import Message, Source
from simulators.formats import FORMATS, TIMELESS, Spoken, Style
from simulators.samples import Sample
from simulators.times import SECOND, parse_time

START = parse_time("2026-03-02T00:00:00Z")
BERLIN = ZoneInfo("Europe/Berlin")
# How the product is told to read each: topic filter, format, mapping.
SOURCES = {
    "json-flat": Source(
        "g", "json", {"device": "device", "temperature": "temp", "humidity": "rh", "measured_at": "ts"}
    ),
    "json-nested": Source(
        "g",
        "json",
        {"device": "readings[*].mac", "temperature": "readings[*].t", "humidity": "readings[*].h"}
        | {"measured_at": "readings[*].at"},
    ),
    "json-value": Source(
        "g", "json", {"device": "id", "quantity": "type", "value": "value", "unit": "unit", "measured_at": "epoch"}
    ),
    "json-zones": Source(
        "g",
        "json",
        {"device": "sn", "temperature": {"top": "zones.top", "bottom": "zones.bottom"}, "measured_at": "time"},
        "Europe/Berlin",
    ),
    "senml": Source("g", "senml"),
    "plain-scalar": Source("#", "plain_scalar"),
    "esphome": Source("#", "plain_scalar"),
}
tenths = st.integers(-800, 400).map(lambda n: f"{n / 10:.1f}")
temperatures = st.none() | tenths.filter(lambda text: text not in ("-127.0",))
humidities = st.just("") | st.none() | st.integers(0, 1000).map(lambda n: f"{n / 10:.1f}")


def test_every_format_is_told_here() -> None:
    assert SOURCES.keys() == FORMATS.keys()


def style(says: str) -> Style:
    words = {"plain-scalar": "nan", "esphome": "nan", "senml": "omit"}
    return Style("g1", "g", words.get(says, "null"), BERLIN)


@pytest.mark.parametrize("says", FORMATS)
@given(shown=st.lists(st.tuples(st.integers(0, 90_000), st.sampled_from("AB"), temperatures, humidities), min_size=1))
def test_what_is_said_is_what_is_understood(says: str, shown: list[tuple[int, str, str | None, str | None]]) -> None:
    probed = says == "json-zones"
    samples = {
        (second, device): Sample(
            second,
            "S1" if probed else device,
            {"A": "top", "B": "bottom"}[device] if probed else "",
            warm,
            "" if probed else damp,
        )
        for second, device, warm, damp in shown
    }
    spoken = [Spoken(sample, START + sample.second * SECOND) for _, sample in sorted(samples.items())]
    sent = list(FORMATS[says](style(says), spoken))
    heard = [reading for each in sent for reading in decoded(says, each.topic, each.payload)]
    assert sorted(heard, key=str) == sorted(
        (said for each in sent for one in each.says for said in expected(says, one)), key=str
    )
    carried = [one for each in sent for one in each.says]
    assert {(one.sample.device, one.sample.probe, one.at) for one in carried} <= {
        (one.sample.device, one.sample.probe, one.at) for one in spoken
    }


Reading = tuple[str, str, str, int | None, int | None]


def decoded(says: str, topic: str, payload: bytes) -> list[Reading]:
    source = SOURCES[says]
    found, _ = codecs.get(source.format).decode(Message(topic, payload, received_at=START + 10**12), source, {})
    return [tuple(reading)[:5] for reading in found.readings]


def expected(says: str, spoken: Spoken) -> list[Reading]:
    sample, at = spoken
    device = {"plain-scalar": f"g/{sample.device}", "esphome": f"g/{sample.device}"}.get(says, sample.device)
    found: list[Reading] = []
    for quantity, text in (("temperature", sample.temperature), ("humidity", sample.humidity)):
        if style(says).is_sent(text):
            probe = quantity if says == "esphome" else sample.probe
            when = None if says in TIMELESS else at
            found.append((device, probe, quantity, None if text is None else parse_value(text), when))
    return found


def test_a_gateway_says_no_value_as_it_is_set_up() -> None:
    faulty = [Spoken(Sample(0, "S1", "", None), START)]
    for word, said in (("null", None), ("-127", -127), ("327.67", 327.67), ("nan", "nan")):
        [message] = FORMATS["json-flat"](Style("g1", "g", word), faulty)
        assert json.loads(message.payload)["temp"] == said
        [(*named, value, at)] = decoded("json-flat", "g", message.payload)
        assert (*named, at) == ("S1", "", "temperature", START)
        assert value is None or fault_at(gates_of(None, "temperature"), value, START) is not None
    [message] = FORMATS["json-flat"](Style("g1", "g", "omit"), faulty)
    assert "temp" not in json.loads(message.payload)


def test_fahrenheit_is_exact() -> None:
    [message] = FORMATS["json-value"](Style("g1", "g"), [Spoken(Sample(0, "S1", "", "4.3"), START)])
    assert json.loads(message.payload) == {
        "id": "S1",
        "type": "temperature",
        "value": 39.74,
        "unit": "F",
        "epoch": START // SECOND,
    }


def test_senml_puts_several_instants_of_a_device_into_one_pack() -> None:
    heard = [Spoken(Sample(s, "S1", "", "4.2", "50.0"), START + s * SECOND) for s in (0, 60)]
    [message] = FORMATS["senml"](Style("g1", "g"), heard)
    assert json.loads(message.payload) == [
        {"bn": "S1:", "bt": START // SECOND, "n": "temperature", "u": "Cel", "v": 4.2},
        {"n": "humidity", "u": "%RH", "v": 50.0},
        {"n": "temperature", "u": "Cel", "v": 4.2, "t": 60},
        {"n": "humidity", "u": "%RH", "v": 50.0, "t": 60},
    ]
