"""The language in which sentences are written: English as it stands in the code, or a catalogue set once at start.

`gettext` and its sisters take the English sentence as a literal, so that `make texts` finds it, and fill in its
`{placeholders}`. Values are texts already; numbers for people come from `rules.messages.words`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = tuple[str | None, str]  # context, English (the singular where it has two forms)


def _one_or_other(count: int) -> int:
    return int(count != 1)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language: its sentences by their English, and its notation of numbers."""

    language: str = "en"
    messages: Mapping[Message, Sequence[str]] = field(default_factory=dict)
    plural: Callable[[int], int] = _one_or_other  # which of a message's forms goes with a count
    decimal_point: str = "."


ENGLISH = Catalogue()
_current = ENGLISH


def use(catalogue: Catalogue) -> Catalogue:
    """Write in this language from now on; return the one before."""
    global _current
    before, _current = _current, catalogue
    return before


def current() -> Catalogue:
    """Return the language in use."""
    return _current


def mark(message: str) -> str:
    """Return the sentence as it is: it is translated where it is used."""
    return message


def gettext(message: str, /, **values: Any) -> str:
    """Return the sentence in the language in use, its placeholders filled in."""
    return _filled(_found(None, message) or message, values)


def ngettext(one: str, other: str, count: int, /, **values: Any) -> str:
    """Return the form that goes with the count; `{count}` is filled in as well."""
    return _filled(_form(None, one, other, count), {"count": count, **values})


def pgettext(context: str, message: str, /, **values: Any) -> str:
    """Return the sentence as it is meant in a context: a page's text by its key."""
    return _filled(_found(context, message) or message, values)


def npgettext(context: str, one: str, other: str, count: int, /, **values: Any) -> str:
    """Return the form that goes with the count, as it is meant in a context."""
    return _filled(_form(context, one, other, count), values)


def _found(context: str | None, message: str) -> str | None:
    forms = _current.messages.get((context, message))
    return forms[0] if forms else None


def _form(context: str | None, one: str, other: str, count: int) -> str:
    forms = _current.messages.get((context, one))
    if forms is None:
        return other if _one_or_other(count) else one
    return forms[min(_current.plural(count), len(forms) - 1)]


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return text.format(**values) if values else text
