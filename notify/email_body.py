"""A message for people to read: subject, sentence, numbers, lots; made of the same payload that programs get."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.topics import what_is_wrong

Payload = Mapping[str, Any]

MOST_LOTS = 50  # named one by one; more are counted
_LONGEST_SUBJECT = 200

_UNITS = {"temperature": "°C", "humidity": "%"}
_STATES = {"held": "on hold", "released": "released", "rejected": "rejected", "unfounded": "hold unfounded"}


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
        return clean(f"[test] {payload['sentence']}")
    state = _state(payload)
    what = f"{_lot_out_of_reach(payload)}{payload['place'] or 'your goods'} {_what(payload)}"
    return clean(f"[{payload['severity']}] {what}{': ' if state else ''}{state}")[:_LONGEST_SUBJECT]


def _lot_out_of_reach(payload: Payload) -> str:
    lot = next(iter(payload["lots"] or payload.get("gone") or ()), None)
    if lot is None or payload.get("kind") != "out_of_reach":
        return ""
    return f"{lot['product']} {lot['lot']} out of reach: "


def _what(payload: Payload) -> str:
    """Return what is wrong: for who is not told of all, of its own lots."""
    lots = payload["lots"] or payload.get("gone") or [{}]
    held = next((lot for lot in lots if lot.get("hold") is not None), lots[0])
    return what_is_wrong(payload.get("worst") or held, payload["quantity"], payload["direction"])


def _state(payload: Payload) -> str:
    event = payload["event"]
    if event in ("ended", "unfounded"):
        return str(event)
    if event == "acknowledged":
        who = payload.get("acknowledged_by")
        return f"acknowledged by {who}" if who else "acknowledged"
    lots = payload["lots"]
    held = sum(_state_of(lot) == "held" for lot in lots)
    count = held or len(lots)
    return f"{count} unit{'' if count == 1 else 's'}{' on hold' if held else ''}" if count else ""


def _facts(payload: Payload) -> Iterator[tuple[str, str]]:
    if payload["event"] == "test":
        return
    worst = payload.get("worst") or {}
    if payload["place"]:
        yield "place", payload["place"]
    yield "what", _what(payload)
    if worst.get("sentence"):
        yield "why", worst["sentence"]
    if worst.get("limit"):
        yield "limit", worst["limit"]
    if worst.get("peak") is not None:
        yield "peak", _value(payload["quantity"], worst["peak"])
    if worst.get("minutes") is not None:
        yield "outside", f"{worst['minutes']:g} min"
    yield "since", _instant(payload["since"])
    yield "until", _instant(payload["until"]) if payload["until"] else "going on"
    yield "rules", ", ".join(payload["rules"])
    if not payload["founded"]:
        yield "unfounded", "corrected data took the reason away"
    if payload.get("comment"):
        yield "comment", payload["comment"]


def _lots(payload: Payload) -> Iterator[tuple[str, str]]:
    lots = payload.get("lots", [])
    for lot in lots[:MOST_LOTS]:
        yield _name(lot), ", ".join(_said_of(lot, payload["quantity"]))
    if len(lots) > MOST_LOTS:
        yield f"and {len(lots) - MOST_LOTS} more", ""
    for lot in payload.get("gone") or []:
        unfounded = ", its hold is unfounded" if lot.get("state") == "unfounded" else ""
        yield _name(lot), f"no longer part of it{unfounded}"


def _said_of(lot: Payload, quantity: str) -> Iterator[str]:
    state = _state_of(lot)
    if state is not None:
        by = f" by {lot['disposed_by']}" if lot.get("disposed_by") and state != "unfounded" else ""
        yield f"{_STATES[state]}{by} (hold {lot['hold']})"
    if lot.get("out"):
        yield _how_it_went(lot["out"])
    if lot.get("minutes") is not None:
        yield f"{lot['minutes']:g} min outside"
    if lot.get("peak") is not None:
        yield f"peak {_value(quantity, lot['peak'])}"


def _how_it_went(out: Payload) -> str:
    """Return e.g. `left ROOM-1 2026-01-03 08:00 UTC`, or who released it and when."""
    at = _instant(out["at"])
    if out["how"] == "released":
        by = f" by {out['by']}" if out.get("by") else ""
        return f"released{by} {at}"
    to = f" for {out['to']}" if out.get("to") else ""
    return f"left {out.get('place') or 'the site'}{to} {at}"


def _state_of(lot: Payload) -> str | None:
    if lot.get("hold") is None:
        return None
    return str(lot.get("state") or "held")


def _name(lot: Payload) -> str:
    unit = f" {lot['unit']}" if lot.get("unit") else ""
    return f"{lot['product']} {lot['lot']}{unit}"


def _value(quantity: str, value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".").replace("-", "−") + f" {_UNITS.get(quantity, '')}".rstrip()


def _instant(text: str) -> str:
    return f"{text[:16].replace('T', ' ')} UTC"
