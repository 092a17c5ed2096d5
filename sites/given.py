"""What a set of entries says, sorted by kind and read, for checking and for building."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from domain.model import Batch, Location, Mount, Placement, Product, ProfileVersion, Sensor
from sites import convert
from sites.schema import Entry
from sites.tree import Path

T = TypeVar("T")
Doc = Mapping[str, Any]
Name = tuple[str, Any]


class Problem(NamedTuple):
    """What is wrong with the entry at that position, and the other entry it clashes with."""

    position: int
    field: Path
    text: str
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """An entry with what it means."""

    position: int
    doc: Doc
    it: T


class Read(NamedTuple):
    """What a document means, None if nothing here asks for its kind, and what it can be referred to by."""

    doc: Doc
    it: Any
    names: Sequence[Name]


ReadBefore = Mapping[int, Read]  # by the identity of the document, which is kept and never changed


@dataclass(slots=True)
class Given:
    """All entries; `names` holds what may be referred to, of unreadable entries too, so that none is told twice."""

    entries: list[Entry] = field(default_factory=list)
    names: set[Name] = field(default_factory=set)
    read: dict[int, Read] = field(default_factory=dict)
    sensors: list[Item[Sensor]] = field(default_factory=list)
    locations: list[Item[Location]] = field(default_factory=list)
    mounts: list[Item[Mount]] = field(default_factory=list)
    products: list[Item[Product]] = field(default_factory=list)
    batches: list[Item[Batch]] = field(default_factory=list)
    placements: list[Item[Placement]] = field(default_factory=list)
    profiles: list[Item[ProfileVersion]] = field(default_factory=list)

    def known(self, kind: str, name: Any) -> bool:
        """Tell whether a reference leads somewhere."""
        return (kind, name) in self.names


def gather(
    entries: Iterable[Entry], unreadable: Iterable[tuple[str, Doc]] = (), known: ReadBefore = MappingProxyType({})
) -> Given:
    """Read every entry; not again the documents that are `known`."""
    given = Given(list(entries))
    readers: dict[str, tuple[list[Any] | None, Any]] = {
        "sensor": (given.sensors, convert.sensor),
        "location": (given.locations, convert.location),
        "mount": (given.mounts, convert.mount),
        "product": (given.products, convert.product),
        "batch": (given.batches, convert.batch),
        "placement": (given.placements, convert.placement),
        "profile": (given.profiles, convert.profile),
    }
    for position, entry in enumerate(given.entries):
        items, convert_it = readers.get(entry.kind, (None, None))
        read = known.get(id(entry.doc))
        if read is None:
            names = list(_names(entry.kind, entry.doc))
            read = Read(entry.doc, convert_it(entry.doc) if convert_it else None, names)
        given.read[id(entry.doc)] = read
        given.names.update(read.names)
        if items is not None:
            items.append(Item(position, read.doc, read.it))
    for kind, doc in unreadable:
        given.names.update(_names(kind, doc))
    return given


def _names(kind: str, doc: Doc) -> Iterator[Name]:
    """Yield what an entry, perhaps an unreadable one, can be referred to by."""
    if kind == "batch":
        name: list[Any] = [doc.get("product"), doc.get("lot")]
    else:
        name = [doc.get("id")]
    if all(isinstance(part, str | None) for part in name):
        yield kind, name[0] if len(name) == 1 else tuple(name)
