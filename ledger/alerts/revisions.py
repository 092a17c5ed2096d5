"""What was on record of each alert, and when: a copy of its row whenever it says something else than before."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, update

from ledger.models.known_alert import without_numbers
from store.tables import alert_revisions

Columns = Mapping[str, Any]


def revise(connection: Connection, before: Columns | None, after: Columns, now: int) -> None:
    """Keep what an alert says from now on as a revision, in place of the one in force (`before` None: there is none).

    Numbers that merely grew are brought up to date in that one; so is what one step changes twice.
    """
    in_force = (alert_revisions.c.id == after["id"]) & alert_revisions.c.superseded_at.is_(None)
    if before is not None and merely_grew(before, after):
        connection.execute(update(alert_revisions).where(in_force).values({**after, "grown_at": now}))
        return
    ended = update(alert_revisions).where(in_force, alert_revisions.c.known_at != now).values(superseded_at=now)
    if before is None or connection.execute(ended).rowcount:
        connection.execute(insert(alert_revisions).values({**after, "known_at": now}))
    else:
        connection.execute(update(alert_revisions).where(in_force).values(after))


def merely_grew(before: Columns, after: Columns) -> bool:
    """Tell whether a problem goes on as before: only its numbers differ, and the words that tell them."""
    return before["until"] is None and without_numbers(before) == without_numbers(after)
