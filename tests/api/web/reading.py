"""Reading a page as a person does."""

import html
import re


def words(page):
    """Return what a page says: no markup, one space between words, none before a sign."""
    said = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())
    return re.sub(r" ([,.:;])", r"\1", said)


def without_secret(page):
    """Return a page without the proof of its session, which is by chance and may hold any letters."""
    return re.sub(r"[\w-]{43}", "", page)
