"""A message for people to read: subject, sentence, numbers, lots; made of the same payload that programs get."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.language import gettext, mark, ngettext
from domain.numbers import SCALE
from domain.topics import HOLD_STATES, what_is_wrong
from rules.messages.words import UNITS, decimal, describe_value, minutes_long

Payload = Mapping[str, Any]

MOST_LOTS = 50  # named one by one; more are counted
_LONGEST_SUBJECT = 200

_SEVERITIES = {"critical": mark("critical"), "warning": mark("warning"), "info": mark("info")}


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything is text without line breaks or other control characters, whatever the payload holds."""

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


def letter(payload: Payload) -> Letter:
    """Write what a payload says."""
    facts = [(what, clean(said)) for what, said in _facts(payload)]
    lots = [(clean(name), clean(state)) for name, state in _lots(payload)]
    link = payload.get("link")
    return Letter(_subject(payload), clean(payload["sentence"]), facts, lots, link and clean(link))


def clean(text: str) -> str:
    """Return the text on one line, without signs that cannot be seen."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))


def _subject(payload: Payload) -> str:
    if payload["event"] == "test":
        return clean(gettext("[test] {sentence}", sentence=payload["sentence"]))
    place = payload["place"] or gettext("your stock")
    what = f"{_lot_out_of_reach(payload)}{place}: {_what(payload)}"
    severity = gettext(_SEVERITIES.get(payload["severity"]) or str(payload["severity"]))
    return clean(f"[{severity}] " + ", ".join(part for part in (what, _state(payload)) if part))[:_LONGEST_SUBJECT]


def _lot_out_of_reach(payload: Payload) -> str:
    lot = next(iter(payload["lots"] or payload.get("gone") or ()), None)
    if lot is None or payload.get("kind") != "out_of_reach":
        return ""
    name = f"{lot['product']} {lot['lot']}"
    return gettext("{lot} out of reach: ", lot=name)


def _what(payload: Payload) -> str:
    """Return what is wrong: for who is not told of all, of its own lots."""
    lots = payload["lots"] or payload.get("gone") or [{}]
    held = next((lot for lot in lots if lot.get("hold") is not None), lots[0])
    return what_is_wrong(payload.get("worst") or held, payload["quantity"], payload["direction"])


def _state(payload: Payload) -> str:
    event = payload["event"]
    if event == "ended":
        return gettext("cleared")
    if event == "unfounded":
        return gettext("no longer supported")
    if event == "acknowledged":
        who = payload.get("acknowledged_by")
        return gettext("acknowledged by {who}", who=who) if who else gettext("acknowledged")
    lots = payload["lots"]
    if held := sum(_state_of(lot) == "held" for lot in lots):
        return ngettext("{count} unit on hold", "{count} units on hold", held)
    return ngettext("{count} unit", "{count} units", len(lots)) if lots else ""


def _facts(payload: Payload) -> Iterator[tuple[str, str]]:
    if payload["event"] == "test":
        return
    worst = payload.get("worst") or {}
    if payload["place"]:
        yield gettext("Location"), payload["place"]
    yield gettext("Alarm"), _what(payload)
    if worst.get("sentence"):
        yield gettext("Reason"), worst["sentence"]
    if worst.get("limit"):
        yield gettext("Alarm condition"), worst["limit"]
    if worst.get("peak") is not None:
        yield gettext("Peak"), _value(payload["quantity"], worst["peak"])
    if worst.get("minutes") is not None:
        yield gettext("Outside limits"), minutes_long(worst["minutes"])
    yield gettext("Since"), _instant(payload["since"])
    yield gettext("Until"), _instant(payload["until"]) if payload["until"] else gettext("ongoing")
    yield gettext("Rules"), ", ".join(payload["rules"])
    if not payload["founded"]:
        yield gettext("Status"), gettext("no longer supported by the corrected data")
    if payload.get("comment"):
        yield gettext("Comment"), payload["comment"]


def _lots(payload: Payload) -> Iterator[tuple[str, str]]:
    lots = payload.get("lots", [])
    for lot in lots[:MOST_LOTS]:
        yield _name(lot), ", ".join(_said_of(lot, payload["quantity"]))
    if len(lots) > MOST_LOTS:
        yield gettext("and {count} more", count=len(lots) - MOST_LOTS), ""
    for lot in payload.get("gone") or []:
        if lot.get("state") == "unfounded":
            yield _name(lot), gettext("no longer affected, hold no longer supported")
        else:
            yield _name(lot), gettext("no longer affected")


def _said_of(lot: Payload, quantity: str) -> Iterator[str]:
    state = _state_of(lot)
    if state is not None:
        yield _of_hold(lot, gettext(HOLD_STATES[state]))
    if lot.get("out"):
        yield _how_it_went(lot["out"])
    if lot.get("minutes") is not None:
        yield gettext("{length} outside limits", length=minutes_long(lot["minutes"]))
    if lot.get("peak") is not None:
        yield gettext("peak {peak}", peak=_value(quantity, lot["peak"]))


def _of_hold(lot: Payload, state: str) -> str:
    if lot.get("disposed_by") and _state_of(lot) != "unfounded":
        return gettext("{state} by {who} (hold {number})", state=state, who=lot["disposed_by"], number=lot["hold"])
    return gettext("{state} (hold {number})", state=state, number=lot["hold"])


def _how_it_went(out: Payload) -> str:
    """Return e.g. `left ROOM-1 2026-01-03 08:00 UTC`, or who released it and when."""
    at = _instant(out["at"])
    if out["how"] == "released":
        return (
            gettext("released by {who} {at}", who=out["by"], at=at)
            if out.get("by")
            else gettext("released {at}", at=at)
        )
    place = out.get("place") or gettext("the site")
    if out.get("to"):
        return gettext("left {place} for {to} {at}", place=place, to=out["to"], at=at)
    return gettext("left {place} {at}", place=place, at=at)


def _state_of(lot: Payload) -> str | None:
    if lot.get("hold") is None:
        return None
    return str(lot.get("state") or "held")


def _name(lot: Payload) -> str:
    unit = f" {lot['unit']}" if lot.get("unit") else ""
    return f"{lot['product']} {lot['lot']}{unit}"


def _value(quantity: str, value: float) -> str:
    return describe_value(quantity, round(value * SCALE)) if quantity in UNITS else decimal(f"{value:g}")


def _instant(text: str) -> str:
    return f"{text[:16].replace('T', ' ')} UTC"
