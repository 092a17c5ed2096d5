"""Channels of notification. A module here registers one: a class built from the channel's entry in the site file."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from domain.errors import ColdchainError
from domain.registry import Registry, load_folder
from ledger.models.alert import Alert


class DeliveryError(ColdchainError):
    """A message that did not arrive. `permanent`: it never will, whatever a person repairs; trying again is useless."""

    code = "undelivered"

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one channel. The id is the same at every attempt: a receiver can drop what it had before."""

    id: str
    event: str  # raised | updated | acknowledged | ended | unfounded | test | notice
    payload: Mapping[str, Any]  # the JSON that programs get
    alert: Alert | None = None  # as its recipient may read it; None: a test of the channel, or a notice
    thread: str | None = None  # an id that all messages of one alert share; None: it belongs to no alert
    zone: str = "UTC"  # of the site, in which people read times


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel may use besides its entry."""

    clock: Callable[[], int]  # microseconds
    timeout: int  # microseconds for one attempt, whatever the receiver does
    secret_folders: tuple[Path, ...]  # where a relative `secret_file` is looked for, in order

    def secret(self, named: str) -> bytes:
        """Return what a `secret_file` holds, without white space around it. Raises DeliveryError."""
        for folder in self.secret_folders:
            path = folder / named  # an absolute path stays what it is
            try:
                secret = path.read_bytes().strip()
            except OSError:
                continue
            if secret:
                return secret
            raise DeliveryError(f"its secret_file {named!r} is empty")
        raise DeliveryError(f"its secret_file {named!r} cannot be read")


class Channel(Protocol):
    """What the outbox needs of a channel."""

    def send(self, message: Message) -> None:
        """Tell it within the timeout. Raises DeliveryError."""


Builder = Callable[[Mapping[str, Any], Surroundings], Channel]

channels: Registry[Builder] = Registry("kind of channel")


@cache
def load() -> None:
    """Find the channels. Raises ValueError if two have one name, which is to stop the start."""
    load_folder(sys.modules[__name__])


def build(entry: Mapping[str, Any], surroundings: Surroundings) -> Channel:
    """Build a channel from its entry. Raises InvalidError for an unknown kind, DeliveryError for a wrong set-up."""
    load()
    return channels.get(str(entry.get("kind")))(entry, surroundings)
