"""What is wrong, by the kind of the rule that triggered: in words, and as the key by which pages find theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.language import gettext, mark

Fields = Mapping[str, Any]

_BY_SIDE = {
    "limit": {
        ("temperature", "high"): mark("too warm"),
        ("temperature", "low"): mark("too cold"),
        ("humidity", "high"): mark("too humid"),
        ("humidity", "low"): mark("too dry"),
    },
    "cumulative": {
        ("temperature", "high"): mark("too warm, cumulative time exceeded"),
        ("temperature", "low"): mark("too cold, cumulative time exceeded"),
        ("humidity", "high"): mark("too humid, cumulative time exceeded"),
        ("humidity", "low"): mark("too dry, cumulative time exceeded"),
    },
    "rate": {
        ("temperature", "high"): mark("warming too fast"),
        ("temperature", "low"): mark("cooling too fast"),
        ("humidity", "high"): mark("humidity rising too fast"),
        ("humidity", "low"): mark("humidity falling too fast"),
    },
}
# What was done with stock although it should not, or cannot be done any more.
OF_STOCK = {
    "forced_receive": mark("received although expired"),
    "forced_move": mark("moved although on hold"),
    "forced_make": mark("used up although blocked"),
    "forced_merge": mark("merged although blocked"),
    "forced_ship": mark("shipped although blocked"),
    "forced_destroy": mark("destroyed although on hold"),
    "left_held": mark("left although on hold"),
    "unsuited": mark("put where the limits do not suit it"),
    "pick_stopped": mark("picking stopped"),
}
_ALONE = {
    "mkt": mark("mean kinetic temperature too high"),
    "cooling": mark("not cooling fast enough"),
    "life": mark("too little shelf life left"),
    "unstudied": mark("outside the studied temperature range"),
    "dew": mark("close to condensation"),
    "silence": mark("no data"),
    "gap": mark("too much data missing"),
    "expiry": mark("expires soon"),
    "expired": mark("expired"),
    "in_use": mark("open or thawed for too long"),
    **OF_STOCK,
}
_OF_A_QUANTITY = {
    "silence": {"temperature": mark("no temperature data"), "humidity": mark("no humidity data")},
    "gap": {
        "temperature": mark("too much temperature data missing"),
        "humidity": mark("too much humidity data missing"),
    },
    "stuck": {"temperature": mark("temperature does not change"), "humidity": mark("humidity does not change")},
    "spread": {"temperature": mark("temperature sensors disagree"), "humidity": mark("humidity sensors disagree")},
    "plausible": {"temperature": mark("implausible temperature"), "humidity": mark("implausible humidity")},
    "faulty": {
        "temperature": mark("unreliable temperature readings"),
        "humidity": mark("unreliable humidity readings"),
    },
}
# What has become of a hold.
HOLD_STATES = {
    "held": mark("on hold"),
    "released": mark("released"),
    "rejected": mark("rejected"),
    "unfounded": mark("hold no longer supported"),
}
_WITHOUT_A_KIND = {"silent": "silence", "faulty": "faulty"}  # of records older than kinds in alerts


def topic_of(fired: Fields, quantity: str, direction: str) -> str:
    """Return the key of what is wrong, e.g. `rate_temperature_high`, `spread_humidity`, `dew`.

    `fired` has the `kind` of the rule and `why` it fired, as far as they are on record.
    """
    kind = str(fired.get("kind") or _WITHOUT_A_KIND.get(direction, "limit"))
    if kind == "life" and "unstudied" in (fired.get("why") or {}):
        return "unstudied"
    if kind in _BY_SIDE:
        return f"{kind}_{quantity}_{direction}"
    return f"{kind}_{quantity}" if quantity and kind in _OF_A_QUANTITY else kind


def what_is_wrong(fired: Fields, quantity: str, direction: str) -> str:
    """Return it in words that follow a place: `too warm`, `temperature sensors disagree`."""
    topic = topic_of(fired, quantity, direction)
    kind = topic if topic in _ALONE else topic.partition("_")[0]
    if kind in _BY_SIDE:
        said = _BY_SIDE[kind].get((quantity, direction))
    else:
        said = _OF_A_QUANTITY.get(kind, {}).get(quantity) or _ALONE.get(kind)
    return gettext(said) if said else f"{quantity} {direction}"


def whole(sentence: str, of: Fields, places: Sequence[str]) -> str:
    """Return the sentence of what fired with whom it is of, and where: `…, peak 9.6 °C, unit PALLET-7 in ROOM-1`.

    `of` names a unit, or a location; `places` are those whose sensors spoke, as far as they may be told.
    """
    where = gettext("in {places}", places=_and(places)) if places else ""
    told = " ".join(part for part in (_who(of), where) if part)
    return f"{sentence}, {told}" if told else sentence


def _who(of: Fields) -> str:
    if of.get("product") is None:
        return ""
    return gettext("unit {unit}", unit=of["unit"]) if of.get("unit") else gettext("whole lot")


def _and(names: Sequence[str]) -> str:
    *others, last = names
    return gettext("{first} and {last}", first=", ".join(others), last=last) if others else last
