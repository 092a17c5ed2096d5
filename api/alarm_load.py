"""The load of alarms, read from the record."""

from sqlalchemy import Connection, or_, select

from domain.times import DAY
from rules.alarm_load import Load, Raised, load_of
from rules.problems import Key
from store.open_alerts import OF_A_PLACE
from store.tables import alerts

DAYS = 30


def read_load(connection: Connection, now: int, days: int = DAYS) -> Load:
    """Return the load of the last days: of what people were told, so without what is suppressed or unfounded."""
    since = now - days * DAY
    told = OF_A_PLACE & alerts.c.founded & alerts.c.suppressed.is_(None)
    recent = or_(alerts.c.raised_at > since, alerts.c.until.is_(None))
    columns = (alerts.c.severity, alerts.c.raised_at, alerts.c.until, alerts.c.acknowledged_at)
    query = select(alerts.c.place, alerts.c.quantity, alerts.c.direction, *columns).where(told, recent)
    found = [Raised(Key(*row[:3]), *row[3:]) for row in connection.execute(query)]
    return load_of(found, since, now)
