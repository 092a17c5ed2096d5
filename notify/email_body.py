"""A message for people to read: subject, sentence, numbers, lots; of the alert as its recipient may read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.language import gettext, mark, ngettext
from domain.numbers import show_value
from domain.times import format_instant
from ledger.models.alert import Alert, AlertLot, WorstRule
from ledger.models.hold import Status
from notify.channels import Message
from rules.alarms.out_of_reach import Out
from rules.messages.words import UNITS, decimal, describe_value, minutes_long
from rules.usability import Usability

MOST_LOTS = 50  # named one by one; more are counted
_LONGEST_SUBJECT = 200

_SEVERITIES = {"critical": mark("critical"), "warning": mark("warning"), "info": mark("info")}


@dataclass(frozen=True, slots=True)
class EmailBody:
    """Everything is text without line breaks or other control characters, whatever the alert holds."""

    subject: str
    sentence: str
    facts: Sequence[tuple[str, str]]  # what, how much
    lots: Sequence[tuple[str, str]]  # name, what became of it
    link: str | None

    @property
    def text(self) -> str:
        """The whole as plain text."""
        width = max((len(what) for what, _ in self.facts), default=0)
        facts = [f"{what:{width}}  {said}" for what, said in self.facts]
        lots = [f"- {name}: {state}" if state else f"- {name}" for name, state in self.lots]
        parts = [[self.sentence], facts, lots, [self.link] if self.link else []]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def email_body(message: Message) -> EmailBody:
    """Write what a message says."""
    sentence, link = clean(message.payload["sentence"]), message.payload.get("link")
    alert = message.alert
    if alert is None:  # a test of the channel
        return EmailBody(clean(gettext("[test] {sentence}", sentence=sentence)), sentence, (), (), None)
    place = message.payload.get("place_name") or alert.place
    facts = [(what, clean(said)) for what, said in _facts(alert, place)]
    lots = [(clean(name), clean(state)) for name, state in _lots(alert)]
    return EmailBody(_subject(alert, place, message.event), sentence, facts, lots, link and clean(link))


def clean(text: str) -> str:
    """Return the text on one line, without signs that cannot be seen."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))


def _subject(alert: Alert, place: str, event: str) -> str:
    batch, place = " ".join(alert.batch or ()), place or gettext("your stock")
    out_of_reach = gettext("{lot} out of reach: ", lot=batch) if batch else ""
    what = f"{out_of_reach}{place}: {alert.what_is_wrong}"
    severity = gettext(_SEVERITIES.get(alert.severity) or alert.severity)
    return clean(f"[{severity}] " + ", ".join(part for part in (what, _state(alert, event)) if part))[:_LONGEST_SUBJECT]


def _state(alert: Alert, event: str) -> str:
    if event == "ended":
        return gettext("cleared")
    if event == "unfounded":
        return gettext("no longer supported")
    if event == "acknowledged":
        who = alert.acknowledged_by
        return gettext("acknowledged by {who}", who=who) if who else gettext("acknowledged")
    if held := sum(_state_of(lot) == "held" for lot in alert.lots):
        return ngettext("{count} unit on hold", "{count} units on hold", held)
    return ngettext("{count} unit", "{count} units", len(alert.lots)) if alert.lots else ""


def _facts(alert: Alert, place: str) -> Iterator[tuple[str, str]]:
    if alert.place:
        yield gettext("Location"), place if place == alert.place else f"{place} ({alert.place})"
    yield gettext("Alarm"), alert.what_is_wrong
    if alert.worst:
        yield from _numbers(alert.worst, alert.quantity)
    yield gettext("Since"), _instant(alert.since)
    yield gettext("Until"), gettext("ongoing") if alert.until is None else _instant(alert.until)
    yield gettext("Rules"), ", ".join(alert.rules)
    if not alert.founded:
        yield gettext("Status"), gettext("no longer supported by the corrected data")
    if alert.comment:
        yield gettext("Comment"), alert.comment


def _numbers(worst: WorstRule, quantity: str) -> Iterator[tuple[str, str]]:
    if worst.sentence:
        yield gettext("Reason"), worst.sentence
    if worst.limit:
        yield gettext("Alarm condition"), worst.limit
    adds_up = worst.kind == "cumulative"  # the reason has the sum; these are of the last excursion alone
    if worst.peak is not None:
        yield gettext("Peak this time") if adds_up else gettext("Peak"), _value(quantity, worst.peak)
    if worst.minutes is not None:
        yield gettext("This time") if adds_up else gettext("Outside limits"), minutes_long(worst.minutes)


def _lots(alert: Alert) -> Iterator[tuple[str, str]]:
    for lot in alert.lots[:MOST_LOTS]:
        yield lot.name, ", ".join(_said_of(lot, alert.quantity))
    if len(alert.lots) > MOST_LOTS:
        yield gettext("and {count} more", count=len(alert.lots) - MOST_LOTS), ""
    for lot in alert.gone:
        if lot.state == "unfounded":
            yield lot.name, gettext("no longer affected, hold no longer supported")
        else:
            yield lot.name, gettext("no longer affected")


def _said_of(lot: AlertLot, quantity: str) -> Iterator[str]:
    state = _state_of(lot)
    if state is not None:
        yield _of_hold(lot, Usability(state).words)
    if lot.out:
        yield _how_it_went(lot.out)
    if lot.minutes is not None:
        length = minutes_long(lot.minutes)
        if lot.kind == "cumulative":
            yield gettext("{length} outside limits this time", length=length)
        else:
            yield gettext("{length} outside limits", length=length)
    if lot.peak is not None:
        yield gettext("peak {peak}", peak=_value(quantity, lot.peak))


def _of_hold(lot: AlertLot, state: str) -> str:
    if lot.disposed_by and _state_of(lot) != "unfounded":
        return gettext("{state} by {who} (hold {number})", state=state, who=lot.disposed_by, number=lot.hold)
    return gettext("{state} (hold {number})", state=state, number=lot.hold)


def _how_it_went(out: Out) -> str:
    """Return e.g. `left ROOM-1 2026-01-03 08:00 UTC`, or who released it and when."""
    at = _instant(out.at)
    if out.how == "released":
        return gettext("released by {who} {at}", who=out.by, at=at) if out.by else gettext("released {at}", at=at)
    place = out.place or gettext("the site")
    if out.to:
        return gettext("left {place} for {to} {at}", place=place, to=out.to, at=at)
    return gettext("left {place} {at}", place=place, at=at)


def _state_of(lot: AlertLot) -> Status | None:
    return None if lot.hold is None else lot.state or "held"


def _value(quantity: str, value: int) -> str:
    return describe_value(quantity, value) if quantity in UNITS else decimal(f"{show_value(value):g}")


def _instant(instant: int) -> str:
    return f"{format_instant(instant)[:16].replace('T', ' ')} UTC"
