"""`coldchain test-rules`: does a profile say what it must? Unit tests for rules, as plain data."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.text import Text

from domain.errors import Refused
from sites.cases.case import Case
from sites.cases.file import load_cases
from sites.cases.trial import Difference, answer_of, differences

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_STYLES = {"FAIL": "bold red", "ok": "green", "-": "red", "+": "green"}


class Result(NamedTuple):
    """A case and what was said otherwise than it must be."""

    path: Path
    case: Case
    differences: Sequence[Difference]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        told = [{"what": d.what, "expected": list(d.expected), "said": list(d.said)} for d in self.differences]
        place = {"file": self.path.name, "line": self.case.line, "name": self.case.name}
        return {**place, "ok": not told, "differences": told}

    def lines(self) -> Iterator[str]:
        """Yield what is printed."""
        if not self.differences:
            yield f"ok    {self.case.name}"
            return
        yield f"FAIL  {self.case.name} ({self.path.name}:{self.case.line})"
        for difference in self.differences:
            yield f"  {difference.what}"
            yield from (f"    {line}" for line in difference.lines())


@click.command()
@click.argument("paths", metavar="CASES.yaml…", nargs=-1, required=True, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Evaluate the cases of files and print every result that is not as expected.

    Exit 1 if a case fails, 2 if a file is wrong. The form of the files: docs/test-rules.md.
    """
    results = list(_run(paths))
    failed = sum(1 for result in results if result.differences)
    if as_json:
        told = {"cases": [result.as_json() for result in results], "failed": failed}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        _print(line for result in results for line in result.lines())
        click.echo(f"{len(results)} cases, {failed} failed")
    sys.exit(1 if failed else 0)


def _run(paths: Iterable[Path]) -> Iterator[Result]:
    """Read all files before the first case is judged. Raises Refused with every problem."""
    problems: list[str] = []
    cases: list[tuple[Path, Case]] = []
    for path in paths:
        try:
            cases += [(path, case) for case in load_cases(path)]
        except Refused as error:
            problems += error.problems
    if problems:
        raise Refused(problems)
    return (Result(path, case, differences(case, answer_of(case))) for path, case in cases)


def _print(lines: Iterable[str]) -> None:
    """Print in colours on a terminal, else as it is: rich would break long lines."""
    if not sys.stdout.isatty():
        for line in lines:
            click.echo(line)
        return
    console = Console()
    for line in lines:
        console.print(Text(line, style=_STYLES.get(line.split()[0], "")), soft_wrap=True)
