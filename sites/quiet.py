"""From entries of the kind `quiet` to the times at which nobody is told. They are no part of what is judged by."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from domain.times import NEVER, parse_duration, parse_instant
from rules.alarms.suppression import Daily, OutOfService, QuietTime


def quiet_times(docs: Iterable[Mapping[str, Any]], site_zone: str) -> list[QuietTime]:
    """Return what the documents say; `site_zone` counts where one names no time zone."""
    return [_quiet_time(doc, site_zone) for doc in docs]


def _quiet_time(doc: Mapping[str, Any], site_zone: str) -> QuietTime:
    since = None if doc["from"] is None else parse_instant(doc["from"])
    until = NEVER if doc["to"] is None else parse_instant(doc["to"])
    if doc["daily"] is None:
        assert since is not None  # the entry was refused without
        return OutOfService(doc["location"], since, until, doc["reason"])
    return Daily(
        doc["location"],
        time.fromisoformat(doc["daily"]),
        parse_duration(doc["for"]),
        ZoneInfo(doc["timezone"] or site_zone),
        doc["reason"],
        -NEVER if since is None else since,
        until,
    )
