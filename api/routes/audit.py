"""The audit trail."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.audit import Fields, OfAudit, conditions, shown
from api.deps import SeesRecord
from api.pages import Page
from api.reading import newest_first
from api.schemas.audit import AuditLine
from api.schemas.base import show_time
from store.tables import audit

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("")
def list_audit(caller: SeesRecord, query: Annotated[OfAudit, Query()]) -> Page[AuditLine]:
    """Return who did what, newest first."""
    with caller.look() as view:
        return newest_first(view, audit, query, conditions(query), shown, _line)


def _line(row: Fields) -> AuditLine:
    return AuditLine(**{**row, "at": show_time(row["at"])})
