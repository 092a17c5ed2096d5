"""What the pages say: texts stand beside their page, in files whose name is the first part of their keys.

They are English; the catalogue of another language has each under its key (domain/language.py).
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from domain import language


@cache
def _texts() -> Mapping[str, Any]:
    pages = Path(__file__).parents[1]
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in pages.glob("*/*.toml")}


def text(key: str, /, **values: Any) -> str:
    """Return the text `file.name` in the language in use, its `{placeholders}` filled in.

    A text with forms `one` and `other` is chosen by the value `count`. Raises KeyError for a text that is not there.
    """
    page, _, name = key.partition(".")
    english = _texts()[page][name]
    if isinstance(english, str):
        return language.pgettext(key, english, **values)
    return language.npgettext(key, english["one"], english["other"], values["count"], **values)
