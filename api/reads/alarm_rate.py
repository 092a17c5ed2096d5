"""The load of alarms, read from the record."""

from sqlalchemy import Connection, or_, select

from domain.times import DAY
from rules.alarms.alarm_rate import AlarmRate, Raised, alarm_rate_of
from rules.alarms.problems import Key
from store.open_alerts import OF_A_PLACE
from store.tables import alerts

DAYS = 30


def read_load(connection: Connection, now: int, days: int = DAYS) -> AlarmRate:
    """Return the load of the last days: of what people were told, when they were; of nothing unfounded.

    What was told and is shelved since has been a load; what was suppressed all the time has not.
    """
    since = now - days * DAY
    told = OF_A_PLACE & alerts.c.founded & alerts.c.told_at.is_not(None)
    recent = or_(alerts.c.told_at > since, alerts.c.until.is_(None))
    columns = (alerts.c.severity, alerts.c.told_at, alerts.c.until, alerts.c.acknowledged_at)
    silenced = alerts.c.suppressed.is_not(None)
    query = select(alerts.c.place, alerts.c.quantity, alerts.c.direction, *columns, silenced).where(told, recent)
    found = [Raised(Key(*row[:3]), *row[3:]) for row in connection.execute(query)]
    return alarm_rate_of(found, since, now)
