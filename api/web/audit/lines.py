"""Lines of the audit trail in words: the thing by name with its page, and what was changed. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from api.web.frame.addresses import audit_address
from api.web.frame.naming import batch_address
from domain.numbers import show_value
from domain.times import format_instant

Fields = Mapping[str, Any]

_LONGEST = 300  # signs of a value
_INSTANTS = ("at", "since", "until", "fired_at", "created_at", "disabled_at", "locked_until")
_PAGES = {"alert": "/problems/{}", "hold": "/holds/{}", "readings": "/journal/{}", "location": "/places/{}"}


class Change(NamedTuple):
    """A field that is another than before; None: it was not there, or is no more."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One deed. `address` None: the thing has no page."""

    fields: Fields
    name: str
    address: str | None
    changes: Sequence[Change]

    @property
    def of_it(self) -> str:
        """Where everything is listed that was done to the same thing."""
        return audit_address(self.fields["kind"], self.fields["key"])


def line_of(row: Fields) -> Line:
    """Return a line as it is shown."""
    parts = _parts(row["key"])
    return Line(row, " ".join(parts), _address(row, parts), list(_changes(row["before"], row["after"])))


def _parts(key: str) -> list[str]:
    """Return the parts of a key: of an entry it is a list in JSON."""
    try:
        found = json.loads(key) if key.startswith("[") else [key]
    except ValueError:
        found = [key]
    return [str(part) for part in found if part is not None]


def _address(row: Fields, parts: Sequence[str]) -> str | None:
    kind, doc = row["kind"], row["after"] or row["before"]
    if kind in _PAGES and parts:
        return _PAGES[kind].format(quote(parts[0], safe=""))
    if kind == "profile" and len(parts) == 2:
        return "/profiles/" + "/".join(quote(part, safe="") for part in parts)
    if kind in ("batch", "placement") and isinstance(doc, Mapping) and {"product", "lot"} <= doc.keys():
        return batch_address(doc["product"], doc["lot"])
    if kind == "sensor" and parts:
        return "/readings?" + urlencode({"sensor": parts[0]})
    return {"channel": "/setup", "person": "/setup/people", "source": "/setup/dead-letters"}.get(kind)


def _changes(before: Any, after: Any) -> Iterator[Change]:
    """Yield what is another than before, field by field; of what is new nothing that is empty."""
    old, new = dict(_flat(before)), dict(_flat(after))
    for field in dict.fromkeys((*old, *new)):
        if old.get(field) != new.get(field):
            yield Change(field, old.get(field), new.get(field))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every field that says something, with its name: `why.sentence`."""
    if isinstance(value, Mapping):
        for field, each in value.items():
            yield from _flat(each, f"{name}.{field}" if name else str(field))
    elif value not in (None, [], ""):
        words = _said(name.rpartition(".")[2], value)
        yield name, words if len(words) <= _LONGEST else words[:_LONGEST] + "…"


def _said(field: str, value: Any) -> str:
    if field in _INSTANTS and isinstance(value, int):
        return format_instant(value)
    if field == "peak" and isinstance(value, int):
        return f"{show_value(value):g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
