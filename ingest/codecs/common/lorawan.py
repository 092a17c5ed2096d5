"""Uplinks of LoRaWAN devices, whichever server brings them: whether they are new, who decodes the bytes, what is read.

A source's mapping may say `payload`: which decoder of ingest.codecs.payloads reads the bytes where the server decodes
none. Its other columns are those of `json`, with paths from the root of the message. Without them the fields that the
server's decoder made are read by their names. Devices are called by their EUI in lower case.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from domain.errors import DecodeError, InvalidError
from domain.notices import Notice, Remark
from domain.readings import Flag
from ingest.codecs import payloads
from ingest.codecs.common import free_fields, uplinks
from ingest.codecs.common.columns import Columns, compile_mapping
from ingest.codecs.common.rows import read_rows
from ingest.codecs.common.values import name_of, plain_number, shown
from ingest.codecs.payloads import dragino, milesight
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

NOTHING = Decoded()
PAYLOAD = "payload"
_MODEL_AT_MOST = 100  # characters: more is no name
_NONE = Flag.NONE
_LOG = re.compile(r"(?i)data_?log")
# The least and the most that LoRaWAN's battery level says: 0 is external power, 255 unknown.
_LEAST, _MOST = 1, 254


class Uplink(NamedTuple):
    """What a server says of one uplink."""

    device: str
    at: int | None
    port: int
    data: bytes
    fields: Any  # what the server's decoder made of the bytes; None: nothing
    id: str = ""  # the server's, the same for every copy
    counter: int | None = None
    rssi: float | None = None
    battery_pct: float | None = None  # as the device tells the server
    model: str = ""  # names of device profile or model
    flags: Flag = _NONE
    is_new: bool = False  # whatever was heard before


def check(source: Source) -> None:
    """Raise InvalidError if the mapping or the time zone cannot be used."""
    _compiled(source)


@lru_cache(maxsize=4096)
def _compiled(source: Source) -> tuple[payloads.Decode | None, Columns | None]:
    """Return the decoder that the mapping names and the columns that it maps."""
    mapping = {name: value for name, value in source.mapping.items() if name != PAYLOAD}
    named = source.mapping.get(PAYLOAD)
    if named is not None and not isinstance(named, str):
        raise InvalidError(f"{PAYLOAD} in the mapping is no name: {named!r}")
    return payloads.get(named) if named else None, compile_mapping(mapping, source) if mapping else None


def needs_document(source: Source) -> bool:
    """Tell whether the mapping has paths into the message."""
    return bool(source.mapping.keys() - {PAYLOAD})


def read(uplink: Uplink, document: Any, message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an uplink says, nothing for one that was heard before. `document` is asked for by a mapping only."""
    try:
        decoder, columns = _compiled(source)
    except InvalidError as error:
        raise DecodeError(str(error)) from error
    changes: Memory | None = UNCHANGED
    if not uplink.is_new and (uplink.id or uplink.counter is not None):
        at = message.received_at if uplink.at is None else uplink.at
        changes = uplinks.look(
            memory,
            uplink.device,
            uplinks.seen(uplink.id, uplink.counter, uplink.data or _encoded(uplink.fields), at),
        )
    if changes is None:
        return NOTHING, UNCHANGED
    if columns is not None:
        return _mapped(uplink, columns, document, message, source), changes
    return _by_names(uplink, decoder), changes


def _encoded(fields: Any) -> bytes:
    return repr(fields).encode() if fields else b""


def _by_names(uplink: Uplink, decoder: payloads.Decode | None) -> Decoded:
    fields = uplink.fields
    if fields and type(fields) is dict:
        if uplink.data and any(map(_LOG.fullmatch, fields)):
            fields = _log(uplink, decoder)
    elif uplink.data and uplink.port:
        fields = decoder(uplink.data, uplink.port) if decoder is not None else _recognised(uplink)
        if fields is None:
            return _no_decoder(uplink)
    else:
        fields = {}
    found = free_fields.read(fields, uplink.device, uplink.at, uplink.flags)
    remarks = free_fields.unused(fields)
    if found.remarks:
        remarks = (*found.remarks, *remarks)
    return Decoded(found.readings, [_status(uplink, found.beside)], remarks=remarks)


def _recognised(uplink: Uplink) -> dict[str, Any] | None:
    """Return what a device measured whose model is named, or whose bytes are a Milesight device's, all of them."""
    decode = payloads.of_model(uplink.model[:_MODEL_AT_MOST]) if uplink.model else None
    if decode is None and uplink.port == milesight.PORT and milesight.is_whole(uplink.data):
        decode = milesight.decode
    try:
        return None if decode is None else decode(uplink.data, uplink.port)
    except DecodeError:
        return None  # nobody said that it is one of these


def _log(uplink: Uplink, decoder: payloads.Decode | None) -> dict[str, Any]:
    """Return a Dragino device's log: the server's decoder writes it as text, in local time without a zone."""
    if decoder is None:
        decoder = dragino.decode_lht52 if uplink.port == dragino.LOG_OF_LHT52 else dragino.decode_lht65n
    return decoder(uplink.data, uplink.port)


def _no_decoder(uplink: Uplink) -> Decoded:
    told = f"no decoder for what it sends on port {uplink.port}: set one in the server, or `payload` in the mapping"
    status = msgspec.structs.replace(_status(uplink, {}), fault=told)
    return Decoded(status=[status], remarks=(Remark(Notice.UNREADABLE_PART, told, uplink.device),))


def _mapped(uplink: Uplink, columns: Columns, document: Any, message: Message, source: Source) -> Decoded:
    try:
        readings, status = read_rows(columns, document, message, source)
    except DecodeError as error:
        if "none of the fields" not in str(error):
            raise
        readings, status = [], []
        remarks: tuple[Remark, ...] = (Remark(Notice.UNREADABLE_PART, str(error), uplink.device),)
    else:
        remarks = ()
    if columns.device is None:
        readings = [each._replace(device=uplink.device) for each in readings]
        status = [msgspec.structs.replace(each, device=uplink.device) for each in status]
    if columns.measured_at is None:
        readings = [each._replace(measured_at=uplink.at, flags=uplink.flags) for each in readings]
        status = [msgspec.structs.replace(each, measured_at=uplink.at) for each in status]
    return Decoded(readings, [*status, _status(uplink, {})], remarks=remarks)


def _status(uplink: Uplink, beside: Mapping[str, float]) -> Status:
    battery = beside.get("battery_pct", uplink.battery_pct)
    return Status(uplink.device, "", uplink.at, None, battery, beside.get("battery_v"), uplink.rssi)


# --- what servers write ---


@lru_cache(maxsize=16384)
def eui(raw: str) -> str:
    """Return an EUI as devices are called: 16 hexadecimal digits in lower case; another name stays what it is."""
    plain = raw.replace("-", "").replace(":", "").strip()
    is_eui = len(plain) == 16 and not plain.casefold().strip("0123456789abcdef")
    return plain.casefold() if is_eui else name_of(raw, "device")


def device(raw: Any) -> str:
    """Return the name of a device. Raises DecodeError for what is none."""
    return eui(raw) if type(raw) is str else name_of(raw, "device")


def from_base64(raw: Any) -> bytes:
    """Return the bytes of a text in base64, b"" for none. Raises DecodeError for another text."""
    if raw is None or raw == "":
        return b""
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise DecodeError(f"not base64: {shown(raw)}") from error


def from_hex(raw: Any) -> bytes:
    """Return the bytes of a text in hexadecimal, b"" for none. Raises DecodeError for another text."""
    if raw is None or raw == "":
        return b""
    try:
        return bytes.fromhex(raw)
    except (ValueError, TypeError) as error:
        raise DecodeError(f"not hexadecimal: {shown(raw)}") from error


def whole(raw: Any, what: str) -> int:
    """Return a number that servers leave out where it is 0. Raises DecodeError for what is no whole number."""
    if type(raw) is int and 0 <= raw < 1 << 32:
        return raw
    if raw is None:
        return 0
    number = plain_number(raw)
    if number is None or not 0 <= number < 1 << 32 or number != int(number):
        raise DecodeError(f"{what} is no whole number: {shown(raw)}")
    return int(number)


def error_in(document: Mapping[str, Any]) -> str:
    """Return what a server says that went wrong: `{"type": "UPLINK_CODEC", "error": "…"}`."""
    kind = document.get("type")
    named = kind[:60] if isinstance(kind, str) and kind.isprintable() else "error"
    return f"{named}: {shown(document.get('error'))}"


def strongest(gateways: Any, name: str) -> float | None:
    """Return the signal of the gateway that heard it best."""
    if type(gateways) is not list:
        return None
    best: float | None = None
    for each in gateways:
        number = plain_number(each.get(name)) if type(each) is dict else None
        if number is not None and (best is None or number > best):
            best = number
    return best


def battery_level(raw: Any) -> float | None:
    """Return the percentage of LoRaWAN's battery level, 1 to 254; None for external power and unknown."""
    number = plain_number(raw)
    return None if number is None or not _LEAST <= number <= _MOST else round(number / _MOST * 100, 1)
