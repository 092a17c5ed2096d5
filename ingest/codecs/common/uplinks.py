"""Uplinks that came before: servers deliver some twice, minutes apart, and with another time and other gateways."""

import zlib
from typing import NamedTuple

import msgspec

from domain.times import MINUTE
from ingest.decoded import Memory

_REMEMBERED = 8
# A frame counter with the same bytes that comes again within this is the same uplink; later the device has joined anew.
_WITHIN = 10 * MINUTE


class Reception(NamedTuple):
    """An uplink: the server's id of it (0: none), its frame counter (-1: none), its bytes, all as numbers, and when."""

    id: int
    counter: int
    data: int
    at: int


class Uplinks(msgspec.Struct, frozen=True, array_like=True, tag="uplinks"):
    """The last ones of a device, oldest first."""

    receptions: tuple[Reception, ...] = ()


def seen(id_: str, counter: int | None, data: bytes, at: int) -> Reception:
    """Return what is remembered of an uplink."""
    return Reception(
        zlib.crc32(id_.encode("utf-8", "replace")) if id_ else 0,
        -1 if counter is None else counter,
        zlib.crc32(data),
        at,
    )


def look(memory: Memory, device: str, now: Reception) -> Memory | None:
    """Return what is to be remembered, by device; None: it is an uplink that was heard before."""
    known: Uplinks | None = memory.get(device)
    before = () if known is None else known.receptions
    for each in before:
        if now[0] and each[0] == now[0]:
            return None
        if now[1] >= 0 and each[1] == now[1] and each[2] == now[2] and abs(each[3] - now[3]) <= _WITHIN:
            return None
    return {device: Uplinks((*before[1 - _REMEMBERED :], now))}
