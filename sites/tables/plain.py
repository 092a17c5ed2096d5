"""A file in whatever form as a plain file of readings, and what is said where a plain one cannot be read."""

import csv
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.model import Site
from sites.devices import names_of
from sites.tables.convert import HEADER, table_of
from sites.tables.form import Form
from sites.tables.looks import looks_like

_OF_HEADER = re.compile(r":\d+(?:: no column | '.*': unknown column|: not CSV)", re.DOTALL)


@contextmanager
def as_plain(path: Path, form: Form, site: Site) -> Iterator[Path]:
    """Give a plain file with the same name, every row in the line it has in the file.

    Raises Refused with every problem and every question.
    """
    if form.is_plain:
        yield path
        return
    table = table_of(path, form, names_of(site))
    with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
        plain = Path(folder) / path.name
        with plain.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            written = 1
            for cells in table.rows:
                file.write("\n" * (cells[0] - written - 1))
                writer.writerow(cells[1])
                written = cells[0]
        yield plain


def explained(path: Path, form: Form, problems: Sequence[str]) -> list[str]:
    """Return why a file is refused, with what it looks like and how it can be read."""
    if not form.is_plain or not any(problem.startswith(f"{path.name}:") for problem in problems):
        return list(problems)
    looks = looks_like(path)
    if looks and any(_OF_HEADER.search(problem) for problem in problems):
        return [*looks, *(problem for problem in problems if not problem.startswith(f"{path.name}:"))]
    return [*looks, *problems]
