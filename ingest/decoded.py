"""What a codec is given and what it returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from domain.model import ALWAYS
from domain.notices import Remark
from domain.readings import Reading


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message as it came. `received_at` is the only clock a codec knows."""

    topic: str
    payload: bytes
    retained: bool = False
    received_at: int = 0
    user_properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """How messages of a topic filter are read. Compared by identity: what a codec compiles is kept per object."""

    topic: str
    format: str
    mapping: Mapping[str, object] = field(default_factory=dict)
    timezone: str | None = None
    clock: str | None = None  # what counts where a device's clock is off: own, arrival, refuse (ingest.placing)
    site_timezone: str = "UTC"
    mapped_since: int = ALWAYS  # from when on the mapping counts
    secret: str = field(default="", repr=False)  # what its secret_file holds: keys of encrypted formats


class Status(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a message says of a device besides its readings; None: nothing."""

    device: str
    probe: str = ""
    measured_at: int | None = None
    online: bool | None = None
    battery_pct: float | None = None
    battery_v: float | None = None
    rssi: float | None = None
    seq: int | None = None
    fault: str | None = None


class Action(msgspec.Struct, frozen=True):
    """What a codec wants published once the message is committed, e.g. a request for a rebirth."""

    action: str
    topic: str
    payload: bytes = b""


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """Everything one message says. A reading without `measured_at` gets the arrival time where it is written."""

    readings: Sequence[Reading] = ()
    status: Sequence[Status] = ()
    actions: Sequence[Action] = ()
    remarks: tuple[Remark, ...] = ()


# What a codec remembers of a source from message to message: by device, by node, or what else it keeps apart. Values
# are of the type that the codec registers. A codec changes nothing of it: it returns what is to be another from now on,
# None for what is to be forgotten.
Memory: TypeAlias = Mapping[str, Any]
UNCHANGED: Memory = MappingProxyType({})


def after_changes(memory: Memory, changes: Memory) -> Memory:
    """Return what is remembered after the changes."""
    if not changes:
        return memory
    return {key: value for key, value in {**memory, **changes}.items() if value is not None}
