"""The page of a profile version: its rules in plain words."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from api.deps import View
from api.web.frame.render import render
from api.web.frame.session import SeesStock
from domain.errors import NotFoundError
from domain.model import ProfileVersion
from sites.schema import key_of
from store import state
from store.tables import audit

router = APIRouter()
_DEEDS = 5  # of the last ones


@router.get("/profiles/{id}/{version}")
def show(visitor: SeesStock, request: Request, id: str, version: str) -> Response:
    """Show a profile version; to a client those of its own products."""
    with visitor.look() as view:
        shown = _version(view, id, version)
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
            until=next((v.effective_from for v in versions if v.effective_from > shown.effective_from), None),
            products=users[0],
            places=users[1],
        )


def _version(view: View, name: str, number: str) -> ProfileVersion:
    found = next((v for v in view.snapshot.site.profiles.get(name, ()) if str(v.version) == number), None)
    key = key_of("profile", {"id": name, "version": number})
    entry = state.find_entry(view.connection, "profile", key)
    if found is None or entry is None or view.policy.entry("profile", entry.doc) is None:
        raise NotFoundError(f"no profile {name} version {number}")
    return found


def _entries(view: View, name: str, number: str) -> list[dict[str, Any]]:
    """Return who wrote it or put it in force, why and when, the last first; `signer` is the printed name if signed."""
    key = key_of("profile", {"id": name, "version": number})
    query = select(audit).where(audit.c.kind == "profile", audit.c.key == key, audit.c.what.in_(("activated", "put")))
    rows = view.connection.execute(query.order_by(audit.c.id.desc()).limit(_DEEDS))
    return [{**row._mapping, "signer": ((row.after or {}).get("signature") or {}).get("name", row.who)} for row in rows]


def _users(view: View, name: str) -> tuple[list[str], list[str]]:
    """Return the products and the places that it is required of now."""
    site, now = view.snapshot.site, view.now
    products = sorted(product.id for product in site.products.values() if product.profile.at(now) == name)
    return products, sorted(place.id for place in site.locations.values() if place.profile.at(now) == name)
