"""What is answered to a POST that was taken: what its sender wants to read, or it sends again for ever. Pure."""

import json
from typing import NamedTuple

_MOST_HANDLES = 10_000


class Answer(NamedTuple):
    """Status and JSON body."""

    status: int
    body: bytes


def answer_to(format_name: str, body: bytes) -> Answer:
    """Return the answer to a body that the broker has."""
    if format_name == "efento_gateway":
        return Answer(201, json.dumps({"Y": _handles(body), "N": []}).encode())
    return Answer(200, b"{}")


def _handles(body: bytes) -> list[int]:
    """Return the handles of an Efento gateway's measurements, once each.

    Of a body that cannot be read there are none. It is taken all the same: it is kept as an unreadable message.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = document.get("measurements") if isinstance(document, dict) else None
    each = [item.get("response_handle") for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return list(dict.fromkeys(handle for handle in each[:_MOST_HANDLES] if type(handle) is int))
