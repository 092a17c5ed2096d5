"""How final a statement is, and the data that are still outstanding."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rules.subjects.finality import FinalityStatus, Outstanding

Cause = Mapping[str, Any]  # why a revision was written, see ledger/corrections/causes.py

CAUSES = ("cause", "superseded_because")  # of a revision, as fields

# Of sensors, people and entries a client learns nothing; that something came late or was corrected it may know.
_CAUSE_OF_A_CLIENT = ("kind", "profile", "version", "at", "what")


@dataclass(frozen=True, slots=True)
class Finality:
    """`status` is provisional, confirmed or revised; `outstanding` None: not for this person to know."""

    status: FinalityStatus
    outstanding: Sequence[Outstanding] | None = ()

    @property
    def is_final(self) -> bool:
        """Tell whether the statement stays as it is."""
        return self.status != "provisional"


def is_retroactive(cause: Cause | None) -> bool:
    """Tell whether a version of a profile is the cause that was activated, changed or removed afterwards."""
    return cause is not None and cause["kind"] == "version" and bool(cause.get("what"))


def cause_for_client(cause: Cause | None) -> Cause | None:
    """Return a cause as a client may read it."""
    return {name: cause[name] for name in _CAUSE_OF_A_CLIENT if name in cause} if cause else None


def least_final(found: Iterable[Finality]) -> Finality:
    """Return the one that is most likely to change."""
    return min(found, key=lambda each: _LEAST_FINAL.index(each.status))


_LEAST_FINAL: tuple[FinalityStatus, ...] = ("provisional", "revised", "confirmed")
