"""The audit trail: who did what, in the order in which it was committed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert

from store.lock import hold_in_transaction
from store.tables import audit

_NOTHING: Mapping[str, Any] = {"before": None, "after": None, "reason": None, "event": None}


def write_audit(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of the audit trail: at, who, what, kind, key and perhaps before, after, reason, event.

    Whoever read up to a number has read all below it: writers take turns from here to the end of their transaction.
    So it is what a transaction does last.
    """
    if rows:
        hold_in_transaction(connection, "audit")
        connection.execute(insert(audit), [{**_NOTHING, **row} for row in rows])
