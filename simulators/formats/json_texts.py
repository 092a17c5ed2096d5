"""JSON as gateways differ in it: one device a message or many, one value or several, three ways to tell the time."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from simulators.formats.spoken import Message, Spoken, Style
from simulators.times import SECOND, format_time

MILLISECOND = 1000


def flat(style: Style, heard: Sequence[Spoken]) -> Iterator[Message]:
    """`{"device": "S1", "temp": 4.2, "rh": 55.1, "ts": "2026-01-01T00:00:00Z"}`, a message for each."""
    for spoken in heard:
        document = {
            "device": spoken.sample.device,
            **_values(style, spoken, "temp", "rh"),
            "ts": format_time(spoken.at),
        }
        yield _message(style, document, [spoken])


def nested(style: Style, heard: Sequence[Spoken]) -> Iterator[Message]:
    """`{"gw": "g1", "readings": [{"mac": "S1", "t": 4.2, "h": 55.1, "at": 1767225600000}]}`: many devices a message."""
    rows = [
        {"mac": spoken.sample.device, **_values(style, spoken, "t", "h"), "at": spoken.at // MILLISECOND}
        for spoken in heard
    ]
    yield _message(style, {"gw": style.gateway, "readings": rows}, heard)


def zones(style: Style, heard: Sequence[Spoken]) -> Iterator[Message]:
    """`{"sn": "S1", "time": "2026-01-01 01:00:00", "zones": {"front": 4.2, "rear": 4.4}}`: all probes of a device,
    in the gateway's local time."""
    for (device, at), group in groupby(heard, key=lambda spoken: (spoken.sample.device, spoken.at)):
        together = list(group)
        values = {
            spoken.sample.probe: style.value(spoken.sample.temperature)
            for spoken in together
            if style.is_sent(spoken.sample.temperature)
        }
        local = datetime.fromtimestamp(at // SECOND, style.zone).strftime("%Y-%m-%d %H:%M:%S")
        yield _message(style, {"sn": device, "time": local, "zones": values}, together)


def one_value(style: Style, heard: Sequence[Spoken]) -> Iterator[Message]:
    """`{"id": "S1", "type": "temperature", "value": 39.74, "unit": "F", "epoch": 1767225600}`, humidity in another."""
    for spoken in heard:
        sample = spoken.sample
        said = {"temperature": (_fahrenheit(sample.temperature), "F"), "humidity": (sample.humidity, "%")}
        for quantity, (text, unit) in said.items():
            if style.is_sent(text):
                document = {"id": sample.device, "type": quantity, "value": style.value(text), "unit": unit}
                only = spoken._replace(sample=sample.only(quantity))
                yield _message(style, document | {"epoch": spoken.at // SECOND}, [only])


def _fahrenheit(text: str | None) -> str | None:
    """Return °F of °C, exactly."""
    return str(Decimal(text) * 9 / 5 + 32) if text else text


def _values(style: Style, spoken: Spoken, temperature: str, humidity: str) -> dict[str, Any]:
    said = {temperature: spoken.sample.temperature, humidity: spoken.sample.humidity}
    return {name: style.value(text) for name, text in said.items() if style.is_sent(text)}


def _message(style: Style, document: Any, says: Sequence[Spoken]) -> Message:
    return Message(style.topic, json.dumps(document, ensure_ascii=False).encode(), tuple(says))
