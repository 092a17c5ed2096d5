"""What is on record, without what only a channel needs to know: the address of a service may hold its key. Pure."""

from collections.abc import Mapping
from typing import Any

_SECRET = ("url", "password", "user")


def without_secrets(value: Any) -> Any:
    """Return the value with `…` in place of addresses and names to sign in with, however deep they lie."""
    if isinstance(value, Mapping):
        return {
            name: _hidden(each) if name in _SECRET and each else without_secrets(each) for name, each in value.items()
        }
    return [without_secrets(each) for each in value] if isinstance(value, list | tuple) else value


def _hidden(value: Any) -> str:
    scheme, slashes, _ = str(value).partition("://")
    return f"{scheme}://…" if slashes and scheme.isalnum() else "…"
