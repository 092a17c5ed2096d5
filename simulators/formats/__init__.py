"""How gateways put what they heard into messages, by name; written from the formats' descriptions alone."""

from simulators.formats.json_texts import flat, nested, one_value, zones
from simulators.formats.plain_scalar import esphome, scalars
from simulators.formats.senml import pack
from simulators.formats.spoken import Message, Spoken, Style

FORMATS = {
    "json-flat": flat,
    "json-nested": nested,
    "json-zones": zones,
    "json-value": one_value,
    "senml": pack,
    "plain-scalar": scalars,
    "esphome": esphome,
}
# What these send has no time of its own: it counts as measured when it arrives.
TIMELESS = frozenset({"plain-scalar", "esphome"})

__all__ = ["FORMATS", "TIMELESS", "Message", "Spoken", "Style"]
