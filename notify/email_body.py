"""A message for people to read: subject, sentence, numbers, lots; of the alert as its recipient may read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.language import gettext, mark, ngettext
from domain.moments import in_words, in_zone, moment
from domain.numbers import show_value
from domain.zones import zone_named
from ledger.models.alert import Alert, AlertLot, UnknownLot, WorstRule
from ledger.models.hold import Status
from notify.channels import Message
from rules.alarms.out_of_reach import Out
from rules.alarms.problems import NoData
from rules.messages.problem import silence
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
    if alert is None and message.event == "notice":
        sentence = in_words(sentence, lambda instant: in_zone(instant, zone_named(message.zone)))
        return EmailBody(sentence[:_LONGEST_SUBJECT], sentence, (), (), link and clean(link))
    if alert is None:  # a test of the channel
        return EmailBody(clean(gettext("[test] {sentence}", sentence=sentence)), sentence, (), (), None)

    beside = list(_instants(alert))

    def local(said: str) -> str:
        return in_words(clean(said), lambda instant: in_zone(instant, zone_named(message.zone)), beside)

    place = message.payload.get("place_name") or alert.place
    facts = [(what, local(said)) for what, said in _facts(alert, place)]
    lots = [(clean(name), local(state)) for name, state in _lots(alert)]
    sentence = local(sentence)
    return EmailBody(_subject(alert, place, message.event), sentence, facts, lots, link and clean(link))


def _instants(alert: Alert) -> Iterator[int | None]:
    """Yield the instants that its sentence tells."""
    yield from (alert.since, alert.until)
    if alert.no_data is not None:
        yield from (alert.no_data.since, alert.no_data.unknown_since, alert.no_data.until)
    for lot in alert.unknown:
        yield from (lot.since, lot.until)


def clean(text: str) -> str:
    """Return the text on one line, without signs that cannot be seen."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))


def _subject(alert: Alert, place: str, event: str) -> str:
    batch, place = " ".join(alert.batch or ()), place or gettext("your stock")
    out_of_reach = gettext("{lot} out of reach: ", lot=batch) if alert.kind == "out_of_reach" else ""
    of = place if alert.is_measured else batch
    what = f"{out_of_reach}{of}: {alert.what_is_wrong}"
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
    if alert.is_silent:
        return gettext("no data")
    if not alert.is_measured:
        return ""
    if held := sum(_state_of(lot) == "held" for lot in alert.lots):
        return ngettext("{count} unit on hold", "{count} units on hold", held)
    return ngettext("{count} unit", "{count} units", len(alert.lots)) if alert.lots else ""


def _facts(alert: Alert, place: str) -> Iterator[tuple[str, str]]:
    if alert.place:
        yield gettext("Location"), place if place == alert.place else f"{place} ({alert.place})"
    yield gettext("Alarm"), alert.what_is_wrong
    if alert.worst:
        yield from _numbers(alert.worst, alert.quantity)
    yield gettext("Since"), moment(alert.since)
    if not alert.is_measured:
        return
    yield gettext("Until"), _until(alert)
    if alert.no_data:
        yield gettext("Data"), _no_data(alert.no_data, alert.quantity)
    yield gettext("Rules"), ", ".join(alert.rules)
    if not alert.founded:
        yield gettext("Status"), gettext("no longer supported by what is on record")
    if alert.comment:
        yield gettext("Comment"), alert.comment


def _until(alert: Alert) -> str:
    if alert.until is not None:
        return moment(alert.until)
    return gettext("not known: no data") if alert.is_silent else gettext("ongoing")


def _no_data(no_data: NoData, quantity: str) -> str:
    """Return e.g. `no data since 2026-01-03 09:38 UTC, last 12.0 °C from S1`."""
    return silence(no_data, quantity, None)


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
        yield lot.name, ", ".join(_state_words(lot, alert.quantity))
    if len(alert.lots) > MOST_LOTS:
        yield gettext("and {count} more", count=len(alert.lots) - MOST_LOTS), ""
    yield from _unknown(alert)
    for lot in alert.gone:
        if lot.state == "unfounded":
            yield lot.name, gettext("no longer affected, hold no longer supported")
        else:
            yield lot.name, gettext("no longer affected")


def _unknown(alert: Alert) -> Iterator[tuple[str, str]]:
    for lot in alert.unknown[:MOST_LOTS]:
        yield lot.name, _of_unknown(lot)
    if len(alert.unknown) > MOST_LOTS:
        yield gettext("and {count} more", count=len(alert.unknown) - MOST_LOTS), ""


def _of_unknown(lot: UnknownLot) -> str:
    """Return since when its condition is unknown, and which hours are missing where its verdict is `unknown`."""
    if lot.until is None:
        said = gettext("condition unknown since {since}", since=moment(lot.since))
    else:
        said = gettext("condition unknown from {since} to {until}", since=moment(lot.since), until=moment(lot.until))
    if lot.missing is None:
        return said
    hours = {"missing": lot.missing.sentence, "at": moment(lot.missing.at)}
    return gettext("{said}; too little is known to call it OK, as of {at}: {missing}", said=said, **hours)


def _state_words(lot: AlertLot, quantity: str) -> Iterator[str]:
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
    at = moment(out.at)
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
