"""The site file of a scenario: a template in which `${5h}` is five hours after the start."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from simulators.durations import parse_duration
from simulators.errors import InputError
from simulators.times import SECOND, format_time

Description = Mapping[str, Any]
_TIME = re.compile(r"\$\{([^}]*)\}")


def render(template: str, start: int, **words: str) -> str:
    """Return the site file for a scenario that starts at this instant; `${name}` is a word given. Raises InputError."""

    def fill(match: re.Match[str]) -> str:
        if match[1] in words:
            return words[match[1]]
        try:
            return format_time(start + parse_duration(match[1]) * SECOND)
        except ValueError as error:
            raise InputError(f"site: {error}") from None

    return _TIME.sub(fill, template)


def describe(text: str) -> Description:
    """Return a site file as plain lists, dicts and texts; `null` is None. Raises InputError."""
    try:
        site: Description = yaml.load(text, Loader=_Texts)
    except yaml.YAMLError as error:
        raise InputError(f"site: {error}") from None
    if not isinstance(site, dict):
        raise InputError("site: it is no mapping")
    return site


class _Texts(yaml.SafeLoader):
    """Leaves everything text but `null` and what is empty."""


_Texts.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
