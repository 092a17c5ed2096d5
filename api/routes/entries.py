"""Entries of the site: list, one, tell, replace, remove; the same five routes for every kind."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response
from sqlalchemy import ColumnElement, Row

from api import corrections
from api.corrections import put, remove
from api.corrections import tell as tell_writer
from api.deps import Caller, Configures, SeesRecord, View, needs
from api.models.records import MayBeUsed
from api.models.site import (
    Activation,
    BatchEntry,
    DifferenceItem,
    ProfileEntry,
    SiteEntry,
    StorageRecord,
    Waiting,
    given_doc,
    shown_doc,
)
from api.openapi import body_of
from api.paging import Page, Paging, collect, decode
from api.reads.batches import of_batches
from api.reads.numbering import load_numberings
from api.reads.reach import require_named
from api.resources import BESIDE, BY_KIND, RESOURCES, Resource
from domain.errors import ConflictError, InvalidError, NotFoundError
from domain.model import UnitKey
from domain.times import format_instant
from ledger.corrections.asked import waiting_for
from ledger.corrections.lot_numbers import put_right
from sites.entries import entry as read_entry
from sites.entries import merged
from sites.library import differences_of
from store.state import StoredEntry, entries_of_kind, find_entry, table_of
from store.stock.units import was_received

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


def with_extras(view: View, resource: Resource, shown: Sequence[SiteEntry]) -> list[SiteEntry]:
    """Return entries with what their kind says besides: a batch, whether it may be used."""
    if resource.kind == "profile":
        return [ProfileEntry(**dict(each), differences=_differences(each.doc)) for each in shown]
    if resource.kind == "placement":
        units = [UnitKey(each.doc["product"], each.doc["lot"], each.doc.get("unit")) for each in shown]
        by_unit = view.usability({unit[:2] for unit in units})
        return [
            StorageRecord(**dict(each), may_be_used=MayBeUsed.model_validate(by_unit.of_unit(unit)))
            for each, unit in zip(shown, units, strict=True)
        ]
    if resource.kind != "batch":
        return list(shown)
    keys = [(each.doc["product"], each.doc["lot"]) for each in shown]
    found = view.usability(keys)
    return [
        BatchEntry(**dict(each), may_be_used=MayBeUsed.model_validate(found.of_batch(key)))
        for each, key in zip(shown, keys, strict=True)
    ]


def _differences(shown: Fields) -> list[DifferenceItem]:
    doc = read_entry("profile", given_doc("profile", shown)).doc if shown.get("extends") else {}
    return [DifferenceItem(**each._asdict()) for each in differences_of(doc)]


def one(view: View, resource: Resource, key: str) -> SiteEntry:
    """Return an entry. Raises NotFoundError, the same for what is not there and what may not be seen."""
    stored = find_entry(view.connection, resource.kind, key)
    shown = show(view, resource, stored) if stored else None
    if shown is None:
        raise NotFoundError(f"no {resource.kind} {resource.title(key)}")
    return with_extras(view, resource, [shown])[0]


def _page(view: View, resource: Resource, paging: Paging) -> Page[SiteEntry]:
    key = table_of(resource.kind).c.key
    asked = entries_of_kind(resource.kind).where(*_asked_for(view, resource, paging), *_own(view, resource))

    def fetch(after: str | None, count: int) -> Sequence[Row[Any]]:
        query = asked.order_by(key).limit(count)
        return view.connection.execute(query if after is None else query.where(key > after)).all()

    start = decode(paging.cursor, str)
    page = collect(paging, start, fetch, lambda row: str(row.key), lambda row: show(view, resource, row))
    return Page(items=with_extras(view, resource, page.items), next=page.next)


def _asked_for(view: View, resource: Resource, paging: Paging) -> list[ColumnElement[bool]]:
    columns = table_of(resource.kind).c
    asked = paging.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    beside = {name: asked.pop(name) for name in BESIDE.get(resource.kind, ()) if name in asked}
    fields = {name: columns[name] if name in columns else columns.doc[name].as_string() for name in asked}
    return [*(fields[name] == value for name, value in asked.items()), *of_batches(view, beside)]


def _own(view: View, resource: Resource) -> list[ColumnElement[bool]]:
    """Return what spares reading the rows of others; `show` decides all the same."""
    if resource.kind not in ("batch", "placement"):
        return []
    columns = table_of(resource.kind).c
    return [view.policy.own(view.connection, columns.product, columns.lot)]


_ANSWERS: dict[str, type[SiteEntry]] = {"batch": BatchEntry, "placement": StorageRecord, "profile": ProfileEntry}


def add_routes(router: APIRouter, resource: Resource) -> None:
    """Add the routes of one kind."""
    kind, address = resource.kind, resource.path + resource.item
    name, about = resource.name, resource.about
    tags: list[str | Enum] = [resource.path.strip("/")]
    described = body_of(kind)
    item: Any = _ANSWERS.get(kind, SiteEntry)
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
        description=f"{about} If there is one with the same key already, the status is 200: the fields that are named "
        "are changed, and what is not named stays as it is (`null` empties a field). PUT replaces all fields.",
        openapi_extra=described,
    )
    def tell(
        caller: Annotated[Caller, needs(resource.write)], fields: Annotated[Fields, body], response: Response
    ) -> SiteEntry:
        given = given_doc(kind, fields)
        if kind == "batch" and given.get("lot") is None:
            return _numbered(caller, resource, given, response)
        with caller.look() as view:
            if kind == "batch":
                given = put_right(load_numberings(view.connection), given)
            wanted = merged(kind, given, lambda key: _doc(view, kind, key))
            before = find_entry(view.connection, kind, wanted.key)
            if kind == "batch" and before is not None:
                _refuse_other_expiry(view, before.doc, given)
            response.status_code = 200 if before else 201
        tell_writer(caller, kind, given)
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
        description="Replaces all fields at once: what is not named is emptied or preset. To change some fields only, "
        "POST them to the list. The fields of the key must be those of the address.",
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


@router.get("/profiles/activations", tags=["profiles"])
def list_waiting(caller: SeesRecord) -> list[Waiting]:
    """Return the versions that one person has asked for and that wait for a second one, oldest first."""
    with caller.look() as view:
        found = waiting_for(view.connection)
    return [
        Waiting(
            doc=shown_doc("profile", each.after["doc"]),
            who=each.who,
            at=format_instant(each.at),
            reason=each.reason or "",
            over=each.after["over"],
        )
        for each in found
    ]


@router.post("/profiles/activations", tags=["profiles"], status_code=201, response_model=list[ProfileEntry])
def activate(caller: Configures, wanted: Activation, response: Response) -> list[SiteEntry]:
    """Put new versions of profiles in force, or give one another date: on record are who, why and from when.

    A version that takes effect before holds on record is refused (409) with their names; name them in `over`. Then two
    people must ask for the same thing, if the site wants four eyes: the first gets 202 and an empty list.
    """
    docs = [read_entry("profile", given_doc("profile", each)).doc for each in wanted.profiles]
    with caller.look() as view:
        require_named(view, docs, wanted.over)
    keys = corrections.activate(caller, docs, wanted.reason, over=wanted.over)
    if not keys:
        response.status_code = 202
    return [_read_back(caller, BY_KIND["profile"], key) for key in keys]


def _numbered(caller: Caller, resource: Resource, fields: Fields, response: Response) -> SiteEntry:
    """Enter a batch under the next number of its product."""
    given = {name: value for name, value in fields.items() if name not in ("lot", "line")}
    line = fields.get("line")
    if line is not None and not isinstance(line, str):
        raise InvalidError(f"line: must be text, not {line!r}")
    key = corrections.draw_number(caller, given, line)
    response.headers["Location"] = resource.href(key)
    return _read_back(caller, resource, key)


def _refuse_other_expiry(view: View, before: Fields, given: Fields) -> None:
    """Refuse a received lot that is told again with another expiry date: one of them is wrong, nobody knows which."""
    known, stated = before.get("expires_on"), given.get("expires_on")
    lot = before["product"], before["lot"]
    if known is not None and stated is not None and stated != known and was_received(view.connection, lot):
        raise ConflictError(
            f"{' '.join(lot)} was received with expiry {known}, not {stated}; if {stated} is right, PUT the batch"
        )


def _doc(view: View, kind: str, key: str) -> Fields | None:
    if not key.isascii() and any("\ud800" <= sign <= "\udfff" for sign in key):
        return None  # no text that could be kept; it is refused with the field's name
    stored = find_entry(view.connection, kind, key)
    return stored.doc if stored else None


def _read_back(caller: Caller, resource: Resource, key: str) -> SiteEntry:
    with caller.look() as view:
        return one(view, resource, key)


for _resource in RESOURCES:
    add_routes(router, _resource)
