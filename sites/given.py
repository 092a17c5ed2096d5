"""What a set of entries says, sorted by kind and read, for checking and for building."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from domain.model import Batch, Location, Mount, Party, Placement, Product, ProfileVersion, Sensor
from sites.schema import KINDS, Doc, Entry, Reference, references
from sites.tree import Path

T = TypeVar("T")
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
    """What a document means (None if nothing here asks for its kind), its names, and what it refers to."""

    doc: Doc
    it: Any
    names: Sequence[Name]
    references: Sequence[Reference]


ReadBefore = Mapping[int, Read]  # by the identity of the document, which is kept and never changed


@dataclass(slots=True)
class Given:
    """All entries; `names` holds what may be referred to, of unreadable entries too, so that none is told twice."""

    entries: list[Entry] = field(default_factory=list)
    names: set[Name] = field(default_factory=set)
    elsewhere: Container[Name] = ()  # names of entries that are fine and not among these
    read: dict[int, Read] = field(default_factory=dict)
    sensors: list[Item[Sensor]] = field(default_factory=list)
    locations: list[Item[Location]] = field(default_factory=list)
    mounts: list[Item[Mount]] = field(default_factory=list)
    parties: list[Item[Party]] = field(default_factory=list)
    products: list[Item[Product]] = field(default_factory=list)
    batches: list[Item[Batch]] = field(default_factory=list)
    placements: list[Item[Placement]] = field(default_factory=list)
    profiles: list[Item[ProfileVersion]] = field(default_factory=list)


def gather(
    entries: Iterable[Entry], unreadable: Iterable[tuple[str, Doc]] = (), known: ReadBefore = MappingProxyType({})
) -> Given:
    """Read every entry; not again the documents that are `known`."""
    given = Given(list(entries))
    items: dict[str, list[Any]] = {
        "sensor": given.sensors,
        "location": given.locations,
        "mount": given.mounts,
        "party": given.parties,
        "product": given.products,
        "batch": given.batches,
        "placement": given.placements,
        "profile": given.profiles,
    }
    for position, entry in enumerate(given.entries):
        read = known.get(id(entry.doc))
        if read is None:
            names = list(_names(entry.kind, entry.doc))
            build = KINDS[entry.kind].build
            read = Read(entry.doc, build(entry.doc) if build else None, names, list(references(entry.kind, entry.doc)))
        given.read[id(entry.doc)] = read
        given.names.update(read.names)
        if entry.kind in items:
            items[entry.kind].append(Item(position, read.doc, read.it))
    for kind, doc in unreadable:
        given.names.update(_names(kind, doc))
    return given


def _names(kind: str, doc: Doc) -> Iterator[Name]:
    """Yield what an entry, perhaps an unreadable one, can be referred to by."""
    name = [doc.get(field) for field in KINDS[kind].names]
    if all(isinstance(part, str | None) for part in name):
        yield kind, name[0] if len(name) == 1 else tuple(name)
