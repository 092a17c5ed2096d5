"""The demonstration's site file: a template whose times are counted back from the start."""

import re
from pathlib import Path

from simulators.times import HOUR, MINUTE, format_time

TEMPLATE = Path(__file__).with_name("site.yaml")
_UNITS = {"h": HOUR, "min": MINUTE}


def render(start: int, template: str | None = None) -> str:
    """Return the site file for a demonstration that starts at this instant."""

    def time(match: re.Match[str]) -> str:
        return format_time(start - int(match[1]) * _UNITS[match[2]])

    text = TEMPLATE.read_text(encoding="utf-8") if template is None else template
    return re.sub(r"\$\{(\d+)(h|min) ago\}", time, text)
