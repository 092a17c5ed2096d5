"""Sentences with times and numbers in them, safe to stand in a page, and the site's clock."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from api.deps import View
from api.web.frame.formats import Clock, zone_named
from api.web.frame.render import frame_of
from api.web.frame.texts import text


def say(key: str, /, **values: Any) -> Markup:
    """Return a text with its values filled in; what is no markup already is escaped."""
    safe = {name: value if isinstance(value, int) else escape(value) for name, value in values.items()}
    return Markup(text(key, **safe) if safe else text(key))


def listed(words: Sequence[str]) -> Markup:
    """Return e.g. `a, b and c`."""
    if len(words) < 2:
        return Markup("").join(words)
    return say("words.and", first=Markup(", ").join(words[:-1]), last=words[-1])


def clock_of(view: View) -> Clock:
    """Return the clock that the frame around the page uses."""
    return Clock(zone_named(frame_of(view.connection).zone), view.now)
