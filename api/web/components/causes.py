"""Why something else is said than before, in words: of a cause as the ledger writes it, as far as it may be told."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from api.web.frame.addresses import journal_address
from api.web.frame.formats import Clock
from api.web.frame.sentences import listed, say

Fields = Mapping[str, Any]

_NAMED_AT_MOST = 3
_KINDS = ("location", "sensor", "mount", "product", "batch", "placement", "profile", "client")
# What it is to be called by, of the fields of its key.
_NAMED_BY = {"batch": slice(0, 2), "placement": slice(0, 3), "profile": slice(0, 2)}


def words_of(cause: Fields | None, clock: Clock) -> Markup | None:
    """Return e.g. `readings of S1 from 08:00 to 09:10 came late`; None for what needs no saying.

    What came in its time and what a person decided is told otherwise.
    """
    if cause is None or cause["kind"] in ("reading", "decision"):
        return None
    if cause["kind"] == "late":
        return _late(cause.get("readings") or (), clock)
    if cause["kind"] == "correction":
        return _correction(cause)
    if cause["kind"] == "import":
        return say("finality.cause_import", who=cause["who"]) if cause.get("who") else say("finality.cause_import_some")
    if cause["kind"] == "version":
        return _version(cause, clock)
    if cause["kind"] == "movement":
        return _movement(cause)
    return say(f"finality.cause_{cause['kind']}")


def _movement(cause: Fields) -> Markup:
    """Say which movement was recorded by whom, as far as that may be told."""
    if not cause.get("movements"):
        return say("finality.cause_movement_some")
    return say("finality.cause_movement", named=", ".join(cause["movements"][:_NAMED_AT_MOST]), who=cause["who"])


def _version(cause: Fields, clock: Clock) -> Markup:
    """Say which version it is, and who activated, changed or removed it afterwards, as far as that may be told."""
    named = {"version": str(cause["version"]), "profile": cause["profile"], "at": clock.at(cause["at"])}
    if not cause.get("what"):
        return say("finality.cause_version", **named)
    done = "removed" if cause["what"] == "removed" else "activated"
    said = say(f"finality.cause_version_{done}", **named)
    return say("finality.cause_by", what=said, who=cause["who"]) if cause.get("who") else said


def _late(readings: Sequence[Fields], clock: Clock) -> Markup:
    if not readings:
        return say("finality.cause_late_some")
    first, more = readings[0], len(readings) - 1
    span = {"since": clock.at(first["since"]), "until": clock.at(first["until"], first["since"])}
    what = say(
        "finality.cause_late_one" if first["since"] == first["until"] else "finality.cause_late",
        sensor=first["sensor"],
        **span,
    )
    if more:
        what = say("finality.cause_late_others", what=what, count=more)
    row = say("finality.from_journal", number=str(first["journal"]))
    return Markup('{} (<a href="{}">{}</a>)').format(what, journal_address(first["journal"]), row)


def _correction(cause: Fields) -> Markup:
    entries = cause.get("entries")
    if not entries:
        return say("finality.cause_correction_some")
    names = list(dict.fromkeys(_entry(each) for each in entries))[:_NAMED_AT_MOST]
    more = cause["count"] - len(entries) + max(0, len({_entry(each) for each in entries}) - len(names))
    said = {"entries": listed(names), "who": cause["who"]}
    return (
        say("finality.cause_correction_others", **said, count=more)
        if more
        else say("finality.cause_correction", **said)
    )


def _entry(entry: Fields) -> Markup:
    """Return e.g. `placement of VAX A1 PALLET-7`."""
    kind = entry["kind"]
    key = json.loads(entry["key"])
    name = " ".join(str(part) for part in key[_NAMED_BY.get(kind, slice(0, 1))] if part)
    return (
        say(f"finality.entry_{kind}", name=name)
        if kind in _KINDS
        else say("finality.entry_other", kind=kind, name=name)
    )
