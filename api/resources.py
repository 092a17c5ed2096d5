"""The kinds of entries that have an address: how each is found and asked for, and who may write it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Query

from api.addresses import id_key, lot_key, opaque, opaque_key, readable, version_key
from api.paging import Paging
from api.people.roles import Permission

ROOT = "/api/v1"


class OfBatches(Paging):
    """How batches are asked for."""

    product: str | None = None
    client: str | None = None


class OfPlacements(Paging):
    """How placements are asked for."""

    product: str | None = None
    lot: str | None = None
    unit: str | None = None
    location: str | None = None


class OfMounts(Paging):
    """How mounts are asked for."""

    sensor: str | None = None
    location: str | None = None


class OfQuiet(Paging):
    """How quiet times are asked for."""

    location: str | None = None


class OfProfiles(Paging):
    """How versions of profiles are asked for."""

    id: str | None = None


def all_of(query: Annotated[Paging, Query()]) -> Paging:
    """Ask for all."""
    return query


def of_batches(query: Annotated[OfBatches, Query()]) -> Paging:
    """Ask for batches."""
    return query


def of_placements(query: Annotated[OfPlacements, Query()]) -> Paging:
    """Ask for placements."""
    return query


def of_mounts(query: Annotated[OfMounts, Query()]) -> Paging:
    """Ask for mounts."""
    return query


def of_quiet(query: Annotated[OfQuiet, Query()]) -> Paging:
    """Ask for quiet times."""
    return query


def of_profiles(query: Annotated[OfProfiles, Query()]) -> Paging:
    """Ask for versions of profiles."""
    return query


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
    asked: Callable[..., Paging] = all_of  # dependency: how a list is asked for
    read: Permission = Permission.SEE_STOCK
    write: Permission = Permission.CONFIGURE
    example: Mapping[str, Any]

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
        example={"id": "ROOM-3", "parent": "SITE-A", "kind": "room", "profile": "vaccine-2-8"},
    ),
    Resource(
        kind="sensor",
        name="a sensor",
        names="sensors",
        about="A sensor is a probe of a device that measures temperature or humidity.",
        path="/sensors",
        read=Permission.SEE_SITE,
        example={"id": "S9", "device": "A4:C1:38:8D:18:B9", "quantities": ["temperature"], "interval": "5min"},
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
        asked=of_mounts,
        read=Permission.SEE_SITE,
        example={"sensor": "S2", "location": "ROOM-2", "from": "2026-02-01T00:00:00Z"},
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
        asked=of_quiet,
        read=Permission.SEE_SITE,
        example={
            "location": "ROOM-2",
            "daily": "03:00",
            "for": "45min",
            "timezone": "Europe/Berlin",
            "reason": "defrost",
        },
    ),
    Resource(
        kind="client",
        name="a client",
        names="clients",
        about="A client owns batches and sees only these.",
        path="/clients",
        example={"id": "boreal", "name": "Boreal Biotech"},
    ),
    Resource(
        kind="product",
        name="a product",
        names="products",
        about="A product has a profile: the storage requirement of its batches.",
        path="/products",
        example={"id": "VAX-2", "name": "Vaccine Y", "gtin": "09506000134352", "profile": "vaccine-2-8"},
    ),
    Resource(
        kind="profile",
        name="a version of a profile",
        names="versions of profiles",
        about="A profile is a list of rules for a product or a location; each version has its `effective_from`.",
        path="/profiles",
        item="/{id}/{version}",
        key=version_key,
        asked=of_profiles,
        example={
            "id": "vaccine-2-8",
            "version": 2,
            "effective_from": "2027-01-01T00:00:00Z",
            "max_gap": "30min",
            "min_coverage": 0.9,
            "rules": [{"id": "too-warm", "kind": "limit", "above": 8.0, "for": "60min", "action": "hold"}],
        },
    ),
    Resource(
        kind="batch",
        name="a batch",
        names="batches",
        about="A batch is identified by its product and lot number; it may have parent lots.",
        path="/batches",
        item="/{product}/{lot:path}",
        key=lot_key,
        asked=of_batches,
        write=Permission.MOVE_STOCK,
        example={"product": "VAX", "lot": "A9", "client": "acme", "made_at": "2026-01-01T00:00:00Z"},
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
        asked=of_placements,
        write=Permission.MOVE_STOCK,
        example={
            "product": "VAX",
            "lot": "A1",
            "unit": "PALLET-8",
            "location": "ROOM-1",
            "quantity": 100,
            "from": "2026-01-02T08:00:00Z",
        },
    ),
)
BY_KIND = {resource.kind: resource for resource in RESOURCES}
