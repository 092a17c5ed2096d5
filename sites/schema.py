"""The kinds of entries: of each its section of the site file, its key, its fields and what it becomes.

This table and the models are the one place that says it: checks, conversion and the API ask here. A document holds
every field, presets included: times as RFC 3339 with `Z`, numbers as decimal text, what may change with time as a list
of `{value, from}`. A rule's fields keep the order of the file, which carries meaning.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeAlias, get_args, get_origin

from pydantic.fields import FieldInfo

from sites import convert
from sites.channels import CHANNELS
from sites.fields import Numeric, Ref, Strict
from sites.models import Batch, Client, Location, Mount, Party, Placement, Product, Profile, Quiet, Sensor, Site, Source
from sites.tree import Path

Doc: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: where it stands in the site file, what it is known by, and what it becomes.

    The fields, which of them are numbers and what they refer to are the model's; `references` and `numbers` read them.
    """

    section: str
    key: tuple[str, ...]  # the fields that it is known by
    model: type[Strict] | None  # None: channels, whose own `kind` decides
    build: Callable[[Doc], Any] | None = None  # the domain's object of a document; None: it has none
    names: tuple[str, ...] = ("id",)  # the fields by which other entries refer to it
    filters: tuple[str, ...] = ()  # the fields by which a list of them is asked for
    example: Mapping[str, Any] = field(default_factory=dict)  # as it is entered, with what must be given and some more


KINDS = {
    "site": Kind("site", (), Site),
    "channel": Kind("channels", ("id",), None),
    "source": Kind("sources", ("topic",), Source),
    "sensor": Kind(
        "sensors",
        ("id",),
        Sensor,
        convert.sensor,
        example={"id": "S9", "device": "A4:C1:38:8D:18:B9", "quantities": ["temperature"], "interval": "5min"},
    ),
    "location": Kind(
        "locations",
        ("id",),
        Location,
        convert.location,
        example={"id": "ROOM-3", "parent": "SITE-A", "kind": "room", "profile": "vaccine-2-8"},
    ),
    "mount": Kind(
        "mounts",
        ("sensor", "location", "from"),
        Mount,
        convert.mount,
        filters=("sensor", "location"),
        example={"sensor": "S2", "location": "ROOM-2", "from": "2026-02-01T00:00:00Z"},
    ),
    "client": Kind("clients", ("id",), Client, example={"id": "boreal", "name": "Boreal Biotech"}),
    "party": Kind(
        "parties",
        ("id",),
        Party,
        convert.party,
        example={"id": "CITY-PHARMACY", "name": "City Pharmacy", "kind": "customer", "min_remaining_days": 90},
    ),
    "product": Kind(
        "products",
        ("id",),
        Product,
        convert.product,
        example={
            "id": "VAX-2",
            "name": "Vaccine Y",
            "gtin": "09506000134352",
            "profile": "vaccine-2-8",
            "uom": "vial",
            "uoms": {"case": 12},
        },
    ),
    "batch": Kind(
        "batches",
        ("product", "lot"),
        Batch,
        convert.batch,
        names=("product", "lot"),
        filters=("product", "client", "supplier_lot", "expires_on"),
        example={"product": "VAX", "lot": "A9", "client": "acme", "made_at": "2026-01-01T00:00:00Z"},
    ),
    "placement": Kind(
        "placements",
        ("product", "lot", "unit", "location", "from"),
        Placement,
        convert.placement,
        filters=("product", "lot", "unit", "location"),
        example={
            "product": "VAX",
            "lot": "A1",
            "unit": "PALLET-9",
            "location": "ROOM-1",
            "quantity": 100,
            "from": "2026-01-02T08:00:00Z",
        },
    ),
    "quiet": Kind(
        "quiet",
        ("location", "from", "daily"),
        Quiet,
        filters=("location",),
        example={
            "location": "ROOM-2",
            "daily": "03:00",
            "for": "45min",
            "timezone": "Europe/Berlin",
            "reason": "defrost",
        },
    ),
    "profile": Kind(
        "profiles",
        ("id", "version"),
        Profile,
        convert.profile,
        filters=("id",),
        example={
            "id": "vaccine-2-8",
            "version": 2,
            "effective_from": "2027-01-01T00:00:00Z",
            "max_gap": "30min",
            "min_coverage": 0.9,
            "rules": [{"id": "too-warm", "kind": "limit", "above": 8.0, "for": "60min", "action": "hold"}],
        },
    ),
}


class Reference(NamedTuple):
    """A name by which a document refers to another entry, of several parts where the kind is known by several."""

    path: Path
    target: tuple[str, str | tuple[str, ...]]  # kind and name
    beside: tuple[str, ...]  # the fields that the parts of the name before the last are from

    def __str__(self) -> str:
        """Return e.g. `batch "A1" of product "VAX"`."""
        kind, name = self.target
        *first, last = (name,) if isinstance(name, str) else name
        return f'{kind} "{last}"' + "".join(
            f' of {field} "{part}"' for field, part in zip(self.beside, first, strict=True)
        )


def references(kind: str, doc: Doc) -> Iterator[Reference]:
    """Yield the names by which a document refers to other entries, at whatever time."""
    yield from _references_in(KINDS[kind].model or CHANNELS[doc["kind"]], doc, ())


def _references_in(model: type[Strict], doc: Doc, path: Path) -> Iterator[Reference]:
    for key, mark in _referring(model):
        given = doc.get(key)
        if not isinstance(mark, Ref):
            for i, inner in enumerate(given or ()):
                yield from _references_in(mark, inner, (*path, key, i))
            continue
        steps = given if isinstance(given, list) else [{"value": given, "from": None}]
        for_always = len(steps) == 1 and steps[0]["from"] is None
        for i, step in enumerate(steps):
            if (name := step["value"]) is not None:
                where = (*path, key) if for_always else (*path, key, i, "value")
                whole = (*(doc[each] for each in mark.beside), name) if mark.beside else name
                yield Reference(where, (mark.kind, whole), mark.beside)


@cache
def _referring(model: type[Strict]) -> list[tuple[str, Ref | type[Strict]]]:
    """Return the fields that refer to others, each with what it refers to or with the model of the mappings in it."""
    found: list[tuple[str, Ref | type[Strict]]] = []
    for name, info in model.model_fields.items():
        inner = get_args(info.annotation) if get_origin(info.annotation) is list else ()
        for mark in (*info.metadata, *inner):
            is_mapping = isinstance(mark, type) and issubclass(mark, Strict)
            if isinstance(mark, Ref) or (is_mapping and _referring(mark)):
                found.append((info.alias or name, mark))
    return found


@cache
def numbers(kind: str) -> frozenset[str]:
    """Return the fields of a kind that mean numbers; a document keeps them as text."""
    model = KINDS[kind].model
    fields = model.model_fields if model is not None else {}
    return frozenset(info.alias or name for name, info in fields.items() if _is_number(info))


def _is_number(info: FieldInfo) -> bool:
    kinds_of_it = (info.metadata, *(getattr(each, "__metadata__", ()) for each in get_args(info.annotation)))
    return any(Numeric in marks for marks in kinds_of_it)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a site: `key` is a canonical JSON array, `doc` the normalised document."""

    kind: str
    key: str
    doc: dict[str, Any]

    @property
    def path(self) -> str:
        """Return e.g. `mounts["S1","ROOM-1","2026-01-01T00:00:00Z"]`."""
        return KINDS[self.kind].section + ("" if self.kind == "site" else self.key)


def key_fields(kind: str, doc: Doc) -> tuple[str, ...]:
    """Return the fields that an entry is known by; a placement by its own id, if it has one."""
    return ("id",) if kind == "placement" and doc["id"] is not None else KINDS[kind].key


def key_of(kind: str, doc: Doc) -> str:
    """Return the canonical JSON array of the key's fields."""
    return json.dumps([doc[field] for field in key_fields(kind, doc)], ensure_ascii=False, separators=(",", ":"))
