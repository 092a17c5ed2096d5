"""Which alerts wait for somebody: whose problem goes on, or which nobody has acknowledged of stock out of reach."""

from sqlalchemy import or_

from store.tables import alerts

OF_A_PLACE = alerts.c.lot == ""
# What is out of reach is mostly over when it becomes known: somebody has to say that he knows of it.
GOES_ON = or_(alerts.c.until.is_(None), ~OF_A_PLACE & alerts.c.acknowledged_at.is_(None))
OPEN = alerts.c.founded & GOES_ON
