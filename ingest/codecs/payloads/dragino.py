"""Dragino LHT65N and LHT52: `TempC_DS` is the external probe, `TempC_SHT` and `Hum_SHT` are in the housing.

Port 2 brings what is measured, port 5 the state of the device. An LHT65N sends its log on port 2 as well: rows of 11
bytes, marked by bits of their status; an LHT52 sends it on port 3. Its rows are stamped by the device's clock.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from domain.errors import DecodeError
from ingest.codecs import payloads

_STATE = 5  # ports
LOG_OF_LHT52 = 3
_ROW = 11
_DEVICE_STATE = struct.Struct(">BHBBH")  # model, firmware, band, sub-band, millivolts
_LHT65N = struct.Struct(">HhHBhH")
_LHT65N_LOG = struct.Struct(">hhHBI")
_LHT52 = struct.Struct(">hHhBI")
_POLLED, _SENT_AGAIN = 0x40, 0x80
_PROBE, _TMP117, _PROBE_WITH_TIME, _SHT31 = 1, 2, 9, 11  # what is plugged in


@payloads.register("dragino_lht65n", "lht65n")
def decode_lht65n(payload: bytes, port: int) -> dict[str, Any]:
    """Return what an LHT65N measures, or its log."""
    if port == _STATE:
        return _state(payload)
    if port != 2 or len(payload) < _ROW or len(payload) % _ROW:
        raise _refused("LHT65N", payload, port)
    marks = payload[6]
    if marks & (_POLLED | _SENT_AGAIN):
        return {"history": list(_log(payload, _logged_lht65n))}
    if len(payload) != _ROW:
        raise _refused("LHT65N", payload, port)
    if marks & 0x0F == _PROBE_WITH_TIME:
        fields = _logged_lht65n(payload)
        del fields["timestamp"]
        return fields
    battery, housing, humidity, _, first, second = _LHT65N.unpack(payload)
    fields = {"BatV": (battery & 0x3FFF) / 1000, "TempC_SHT": housing / 100, "Hum_SHT": (humidity & 0x0FFF) / 10}
    if marks & 0x0F == _PROBE:
        fields["TempC_DS"] = first / 100
    elif marks & 0x0F == _TMP117:
        fields["TempC_TMP117"] = first / 100
    elif marks & 0x0F == _SHT31:
        fields |= {"TempC_SHT31": first / 100, "Hum_SHT31": second / 10}
    return fields


@payloads.register("dragino_lht52", "lht52")
def decode_lht52(payload: bytes, port: int) -> dict[str, Any]:
    """Return what an LHT52 measures, or its log."""
    if port == _STATE:
        return _state(payload)
    if port == 2 and len(payload) == _ROW:
        fields = _logged_lht52(payload)
        del fields["timestamp"]
        return fields
    if port == LOG_OF_LHT52 and payload and not len(payload) % _ROW:
        return {"history": list(_log(payload, _logged_lht52))}
    raise _refused("LHT52", payload, port)


def _state(payload: bytes) -> dict[str, Any]:
    if len(payload) != _DEVICE_STATE.size:
        raise DecodeError(f"not the state of a Dragino device: {payload[:24].hex()}")
    return {"Bat_mV": _DEVICE_STATE.unpack(payload)[-1]}


def _log(payload: bytes, read: Callable[[bytes], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for at in range(0, len(payload), _ROW):
        row = read(payload[at : at + _ROW])
        if row["timestamp"]:  # else a row that was never written
            yield row


def _logged_lht65n(row: bytes) -> dict[str, Any]:
    probe, housing, humidity, marks, stamp = _LHT65N_LOG.unpack(row)
    fields = {"timestamp": stamp, "TempC_SHT": housing / 100, "Hum_SHT": (humidity & 0x0FFF) / 10}
    if marks & 0x0F in (_PROBE, _PROBE_WITH_TIME):
        fields["TempC_DS"] = probe / 100
    return fields


def _logged_lht52(row: bytes) -> dict[str, Any]:
    housing, humidity, probe, plugged, stamp = _LHT52.unpack(row)
    fields = {"timestamp": stamp, "TempC_SHT": housing / 100, "Hum_SHT": humidity / 10}
    if plugged & 0x0F == _PROBE:
        fields["TempC_DS"] = probe / 100
    return fields


def _refused(device: str, payload: bytes, port: int) -> DecodeError:
    return DecodeError(f"not what a Dragino {device} sends on port {port}: {len(payload)} bytes, {payload[:24].hex()}")
