"""Which alerts wait for somebody: whose problem goes on, or which nobody has acknowledged of stock out of reach."""

from sqlalchemy import ColumnElement, Table, or_

from store.tables import alerts


def goes_on(table: Table) -> ColumnElement[bool]:
    """Return the condition of `alerts`, or of its revisions, that somebody is still to deal with it."""
    # What is out of reach is mostly over when it becomes known: somebody has to say that he knows of it.
    return or_(table.c.until.is_(None), (table.c.lot != "") & table.c.acknowledged_at.is_(None))


OF_A_PLACE = alerts.c.lot == ""
OPEN = alerts.c.founded & goes_on(alerts)
