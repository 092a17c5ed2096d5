"""Changing entries of the site: a person's corrections and whole files. All or nothing, checked over the whole site."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import to_builtins
from sqlalchemy import select

from domain.errors import ConflictError, InvalidError, NotFoundError, Refused
from domain.language import gettext
from ledger.corrections.asked import ask, asked, shown_of
from ledger.corrections.lot_numbers import check_new, folded, keep
from ledger.corrections.reach import Reached, names_of, reached_by
from ledger.lots import EntryKey
from ledger.requests import Activate, Apply, Correct, Entering, Item
from ledger.step import Step
from ledger.stock.recorded_twice import refuse_recorded_twice
from ledger.stock.storage_records import refuse_two_places
from sites.apply import other_rules, plan
from sites.entries import entry, key_given, merged
from sites.extending import difference_text
from sites.library import differences_of
from sites.schema import Entry
from store.state import StoredEntry, put_entries, remove_entry
from store.tables import audit

Answer = dict[str, Any]


def enter(step: Step, who: str, request: Entering) -> Answer:
    """Change entries for a person. Raises as `correct` and `activate` do; then nothing has changed."""
    return activate(step, who, request) if isinstance(request, Activate) else correct(step, who, request)


def correct(step: Step, who: str, request: Correct) -> Answer:
    """Put and remove entries.

    Raises Refused with every problem, NotFoundError or ConflictError; then nothing has changed. A version of a profile
    that reaches holds on record is activated, not put, and not removed.
    """
    wanted = _read(folded(step, request.put), step)
    removed = [(known.kind, known.key) for known in request.remove]
    known = step.histories.entries([*map(_name, wanted), *removed])
    for key in removed:
        if key not in known:
            raise NotFoundError(f"no {key[0]} {key[1]}")
    for each in wanted:
        _refuse_clash(known, each, request.new and _name(each) not in removed)
    given = {_name(each) for each in wanted}
    put = [each for each in wanted if _doc(known, each) != each.doc or _name(each) in removed]
    gone = [key for key in removed if key not in given]
    if reached := _reached(step, put, gone):
        raise ConflictError(_reaches(put, reached, gone))
    check_new(step, put)
    if request.one_place:
        refuse_two_places(step.histories.lots, put)
    _write(step, who, "person", put, gone, request.reason, known)
    return {
        "put": [{"kind": each.kind, "key": each.key, "doc": each.doc} for each in wanted],
        "removed": [{"kind": kind, "key": key} for kind, key in removed],
    }


def activate(step: Step, who: str, request: Activate) -> Answer:
    """Put new versions of profiles in force, or note that a first person asked for it.

    Raises Refused with every problem, InvalidError without a reason, ConflictError for a version that is there, for
    holds that it reaches and that are not named, and for a person who signs twice.
    """
    reason = request.reason.strip()
    if not reason:
        raise InvalidError("a reason is needed to activate a profile")
    if not request.profiles:
        raise InvalidError("no profile is named")
    wanted = _read([Item("profile", fields) for fields in request.profiles], step)
    known = step.histories.entries(map(_name, wanted))
    for each in wanted:
        _refuse_clash(known, each, new=not _is_other_date(known, each))
    reached = _reached(step, wanted, ())
    if {each.hold for each in reached} - set(request.over):
        raise ConflictError(_reaches(wanted, reached))
    signed = {} if request.signature is None else {"signature": to_builtins(request.signature)}
    if reached:
        second = _second_signature(step, who, request, wanted, reached)
        if second is None:
            step.histories.corrected(_stored(step, who, "person", wanted))  # refuses what cannot be
            for each in wanted:
                ask(step, who, each, reason, signed, reached)
            return {"put": [], "waiting": True}
        signed |= {"over": [each.hold for each in reached], **second}
    _write(step, who, "person", wanted, [], reason, known, what="activated", more=signed)
    return {"put": [{"kind": each.kind, "key": each.key, "doc": each.doc} for each in wanted], "waiting": False}


def _second_signature(
    step: Step, who: str, request: Activate, wanted: Sequence[Entry], reached: Sequence[Reached]
) -> dict[str, Any] | None:
    """Return what is on record of the other person's signature, None if there is none yet.

    Raises ConflictError if this person signed already.
    """
    if request.second is not None:
        return {"second_signature": to_builtins(request.second)}
    if not step.four_eyes:
        return {}
    found = [asked(step.connection, each.key, each.doc, reached) for each in wanted]
    first = [each for each in found if each is not None]
    if any(each.who == who for each in first):
        raise ConflictError("you have signed this already: a second person must sign too")
    return {"first": shown_of(first[0])} if len(first) == len(wanted) else None


def apply(step: Step, who: str, request: Apply) -> Answer:
    """Bring the site to what a file says, or say what that would change. Raises Refused."""
    wanted = _read(request.entries, step)
    known = step.histories.entries(map(_name, wanted))
    lots = [Entry(kind, key, {}) for kind, key in step.histories.lots.names() if (kind, key) not in known]
    stored = {**step.histories.configured, **known}
    changes = plan([*lots, *map(_entry, stored.values())], wanted, _changed_by_people(step, known))
    if changes.refused:
        raise Refused(changes.refused)
    check_new(step, changes.put)
    reached = _reached(step, changes.put, ())
    if reached and not request.retroactive and not request.dry_run:
        raise ConflictError(_reaches(changes.put, reached))
    if request.dry_run:
        step.histories.corrected(_stored(step, who, "file", changes.put))
    else:
        signed = {} if request.second is None else {"second_signature": to_builtins(request.second)}
        _write(step, who, "file", changes.put, [], request.reason, known, more=signed if reached else {})
    lists = ("put", "same", "kept_by_person", "not_mentioned")
    answer: Answer = {name: [each.path for each in getattr(changes, name)] for name in lists}
    answer["reached"] = [each.name for each in reached]
    return answer | {"extended": [_extended(each) for each in changes.put if each.doc.get("extends")]}


def _extended(entry: Entry) -> dict[str, Any]:
    """Return what an extended profile says otherwise than its source."""
    said = [difference_text(each) for each in differences_of(entry.doc)]
    return {"path": entry.path, "extends": entry.doc["extends"], "differences": said}


def _read(items: Sequence[Item], step: Step) -> list[Entry]:
    """Return the entries. Raises Refused with every problem of every item, and for one entry given twice."""
    found: dict[EntryKey, Entry] = {}
    problems: list[str] = []
    known = _known_of(items, step)
    for i, item in enumerate(items):
        try:
            each = _entry_of(item, known)
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


def _known_of(items: Iterable[Item], step: Step) -> dict[EntryKey, StoredEntry]:
    """Return what is there already of the entries that keep what is not named of them."""
    keys = ((item.kind, key_given(item.kind, item.fields)) for item in items if item.keeps)
    return step.histories.entries((kind, key) for kind, key in keys if key is not None)


def _entry_of(item: Item, known: Mapping[EntryKey, StoredEntry]) -> Entry:
    def stored(key: str) -> Any:
        found = known.get((item.kind, key))
        return found.doc if found else None

    return merged(item.kind, item.fields, stored) if item.keeps else entry(item.kind, item.fields)


def _profiles(step: Step) -> dict[str, Any]:
    return {key: stored.doc for (kind, key), stored in step.histories.configured.items() if kind == "profile"}


def _reached(step: Step, put: Iterable[Entry], removed: Iterable[EntryKey]) -> list[Reached]:
    """Return the holds on record that what is put and removed of profiles reaches."""
    after = {each.key: each.doc for each in put if each.kind == "profile"}
    gone = {key for kind, key in removed if kind == "profile"}
    if not after and not gone:
        return []
    before = _profiles(step)
    left = {key: doc for key, doc in before.items() if key not in gone}
    return reached_by(step.connection, before, {**left, **after}, step.now)


def _reaches(put: Sequence[Entry], reached: Sequence[Reached], removed: Sequence[EntryKey] = ()) -> str:
    keys = [each.path for each in put if each.kind == "profile"]
    keys += [f"profiles{key}" for kind, key in removed if kind == "profile"]
    return gettext(
        "{profiles} would change what counts in the hours of {count} holds on record: {holds}",
        profiles=", ".join(keys),
        count=len(reached),
        holds=names_of(reached),
    )


def _is_other_date(known: Mapping[EntryKey, StoredEntry], wanted: Entry) -> bool:
    """Tell whether a version that is there is to be active from another instant, by the same rules."""
    stored = _doc(known, wanted)
    return (
        stored is not None
        and not other_rules(stored, wanted.doc)
        and bool(stored["effective_from"] != wanted.doc["effective_from"])
    )


def _refuse_clash(known: Mapping[EntryKey, StoredEntry], wanted: Entry, new: bool) -> None:
    stored = _doc(known, wanted)
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
    known: Mapping[EntryKey, StoredEntry],
    what: str = "put",
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    refuse_recorded_twice(step.connection, put)
    stored = _stored(step, who, origin, put)
    keys = [*((each.kind, each.key) for each in stored), *removed]
    before = {key: known[key] for key in keys if key in known}
    after = step.histories.corrected(stored, removed)
    put_entries(step.connection, stored)
    for each in stored:
        said = {**each.doc, **(more if each.kind == "profile" else {})}
        old = before.get((each.kind, each.key))
        _note(step, who, what, (each.kind, each.key), old and old.doc, said, reason)
    for key in removed:
        remove_entry(step.connection, *key)
        _note(step, who, "removed", key, before[key].doc, None, reason)
    after.lots.changed(before.values(), stored)
    step.histories = after
    keep(step, put, [(kind, json.loads(key)) for kind, key in removed])


def _note(step: Step, who: str, what: str, key: EntryKey, before: Any, after: Any, reason: str | None) -> None:
    subject = {"kind": key[0], "key": key[1]}
    step.event_log.action(who, what, key[0], key[1], subject, before=before, after=after, reason=reason)


def _changed_by_people(step: Step, known: Mapping[EntryKey, StoredEntry]) -> set[EntryKey]:
    """Return, of entries that are wanted, those that a person changed or removed last; `known`: which are there."""
    changed = {key for key, each in known.items() if each.origin == "person"}
    query = select(audit.c.kind, audit.c.key).where(audit.c.what == "removed").distinct()
    gone = {(kind, key) for kind, key in step.connection.execute(query)}
    return changed | (gone - known.keys())


def _stored(step: Step, who: str, origin: str, entries: Iterable[Entry]) -> list[StoredEntry]:
    return [StoredEntry(each.kind, each.key, each.doc, origin, who, step.now) for each in entries]


def _doc(known: Mapping[EntryKey, StoredEntry], wanted: Entry) -> Any:
    stored = known.get(_name(wanted))
    return stored.doc if stored else None


def _name(entry: Entry) -> EntryKey:
    return entry.kind, entry.key


def _entry(stored: StoredEntry) -> Entry:
    return Entry(stored.kind, stored.key, stored.doc)
