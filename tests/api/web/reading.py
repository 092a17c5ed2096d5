"""Reading a page as a person does."""

import html
import re


def words(page):
    """Return what a page says: no markup, one space between words, none before a sign."""
    said = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())
    return re.sub(r" ([,.:;])", r"\1", said)
