"""From an entry's fields, as YAML or JSON gives them, to an Entry or every problem with it."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.errors import InvalidError, Refused
from domain.model import Rule
from rules.kinds.common.fields import nearest
from rules.read_rule import clashes, read_rule
from sites.channels import CHANNELS
from sites.fields import Strict, is_steps
from sites.schema import KINDS, Entry, key_of
from sites.tree import Path


class Wrong(NamedTuple):
    """A problem of one entry: the path of the field inside it, and what is wrong."""

    field: Path
    text: str


def entry(kind: str, fields: Mapping[str, Any]) -> Entry:
    """Return the entry with its normalised document.

    Raises Refused with a line `field: problem` for everything that is wrong, InvalidError for an unknown kind.
    """
    if kind not in KINDS:
        raise InvalidError(f"unknown kind of entry {kind!r}; known: {', '.join(KINDS)}{nearest(kind, list(KINDS))}")
    read, problems = read_entry(kind, fields)
    if read is None:
        raise Refused([f"{show_path(field)}: {text}" for field, text in problems])
    return read


def merged(kind: str, fields: Mapping[str, Any], find: Callable[[str], Mapping[str, Any] | None]) -> Entry:
    """Return an entry as it is with these fields: what they do not name stays as `find` has it under the same key.

    Raises as `entry`; of an entry that is there, fields that are not named may be required.
    """
    key = key_given(kind, fields)
    stored = find(key) if key is not None else None
    return entry(kind, fields if stored is None else {**stored, **fields})


def key_given(kind: str, fields: Mapping[str, Any]) -> str | None:
    """Return the key that fields name, None for what names none."""
    if kind not in KINDS:
        return None
    read, _ = read_entry(kind, fields)
    if read is not None:
        return read.key
    try:
        as_kept = {name: str(value) if isinstance(value, int) else value for name, value in fields.items()}
        return key_of(kind, {"id": None, **as_kept})
    except (KeyError, TypeError, ValueError):
        return None


def read_entry(kind: str, fields: Mapping[str, Any]) -> tuple[Entry | None, list[Wrong]]:
    """Return the entry, or None with every problem."""
    model, problems = _model(kind, fields)
    if model is None:
        return None, problems
    presets = _presets(model)
    given = {name: value for name, value in fields.items() if value is not None or name not in presets}
    try:
        doc = model.model_validate(given).model_dump(by_alias=True)
    except ValidationError as error:
        problems = [Wrong(_path(detail, fields, model), _sentence(detail, model)) for detail in error.errors()]
        return None, problems + list(_rule_problems(kind, fields))
    problems = list(_rule_problems(kind, doc))
    if problems:
        return None, problems
    if kind == "sensor":
        doc["device"] = doc["device"] or doc["id"]
    if kind == "batch" and doc["supplier_lot"] is None:
        del doc["supplier_lot"]  # most have none, and are as they were before there was such a field
    return Entry(kind, key_of(kind, doc), doc), []


@cache
def _presets(model: type[Strict]) -> frozenset[str]:
    """Return the fields that need not be given."""
    return frozenset(field.alias or name for name, field in model.model_fields.items() if not field.is_required())


def show_path(path: Path) -> str:
    """Return e.g. `rules[2].above`."""
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return shown.removeprefix(".")


def _model(kind: str, fields: Mapping[str, Any]) -> tuple[type[Strict] | None, list[Wrong]]:
    model = KINDS[kind].model
    if model is not None:
        return model, []
    known, word = ", ".join(CHANNELS), fields.get("kind")
    if word is None:
        return None, [Wrong(("kind",), f"is missing; known: {known}")]
    if not isinstance(word, str) or word not in CHANNELS:
        near = nearest(str(word), list(CHANNELS))
        return None, [Wrong(("kind",), f"unknown channel kind {word!r}; known: {known}{near}")]
    return CHANNELS[word], []


def _path(detail: ErrorDetails, fields: Mapping[str, Any], model: type[Strict]) -> Path:
    """Return the path as it was written: one value for always is no list of steps."""
    path = tuple(step for step in detail["loc"] if step != "[key]")
    preset = model.model_fields.get(str(path[0])) if path else None
    if preset is not None and preset.alias:  # of what was not given pydantic tells by our name
        path = (preset.alias, *path[1:])
    if path[1:3] == (0, "value") and not is_steps(fields.get(str(path[0]))):
        return (path[0], *path[3:])
    return path


def _sentence(detail: ErrorDetails, model: type[Strict]) -> str:
    """Return pydantic's finding in this project's words."""
    sort, value = detail["type"], detail["input"]
    if sort == "extra_forbidden":
        known = _names_at(model, detail["loc"][:-1])
        return f"unknown field{nearest(str(detail['loc'][-1]), known) or '; known: ' + ', '.join(known)}"
    if sort == "literal_error":
        expected = [word.strip("'") for word in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
        return f"must be one of {', '.join(expected)}, not {value!r}{nearest(str(value), expected)}"
    if sort == "said":
        return detail["msg"]
    if sort == "missing":
        return "is missing"
    wanted = {"string_type": "text", "list_type": "a list", "too_short": "a list of at least one"}.get(
        sort, "a mapping"
    )
    return f"must be {wanted}, not {_describe(value)}"


def _describe(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "null" if value is None else repr(value)


def _names_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the names of the fields that belong at a place."""
    for step in loc:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(step, str) and step in fields:
            model = next(_models_in(fields[step].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _rule_problems(kind: str, doc: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield what is wrong with a profile's rules, those of a wrong profile included."""
    rules = doc.get("rules") if kind == "profile" else None
    read: dict[int, Rule] = {}
    for i, fields in enumerate(rules if isinstance(rules, list) else []):
        if not isinstance(fields, dict) or not all(_is_field(text) for text in fields.values()):
            continue  # told already
        rule, problems = read_rule(fields)
        yield from (Wrong(("rules", i, field), text) for field, text in problems)
        if rule is not None:
            read[i] = rule
    yield from _used_twice(rules)
    for i, field, text in clashes(read):
        yield Wrong(("rules", i, field), text)


def _is_field(value: Any) -> bool:
    return isinstance(value, str | None) or (isinstance(value, list) and all(isinstance(text, str) for text in value))


def _used_twice(rules: Any) -> Iterator[Wrong]:
    first: dict[str, int] = {}
    for i, fields in enumerate(rules if isinstance(rules, list) else []):
        rule_id = fields.get("id") if isinstance(fields, dict) else None
        if isinstance(rule_id, str) and rule_id and first.setdefault(rule_id, i) != i:
            yield Wrong(("rules", i, "id"), f'"{rule_id}" is already the id of rules[{first[rule_id]}]')
