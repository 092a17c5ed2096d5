"""What somebody says of a file: how it differs from a plain file of readings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from domain.errors import InvalidError
from rules.kinds.common.fields import nearest

FORMATS: Mapping[str, str] = {
    "csv": "sensor,measured_at,temperature,humidity in UTF-8, separated by commas",
    "logger": "an export of a logger or a spreadsheet: what its headings say is obeyed",
    "hobo": "an export of HOBOware or HOBOconnect",
}
DATE_ORDERS = ("ymd", "dmy", "mdy", "excel")
ROLES = ("sensor", "time", "date", "temperature", "humidity")
_SYNONYMS = {"measured_at": "time"}
_KEY = re.compile(r"(?:^|,)\s*(\w+)\s*=")


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is to be read; None: as the file itself says, if it does."""

    format: str | None = None
    delimiter: str | None = None
    decimal: str | None = None  # "." or ","
    encoding: str | None = None
    timezone: str | None = None  # of times without a zone
    unit: str | None = None  # C, F or K, where a heading does not say it
    columns: Mapping[str, str] = field(default_factory=dict)  # heading by role
    sensor: str | None = None  # whose readings all of them are
    skip: int | None = None  # lines before the column names
    date_order: str | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether it is a plain file of readings, as the contract has it."""
        return (
            self.format in (None, "csv")
            and not any(getattr(self, each.name) for each in fields(self) if each.name not in ("format", "skip"))
            and self.skip is None
        )


PLAIN = Form()


def read_columns(text: str) -> dict[str, str]:
    """Read `time=Date Time,temperature=Temp`: the beginning of a heading by role. Raises InvalidError."""
    found: dict[str, str] = {}
    keys = list(_KEY.finditer(text))
    if not keys or keys[0].start():
        raise InvalidError(f"not a list such as time=Date,temperature=Temp: {text!r}")
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        role = _SYNONYMS.get(key[1], key[1])
        if role not in ROLES:
            raise InvalidError(f"unknown column {key[1]!r}; known: {', '.join(ROLES)}{nearest(key[1], list(ROLES))}")
        heading = text[key.end() : following.start() if following else None].strip()
        if not heading or role in found:
            raise InvalidError(f"column {role} is named twice" if role in found else f"no heading for column {role}")
        found[role] = heading
    return found
