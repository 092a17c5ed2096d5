"""No module imports itself by way of others, not even for type checking.

import-linter holds the layers; circles inside a layer are for these tests.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "domain", "rules", "forecast", "sites", "store", "ledger", "ingest", "notify", "api", "coldchain", "simulators",
    "benchmarks",
)  # fmt: skip

Graph = Mapping[str, set[str]]


@cache
def _modules() -> dict[str, Path]:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return {_name(file.relative_to(ROOT)): file for file in files}


def _name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(file: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """Yield what a file imports of the repository, wherever in the file; all imports are absolute."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield from (name for name in [whole if whole in known else str(node.module)] if name in known)


def _packages_of(name: str, known: Mapping[str, Path]) -> Iterator[str]:
    """Yield the packages around a module: Python runs their __init__ before it."""
    while "." in name:
        name = name.rpartition(".")[0]
        if name in known:
            yield name


def _circle(graph: Graph) -> list[str]:
    """Return the modules of a circle; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@cache
def _graph() -> dict[str, set[str]]:
    known = _modules()
    return {name: set(_imported(file, known)) - {name} for name, file in known.items()}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert _circle(_graph()) == []


@pytest.mark.parametrize("package", ["domain", "rules", "forecast"])
def test_any_module_of_the_core_can_be_imported_first(package: str) -> None:
    """Its packages run before it: none of them may need it."""
    known = _modules()
    graph = {name: {*imported, *_packages_of(name, known)} for name, imported in _graph().items()}
    assert _circle({name: needed for name, needed in graph.items() if name.split(".")[0] == package}) == []


def test_a_circle_is_found() -> None:
    assert set(_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}
