"""Changing entries of the site: a person's corrections and whole files. All or nothing, checked over the whole site."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import to_builtins
from sqlalchemy import select

from domain.errors import ConflictError, InvalidError, NotFoundError, Refused
from ledger.histories import EntryKey
from ledger.requests import Activate, Apply, Correct, Entering, Item
from ledger.step import Step
from sites.apply import other_rules, plan
from sites.entries import entry
from sites.schema import Entry
from store.state import StoredEntry, put_entries, remove_entry
from store.tables import audit

Answer = dict[str, Any]


def enter(step: Step, who: str, request: Entering) -> Answer:
    """Change entries for a person. Raises as `correct` and `activate` do; then nothing has changed."""
    return activate(step, who, request) if isinstance(request, Activate) else correct(step, who, request)


def correct(step: Step, who: str, request: Correct) -> Answer:
    """Put and remove entries.

    Raises Refused with every problem, NotFoundError or ConflictError; then nothing has changed.
    """
    wanted = _read(request.put)
    removed = [(known.kind, known.key) for known in request.remove]
    for key in removed:
        if key not in step.histories.entries:
            raise NotFoundError(f"no {key[0]} {key[1]}")
    for each in wanted:
        _refuse_clash(step, each, request.new and (each.kind, each.key) not in removed)
    given = {(each.kind, each.key) for each in wanted}
    put = [each for each in wanted if _doc(step, each) != each.doc or (each.kind, each.key) in removed]
    _write(step, who, "person", put, [key for key in removed if key not in given], request.reason)
    return {
        "put": [{"kind": each.kind, "key": each.key, "doc": each.doc} for each in wanted],
        "removed": [{"kind": kind, "key": key} for kind, key in removed],
    }


def activate(step: Step, who: str, request: Activate) -> Answer:
    """Put new versions of profiles in force.

    Raises Refused with every problem, InvalidError without a reason, ConflictError for a version that is there.
    """
    reason = request.reason.strip()
    if not reason:
        raise InvalidError("a reason is needed to activate a profile")
    if not request.profiles:
        raise InvalidError("no profile is named")
    wanted = _read([Item("profile", fields) for fields in request.profiles])
    for each in wanted:
        _refuse_clash(step, each, new=True)
    signed = {} if request.signature is None else {"signature": to_builtins(request.signature)}
    _write(step, who, "person", wanted, [], reason, what="activated", more=signed)
    return {"put": [{"kind": each.kind, "key": each.key, "doc": each.doc} for each in wanted]}


def apply(step: Step, who: str, request: Apply) -> Answer:
    """Bring the site to what a file says, or say what that would change. Raises Refused."""
    wanted = _read(request.entries)
    stored = [_entry(each) for each in step.histories.entries.values()]
    changes = plan(stored, wanted, _changed_by_people(step))
    if changes.refused:
        raise Refused(changes.refused)
    if request.dry_run:
        step.histories.corrected(_stored(step, who, "file", changes.put))
    else:
        _write(step, who, "file", changes.put, [], request.reason)
    lists = ("put", "same", "kept_by_person", "not_mentioned")
    return {name: [each.path for each in getattr(changes, name)] for name in lists}


def _read(items: Sequence[Item]) -> list[Entry]:
    """Return the entries. Raises Refused with every problem of every item, and for one entry given twice."""
    found: dict[EntryKey, Entry] = {}
    problems: list[str] = []
    for i, item in enumerate(items):
        try:
            each = entry(item.kind, item.fields)
        except Refused as error:
            problems += [f"{item.kind}[{i}].{problem}" for problem in error.problems]
        except InvalidError as error:
            problems.append(f"[{i}]: {error}")
        else:
            if (each.kind, each.key) in found:
                problems.append(f"[{i}]: {each.path} is given twice")
            found[each.kind, each.key] = each
    if problems:
        raise Refused(problems)
    return list(found.values())


def _refuse_clash(step: Step, wanted: Entry, new: bool) -> None:
    stored = _doc(step, wanted)
    if stored is None:
        return
    if new:
        raise ConflictError(f"{wanted.path} is there already")
    if wanted.kind == "profile" and other_rules(stored, wanted.doc):
        raise ConflictError(f"{wanted.path} is active with other rules; give it a new version")


def _write(
    step: Step,
    who: str,
    origin: str,
    put: Sequence[Entry],
    removed: Sequence[EntryKey],
    reason: str | None,
    what: str = "put",
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    stored = _stored(step, who, origin, put)
    before = step.histories.entries
    after = step.histories.corrected(stored, removed)
    put_entries(step.connection, stored)
    for each in stored:
        old = before.get((each.kind, each.key))
        _note(step, who, what, (each.kind, each.key), old.doc if old else None, {**each.doc, **more}, reason)
    for key in removed:
        remove_entry(step.connection, *key)
        _note(step, who, "removed", key, before[key].doc, None, reason)
    step.histories = after


def _note(step: Step, who: str, what: str, key: EntryKey, before: Any, after: Any, reason: str | None) -> None:
    subject = {"kind": key[0], "key": key[1]}
    step.event_log.action(who, what, key[0], key[1], subject, before=before, after=after, reason=reason)


def _changed_by_people(step: Step) -> set[EntryKey]:
    """Return the entries that a person changed or removed last."""
    changed = {key for key, each in step.histories.entries.items() if each.origin == "person"}
    query = select(audit.c.kind, audit.c.key).where(audit.c.what == "removed").distinct()
    gone = {(kind, key) for kind, key in step.connection.execute(query)}
    return changed | (gone - step.histories.entries.keys())


def _stored(step: Step, who: str, origin: str, entries: Iterable[Entry]) -> list[StoredEntry]:
    return [StoredEntry(each.kind, each.key, each.doc, origin, who, step.now) for each in entries]


def _doc(step: Step, wanted: Entry) -> Any:
    stored = step.histories.entries.get((wanted.kind, wanted.key))
    return stored.doc if stored else None


def _entry(stored: StoredEntry) -> Entry:
    return Entry(stored.kind, stored.key, stored.doc)
