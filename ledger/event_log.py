"""What happened in one step: events for whoever follows along, and the audit trail of actions."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from store.audit import write_audit
from store.state import append_events

ENGINE = "engine"  # who does what no person asked for

Json = Any


class EventLog:
    """Collects what happened and writes it at the end of the transaction, dated `at`."""

    def __init__(self, at: int) -> None:
        self.at = at
        self._events: list[tuple[int, str, Json]] = []
        self._actions: list[tuple[int, dict[str, Json]]] = []

    @property
    def actions(self) -> list[tuple[int, dict[str, Json]]]:
        """What was done so far, each action with the place of its event among those of the step."""
        return self._actions

    @property
    def events(self) -> list[tuple[str, Json]]:
        """What happened so far: kind and subject."""
        return [(kind, subject) for _, kind, subject in self._events]

    def done(self, after: int = 0) -> Iterator[tuple[dict[str, Json], Json]]:
        """Yield what was done after so many actions, each as its line in the audit, and what it is about."""
        for i, row in self._actions[after:]:
            yield row, self._events[i][2]

    def event(self, kind: str, subject: Json) -> None:
        """Note an event."""
        self._events.append((self.at, kind, subject))

    def action(
        self,
        who: str,
        what: str,
        kind: str,
        key: str,
        subject: Json,
        *,
        before: Json = None,
        after: Json = None,
        reason: str | None = None,
    ) -> None:
        """Note that somebody did something: an event `<kind>.<what>` about the subject, and its line in the audit."""
        row = {"at": self.at, "who": who, "what": what, "kind": kind, "key": key}
        self._actions.append((len(self._events), {**row, "before": before, "after": after, "reason": reason}))
        self.event(f"{kind}.{what}", subject)

    def write(self, connection: Connection) -> int:
        """Write everything; return the number of the last event, 0 if nothing happened."""
        numbered = append_events(connection, self._events)
        write_audit(connection, [{**row, "event": numbered[i].number} for i, row in self._actions])
        return numbered[-1].number if numbered else 0
