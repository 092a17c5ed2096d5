"""JSON documents as devices send them."""

import json
from typing import Any

import msgspec

from domain.errors import DecodeError

_parse = msgspec.json.Decoder().decode


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
        return json.loads(payload.decode("utf-8-sig").rstrip("\0"))
    except (ValueError, RecursionError):
        raise DecodeError(f"not JSON: {first}") from first
