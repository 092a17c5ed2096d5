"""What a first person asked for, and signed, while it waits for a second one: it lies in the audit trail."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ledger.corrections.reach import Reached
from ledger.models.audit_entry import AuditEntry, audit_entry_of
from ledger.step import Step
from sites.schema import Entry
from store.tables import audit

KIND = "activation"  # of its entries: the key is the profile version's


def ask(
    step: Step, who: str, wanted: Entry, reason: str, signed: Mapping[str, Any], reached: Sequence[Reached]
) -> None:
    """Note that a person asks for a version to be activated over these holds."""
    after = {"doc": wanted.doc, "over": [each.hold for each in reached], **signed}
    subject = {"profile": wanted.doc["id"], "version": wanted.doc["version"]}
    step.event_log.action(who, "asked", KIND, wanted.key, subject, after=after, reason=reason)


def asked(
    connection: Connection, key: str, doc: Mapping[str, Any] | None = None, reached: Sequence[Reached] = ()
) -> AuditEntry | None:
    """Return the last request for a version that nobody has signed for a second time.

    None if it is not for `doc`, or was not for all the holds that are reached by now.
    """
    of_it = audit.c.key == key, audit.c.kind.in_((KIND, "profile"))
    row = connection.execute(select(audit).where(*of_it).order_by(audit.c.id.desc()).limit(1)).first()
    if row is None or row.kind != KIND or (doc is not None and row.after["doc"] != doc):
        return None
    return audit_entry_of(row._mapping) if {each.hold for each in reached} <= set(row.after["over"]) else None


def waiting_for(connection: Connection) -> list[AuditEntry]:
    """Return every request that waits for a second signature, oldest first."""
    keys = connection.scalars(select(audit.c.key).where(audit.c.kind == KIND).distinct())
    found = [entry for key in sorted(keys) if (entry := asked(connection, key)) is not None]
    return sorted(found, key=lambda entry: entry.id)


def shown_of(first: AuditEntry) -> dict[str, Any]:
    """Return what is on record of the first signature beside the second."""
    return {"who": first.who, "at": first.at, "reason": first.reason, "signature": first.signature}
