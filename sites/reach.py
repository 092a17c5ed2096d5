"""What an address and the name of a secret's file may reach. Pure: nothing is looked up.

Channels are in the site file, which whoever runs the machine applies: they may reach receivers in the house. Nobody
means the machine's own metadata service, its desktop or a file beside the secrets.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from domain.errors import InvalidError

# What the library Apprise hands to the machine itself instead of sending it anywhere.
LOCAL_SERVICES = frozenset(
    {"file", "syslog", "dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "exec", "python"}
)


def refuse_local(url: str) -> None:
    """Raise InvalidError for an address that is only of this machine: a file, its desktop, its metadata service."""
    scheme = url.partition("://")[0].lower()
    if scheme in LOCAL_SERVICES:
        raise InvalidError(f"{scheme}:// is on this machine; a channel reaches people elsewhere")
    address = _address(_host_of(url))
    if address is not None and address.is_link_local:
        raise InvalidError(f"{address} is a link-local address, which no receiver has")


def refuse_outside(named: str) -> None:
    """Raise InvalidError for a file name that leads out of the folder in which it is looked for."""
    if ".." in re.split(r"[/\\]", named) or "\0" in named:
        raise InvalidError(f"leads out of its folder: {named!r}")


def refuse_anywhere(entry: Mapping[str, Any]) -> None:
    """Raise InvalidError for an entry whose secret may be any file of the machine."""
    if str(entry.get("secret_file") or "").startswith(("/", "\\")):
        raise InvalidError("secret_file: over the API a file is named without a full path")


def _host_of(url: str) -> str:
    """Return the host of a URL, or of a bare name."""
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is written as: also in the forms that a resolver takes, 2130706433 or 0x7f.1."""
    try:
        address = ip_address(host)
    except ValueError:
        return _old_form(host)
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def _old_form(host: str) -> IPv4Address | None:
    """Return the address that `inet_aton` reads: one to four numbers, decimal, octal or hexadecimal."""
    parts = host.split(".")
    if len(parts) > 4 or not all(re.fullmatch(r"0x[0-9a-f]+|\d+", part, re.ASCII | re.IGNORECASE) for part in parts):
        return None
    try:
        numbers = [int(part, 16 if part[:2].lower() == "0x" else 8 if part[0] == "0" else 10) for part in parts]
    except ValueError:
        return None
    *first, last = numbers
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    return IPv4Address(sum(number << 8 * (3 - i) for i, number in enumerate(first)) + last)
