"""The kinds of entries that have an address: how each is found and asked for, and who may write it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Query
from pydantic import create_model

from api.addresses import id_key, lot_key, opaque, opaque_key, readable, version_key
from api.paging import Paging
from api.people.roles import Permission
from sites.schema import KINDS

ROOT = "/api/v1"


# By what else a list is asked for than by fields of its entries.
BESIDE = {"batch": ("unit", "serial", "expires_until")}


def asked_of(kind: str) -> Callable[..., Paging]:
    """Return the dependency by which a list of a kind is asked for: paging, and one parameter for each filter."""
    names = (*KINDS[kind].filters, *BESIDE.get(kind, ()))
    fields: dict[str, Any] = {name: (str | None, None) for name in names}
    asked_for: Any = create_model("Asked", __base__=Paging, **fields)

    def asked(query: Annotated[asked_for, Query()]) -> Paging:
        return query

    return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of entry."""

    kind: str
    name: str  # with its article, e.g. `a location`
    names: str
    about: str  # what it is, as a sentence
    path: str
    item: str = "/{id:path}"  # the rest of the address of one
    key: Callable[..., str] = id_key  # dependency: from the steps of the address
    address: Callable[[str], str] = readable  # and back
    read: Permission = Permission.SEE_STOCK
    write: Permission = Permission.CONFIGURE

    @property
    def example(self) -> Mapping[str, Any]:
        """An entry as it is told."""
        return KINDS[self.kind].example

    @property
    def asked(self) -> Callable[..., Paging]:
        """The dependency by which a list is asked for."""
        return asked_of(self.kind)

    def href(self, key: str) -> str:
        """Return the address of an entry."""
        return f"{ROOT}{self.path}/{self.address(key)}"

    def title(self, key: str) -> str:
        """Return an entry's name for a sentence; never more of it than its address says."""
        return unquote(self.address(key).replace("/", " "))


RESOURCES = (
    Resource(
        kind="location",
        name="a location",
        names="locations",
        about="A location can hold stock: a site, room, freezer, shelf, truck or shipper. Locations form a tree.",
        path="/locations",
    ),
    Resource(
        kind="sensor",
        name="a sensor",
        names="sensors",
        about="A sensor is a probe of a device that measures temperature or humidity.",
        path="/sensors",
        read=Permission.SEE_SITE,
    ),
    Resource(
        kind="mount",
        name="a sensor assignment",
        names="sensor assignments",
        about="A sensor assignment says at which location a sensor measured, and from when to when.",
        path="/mounts",
        item="/{key}",
        key=opaque_key,
        address=opaque,
        read=Permission.SEE_SITE,
    ),
    Resource(
        kind="quiet",
        name="an alarm suppression",
        names="alarm suppressions",
        about="An alarm suppression says when nobody is notified of a location: out of service, or at hours of a day.",
        path="/quiet",
        item="/{key}",
        key=opaque_key,
        address=opaque,
        read=Permission.SEE_SITE,
    ),
    Resource(
        kind="client",
        name="a client",
        names="clients",
        about="A client owns batches and sees only these.",
        path="/clients",
    ),
    Resource(
        kind="party",
        name="a business partner",
        names="business partners",
        about="A business partner supplies, buys, carries or makes stock; a customer may want a remaining shelf life.",
        path="/parties",
        read=Permission.SEE_SITE,
    ),
    Resource(
        kind="product",
        name="a product",
        names="products",
        about="A product has a profile: the storage requirement of its batches.",
        path="/products",
    ),
    Resource(
        kind="profile",
        name="a version of a profile",
        names="versions of profiles",
        about="A profile is a list of rules for a product or a location; each version has its `effective_from`.",
        path="/profiles",
        item="/{id}/{version}",
        key=version_key,
    ),
    Resource(
        kind="batch",
        name="a batch",
        names="batches",
        about="A batch is identified by its product and lot number; it may have parent lots.",
        path="/batches",
        item="/{product}/{lot:path}",
        key=lot_key,
        write=Permission.MOVE_STOCK,
    ),
    Resource(
        kind="placement",
        name="a storage record",
        names="storage records",
        about="A storage record says where a unit of a batch was stored, how much of it, and from when to when.",
        path="/placements",
        item="/{key}",
        key=opaque_key,
        address=opaque,
        write=Permission.MOVE_STOCK,
    ),
)
BY_KIND = {resource.kind: resource for resource in RESOURCES}
