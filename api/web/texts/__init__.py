"""What the pages say, a folder a language, a file a page."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGE = "en"


@cache
def _texts(language: str) -> Mapping[str, Any]:
    folder = files(__package__) / language
    found = {}
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            found[file.name.removesuffix(".toml")] = tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def text(key: str, /, **values: Any) -> str:
    """Return the text `file.name`, its `{placeholders}` filled in.

    A text with forms `one` and `other` is chosen by the value `count`. Raises KeyError for a text that is not there.
    """
    page, _, name = key.partition(".")
    found = _texts(LANGUAGE)[page][name]
    if not isinstance(found, str):
        found = found["one" if values["count"] == 1 else "other"]
    return str(found.format(**values) if values else found)
