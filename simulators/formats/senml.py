"""SenML (RFC 8428): one pack a device, with base name, base time, and what follows relative to them."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from simulators.formats.spoken import Message, Spoken, Style
from simulators.times import SECOND

TEMPERATURE = {"n": "temperature", "u": "Cel"}
HUMIDITY = {"n": "humidity", "u": "%RH"}


def pack(style: Style, heard: Sequence[Spoken]) -> Iterator[Message]:
    """`[{"bn": "S1:", "bt": 1767225600, "n": "temperature", "u": "Cel", "v": 4.2}, {"n": "humidity", …, "t": 60}]`."""
    for device, group in groupby(sorted(heard, key=lambda spoken: spoken.sample.device), lambda s: s.sample.device):
        together = list(group)
        base = together[0].at // SECOND
        records = [record for spoken in together for record in _records(style, spoken, base)]
        if records:
            records[0] = {"bn": f"{device}:", "bt": base, **records[0]}
            yield Message(style.topic, json.dumps(records).encode(), tuple(together))


def _records(style: Style, spoken: Spoken, base: int) -> Iterator[dict[str, Any]]:
    later = spoken.at // SECOND - base
    relative = {"t": later} if later else {}
    probe = spoken.sample.probe
    for labels, text in ((TEMPERATURE, spoken.sample.temperature), (HUMIDITY, spoken.sample.humidity)):
        if style.is_sent(text):
            yield {**labels, **({"n": probe} if probe else {}), "v": style.value(text), **relative}
