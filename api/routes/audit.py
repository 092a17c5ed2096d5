"""The audit trail."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import SeesRecord
from api.models.audit import AuditLine
from api.models.base import show_time
from api.paging import Page
from api.reads.audit import Fields, OfAudit, conditions, shown
from api.reads.lists import newest_first
from store.tables import audit

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("")
def list_audit(caller: SeesRecord, query: Annotated[OfAudit, Query()]) -> Page[AuditLine]:
    """Return who did what, newest first."""
    with caller.look() as view:
        return newest_first(view, audit, query, conditions(query), shown, _line)


def _line(row: Fields) -> AuditLine:
    return AuditLine(**{**row, "at": show_time(row["at"])})
