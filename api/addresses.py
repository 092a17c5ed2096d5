"""How entries are addressed: from the steps of a path to the key of an entry and back."""

import base64
import binascii
import json
from typing import Annotated
from urllib.parse import quote

from fastapi import Path

from domain.errors import NotFoundError


def canonical(*fields: str) -> str:
    """Return the key of an entry as it is stored."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def id_key(id: Annotated[str, Path(description="its id")]) -> str:
    """Return the key of what has an id."""
    return canonical(id)


def lot_key(
    product: Annotated[str, Path(description="product id")], lot: Annotated[str, Path(description="lot number")]
) -> str:
    """Return the key of a batch."""
    return canonical(product, lot)


def version_key(
    id: Annotated[str, Path(description="profile id")], version: Annotated[int, Path(ge=1, description="its version")]
) -> str:
    """Return the key of a profile version."""
    return canonical(id, str(version))


def opaque_key(key: Annotated[str, Path(description="the last step of its `href`")]) -> str:
    """Return the key behind an address. Raises NotFoundError for one that was never given out."""
    try:
        return base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise NotFoundError(f"there is no entry {key!r}") from None


def readable(key: str) -> str:
    """Return the fields of a key as steps of an address."""
    return "/".join(quote(field, safe="") for field in json.loads(key))


def opaque(key: str) -> str:
    """Return a key as one step of an address."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
