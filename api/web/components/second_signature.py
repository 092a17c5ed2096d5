"""Versions of profiles that one person has signed and that wait for another one, where QA looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from api.deps import View
from ledger.corrections.asked import waiting_for


@dataclass(frozen=True, slots=True)
class WaitingVersion:
    """One that waits for a second signature: who asked for it and when, and the holds that it was asked for over."""

    profile: str
    version: str
    who: str
    at: int
    over: frozenset[int]

    @property
    def address(self) -> str:
        """Where it is signed."""
        return f"/profiles/{quote(self.profile, safe='')}/backtest#waiting"


def waiting_versions(view: View, profile: str | None = None) -> Sequence[WaitingVersion]:
    """Return what waits for a second signature, of one profile or of all, oldest first."""
    found = [
        WaitingVersion(
            each.after["doc"]["id"],
            str(each.after["doc"]["version"]),
            each.who,
            each.at,
            frozenset(each.after["over"]),
        )
        for each in waiting_for(view.connection)
    ]
    return [each for each in found if profile in (None, each.profile)]
