"""A decision about a hold, as it was signed: it covers what was known then, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ledger.models.interval import Row

DecisionState = Literal["released", "rejected", "undo_asked", "undone"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much more is allowed after a release, and how much of it is used; values in 10⁻⁶.

    `used_minutes` None: not known at the instant asked about.
    """

    minutes: float
    up_to: int
    used_minutes: float | None = None
    used_peak: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what of a hold, when and why, and the numbers that were signed."""

    state: DecisionState
    at: int
    rule: str
    kind: str
    profile: str
    version: int
    revision: int
    sentence: str
    minutes: float
    degree_minutes: float
    peak: int | None
    measured: float | None
    allow: Allowance | None = None
    who: str | None = None  # None: not for this person to know, as `reason` and `signature`
    reason: str | None = None
    signature: Mapping[str, str] | None = None


def decision_of(row: Row, used: Mapping[str, Any] | None = None) -> Decision:
    """Return the decision that a row of `decisions` tells of; `used`: what the hold says of its allowance."""
    allow = None
    if row["allow_minutes"] is not None:
        spent = used or {}
        allow = Allowance(row["allow_minutes"], row["allow_up_to"], spent.get("minutes"), spent.get("peak"))
    return Decision(**{name: row[name] for name in _FIELDS}, allow=allow)


def decision_for_client(decision: Decision) -> Decision:
    """Return a decision as the client that owns the unit may read it."""
    return replace(decision, who=None, reason=None, signature=None)


_FIELDS = (
    *("state", "at", "rule", "kind", "profile", "version", "revision", "sentence"),
    *("minutes", "degree_minutes", "peak", "measured", "who", "reason", "signature"),
)
