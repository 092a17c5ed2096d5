"""What was known and done when, newest first: each kind of row becomes items, alike ones of one instant one item."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from api.web.frame.formats import Clock, inline
from api.web.frame.naming import name_units
from api.web.frame.sentences import say
from api.web.frame.texts import text
from api.web.problem.item import Item, grouped, quoted
from api.web.problem.notified import told
from api.web.problem.record import Fields, Record
from api.web.problem.revisions import revisions


def timeline(record: Record, clock: Clock) -> list[Item]:
    """Return everything that happened to a problem."""
    items = [
        *revisions(record, clock),
        *_of_alert(record, clock),
        *_of_holds(record),
        *told(record, clock),
        *(
            Item(row["at"], say("timeline.comment"), quoted(row["text"]), row["who"], "plain", 5)
            for row in record.comments
        ),
    ]
    return sorted(items, key=lambda item: (-item.at, -item.order))


# --- the alert ---


def _of_alert(record: Record, clock: Clock) -> Iterator[Item]:
    for entry in record.entries:
        if entry["kind"] != "alert":
            continue
        if entry["what"] == "acknowledged":
            yield Item(entry["at"], say("timeline.acknowledged"), quoted(entry["reason"]), entry["who"], "plain", 5)
        elif entry["what"] in ("shelved", "unshelved", "suppressed", "resumed"):
            yield _of_suppression(entry, clock)
        elif entry["what"] == "raised":
            yield Item(entry["at"], _raised(entry["after"]), _changes(entry, clock), None, _tone(entry["after"]), 2)
        elif entry["what"] == "updated" and (said := _changes(entry, clock)):
            yield Item(entry["at"], say("timeline.updated"), said, None, "plain", 2)
        elif entry["what"] == "ended":
            title = say("timeline.ended", until=clock.at(entry["after"]["until"]))
            yield Item(entry["at"], title, [], None, "plain", 4)
        elif entry["what"] == "unfounded":
            yield Item(entry["at"], say("timeline.unfounded"), _joined(entry["after"]), None, "warn", 4)


def _of_suppression(entry: Fields, clock: Clock) -> Item:
    what, after = entry["what"], entry["after"]
    details = quoted(entry["reason"])
    who = None if what in ("suppressed", "resumed") else entry["who"]
    if what == "shelved":
        title = say("timeline.shelved", until=clock.at(after["until"]))
    elif what == "suppressed":
        title = say("timeline.suppressed", what=text(f"words.alarm_{after['state']}"))
        details = [say("timeline.suppressed_because", until=clock.at(after["until"]), reason=after["reason"])]
    else:
        title = say(f"timeline.{what}")
    return Item(entry["at"], title, details, who, "plain", 5)


def _tone(after: Fields) -> str:
    return "hold" if after["severity"] == "critical" else "warn"


def _raised(after: Fields) -> Markup:
    return say("timeline.raised", severity=inline(text(f"words.{after['severity']}")))


def _changes(entry: Fields, clock: Clock) -> list[Markup]:
    """Say what of an alert is another than before."""
    before, after = entry["before"], entry["after"]
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


def _of_holds(record: Record) -> Iterator[Item]:
    units = {str(hold.id): hold.key for hold in record.holds}
    rules = {str(hold.id): hold.rule for hold in record.holds}
    entries = (entry for entry in record.entries if entry["kind"] == "hold" and not _is_numbers_only(entry))
    for (at, who, what, reason, _), alike in grouped(entries, _same_action):
        names = list(dict.fromkeys(units[entry["key"]] for entry in alike))
        title = say(f"timeline.hold_{what}", units=name_units(names), count=len(names))
        if what in ("released", "rejected"):
            yield Item(at, title, _why(reason, alike[0]["after"]), who, "plain", 6)
        else:
            because = sorted({rules[entry["key"]] for entry in alike})
            tone = {"placed": "hold", "unfounded": "warn"}.get(what, "plain")
            yield Item(at, title, [say("timeline.rules", rules=", ".join(because), count=len(because))], None, tone, 3)


def _is_numbers_only(entry: Fields) -> bool:
    """Tell whether a hold was revised in nothing but its numbers, which its interval's revision tells."""
    same = ("fired_at", "founded")
    before, after = entry["before"] or {}, entry["after"]
    return entry["what"] == "revised" and all(before.get(name) == after[name] for name in same)


def _same_action(entry: Fields) -> tuple[int, str, str, str | None, str]:
    signature = (entry["after"] or {}).get("signature")
    return entry["at"], entry["who"], entry["what"], entry["reason"], str(signature)


def _why(reason: str | None, after: Fields) -> Sequence[Markup]:
    said = [say("timeline.quoted", words=reason or "")]
    signature = after.get("signature")
    if signature is None:
        return [*said, say("timeline.not_signed")]
    return [*said, say("timeline.signed", name=signature["name"], meaning=signature["meaning"])]
