"""What a site file changes in what is stored: nothing the second time, and never what a person changed later."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sites import convert
from sites.entries import read_entry
from sites.schema import Entry


@dataclass(frozen=True, slots=True)
class Plan:
    """Every entry is in one list. Where anything is refused, nothing may be put."""

    put: Sequence[Entry]
    same: Sequence[Entry]
    kept_by_person: Sequence[Entry]  # as the file wants them; a person changed or removed them later
    not_mentioned: Sequence[Entry]  # stored, left alone
    refused: Sequence[str]


def plan(stored: Iterable[Entry], wanted: Sequence[Entry], person_keys: Collection[tuple[str, str]]) -> Plan:
    """Return what applying `wanted` means.

    `person_keys` are the `(kind, key)` of entries whose last change was a person's.
    """
    before = {(entry.kind, entry.key): entry for entry in stored}
    lists: dict[str, list[Entry]] = {"put": [], "same": [], "kept_by_person": []}
    refused = []
    profiles = 0
    for entry in wanted:
        old = _current(before.get((entry.kind, entry.key)))
        if entry.kind == "profile":
            if old is not None and other_rules(old.doc, entry.doc):
                refused.append(_refusal(profiles, entry))
            profiles += 1
        lists[_fate(old, entry, (entry.kind, entry.key) in person_keys)].append(entry)
    mentioned = {(entry.kind, entry.key) for entry in wanted}
    return Plan(**lists, not_mentioned=[before[key] for key in before if key not in mentioned], refused=refused)


def other_rules(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether two documents of one profile version say different things of what is allowed.

    When it takes effect may be corrected; how a number is spelt and in which order the rules stand says nothing.
    """
    return _rules(old) != _rules(new)


def _rules(doc: Mapping[str, Any]) -> object:
    version = convert.profile(doc)
    return replace(version, effective_from=0, rules=tuple(sorted(version.rules, key=lambda rule: rule.id)))


def _fate(old: Entry | None, new: Entry, by_person: bool) -> str:
    if old is not None and old.doc == new.doc:
        return "same"
    return "kept_by_person" if by_person else "put"


def _current(entry: Entry | None) -> Entry | None:
    """Return a stored entry as it would be normalised now: fields added since are preset, not a difference."""
    return entry and (read_entry(entry.kind, entry.doc)[0] or entry)


def _refusal(number: int, entry: Entry) -> str:
    version = f"{entry.doc['id']} version {entry.doc['version']}"
    return f"profiles[{number}]: {version} is already active with other rules; give it a new version"
