"""The set-up page of profiles."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.web.frame.render import render
from api.web.frame.session import SeesSite
from api.web.profiles.view import list_profiles
from store import state

router = APIRouter()


@router.get("/setup/profiles")
def show(visitor: SeesSite, request: Request) -> Response:
    """List the profiles and their versions."""
    with visitor.look() as view:
        docs = [entry.doc for entry in state.load_entries(view.connection, "profile")]
        newest_last = sorted(docs, key=lambda doc: int(doc["version"]))
        names = {doc["id"]: doc["name"] for doc in newest_last if doc.get("name")}
        found = list_profiles(view.snapshot.site, names, view.now)
        return render(request, visitor, "profiles/page.html", view, part="profiles", profiles=found)
