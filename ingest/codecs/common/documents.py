"""JSON documents as devices send them."""

import json
import re
from typing import Any

import msgspec

from domain.errors import DecodeError
from ingest.codecs.common.values import shown

_parse = msgspec.json.Decoder().decode
# `printf("%f")` of what is no number: `nan`, `-nan`, `inf`, `nan(ind)`
_BARE_NAN = re.compile(r"(?<=[:\[,])\s*[+-]?(?:nan|inf|infinity)(?:\(\w*\))?\s*(?=[,}\]])", re.IGNORECASE)


def parse(payload: bytes) -> Any:
    """Return the document. Numbers that are none (NaN, Infinity, 1e999) become NaN or infinite floats.

    Raises DecodeError for what is no JSON.
    """
    try:
        return _parse(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _lenient(payload, error)


def _lenient(payload: bytes, first: Exception) -> Any:
    """What devices with a C library send: NaN, a byte order mark, a zero byte at the end."""
    if not payload.strip():
        raise DecodeError("empty payload")
    try:
        text = payload.decode("utf-8-sig").rstrip("\0")
    except UnicodeDecodeError:
        raise DecodeError(f"not JSON: {first}") from first
    for written in (text, _BARE_NAN.sub("null", text)):
        try:
            return json.loads(written)
        except (ValueError, RecursionError):
            continue
    raise DecodeError(f"not JSON: {first}") from first


def object_of(payload: bytes) -> dict[str, Any]:
    """Return the object that a payload is. Raises DecodeError for what is no JSON, or another document."""
    document = parse(payload)
    if type(document) is not dict:
        raise DecodeError(f"not an object: {shown(document)}")
    return document
