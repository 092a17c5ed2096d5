"""BTHome version 2 as gateways relay it: the service data of UUID 0xFCD2, as bytes, as hexadecimal text or in JSON."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from domain.errors import DecodeError, InvalidError
from domain.notices import Notice, Remark
from domain.readings import Reading, reading_of
from ingest import codecs
from ingest.codecs.common import numbers, settings
from ingest.codecs.common.addresses import address_of, mac_in, mac_of
from ingest.codecs.common.bthome import Objects, objects
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.states import status_if_any
from ingest.codecs.common.topics import device_of
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source

_NOTHING = Decoded()
_UUID = b"\xd2\xfc"
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){3,}\s*")
_KEY = re.compile(r"(?:(?P<mac>[0-9A-Fa-f:-]{12,17})[\s=,]+)?(?P<key>[0-9A-Fa-f]{32})", re.ASCII)
_ENCRYPTED, _HAS_MAC, _VERSION = 0b1, 0b10, 2
_COUNTER_AND_CHECK = 8


def check(source: Source) -> None:
    """Raise InvalidError for a mapping, or a secret that holds no keys."""
    settings.only(source)
    _keys(source.secret)


@codecs.register("bthome_v2", check, numbers.Received)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what a device says, the first time that a packet of its number is received.

    Encrypted packets are read with the device's key: the secret of the source is one key for all, or lines of an
    address and its key.
    """
    if not message.payload:
        return _NOTHING, UNCHANGED
    data, said_of, rssi = _service_data(message.payload)
    if data is None:
        return _NOTHING, UNCHANGED
    if not data or data[0] >> 5 != _VERSION:
        raise DecodeError(f"not BTHome version 2: {data[:8].hex()}")
    info, data = data[0], data[1:]
    mac = mac_of(said_of) if said_of else mac_in(message.topic)
    if info & _HAS_MAC:
        if len(data) < 6:
            raise DecodeError("the address in the packet is cut short")
        mac, data = data[5::-1].hex(":").upper(), data[6:]
    device = mac or address_of(said_of or device_of(message.topic, source.topic))
    number = None
    if info & _ENCRYPTED:
        data, number = _decrypted(data, info, mac, source)
    said = objects(data)
    number = said.packet if said.packet is not None else number
    if number is not None and _is_again(memory.get(device), number):
        return _NOTHING, UNCHANGED
    changes = UNCHANGED if number is None else {device: numbers.after(memory.get(device), number)}
    return _decoded(device, said, number, rssi), changes


def _service_data(payload: bytes) -> tuple[bytes | None, str, Any]:
    """Return the service data, whose it is as far as the payload says it, and the strength of the signal.

    None: a gateway relays something else.
    """
    said_of, rssi = "", None
    if payload[:1] == b"{":
        document = object_of(payload)
        uuid = str(document.get("servicedatauuid", document.get("service_data_uuid", "fcd2"))).casefold()
        raw = document.get("servicedata", document.get("service_data"))
        if raw is None or uuid.removeprefix("0x")[-4:] != "fcd2":
            return None, "", None
        name = next((document[key] for key in ("id", "mac", "address") if isinstance(document.get(key), str)), "")
        said_of, rssi = name, document.get("rssi")
        payload = str(raw).encode()
        if not _HEX.fullmatch(payload):
            raise DecodeError(f"the service data is not hexadecimal: {str(raw)[:60]!r}")
    if _HEX.fullmatch(payload):
        payload = bytes.fromhex(payload.decode())
    return payload.removeprefix(_UUID), said_of, rssi


def _is_again(before: numbers.Received | None, number: int) -> bool:
    return before is not None and number in before.numbers


@lru_cache(maxsize=64)
def _keys(secret: str) -> Mapping[str, AESCCM]:
    """Return the keys by address; "" for all others. Raises InvalidError for a line that holds no key."""
    found: dict[str, AESCCM] = {}
    for number, line in enumerate(secret.splitlines(), 1):
        if not line.strip():
            continue
        match = _KEY.fullmatch(line.strip())
        mac = mac_of(match["mac"]) if match and match["mac"] else ""
        if match is None or mac is None:
            raise InvalidError(
                f"line {number} of the secret is neither a key of 32 hexadecimal digits nor address and key"
            )
        found[mac] = AESCCM(bytes.fromhex(match["key"]), tag_length=4)
    return found


def _decrypted(data: bytes, info: int, mac: str | None, source: Source) -> tuple[bytes, int]:
    """Return the objects, and the counter of the packet. Raises DecodeError if they cannot be read."""
    if len(data) < _COUNTER_AND_CHECK:
        raise DecodeError("the encrypted packet is cut short")
    keys = _keys(source.secret)
    key = (keys.get(mac) if mac else None) or keys.get("")
    if mac is None or key is None:
        raise DecodeError(f"encrypted, and the secret of the source has no key for {mac or 'a device without address'}")
    cipher, counter, tag = data[:-8], data[-8:-4], data[-4:]
    nonce = bytes.fromhex(mac.replace(":", "")) + _UUID + bytes([info]) + counter
    try:
        return key.decrypt(nonce, cipher + tag, None), int.from_bytes(counter, "little")
    except InvalidTag as error:
        raise DecodeError(f"cannot be decrypted: the key of {mac} is another, or the packet was changed") from error


def _decoded(device: str, said: Objects, number: int | None, rssi: Any) -> Decoded:
    """Return the readings; of several of a quantity each is a probe: `2` for the second."""
    readings: list[Reading] = []
    seen = {"temperature": 0, "humidity": 0}
    for quantity, value in said.values:
        seen[quantity] += 1
        readings.append(reading_of(device, str(seen[quantity]) if seen[quantity] > 1 else "", quantity, value, None))
    beside = [("battery_pct", said.battery_pct), ("battery_v", said.battery_v), ("rssi", rssi), ("seq", number)]
    remarks: tuple[Remark, ...] = ()
    if said.unknown is not None:
        text = f"object {said.unknown:02X} is not known: what follows it was not read"
        remarks = (Remark(Notice.UNREADABLE_PART, text, device),)
    return Decoded(readings, status_if_any(device, "", None, beside), remarks=remarks)
