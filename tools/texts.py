"""Brings languages/*.po up to date with the English texts of code and pages. Run by `make texts`.

New texts come without translation; what is not said any more goes. English has no catalogue: it is its own key.
"""

import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "domain",
    "rules",
    "batches",
    "forecast",
    "sites",
    "store",
    "ledger",
    "ingest",
    "notify",
    "api",
    "coldchain",
)
# How the functions of domain/language.py are called: which arguments are context, English and English plural.
CALLS: dict[str, Any] = {
    "gettext": None,
    "mark": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_NAMED = re.compile(rf"\b(?:{'|'.join(CALLS)})\b".encode())


def texts_of_pages() -> Iterator[tuple[Path, str, str | tuple[str, str]]]:
    """Yield each text of a page: its file, its key, its English, in two forms where it counts."""
    for file in sorted((ROOT / "api/web").glob("*/*.toml")):
        for name, english in tomllib.loads(file.read_text(encoding="utf-8")).items():
            yield (
                file,
                f"{file.stem}.{name}",
                english if isinstance(english, str) else (english["one"], english["other"]),
            )


def texts_of_code() -> Iterator[tuple[Path, str | None, str | tuple[str, str]]]:
    """Yield each sentence in the code: its file, its context, its English."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            source = file.read_bytes()
            if _NAMED.search(source):  # taking a file apart costs far more than this
                for _, message, _, context in extract("python", BytesIO(source), CALLS, options={"encoding": "utf-8"}):
                    yield file, context, (message[0], message[1]) if isinstance(message, tuple) else message


def template() -> Catalog:
    """Return all texts, not translated."""
    found = Catalog(project="coldchain", charset="utf-8")
    for file, context, english in (*texts_of_code(), *texts_of_pages()):
        found.add(english, context=context, locations=[(file.relative_to(ROOT).as_posix(), 0)])
    return found


def updated(file: Path, texts: Catalog) -> Catalog:
    """Return the catalogue of a file with exactly these texts, translated as far as they were."""
    catalogue = Catalog(file.stem, header_comment="# Texts of coldchain.", project="coldchain", fuzzy=False)
    if file.exists():
        with file.open("rb") as opened:
            catalogue = read_po(opened, locale=file.stem)
    catalogue.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    return catalogue


def is_translated(message: Message) -> bool:
    """Tell whether every form has a translation."""
    forms = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    return all(forms)


def main() -> None:
    """Write every catalogue anew."""
    texts = template()
    for file in sorted((ROOT / "languages").glob("*.po")):
        catalogue = updated(file, texts)
        with file.open("wb") as opened:
            write_po(opened, catalogue, width=120, include_lineno=False, ignore_obsolete=True)
        waiting = sum(not is_translated(message) for message in catalogue if message.id)
        print(f"{file.relative_to(ROOT)}: {len(catalogue)} texts, {waiting} not translated")


if __name__ == "__main__":
    main()
