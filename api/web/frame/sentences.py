"""Sentences with times and numbers in them, safe to stand in a page, and the site's clock."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from api.web.frame.render import clock_of
from api.web.frame.texts import text

__all__ = ["clock_of", "listed", "say"]


def say(key: str, /, **values: Any) -> Markup:
    """Return a text with its values filled in; what is no markup already is escaped."""
    safe = {name: value if isinstance(value, int) else escape(value) for name, value in values.items()}
    return Markup(text(key, **safe) if safe else text(key))


def listed(words: Sequence[str]) -> Markup:
    """Return e.g. `a, b and c`."""
    if len(words) < 2:
        return Markup("").join(words)
    return say("words.and", first=Markup(", ").join(words[:-1]), last=words[-1])
