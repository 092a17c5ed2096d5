"""The profiles that come with the product: data in the folder `profiles`, taken into a site file by `use`."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from domain.errors import NotFoundError, Refused
from domain.times import parse_instant
from rules.kinds.common.fields import nearest
from sites.entries import Wrong, read_entry, show_path
from sites.schema import Entry
from sites.tree import compose

PACKAGE = "profiles"
_USE_FIELDS = ("use", "version", "effective_from")


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
    for node, end in zip(nodes, ends, strict=True):
        plain: Any = node.plain()
        entry, wrong = read_entry("profile", plain)
        if entry is None:
            raise Refused([f"{name}:{node.find(field)[1].line} {show_path(field)}: {text}" for field, text in wrong])
        yield Listed(entry, "\n".join(_without_remarks(lines[node.line - 1 : end])))


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


def taken(fields: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Wrong]]:
    """Return what `{use: ID, version: N, effective_from: T}` stands for: all versions, where none is named.

    Or what is wrong with it. The rules are the library's: other rules are another profile, under an id of its own.
    """
    wrong = [Wrong((field,), _not_here(field)) for field in fields if field not in _USE_FIELDS]
    use, version = fields.get("use"), fields.get("version")
    if not isinstance(use, str):
        return [], [*wrong, Wrong(("use",), "must be the id of a profile of the library")]
    try:
        number = None if version is None else int(str(version))
        docs: list[dict[str, Any]] = [dict(each.entry.doc) for each in find(use, number)]
    except NotFoundError as error:
        return [], [*wrong, Wrong(("use",) if version is None or use not in library() else ("version",), str(error))]
    except ValueError:
        return [], [*wrong, Wrong(("version",), f"not a whole number from 1: {version!r}")]
    since = fields.get("effective_from")
    if since is not None and len(docs) > 1:
        wrong.append(Wrong(("effective_from",), f'goes with one version; "{use}" has {len(docs)}: name one'))
    elif since is not None:
        docs[0]["effective_from"] = since
    return ([] if wrong else docs), wrong


def _not_here(field: str) -> str:
    near = nearest(field, list(_USE_FIELDS))
    return f"does not go with use{near or '; known: ' + ', '.join(_USE_FIELDS)}"


def _effective(listed: Listed) -> int:
    return parse_instant(listed.entry.doc["effective_from"])
