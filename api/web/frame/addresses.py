"""Where the pages are that lead from what is said to what it rests on."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from domain.times import format_instant


def why_address(of: Mapping[str, Any], rule: str, at: int, **more: str) -> str:
    """Return where it is told why a rule fired: by what it fired for, so that it stays through corrections.

    `of` names a unit or a location.
    """
    subject = ("location",) if of.get("location") is not None else ("product", "lot", "unit")
    named = {name: of[name] for name in subject if of.get(name) is not None}
    return "/why?" + urlencode({**named, "rule": rule, "at": format_instant(at), **more})


def journal_address(number: int, received_at: int | None = None, measured_at: int | None = None) -> str:
    """Return where a journal row is shown.

    `received_at`: one message of it alone; `measured_at`: of when a reading of it is.
    """
    asked = {"message": received_at, "measured": measured_at}
    named = {name: format_instant(at) for name, at in asked.items() if at is not None}
    return f"/journal/{number}" + (f"?{urlencode(named)}" if named else "")


def audit_address(kind: str, key: str) -> str:
    """Return where everything is listed that was done to a thing."""
    return "/audit?" + urlencode({"kind": kind, "key": key})
