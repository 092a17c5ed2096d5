"""The audit trail."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import SeesRecord
from api.models.audit import AuditLine
from api.paging import Page
from api.reads.audit import OfAudit, page_of

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("")
def list_audit(caller: SeesRecord, query: Annotated[OfAudit, Query()]) -> Page[AuditLine]:
    """Return who did what, newest first; every filter is served by an index."""
    with caller.look() as view:
        return page_of(view, query, query.filter(), AuditLine.model_validate)
