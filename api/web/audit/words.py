"""Actions, record types and fields of the audit trail in plain words. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.web.frame.formats import Clock, number
from api.web.frame.texts import text
from domain.numbers import show_value
from sites.schema import KINDS

# Everything that is ever written into the trail; each has its text `audit.action_…`.
ACTIONS = (
    *("put", "removed", "asked", "activated", "imported", "rebuilt", "redriven", "tested"),
    *("placed", "revised", "unfounded", "released", "rejected"),
    *("rejection_undo_asked", "rejection_undone"),
    *("raised", "updated", "ended", "acknowledged", "commented", "reviewed", "dated"),
    *("shelved", "unshelved", "suppressed", "resumed"),
    *("added", "disabled", "enabled", "password_set", "link_made", "signed", "signed_in", "signed_in_by_link"),
    *("set_back", "set_ahead"),
    *(
        "recorded",
        "forced",
        "ordered",
        "reserved",
        "unreserved",
        "pick_started",
        "picked",
        "pick_stopped",
        "pick_resumed",
    ),
    *("shipped", "cancelled", "opened", "closed", "given_up", "proposed", "refused"),
    *("signed_out", "signed_out_everywhere", "sign_in_failed", "locked"),
)
TYPES = (
    *(*KINDS, "activation", "adjustment", "alert", "clock", "count", "dead_letter", "hold", "movement", "notice"),
    *("order", "person", "readings", "serials", "unit", "verdicts"),
)

_INSTANTS = (
    "at",
    "since",
    "until",
    "fired_at",
    "created_at",
    "disabled_at",
    "locked_until",
    "raised_at",
    "ended_at",
    "opened_at",
    "thawed_at",
)
_SCALED = ("peak",)
_OF_ONE = "#"  # before the ID of one of several, as a step of a field's path
_STEP = ("from", "value")  # a value of a field that changes with time
# Fields whose plain name is not their own.
_FIELDS = ("for", "founded", "gtin", "id", "min_severity", "secret_file", "url", "why")


def action_name(what: str, is_new: bool = False) -> str:
    """Return e.g. `Signed in`. `is_new`: there was no record before."""
    if what == "put" and is_new:
        return text("audit.added_record")
    return text(f"audit.action_{what}") if what in ACTIONS else _humanised(what)


def type_name(kind: str) -> str:
    """Return e.g. `Storage record` for a placement."""
    return text(f"audit.type_{kind}") if kind in TYPES else _humanised(kind)


def field_name(path: str) -> str:
    """Return a field's name: `why`, `sentence` is `Grounds · Sentence`."""
    return " · ".join(map(_part_name, path.split("\n")))


def _part_name(part: str) -> str:
    if part.startswith(_OF_ONE):
        return part.removeprefix(_OF_ONE)
    return text(f"audit.field_{part}") if part in _FIELDS else _humanised(part)


def flat(value: Any, clock: Clock, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every field that says something with its value in words; the steps of its path stand on lines."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from flat(each, clock, f"{path}\n{name}" if path else str(name))
    elif _is_list_of(value, ("id",)):
        for each in value:
            yield from flat({n: v for n, v in each.items() if n != "id"}, clock, f"{path}\n{_OF_ONE}{each['id']}")
    elif value not in (None, [], "") and (words := _in_words(path.rpartition("\n")[2], value, clock)):
        yield path, words


def _in_words(field: str, value: Any, clock: Clock) -> str:
    if isinstance(value, bool):
        return text("audit.yes") if value else text("audit.no")
    if isinstance(value, int) and field in _INSTANTS:
        return clock.whole(value)
    if isinstance(value, int) and field in _SCALED:
        return number(show_value(value))
    if _is_list_of(value, _STEP):
        return "; ".join(filter(None, (_step(field, each, clock) for each in value)))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_in_words(field, each, clock) for each in value)
    if isinstance(value, Mapping):
        return " / ".join(_in_words(name, each, clock) for name, each in value.items() if each is not None)
    return number(value) if isinstance(value, float) else str(value)


def _step(field: str, step: Mapping[str, Any], clock: Clock) -> str:
    if step["value"] is None and step["from"] is None:
        return ""
    said = text("audit.nothing") if step["value"] is None else _in_words(field, step["value"], clock)
    return said if step["from"] is None else text("audit.from", value=said, time=step["from"])


def _is_list_of(value: Any, fields: Sequence[str]) -> bool:
    """Tell whether it is a list of documents that all have these fields."""
    return isinstance(value, list) and bool(value) and all(isinstance(e, Mapping) and {*fields} <= {*e} for e in value)


def _humanised(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
