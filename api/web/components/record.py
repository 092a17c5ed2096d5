"""What a sheet says when it is printed as a record: what it is of, who signed what, and what changed since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from api.addresses import canonical
from api.deps import View
from api.people.register import list_accounts
from api.reads.audit import entries_of
from api.reads.known import entries_known
from api.web.audit.words import action_name, type_name
from api.web.components.signed import signed_words
from api.web.frame.formats import Clock
from api.web.frame.moment import read_moment
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from ledger.exports.audit import record_name
from ledger.models.audit_entry import AuditEntry
from ledger.models.hold import Hold
from store.tables import entries

_DECISIONS = ("released", "rejected", "rejection_undo_asked", "rejection_undone", "acknowledged")
_CHANGES_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Signature:
    """A decision that a person took: released, rejected or acknowledged.

    `note`: that it is not signed. `numbers`: what was signed.
    """

    at: int
    who: str
    meaning: str
    of: str
    reason: str | None = None
    note: str = ""
    numbers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was revised."""

    at: int
    words: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a record is about. Who may not see authors has no `trail`: entries of the audit trail.

    `holds`: with what was decided of each.
    """

    places: Sequence[str]
    holds: Sequence[Hold]
    trail: Sequence[AuditEntry] = ()
    revisions: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the record beside its page. `since` None: there is nothing to compare with."""

    printed_by: str
    locations: Sequence[str]
    signatures: Sequence[Signature]
    since: int | None
    is_since_decision: bool
    changes: Sequence[Change]
    more: int  # changes that are left out


def sheet_of(view: View, visitor: Visitor, clock: Clock, content: Content, changed_since: str) -> Sheet:
    """Return what is printed; `changed_since` as a form's field gives it, empty: the last decision.

    Raises InvalidError for what is no time.
    """
    names = {account.name: account.full_name for account in list_accounts(view.connection)}
    asked = read_moment(changed_since, clock.zone)
    signatures = sorted(_signatures(view, content, names), key=lambda each: each.at)
    since = asked if asked is not None or not signatures else signatures[-1].at
    changes = [] if since is None else _after(since, content)
    return Sheet(
        printed_by=named(names.get(visitor.person.name), visitor.person.name),
        locations=_locations(view, content.places),
        signatures=signatures,
        since=since,
        is_since_decision=asked is None,
        changes=changes[:_CHANGES_AT_MOST],
        more=max(0, len(changes) - _CHANGES_AT_MOST),
    )


def audit_of_holds(view: View, holds: Iterable[Hold]) -> list[AuditEntry]:
    """Return what was done to holds, in order."""
    return entries_of(view, "hold", [str(hold.id) for hold in holds])


def named(name: str | None, id: str) -> str:
    """Return a name with the id behind it, as far as they differ."""
    return id if not name or name == id else text("record.named", name=name, id=id)


def profile_version(profile: str, version: int) -> str:
    """Return a version of a profile by name."""
    return text("record.version", profile=profile, version=version)


def exposure_revised(at: int, rule: str, unit: str | None) -> Change:
    """Return a revision of an exposure."""
    words = text("record.exposure_of", unit=unit, rule=rule) if unit else text("record.exposure", rule=rule)
    return Change(at, words)


def excursion_revised(at: int, rule: str, place: str) -> Change:
    """Return a revision of an excursion."""
    return Change(at, text("record.excursion", place=place, rule=rule))


def _signatures(view: View, content: Content, names: Mapping[str, str]) -> list[Signature]:
    holds = {str(hold.id): hold for hold in content.holds}
    if view.policy.knows_authors:
        return [_signature(row, names, holds) for row in content.trail if row.what in _DECISIONS]
    return [
        Signature(hold.disposed_at, text("record.staff"), text(f"record.means_{hold.state}"), _of(number, hold))
        for number, hold in holds.items()
        if hold.disposed_at is not None
    ]


def _signature(row: AuditEntry, names: Mapping[str, str], holds: Mapping[str, Hold]) -> Signature:
    given = row.signature
    meaning = given["meaning"] if given else text(f"record.means_{row.what}")
    who = named(given["name"] if given else names.get(row.who), row.who)
    if row.kind == "alert":
        return Signature(row.at, who, meaning, text("record.problem_of", number=row.key), row.reason)
    note = "" if given else text("record.not_signed")
    hold = holds.get(row.key)
    return Signature(row.at, who, meaning, _of(row.key, hold), row.reason, note, _numbers(hold, row.at))


def _numbers(hold: Hold | None, at: int) -> Sequence[str]:
    """Return what was signed at an instant."""
    if hold is None:
        return ()
    return [words for each in hold.decisions if each.at == at for words in signed_words(hold, each)]


def _of(number: str, hold: Hold | None) -> str:
    if hold is None:
        return text("record.hold_of", number=number)
    unit = " ".join(part for part in (hold.key.product, hold.key.lot, hold.key.unit) if part)
    return text("record.hold_of_unit", number=number, unit=unit)


def _after(since: int, content: Content) -> list[Change]:
    """Return what changed later, newest first; what is the same in words and time once."""
    done = [Change(row.at, _entry_words(row)) for row in content.trail if row.at > since]
    every = dict.fromkeys([*done, *(change for change in content.revisions if change.at > since)])
    return sorted(every, key=lambda change: change.at, reverse=True)


def _entry_words(row: AuditEntry) -> str:
    action = action_name(row.what, is_new=row.is_new)
    return f"{type_name(row.kind)} {record_name(row.key)}: {action}"


def _locations(view: View, places: Iterable[str]) -> list[str]:
    keys = {canonical(place): place for place in dict.fromkeys(places)}
    if view.known_at is None:
        query = select(entries.c.key, entries.c.doc).where(entries.c.kind == "location", entries.c.key.in_(keys))
        names = {row.key: row.doc.get("name") for row in view.connection.execute(query)}
    else:
        names = {entry.key: entry.doc.get("name") for entry in entries_known(view, "location")}
    return [named(names.get(key), place) for key, place in keys.items()]
