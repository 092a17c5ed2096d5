"""The page of a profile version: its rules in plain words."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from api.deps import View
from api.people.roles import Permission
from api.web.components.second_signature import waiting_versions
from api.web.frame.render import render
from api.web.frame.session import SeesStock
from domain.errors import NotFoundError
from domain.model import ProfileVersion
from ledger.models.audit_entry import AuditEntry, audit_entry_of
from sites.library import differences_of, source_of
from sites.schema import key_of
from store import state
from store.tables import audit

router = APIRouter()
_DEEDS = 5  # of the last ones


@router.get("/profiles/{id}/{version}")
def show(visitor: SeesStock, request: Request, id: str, version: str) -> Response:
    """Show a profile version; to a client those of its own products."""
    with visitor.look() as view:
        shown, doc = _version(view, id, version)
        users = _users(view, id) if view.policy.knows_authors else ([], [])
        versions = view.snapshot.site.profiles[id]
        entries = _entries(view, id, version) if view.policy.knows_authors else []
        return render(
            request,
            visitor,
            "profile/page.html",
            view,
            version=shown,
            rules=[(rule, str(rule.condition.describe())) for rule in shown.rules],
            versions=versions,
            entries=entries,
            coverage=doc if view.policy.knows_authors else {},
            extends=doc.get("extends") if view.policy.knows_authors else None,
            differences=None if source_of(doc) is None else differences_of(doc),
            until=next((v.effective_from for v in versions if v.effective_from > shown.effective_from), None),
            products=users[0],
            places=users[1],
            second_signature=waiting_versions(view, id) if visitor.person.may(Permission.DISPOSE) else [],
        )


def _version(view: View, name: str, number: str) -> tuple[ProfileVersion, Mapping[str, Any]]:
    """Return a version and its document. Raises NotFoundError."""
    found = next((v for v in view.snapshot.site.profiles.get(name, ()) if str(v.version) == number), None)
    key = key_of("profile", {"id": name, "version": number})
    entry = state.find_entry(view.connection, "profile", key)
    if found is None or entry is None or view.policy.entry("profile", entry.doc) is None:
        raise NotFoundError(f"no profile {name} version {number}")
    return found, entry.doc


def _entries(view: View, name: str, number: str) -> list[AuditEntry]:
    """Return who wrote it or put it in force, why and when, the last first."""
    key = key_of("profile", {"id": name, "version": number})
    query = select(audit).where(audit.c.kind == "profile", audit.c.key == key, audit.c.what.in_(("activated", "put")))
    rows = view.connection.execute(query.order_by(audit.c.id.desc()).limit(_DEEDS))
    return [audit_entry_of(row._mapping) for row in rows]


def _users(view: View, name: str) -> tuple[list[str], list[str]]:
    """Return the products and the places that it is required of now."""
    site, now = view.snapshot.site, view.now
    products = sorted(product.id for product in site.products.values() if product.profile.at(now) == name)
    return products, sorted(place.id for place in site.locations.values() if place.profile.at(now) == name)
