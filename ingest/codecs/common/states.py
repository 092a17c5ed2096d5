"""What is said of a device beside its readings."""

from collections.abc import Iterable
from typing import Any

from ingest.codecs.common.values import plain_number
from ingest.decoded import Status

_ONLINE = frozenset({"online", "on", "true", "1", "connected", "alive", "available", "up", "yes"})
_OFFLINE = frozenset({"offline", "off", "false", "0", "disconnected", "dead", "unavailable", "lost", "down", "no"})


def online_of(raw: Any) -> bool | None:
    """Return whether the word says online or offline; None if neither."""
    word = str(raw).strip().casefold()
    return True if word in _ONLINE else False if word in _OFFLINE else None


def status_of(device: str, probe: str, at: int | None, extras: Iterable[tuple[str, Any]]) -> Status:
    """Return what the fields beside the readings say; what cannot be read of them says nothing."""
    read: dict[str, Any] = {}
    for name, raw in extras:
        read[name] = online_of(raw) if name == "online" else plain_number(raw)
    if (seq := read.get("seq")) is not None:
        read["seq"] = int(seq)
    return Status(device, probe, at, **read)


def status_if_any(device: str, probe: str, at: int | None, extras: Iterable[tuple[str, Any]]) -> list[Status]:
    """Return the same, and nothing where nothing is said: what is None."""
    said = [(name, raw) for name, raw in extras if raw is not None]
    return [status_of(device, probe, at, said)] if said else []
