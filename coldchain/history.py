"""What answers about readings over time, built from the settings."""

from typing import TYPE_CHECKING

from coldchain.settings import Settings
from store.database import Database
from store.history import History
from store.window import LocalHistory

if TYPE_CHECKING:
    from store.influx import Influx


def influx(settings: Settings) -> "Influx | None":
    """Build what talks to InfluxDB, if one is set."""
    if settings.influx_url is None:
        return None
    from store.influx import Influx  # its client takes long to load, and most installations have none

    token = settings.influx_token.get_secret_value()
    return Influx(settings.influx_url, token, settings.influx_org, settings.influx_bucket)


def history(settings: Settings, database: Database) -> History:
    """Build what answers about readings over time."""
    return influx(settings) or LocalHistory(database)
