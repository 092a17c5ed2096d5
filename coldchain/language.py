"""Reads the catalogue of a language; English needs none."""

from gettext import c2py
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from domain import language
from domain.language import ENGLISH, Catalogue

FOLDER = Path(__file__).parents[1] / "languages"


def languages() -> list[str]:
    """Return the languages that there are."""
    return sorted({ENGLISH.language, *(file.stem for file in FOLDER.glob("*.po"))})


def speak(name: str) -> None:
    """Write everything for people in this language from now on."""
    language.use(ENGLISH if name == ENGLISH.language else load(FOLDER / f"{name}.po"))


def load(file: Path) -> Catalogue:
    """Read a catalogue. What has no translation, or a doubtful one, stays English."""
    with file.open("rb") as opened:
        found = read_po(opened, locale=file.stem)
    messages = {
        (message.context, _english(message)): forms
        for message in found
        if message.id and not message.fuzzy and all(forms := _forms(message))
    }
    symbols = Locale.parse(file.stem).number_symbols["latn"]
    return Catalogue(file.stem, messages, c2py(found.plural_expr), symbols["decimal"])


def _english(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
