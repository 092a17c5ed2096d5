"""What was known and done when, newest first: each kind of row becomes items, alike ones of one instant one item."""

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from api.web.components.versions import version_items
from api.web.frame.formats import Clock, inline, minutes, value
from api.web.frame.naming import name_units
from api.web.frame.sentences import say
from api.web.frame.texts import text
from api.web.problem.answer import cause_of_end
from api.web.problem.item import Item, grouped, quoted
from api.web.problem.notified import notified
from api.web.problem.record import Fields, Record
from api.web.problem.revisions import revisions
from domain.numbers import value_of
from ledger.models.alert import Alert
from ledger.models.audit_entry import AuditEntry


def timeline(record: Record, clock: Clock, called: Mapping[str, str]) -> list[Item]:
    """Return everything that happened to a problem. `called`: names of locations by id."""
    items = [
        *revisions(record, clock, called),
        *_of_alert(record, clock),
        *_of_holds(record, clock),
        *notified(record, clock),
        *(
            Item(row["at"], say("timeline.comment"), quoted(row["text"]), row["who"], "plain", 5)
            for row in record.comments
        ),
        *version_items(
            record.versions,
            (record.alert.since, clock.now if record.alert.until is None else record.alert.until),
            record.known_since,
            record.causes,
            clock,
            knows_authors=True,
        ),
    ]
    return sorted(items, key=lambda item: (-item.at, -item.order))


_DECISIONS = ("released", "rejected", "rejection_undo_asked", "rejection_undone")


# --- the alert ---


def _of_alert(record: Record, clock: Clock) -> Iterator[Item]:
    for entry in record.entries:
        if entry.kind != "alert":
            continue
        if entry.what == "acknowledged":
            yield Item(entry.at, say("timeline.acknowledged"), quoted(entry.reason), entry.who, "plain", 5)
        elif entry.what in ("shelved", "unshelved", "suppressed", "resumed"):
            yield _of_suppression(entry, clock)
        elif entry.what == "raised":
            said = [*_changes(entry, clock), *_unfounded_since(record.entries, entry, clock)]
            yield Item(entry.at, _raised(entry.after), said, None, _tone(entry.after), 2)
        elif entry.what == "updated" and (said := _changes(entry, clock)):
            yield Item(entry.at, say("timeline.updated"), said, None, "plain", 2)
        elif entry.what == "ended":
            title = _ended(record.alert, entry.after["until"], clock)
            yield Item(entry.at, title, [], None, "plain", 4)
        elif entry.what == "unfounded":
            cause = cause_of_end(record, clock, entry.at)
            details = [*_joined(entry.after), *([cause] if cause is not None else [])]
            yield Item(entry.at, say("timeline.unfounded"), details, None, "warn", 4)


def _unfounded_since(entries: Sequence[AuditEntry], raised: AuditEntry, clock: Clock) -> list[Markup]:
    """Say from when on what was raised is believed no more, if it is: until it was raised anew."""
    later = [each for each in entries if each.kind == "alert" and each.id > raised.id]
    found = next((each for each in later if each.what in ("raised", "unfounded")), None)
    if found is None or found.what == "raised":
        return []
    return [say("timeline.unfounded_since", at=clock.at(found.at)), *_joined(found.after)]


def _ended(alert: Alert, until: int, clock: Clock) -> Markup:
    """Say when it was back within limits: where data had ended, when that was heard."""
    gap = alert.no_data
    if gap is not None and gap.until is not None and gap.since < until < gap.until:
        return say("timeline.ended_after_gap", received=clock.at(gap.until), until=clock.at(until))
    return say("timeline.ended", until=clock.at(until))


def _of_suppression(entry: AuditEntry, clock: Clock) -> Item:
    what, after = entry.what, entry.after
    details = quoted(entry.reason)
    who = None if what in ("suppressed", "resumed") else entry.who
    if what == "shelved":
        title = say("timeline.shelved", until=clock.at(after["until"]))
    elif what == "suppressed":
        title = say("timeline.suppressed", what=text(f"words.alarm_{after['state']}"))
        details = [say("timeline.suppressed_until", until=clock.at(after["until"]), reason=after["reason"])]
    else:
        title = say(f"timeline.{what}")
    return Item(entry.at, title, details, who, "plain", 5)


def _tone(after: Fields) -> str:
    return "hold" if after["severity"] == "critical" else "warn"


def _raised(after: Fields) -> Markup:
    return say("timeline.raised", severity=inline(text(f"words.{after['severity']}")))


def _changes(entry: AuditEntry, clock: Clock) -> list[Markup]:
    """Say what of an alert is another than before."""
    before, after = entry.before, entry.after
    if before is None:
        return [say("timeline.rules", rules=", ".join(after["rules"]), count=len(after["rules"]))]
    said = []
    if before["severity"] != after["severity"]:
        said.append(say("timeline.severity", now=inline(text(f"words.{after['severity']}"))))
    if fresh := sorted(set(after["rules"]) - set(before["rules"])):
        said.append(say("timeline.more_rules", rules=", ".join(fresh)))
    if gone := sorted(set(before["rules"]) - set(after["rules"])):
        said.append(say("timeline.fewer_rules", rules=", ".join(gone)))
    if before["units"] != after["units"]:
        said.append(say("timeline.units", count=after["units"], before=before["units"]))
    if before["since"] != after["since"]:
        said.append(say("timeline.since", now=clock.at(after["since"]), before=clock.at(before["since"])))
    if before["until"] != after["until"]:
        said.append(_until(before["until"], after["until"], clock))
    return said


def _until(before: int | None, after: int | None, clock: Clock) -> Markup:
    if after is None:
        return say("timeline.goes_on", before=clock.at(before))
    return say("timeline.until", now=clock.at(after), before=clock.at(before))


def _joined(after: Fields) -> list[Markup]:
    """Say of which other problem it became part, if it did."""
    return [say("timeline.joined", number=after["joined"])] if after.get("joined") else []


# --- holds ---


def _of_holds(record: Record, clock: Clock) -> Iterator[Item]:
    units = {str(hold.id): hold.key for hold in record.holds}
    rules = {str(hold.id): hold.rule for hold in record.holds}
    entries = (entry for entry in record.entries if entry.kind == "hold" and not _is_numbers_only(entry))
    for (at, who, what, reason, *_), alike in grouped(entries, _same_action):
        names = list(dict.fromkeys(units[entry.key] for entry in alike))
        title = say(f"timeline.hold_{what}", units=name_units(names), count=len(names))
        if what in _DECISIONS:
            said = [*_why(reason, alike[0].signature), *_allowed(alike[0].after, record.alert.quantity)]
            yield Item(at, title, said, who, "plain", 6)
        else:
            because = sorted({_rule_of(entry, rules[entry.key]) for entry in alike})
            tone = {"placed": "hold", "unfounded": "warn"}.get(what, "plain")
            details = [say("timeline.rules", rules=", ".join(because), count=len(because))]
            yield Item(at, title, [*details, *_since_release(alike[0].after, clock)], None, tone, 3)


def _release(after: Fields | None) -> Fields | None:
    """Return the release that a hold comes after, if it does."""
    found: Fields | None = ((after or {}).get("why") or {}).get("after")
    return found


def _since_release(after: Fields | None, clock: Clock) -> list[Markup]:
    """Say of which release it comes after."""
    release = _release(after)
    return [] if release is None else [say("timeline.since_release", at=clock.at(release["released_at"]))]


def _allowed(after: Fields | None, quantity: str) -> list[Markup]:
    """Say how much more a release allows."""
    allow = (after or {}).get("allow")
    if allow is None:
        return []
    return [
        say(
            "timeline.allow",
            length=minutes(allow["minutes"]),
            value=value(value_of(allow["up_to"]), quantity or "temperature"),
        )
    ]


def _rule_of(entry: AuditEntry, rule: str) -> str:
    """Return the rule of a hold with the version of the profile that it was placed by."""
    why = (entry.after or {}).get("why") or {}
    if "version" not in why:
        return rule
    return text("timeline.rule_version", rule=rule, profile=why["profile"], version=str(why["version"]))


def _is_numbers_only(entry: AuditEntry) -> bool:
    """Tell whether a hold was revised in nothing but its numbers, which its interval's revision tells."""
    same = ("fired_at", "founded")
    before, after = entry.before or {}, entry.after
    return entry.what == "revised" and all(before.get(name) == after[name] for name in same)


def _same_action(entry: AuditEntry) -> tuple[int, str, str, str | None, str, str]:
    return entry.at, entry.who, entry.what, entry.reason, str(entry.signature), str(_release(entry.after))


def _why(reason: str | None, signature: Fields | None) -> Sequence[Markup]:
    said = [say("timeline.quoted", words=reason or "")]
    if signature is None:
        return [*said, say("timeline.not_signed")]
    return [*said, say("timeline.signed", name=signature["name"], meaning=signature["meaning"])]
