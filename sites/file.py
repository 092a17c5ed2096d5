"""The site file: refused whole with every problem and its line, or a list of entries."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path as FilePath
from typing import NamedTuple, TypeAlias

from domain.errors import Refused
from rules.kinds.common.fields import nearest
from sites.broken import Broken, check_broken
from sites.checks import check, check_quantities
from sites.entries import Wrong, read_entry, show_path
from sites.extending import as_given
from sites.given import gather
from sites.library import taken
from sites.schema import KINDS, Doc, Entry
from sites.tree import Node, Path, UnreadableError, compose

_KIND_OF = {kind.section: name for name, kind in KINDS.items()}


Further: TypeAlias = Callable[[Entry], Iterable[Wrong]]


def _nothing_further(entry: Entry) -> Iterable[Wrong]:
    return ()


class FileProblem(NamedTuple):
    """A problem with its place in the file."""

    line: int
    path: Path
    text: str


class _Found(NamedTuple):
    """A mapping that should be an entry."""

    kind: str
    path: Path
    node: Node


def load_file(path: FilePath, further: Further = _nothing_further) -> list[Entry]:
    """Read a site file. Raises Refused with every problem, named after the file."""
    data = path.read_bytes()
    try:
        return load(data.decode("utf-8-sig"), path.name, further)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused([f"{path.name}:{line}: not UTF-8: byte {data[error.start]:#04x}"]) from error


def load(text: str, name: str, further: Further = _nothing_further) -> list[Entry]:
    """Return the entries in the order of the file.

    `further` finds what is wrong with an entry that only packages above can know: a gateway format, say. Raises
    Refused with every problem, e.g. `S.yaml:14 mounts[0].sensor: no sensor "S9"`.
    """
    try:
        root, twice = compose(text)
    except UnreadableError as error:
        raise Refused([f"{name}:{error.line}: {error}"]) from error
    problems = [FileProblem(*problem) for problem in twice]
    entries = read_tree(root, problems, further)
    refuse(name, problems)
    return entries


def read_tree(root: Node, problems: list[FileProblem], further: Further = _nothing_further) -> list[Entry]:
    """Return the entries of a site file's tree; what is wrong is added to the problems."""
    return _read(root, _sections(root, problems), further, problems)


def refuse(name: str, problems: Iterable[FileProblem]) -> None:
    """Raise Refused with every problem, in order of the file's lines, if there is any."""
    lines = [_show(name, problem) for problem in sorted(problems, key=lambda problem: problem.line)]
    if lines:
        raise Refused(lines)


def _show(name: str, problem: FileProblem) -> str:
    path = f" {show_path(problem.path)}" if problem.path else ""
    return f"{name}:{problem.line}{path}: {problem.text}"


def _sections(root: Node, problems: list[FileProblem]) -> list[_Found]:
    """Return every mapping in a section where an entry belongs."""
    if not isinstance(root.value, dict):
        problems.append(FileProblem(root.line, (), f"must be a mapping of {', '.join(_KIND_OF)}"))
        return []
    found: list[_Found] = []
    for section, node in root.value.items():
        if section not in _KIND_OF:
            text = f"unknown section{nearest(section, list(_KIND_OF)) or '; known: ' + ', '.join(_KIND_OF)}"
            problems.append(FileProblem(node.line, (section,), text))
        elif node.value is not None:
            found += _items(section, node, problems)
    return found


def _items(section: str, node: Node, problems: list[FileProblem]) -> Iterator[_Found]:
    kind = _KIND_OF[section]
    nodes: list[tuple[Path, Node]] = [((section,), node)]
    if kind != "site":
        if not isinstance(node.value, list):
            problems.append(FileProblem(node.line, (section,), "must be a list"))
            return
        nodes = [((section, i), item) for i, item in enumerate(node.value)]
    for path, item in nodes:
        if isinstance(item.value, dict):
            yield _Found(kind, path, item)
        else:
            problems.append(FileProblem(item.line, path, "must be a mapping"))


def _read(root: Node, found: list[_Found], further: Further, problems: list[FileProblem]) -> list[Entry]:
    entries: list[Entry] = []
    paths: list[Path] = []
    unreadable: list[tuple[str, Doc]] = []
    broken: list[Broken] = []
    for kind, path, node in found:
        written = node.plain()
        assert isinstance(written, dict)
        docs, wrong = taken(written) if kind == "profile" and "use" in written else ([written], [])
        for plain in docs:
            entry, more = read_entry(kind, plain)
            told = [as_given(written, plain, each) for each in more]
            wrong += [each for each in told if each not in wrong]
            if entry is None:
                unreadable.append((kind, plain))
                broken += [Broken(path, plain)] if kind == "profile" else []
            else:
                entries.append(entry)
                paths.append(path)
                wrong += further(entry)
        if not docs:
            unreadable.append((kind, written | {"id": written["use"]}))
        problems += [FileProblem(node.find(field)[1].line, path + field, text) for field, text in wrong]
    given = gather(entries, unreadable)
    for position, field, text, other in (*check(given), *check_quantities(given)):
        place = "" if other is None else f" {show_path(paths[other])} on line {root.find(paths[other])[1].line}"
        path = paths[position] + field
        problems.append(FileProblem(root.find(path)[1].line, path, text + place))
    for path, text, beside in check_broken(given, paths, broken):
        place = "" if beside is None else f" {show_path(beside)} on line {root.find(beside)[1].line}"
        problems.append(FileProblem(root.find(path)[1].line, path, text + place))
    return entries
