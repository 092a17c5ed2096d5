"""Why, as columns of a row: what was measured against what, by which version of a rule, on which readings."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.topics import whole

Row = dict[str, Any]

_OF_THE_STRUCTURE = ("bound", "measured", "limit", "readings", "readings_from", "readings_to")
# Beside `profile` and `version`; what only some kinds say stands in `why`.
STRUCTURE = (
    *("kind", "bound", "measured", "limit", "measured_in", "readings", "readings_from", "readings_to"),
    *("readings_coverage", "why"),
)


def structure(kind: str | None, why: Mapping[str, Any] | None) -> Row:
    """Return the columns STRUCTURE. `why` is what a firing rests on; None: it is not known, or was not then."""
    said = why or {}
    found = {name: said.get(name) for name in _OF_THE_STRUCTURE}
    found |= {"kind": kind, "measured_in": said.get("unit"), "readings_coverage": said.get("coverage"), "why": why}
    return {name: found[name] for name in STRUCTURE}


def sentence(said: str | None, of: Mapping[str, Any], places: Sequence[str]) -> str | None:
    """Return the sentence with whom it is of, and where."""
    return said and whole(said, of, places)
