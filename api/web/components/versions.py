"""Later versions of a profile as events of their own in a timeline: who activated them, when, why and from when on."""

from collections.abc import Collection, Iterator

from markupsafe import Markup

from api.reads.profile_versions import ProfileVersions, VersionEvent
from api.web.frame.formats import Clock
from api.web.frame.sentences import say
from api.web.problem.item import Item, quoted
from domain.intervals import Interval

_ORDER = 0  # before everything that follows from it at the same instant


def version_items(
    versions: ProfileVersions,
    life: Interval,
    after: int,
    causes: Collection[int],
    clock: Clock,
    *,
    knows_authors: bool,
) -> Iterator[Item]:
    """Yield each version that counts somewhere in `life` and was activated, changed or removed later than `after`.

    `causes`: numbers of events that are the cause of something told there; they are told whenever they happened.
    """
    for each in versions.events:
        is_cause = each.entry.event in causes
        if is_cause or (each.at > after and each.reaches(*life)):
            yield _item(each, clock, knows_authors)


def _item(event: VersionEvent, clock: Clock, knows_authors: bool) -> Item:
    named = {"version": str(event.version), "profile": event.profile}
    details: list[Markup] = []
    if event.what == "activated":
        details.append(say("timeline.effective_from", since=clock.at(event.since)))
    if event.is_retroactive:
        details.append(say("timeline.retroactive"))
    elif event.what == "activated":
        details.append(say("timeline.activated_on", at=clock.at(event.at)))
    if knows_authors:
        details += quoted(event.entry.reason)
        details += _signed(event, clock)
    who = event.entry.who if knows_authors else None
    title = say(f"timeline.version_{event.what}", **named)
    return Item(max(event.at, event.since), title, details, who, "warn" if event.is_retroactive else "plain", _ORDER)


def _signed(event: VersionEvent, clock: Clock) -> Iterator[Markup]:
    after = event.entry.after or {}
    first = after.get("first")
    if first is not None:
        yield say("timeline.requested", who=first["who"], at=clock.at(first["at"]), words=first["reason"] or "")
    signed = [first and first["signature"], event.entry.signature, after.get("second_signature")]
    for each in signed:
        if each is not None:
            yield say("timeline.signed", name=each["name"], meaning=each["meaning"])
