"""What is given to be recorded: read, told from what is on record already, and voids resolved."""

import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from batches.fields import read_json
from batches.form import read_movement
from batches.history import why_no_void
from batches.movements import Movement, Void
from batches.names import ON_RECORD, Names
from domain.errors import ConflictError, InvalidError, Refused
from store.stock import movements as stored
from store.stock.movements import StoredMovement


@dataclass(frozen=True, slots=True)
class Line:
    """A movement as somebody wants it recorded."""

    movement: Movement  # its line is the number that it gets
    name: str  # where it stands in what was given, e.g. `M.jsonl:14 M0007`
    text: str  # as JSON
    fields: Mapping[str, Any]

    @property
    def do(self) -> str:
        """Return what was done, in one word."""
        return str(self.fields["do"])


@dataclass(slots=True)
class Given:
    """What is new of a request, in its order; ids that are known say the same as before."""

    lines: list[Line] = field(default_factory=list)
    known: list[StoredMovement] = field(default_factory=list)
    voided_new: dict[int, int] = field(default_factory=dict)  # number of a movement of this request → of the void
    voided: dict[int, int] = field(default_factory=dict)  # number of a movement on record → of the void
    voided_on_record: list[StoredMovement] = field(default_factory=list)

    @property
    def happening(self) -> list[Line]:
        """Return what is new and not voided by the same request."""
        return [line for line in self.lines if line.movement.line not in self.voided_new]


def read(connection: Connection, texts: Sequence[tuple[str, str]], names: Names) -> Given:
    """Return the movements of a request, each given as `(where, JSON)`.

    Raises Refused with the first of wrong form, or else ConflictError with the first void that cannot be.
    """
    objects = [_object(where, text) for where, text in texts]
    given = Given()
    number = stored.last_number(connection)
    ids = {name for each in objects if isinstance(name := each.get("id"), str)}
    presets = {_preset(number + i) for i in range(1, len(objects) + 1)}
    on_record = stored.by_id(connection, ids | presets)
    used = ids | on_record.keys()
    seen: dict[str, str] = {}
    for (where, text), fields in zip(texts, objects, strict=True):
        if fields.get("id") is None:
            fields, text = _with_id(fields, text, _preset(number + 1), used)
        name = f"{where} {fields['id']}".strip()
        try:
            movement = read_movement(dict(fields), names, number + 1)
            before = on_record.get(movement.id)
            if before is None and movement.id in seen:
                raise InvalidError(f"the id is already that of {seen[movement.id]}")
            if before is not None and not _says_the_same(fields, before):
                raise InvalidError("the id is already that of a movement on record that says something else")
        except InvalidError as error:
            raise Refused([f"{name}: {error}"]) from error
        seen[movement.id] = where or "another of the same request"
        if before is not None:
            given.known.append(before)
        else:
            number += 1
            given.lines.append(Line(movement, name, text, fields))
    _resolve_voids(connection, given)
    return given


def _object(where: str, text: str) -> dict[str, Any]:
    try:
        return read_json(text)
    except InvalidError as error:
        raise Refused([f"{where}: {error}".removeprefix(": ")]) from error


def _preset(number: int) -> str:
    """Return the id of a movement that has none, unless that is used."""
    return f"M{number}"


def _with_id(fields: dict[str, Any], text: str, name: str, used: Collection[object]) -> tuple[dict[str, Any], str]:
    """Give a movement an id."""
    if name in used:
        name = f"{name}-{uuid.uuid4().hex[:8]}"
    rest = text.strip().removeprefix("{").lstrip()
    comma = "" if rest == "}" else ", "
    return {"id": name, **{k: v for k, v in fields.items() if k != "id"}}, f'{{"id": {json.dumps(name)}{comma}{rest}'


def _says_the_same(fields: Mapping[str, Any], before: StoredMovement) -> bool:
    """Tell whether it says what was given before, or what was recorded of it: an export is given again like that."""
    said = _without_nulls(fields)
    return any(said == _without_nulls(read_json(text)) for text in (before.given, before.recorded))


def _without_nulls(value: Any) -> Any:
    """Leave out fields that are null: they are absent. But the unit null of a status is named by it."""
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    is_status = value.get("do") == "status"
    kept = {name: each for name, each in value.items() if each is not None or (is_status and name == "unit")}
    return {name: _without_nulls(each) for name, each in kept.items()}


def _resolve_voids(connection: Connection, given: Given) -> None:
    """Find what is voided. Raises ConflictError with the first void that cannot be."""
    voids = list(_voids(given.lines))
    on_record = stored.by_id(connection, [void.movement for _, void in voids])
    earlier: dict[str, Line] = {}
    voided_by: dict[str, str] = {}
    lines = iter(given.lines)
    for line, void in voids:
        for each in lines:
            if each is line:
                break
            earlier[each.movement.id] = each
        before, new = on_record.get(void.movement), earlier.get(void.movement)
        is_void = before.do == "void" if before is not None else new is not None and new.do == "void"
        by = voided_by.get(void.movement)
        if by is None and before is not None and before.voided_by is not None:
            by = stored.by_number(connection, [before.voided_by])[before.voided_by].id
        wrong = why_no_void(void.movement, before is not None or new is not None, is_void, by)
        if wrong is not None:
            raise ConflictError(f"{line.name}: {wrong}")
        voided_by[void.movement] = line.movement.id
        earlier[line.movement.id] = line
        if before is not None:
            given.voided[before.number] = line.movement.line
            given.voided_on_record.append(before)
        elif new is not None:
            given.voided_new[new.movement.line] = line.movement.line


def _voids(lines: Sequence[Line]) -> Iterator[tuple[Line, Void]]:
    for line in lines:
        if isinstance(line.movement.done, Void):
            yield line, line.movement.done


def on_record(found: StoredMovement) -> Movement:
    """Return a movement that was recorded before."""
    return read_movement(read_json(found.recorded), ON_RECORD, found.number)
