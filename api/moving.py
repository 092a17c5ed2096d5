"""A move: the stay that goes on ends, and one at the new location begins. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.errors import ConflictError
from domain.times import NEVER, format_instant, parse_instant

Doc = Mapping[str, Any]


def move(name: str, placements: Sequence[Doc], location: str, at: int) -> list[dict[str, Any]]:
    """Return the placements to write for a unit's move; none if it was told before.

    Raises ConflictError where it is not clear what the move would mean; placements can still be told one by one.
    """
    when = format_instant(at)
    later = [doc for doc in placements if _since(doc) > at]
    if later:
        raise ConflictError(f"{name} is known to be at {later[0]['location']} from {later[0]['from']}, after {when}")
    here = [doc for doc in placements if _since(doc) <= at < _until(doc)]
    if not here:
        raise ConflictError(f"{name} is not in stock at {when}; add a storage record instead")
    if len(here) > 1:
        places = ", ".join(str(doc["location"]) for doc in here)
        raise ConflictError(f"{name} is in several locations at {when}: {places}; correct its storage records instead")
    stay = here[0]
    if stay["location"] == location:
        if _since(stay) == at:
            return []
        raise ConflictError(f"{name} is already at {location} since {stay['from']}")
    if _since(stay) == at:
        raise ConflictError(f"{name} is known to be at {stay['location']} from that very instant, {when}")
    return [{**stay, "to": when}, {**stay, "id": None, "location": location, "from": when, "to": stay["to"]}]


def _since(doc: Doc) -> int:
    return parse_instant(doc["from"])


def _until(doc: Doc) -> int:
    return NEVER if doc["to"] is None else parse_instant(doc["to"])
