"""Notices of devices: what was sent and no verdict rests on."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection

from api.deps import View
from api.models.notices import KindCount, Notice, NoticeSample
from api.paging import Page, Paging
from api.reads.lists import newest_first
from domain.notices import about, weight
from ledger.models.notice import sample_of
from store import notices
from store.notices import NoticeRow, row_of
from store.tables import device_notices


def notices_page(view: View, paging: Paging, conditions: Sequence[ColumnElement[bool]]) -> Page[Notice]:
    """Return a page of notices, the newest kinds first."""
    return newest_first(view, device_notices, paging, conditions, row_of, shown)


def shown(row: NoticeRow) -> Notice:
    """Return a notice as the API and the pages show it."""
    what = about(row.kind)
    samples = [
        NoticeSample(
            received_at=sample["at"],
            journal=sample["journal"],
            text=sample_of(row.kind, sample),
            topic=sample.get("topic"),
            payload=sample.get("payload"),
            retained=sample.get("retained"),
        )
        for sample in reversed(row.samples)
    ]
    return Notice(
        id=row.id or 0,
        device=row.device or None,
        source=row.source or None,
        kind=row.kind,
        group=what.group,
        title=what.title,
        explanation=what.explanation,
        count=row.count,
        fresh=row.fresh,
        calls=what.calls,
        first_at=row.first_at,
        last_at=row.last_at,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        samples=samples,
    )


def of_device(connection: Connection, device: str) -> list[Notice]:
    """Return the notices of a device, the gravest first."""
    return sorted(map(shown, notices.of_device(connection, device)), key=lambda each: weight(each.kind))


def totals(connection: Connection) -> list[KindCount]:
    """Return how many there are of each kind, the gravest first."""
    found = notices.totals(connection)
    return [
        KindCount(kind=kind, title=about(kind).title, count=count, fresh=fresh, devices=devices)
        for kind, (count, fresh, devices) in sorted(found.items(), key=lambda each: weight(each[0]))
    ]
