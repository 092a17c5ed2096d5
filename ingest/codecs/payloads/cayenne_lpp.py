"""Cayenne LPP in an uplink: named as The Things Stack names its channels."""

from typing import Any

from ingest.codecs import payloads
from ingest.codecs.common import lpp

_NAMES = {"temperature": "temperature", "humidity": "relative_humidity"}


@payloads.register("cayenne_lpp", "cayenne")
def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Return the temperatures and humidities of all channels up to the first type that is not known."""
    return {f"{_NAMES[each.quantity]}_{each.channel}": each.tenths / 10 for each in lpp.records(payload)[0]}
