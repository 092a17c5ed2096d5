"""Entries of the site: list, one, tell, replace, remove; the same five routes for every kind."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response
from sqlalchemy import ColumnElement, Row, select

from api import corrections
from api.corrections import put, remove
from api.deps import Caller, Configures, View, needs
from api.models.records import MayBeUsed
from api.models.site import Activation, BatchEntry, SiteEntry, given_doc, shown_doc
from api.openapi import body_of
from api.paging import Page, Paging, collect, decode
from api.resources import BY_KIND, RESOURCES, Resource
from domain.errors import InvalidError, NotFoundError
from sites.entries import entry as read_entry
from store.state import StoredEntry, find_entry
from store.tables import entries

router = APIRouter()
Fields = dict[str, Any]


def show(view: View, resource: Resource, stored: StoredEntry | Row[Any]) -> SiteEntry | None:
    """Return an entry as this person may see it, None if it may not."""
    doc = view.policy.entry(stored.kind, stored.doc)
    if doc is None:
        return None
    shown: dict[str, Any] = {"href": resource.href(stored.key), "doc": shown_doc(stored.kind, doc)}
    if view.policy.knows_authors:
        shown |= {"origin": stored.origin, "changed_by": stored.changed_by, "changed_at": stored.changed_at}
    return SiteEntry(**shown)


def told(view: View, resource: Resource, shown: Sequence[SiteEntry]) -> list[SiteEntry]:
    """Return entries with what their kind says besides: a batch, whether it may be used."""
    if resource.kind != "batch":
        return list(shown)
    keys = [(each.doc["product"], each.doc["lot"]) for each in shown]
    found = view.usability(keys)
    return [
        BatchEntry(**dict(each), may_be_used=MayBeUsed.model_validate(found.of_batch(key)))
        for each, key in zip(shown, keys, strict=True)
    ]


def one(view: View, resource: Resource, key: str) -> SiteEntry:
    """Return an entry. Raises NotFoundError, the same for what is not there and what may not be seen."""
    stored = find_entry(view.connection, resource.kind, key)
    shown = show(view, resource, stored) if stored else None
    if shown is None:
        raise NotFoundError(f"no {resource.kind} {resource.title(key)}")
    return told(view, resource, [shown])[0]


def _page(view: View, resource: Resource, paging: Paging) -> Page[SiteEntry]:
    conditions = [entries.c.kind == resource.kind, *_asked_for(paging), *_own(view, resource)]

    def fetch(after: str | None, count: int) -> Sequence[Row[Any]]:
        query = select(entries).where(*conditions).order_by(entries.c.key).limit(count)
        return view.connection.execute(query if after is None else query.where(entries.c.key > after)).all()

    start = decode(paging.cursor, str)
    page = collect(paging, start, fetch, lambda row: str(row.key), lambda row: show(view, resource, row))
    return Page(items=told(view, resource, page.items), next=page.next)


def _asked_for(paging: Paging) -> list[ColumnElement[bool]]:
    asked = paging.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    return [entries.c.doc[name].as_string() == value for name, value in asked.items()]


def _own(view: View, resource: Resource) -> list[ColumnElement[bool]]:
    """Return what spares reading the rows of others; `show` decides all the same."""
    if resource.kind not in ("batch", "placement"):
        return []
    product, lot = (entries.c.doc[name].as_string() for name in ("product", "lot"))
    return [view.policy.own(view.connection, product, lot)]


def add_routes(router: APIRouter, resource: Resource) -> None:
    """Add the routes of one kind."""
    kind, address = resource.kind, resource.path + resource.item
    name, about = resource.name, resource.about
    tags: list[str | Enum] = [resource.path.strip("/")]
    described = body_of(kind)
    item: Any = BatchEntry if kind == "batch" else SiteEntry  # what an answer is
    body = Body(openapi_examples={"example": {"value": dict(resource.example)}})

    @router.get(
        resource.path,
        response_model=Page[item],
        tags=tags,
        summary=f"List {resource.names}",
        description=f"{about} Sorted by key.",
    )
    def list_(
        caller: Annotated[Caller, needs(resource.read)], paging: Annotated[Paging, Depends(resource.asked)]
    ) -> Page[SiteEntry]:
        with caller.look() as view:
            return _page(view, resource, paging)

    @router.post(
        resource.path,
        response_model=item,
        tags=tags,
        status_code=201,
        summary=f"Add or correct {name}",
        description=f"{about} If there is one with the same key already, it is replaced, and the status is 200.",
        openapi_extra=described,
    )
    def tell(
        caller: Annotated[Caller, needs(resource.write)], fields: Annotated[Fields, body], response: Response
    ) -> SiteEntry:
        wanted = read_entry(kind, given_doc(kind, fields))
        with caller.look() as view:
            response.status_code = 200 if find_entry(view.connection, kind, wanted.key) else 201
        put(caller, [wanted])
        response.headers["Location"] = resource.href(wanted.key)
        return _read_back(caller, resource, wanted.key)

    @router.get(address, response_model=item, tags=tags, summary=f"Get {name}", description=about)
    def get(caller: Annotated[Caller, needs(resource.read)], key: Annotated[str, Depends(resource.key)]) -> SiteEntry:
        return _read_back(caller, resource, key)

    @router.put(
        address,
        response_model=item,
        tags=tags,
        summary=f"Replace {name}",
        description="Corrects all fields at once. The fields of the key must be those of the address.",
        openapi_extra=described,
    )
    def replace(
        caller: Annotated[Caller, needs(resource.write)],
        key: Annotated[str, Depends(resource.key)],
        fields: Annotated[Fields, body],
    ) -> SiteEntry:
        _read_back(caller, resource, key)
        wanted = read_entry(kind, given_doc(kind, fields))
        if wanted.key != key:
            raise InvalidError(f"this is {resource.href(wanted.key)}, not {resource.href(key)}")
        put(caller, [wanted])
        return _read_back(caller, resource, key)

    @router.delete(
        address,
        tags=tags,
        status_code=204,
        summary=f"Remove {name}",
        description="For what was recorded by mistake; refused if other records refer to it. The audit trail keeps it.",
    )
    def forget(caller: Annotated[Caller, needs(resource.write)], key: Annotated[str, Depends(resource.key)]) -> None:
        _read_back(caller, resource, key)
        remove(caller, kind, key)


@router.post("/profiles/activations", tags=["profiles"], status_code=201)
def activate(caller: Configures, wanted: Activation) -> list[SiteEntry]:
    """Put new versions of profiles in force: on record are who, why and from when."""
    keys = corrections.activate(caller, [given_doc("profile", each) for each in wanted.profiles], wanted.reason)
    return [_read_back(caller, BY_KIND["profile"], key) for key in keys]


def _read_back(caller: Caller, resource: Resource, key: str) -> SiteEntry:
    with caller.look() as view:
        return one(view, resource, key)


for _resource in RESOURCES:
    add_routes(router, _resource)
