"""The reason for a firing as columns of a row: measured value, limit, version of the rule, supporting readings."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.topics import whole

Row = dict[str, Any]

_COPIED = ("bound", "measured", "limit", "readings", "readings_from", "readings_to")
# Beside `profile` and `version`; what only some kinds say stands in `why`.
REASON_COLUMNS = (
    *("kind", "bound", "measured", "limit", "measured_in", "readings", "readings_from", "readings_to"),
    *("readings_coverage", "why"),
)


def reason_columns(kind: str | None, why: Mapping[str, Any] | None) -> Row:
    """Return the columns REASON_COLUMNS. `why` is what a firing rests on; None: it is not known, or was not then."""
    said = why or {}
    found = {name: said.get(name) for name in _COPIED}
    found |= {"kind": kind, "measured_in": said.get("unit"), "readings_coverage": said.get("coverage"), "why": why}
    return {name: found[name] for name in REASON_COLUMNS}


def sentence(said: str | None, of: Mapping[str, Any], places: Sequence[str]) -> str | None:
    """Return the sentence with whom it is of, and where."""
    return said and whole(said, of, places)
