"""Texts in the margins of printed pages, as style sheets write them. Pure."""

import re
from importlib.metadata import version

from markupsafe import Markup

from api.web.frame.texts import text

VERSION = version("coldchain")


def css_text(words: str) -> Markup:
    """Return a text as a string of a style sheet, safe between any tags."""
    plain = words.unescape() if isinstance(words, Markup) else words
    # The whole of what may end the string, the style sheet or the element is written by number.
    return Markup('"{}"').format(Markup(re.sub(r"[^\w .,:·()/°+-]", _by_number, plain)))


def page_of() -> Markup:
    """Return what numbers the pages, e.g. `"Page " counter(page) " of " counter(pages)`."""
    parts = re.split("([\x01\x02])", text("frame.page_of", page="\x01", pages="\x02"))
    counters = {"\x01": Markup("counter(page)"), "\x02": Markup("counter(pages)")}
    return Markup(" ").join(counters.get(part) or css_text(part) for part in parts if part)


def _by_number(sign: re.Match[str]) -> str:
    return f"\\{ord(sign[0]):x} "
