"""The profiles that come with the product: data in the folder `profiles`, taken by `use`, as they are or extended."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Any, NamedTuple

from domain.errors import InvalidError, NotFoundError, Refused
from domain.times import format_instant, parse_instant
from rules.kinds.common.fields import nearest
from sites.entries import Wrong, read_entry, show_path
from sites.extending import FIELDS, Difference, differences, extend, name_of
from sites.schema import Entry
from sites.tree import compose

PACKAGE = "profiles"
_USE_FIELDS = ("use", "id", "version", "use_version", "effective_from", *FIELDS, "rules")


class Listed(NamedTuple):
    """One version of a profile of the library, and its text as it stands in its file."""

    entry: Entry
    text: str

    @property
    def version(self) -> int:
        """The version's number."""
        return int(self.entry.doc["version"])


@cache
def library() -> Mapping[str, tuple[Listed, ...]]:
    """Return every profile of the library by id, its versions by when they take effect."""
    found: dict[str, list[Listed]] = {}
    for file in sorted(data_files(), key=lambda file: file.name):
        for listed in read_listed(file.read_text(encoding="utf-8"), file.name):
            found.setdefault(listed.entry.doc["id"], []).append(listed)
    return {name: tuple(sorted(found[name], key=_effective)) for name in sorted(found)}


def data_files(folder: str = "") -> Iterator[Traversable]:
    """Yield the YAML files of the library, or of a folder in it."""
    root = files(PACKAGE) / folder if folder else files(PACKAGE)
    return (file for file in root.iterdir() if file.name.endswith(".yaml"))


def read_listed(text: str, name: str) -> Iterator[Listed]:
    """Yield the profiles of a file. Raises Refused with everything that is wrong with one."""
    root, _ = compose(text)
    _, section = root.find(("profiles",))
    lines = text.splitlines()
    nodes = section.value if isinstance(section.value, list) else []
    ends = [node.line - 1 for node in nodes[1:]] + [len(lines)]
    before: list[Listed] = []
    for node, end in zip(nodes, ends, strict=True):
        plain: Any = node.plain()
        if "use" in plain:
            [plain], _ = taken(plain, _among(before))
        entry, wrong = read_entry("profile", plain)
        if entry is None:
            raise Refused([f"{name}:{node.find(field)[1].line} {show_path(field)}: {text}" for field, text in wrong])
        before.append(Listed(entry, "\n".join(_without_remarks(lines[node.line - 1 : end]))))
        yield before[-1]


def _among(listed: Sequence["Listed"]) -> "Find":
    """Return what finds a version among those of a file that stand before: a later one extends it."""

    def found(name: str, version: int | None) -> tuple[Listed, ...]:
        return tuple(each for each in listed if each.entry.doc["id"] == name and each.version == version)

    return found


def _without_remarks(lines: list[str]) -> list[str]:
    """Return the lines of an entry without what stands behind it: blank lines, and remarks on the next one."""
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines = lines[:-1]
    return lines


def find(name: str, version: int | None = None) -> tuple[Listed, ...]:
    """Return a profile's versions, or the one. Raises NotFoundError with the nearest right word."""
    versions = library().get(name)
    if versions is None:
        raise NotFoundError(f'no profile "{name}" in the library{nearest(name, list(library()))}')
    found = tuple(each for each in versions if version in (None, each.version))
    if not found:
        known = ", ".join(str(each.version) for each in versions)
        raise NotFoundError(f'no version {version} of "{name}" in the library; known: {known}')
    return found


Find = Callable[[str, int | None], tuple[Listed, ...]]


def taken(fields: Mapping[str, Any], among: Find = find) -> tuple[list[dict[str, Any]], list[Wrong]]:
    """Return what `{use: ID, …}` stands for: a profile of the library, extended by the fields and rules beside it.

    `version` is the library's: all of them, where none is named. With an `id` of its own the profile is another one:
    then `version` is its own, and `use_version` the library's, preset the newest. Or what is wrong with it.
    """
    wrong = [Wrong((field,), _not_here(field)) for field in fields if field not in _USE_FIELDS]
    use = fields.get("use")
    if not isinstance(use, str):
        return [], [*wrong, Wrong(("use",), "must be the id of a profile of the library")]
    named = "version" if fields.get("id") is None else "use_version"
    if named == "version" and fields.get("use_version") is not None:
        wrong.append(Wrong(("use_version",), "goes with an id of its own; without one it is `version`"))
    try:
        number = None if fields.get(named) is None else int(str(fields[named]))
        found = among(use, number)
    except NotFoundError as error:
        is_known = named in fields and use in library()
        return [], [*wrong, Wrong((named,) if is_known else ("use",), str(error))]
    except ValueError:
        return [], [*wrong, Wrong((named,), f"not a whole number from 1: {fields[named]!r}")]
    if named == "use_version" and fields.get("version") is not None:
        found = found[-1:]  # one version of its own, of the newest
    wrong += _wrong_date(fields, found)
    docs = []
    for listed in found if not wrong else ():
        doc, more = extend(listed.entry.doc, fields)
        docs.append(doc | _own(listed, found[0], fields))
        wrong += [each for each in more if each not in wrong]
    return ([] if wrong else docs), wrong


def _wrong_date(fields: Mapping[str, Any], found: Sequence[Listed]) -> Iterator[Wrong]:
    since = fields.get("effective_from")
    if since is None or len(found) == 1:
        return
    if not _is_one(found):
        yield Wrong(("effective_from",), f'goes with one version; "{fields["use"]}" has {len(found)}: name one')
        return
    try:
        parse_instant(str(since))
    except InvalidError as error:
        yield Wrong(("effective_from",), str(error))


def _is_one(found: Sequence[Listed]) -> bool:
    """Tell whether there is one version, or what only extends it: they begin together, wherever that is."""
    return all(later.entry.doc["extends"] == name_of(each.entry.doc) for each, later in pairwise(found))


def _own(listed: Listed, first: Listed, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the date and the key that are given; what extends the first version begins as much later as it did."""
    own: dict[str, Any] = {}
    if fields.get("effective_from") is not None:
        own["effective_from"] = fields["effective_from"]
        if listed is not first:
            later = _effective(listed) - _effective(first)
            own["effective_from"] = format_instant(parse_instant(str(fields["effective_from"])) + later)
    if fields.get("id") is not None:
        own |= {"id": fields["id"], "extends": name_of(listed.entry.doc)}
        own |= {} if fields.get("version") is None else {"version": fields["version"]}
    return own


def written_out(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one version that `{use: ID, …}` stands for. Raises Refused with every problem."""
    docs, wrong = taken(fields)
    if not wrong and len(docs) > 1:
        numbers = ", ".join(str(doc["version"]) for doc in docs)
        wrong = [Wrong(("version",), f'is missing: "{fields["use"]}" has {numbers}; name one')]
    if wrong:
        raise Refused([f"{show_path(field)}: {text}" for field, text in wrong])
    return docs[0]


def source_of(doc: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the document that a profile extends; None if it extends none, or one that this library does not have."""
    name, _, number = (doc.get("extends") or "").rpartition("@")
    versions = library().get(name, ())
    return next((each.entry.doc for each in versions if each.entry.doc["version"] == number), None)


def differences_of(doc: Mapping[str, Any]) -> list[Difference]:
    """Return what a profile says otherwise than the one of the library that it extends; empty if it extends none."""
    source = source_of(doc)
    return [] if source is None else differences(source, doc)


def _not_here(field: str) -> str:
    near = nearest(field, list(_USE_FIELDS))
    return f"does not go with use{near or '; known: ' + ', '.join(_USE_FIELDS)}"


def _effective(listed: Listed) -> int:
    return parse_instant(listed.entry.doc["effective_from"])
