"""What devices sent and no verdict rests on, counted by device and kind (domain.notices): a row for each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, select, tuple_, update

from store.database import upsert_into
from store.tables import device_notices

Key = tuple[str, str, str]  # device, source, kind; a device "" is not known, a source "" does not matter

SAMPLES_AT_MOST = 5
FORMS_AT_MOST = 50  # texts of a kind that counts texts


@dataclass(slots=True)
class NoticeRow:
    """A kind of notice of a device. `fresh`: how many since somebody looked; samples are the newest few."""

    device: str
    source: str
    kind: str
    count: int = 0
    fresh: int = 0
    first_at: int = 0
    last_at: int = 0
    journal: int = 0  # the row of the newest
    samples: list[dict[str, Any]] = field(default_factory=list)
    reviewed_by: str | None = None
    reviewed_at: int | None = None
    id: int | None = None

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.device, self.source, self.kind


_KEY = (device_notices.c.device, device_notices.c.source, device_notices.c.kind)


def find(connection: Connection, keys: Collection[Key]) -> dict[Key, NoticeRow]:
    """Return the rows of these keys, as far as there are any."""
    rows = _read(connection, tuple_(*_KEY).in_(list(keys))) if keys else []
    return {row.key: row for row in rows}


def of_device(connection: Connection, device: str) -> list[NoticeRow]:
    """Return all notices of a device."""
    return _read(connection, device_notices.c.device == device)


def get(connection: Connection, number: int) -> NoticeRow | None:
    """Return one notice."""
    rows = _read(connection, device_notices.c.id == number)
    return rows[0] if rows else None


def put(connection: Connection, rows: Sequence[NoticeRow]) -> None:
    """Write rows, each in place of the one of its key; one that counts nothing goes. For the one writer only."""
    gone = [row.key for row in rows if not row.count]
    if gone:
        connection.execute(delete(device_notices).where(tuple_(*_KEY).in_(gone)))
    rows = [row for row in rows if row.count]
    if not rows:
        return
    statement = upsert_into(connection, device_notices)
    names = ("count", "fresh", "first_at", "last_at", "journal", "samples")
    changed = {name: statement.excluded[name] for name in names}
    upsert = statement.on_conflict_do_update(index_elements=["device", "source", "kind"], set_=changed)
    connection.execute(
        upsert, [{name: getattr(row, name) for name in ("device", "source", "kind", *names)} for row in rows]
    )


def review(connection: Connection, number: int, who: str, now: int) -> None:
    """Note that somebody has looked at it: what comes from now on is fresh."""
    seen = {"fresh": 0, "reviewed_by": who, "reviewed_at": now}
    connection.execute(update(device_notices).where(device_notices.c.id == number).values(seen))


def totals(connection: Connection) -> dict[str, tuple[int, int, int]]:
    """Return by kind how many there are, how many are fresh, and of how many devices (or sources)."""
    columns = (device_notices.c.kind, func.sum(device_notices.c.count), func.sum(device_notices.c.fresh), func.count())
    rows = connection.execute(select(*columns).group_by(device_notices.c.kind))
    return {kind: (int(count), int(fresh), int(devices)) for kind, count, fresh, devices in rows}


def fresh_devices(connection: Connection, kinds: Collection[str]) -> Sequence[str]:
    """Return the devices with something of these kinds that nobody has looked at."""
    query = select(device_notices.c.device).where(device_notices.c.kind.in_(kinds), device_notices.c.fresh > 0)
    return connection.scalars(query.distinct().order_by(device_notices.c.device)).all()


def _read(connection: Connection, condition: Any) -> list[NoticeRow]:
    rows = connection.execute(select(device_notices).where(condition).order_by(device_notices.c.id))
    return [row_of(row._asdict()) for row in rows]


def row_of(row: Mapping[str, Any]) -> NoticeRow:
    """Return the notice of a row of the table."""
    return NoticeRow(**{**row, "samples": list(row["samples"])})
