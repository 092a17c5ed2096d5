"""What was on record of each alert, and when: a copy of its row whenever it says something else than before."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, insert, select, update

from ledger.models.known_alert import without_numbers
from store.tables import alert_revisions, alerts

Columns = Mapping[str, Any]

# Put together once: what has many lots is revised often.
_NOW = bindparam("now", type_=BigInteger)
_IN_FORCE = (alert_revisions.c.id == bindparam("which")) & alert_revisions.c.superseded_at.is_(None)
_END = update(alert_revisions).where(_IN_FORCE, alert_revisions.c.known_at != _NOW).values(superseded_at=_NOW)
_ROW = select(*alerts.c, _NOW).where(alerts.c.id == bindparam("which"))
_COPY = insert(alert_revisions).from_select([*alerts.c.keys(), "known_at"], _ROW)
_AMEND = update(alert_revisions).where(_IN_FORCE)


def revise(connection: Connection, before: Columns | None, after: Columns, now: int) -> None:
    """Keep what `alerts` says from now on as a revision, in place of the one in force (`before` None: there is none).

    Numbers that merely grew are brought up to date in that one; so is what one step changes twice.
    """
    which = {"which": after["id"]}
    if before is not None and merely_grew(before, after):
        connection.execute(_AMEND, {**which, **after, "grown_at": now})
        return
    if before is None or connection.execute(_END, {**which, "now": now}).rowcount:
        connection.execute(_COPY, {**which, "now": now})
    else:
        connection.execute(_AMEND, {**which, **after})


def merely_grew(before: Columns, after: Columns) -> bool:
    """Tell whether a problem goes on as before: only its numbers differ, and the words that tell them."""
    return before["until"] is None and without_numbers(before) == without_numbers(after)
