"""Addresses of devices, written in one way: MAC addresses in upper case with colons."""

import re
from functools import lru_cache

from ingest.codecs.common.values import name_of

_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}([:-]?))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}", re.ASCII)


@lru_cache(maxsize=16384)
def mac_of(text: str) -> str | None:
    """Return the MAC address that a text is, with or without separators: `A4:C1:38:16:5B:5D`; None if it is none."""
    if not _MAC.fullmatch(text):
        return None
    digits = text.replace(":", "").replace("-", "").upper()
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def mac_in(topic: str) -> str | None:
    """Return the last level of a topic that is a MAC address; None if there is none."""
    return next((mac for level in reversed(topic.split("/")) if (mac := mac_of(level)) is not None), None)


@lru_cache(maxsize=16384)
def address_of(text: str) -> str:
    """Return a device's address or name: a MAC address in one way, anything else as it is.

    Raises DecodeError for what is no name.
    """
    return mac_of(text) or name_of(text, "device")
