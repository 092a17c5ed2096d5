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
from ledger.requests import Override, Record
from store.stock import movements as stored
from store.stock.movements import StoredMovement


@dataclass(slots=True)
class Asked:
    """Who asks for what to be recorded; `order`: they are movements of an order."""

    who: str
    request: Record
    order: str | None = None
    objects: list[dict[str, Any]] = field(init=False)  # the movements; none if one of them cannot be read
    wrong: Refused | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Read the JSON, once."""
        self.objects = []
        try:
            self.objects = [_object(where, text) for where, text in self.request.movements]
        except Refused as error:
            self.wrong = error

    @property
    def key(self) -> tuple[str, str] | None:
        """Return what the answer is kept under; None: it is not."""
        return None if self.request.key is None else (self.who, self.request.key)

    @property
    def ids(self) -> set[str]:
        """Return the ids that are given."""
        return {name for each in self.objects if isinstance(name := each.get("id"), str)}


@dataclass(frozen=True, slots=True)
class Line:
    """A movement as somebody wants it recorded."""

    movement: Movement  # its line is the number that it gets
    name: str  # where it stands in what was given, e.g. `M.jsonl:14 M0007`
    text: str  # as JSON
    fields: Mapping[str, Any]
    asked: Asked

    @property
    def who(self) -> str:
        """Return who records it here."""
        return self.asked.who

    @property
    def override(self) -> Override | None:
        """Return what lets it be recorded although there is something against it."""
        return self.asked.request.override

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


class Reading:
    """Reads requests one after the other, each as if those before were on record: their ids must differ."""

    def __init__(self, connection: Connection, names: Names, requests: Sequence[Asked]) -> None:
        self._connection = connection
        self._names = names
        self._number = stored.last_number(connection)
        ids = {name for each in requests for name in each.ids}
        count = sum(len(each.objects) for each in requests)
        presets = {_preset(self._number + i) for i in range(1, count + 1)}
        self._on_record = stored.by_id(connection, ids | presets)
        self._used = ids | self._on_record.keys()
        self.is_ambiguous = not presets.isdisjoint(ids)  # a movement has an id that another would get

    def read(self, asked: Asked) -> Given:
        """Return the movements of a request.

        Raises Refused with the first of wrong form, or else ConflictError with the first void that cannot be, or else
        InvalidError for an override without a reason.
        """
        if asked.wrong is not None:
            raise asked.wrong
        given = Given()
        number = self._number
        seen: dict[str, str] = {}
        for (where, text), fields in zip(asked.request.movements, asked.objects, strict=True):
            if fields.get("id") is None:
                fields, text = _with_id(fields, text, _preset(number + 1), self._used)
            name = f"{where} {fields['id']}".strip()
            try:
                movement = read_movement(dict(fields), self._names, number + 1)
                before = self._on_record.get(movement.id)
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
                given.lines.append(Line(movement, name, text, fields, asked))
        _resolve_voids(self._connection, given)
        override = asked.request.override
        if override is not None and not override.reason.strip():
            raise InvalidError("an override needs a reason, and none is given")
        self._number = number
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
