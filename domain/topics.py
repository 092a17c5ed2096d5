"""What is wrong, by the kind of the rule that fired: the words of channels, and the key by which pages find theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

Fields = Mapping[str, Any]

_BY_SIDE = {
    "limit": {
        ("temperature", "high"): "too warm",
        ("temperature", "low"): "too cold",
        ("humidity", "high"): "too humid",
        ("humidity", "low"): "too dry",
    },
    "cumulative": {
        ("temperature", "high"): "too warm for too long in all",
        ("temperature", "low"): "too cold for too long in all",
        ("humidity", "high"): "too humid for too long in all",
        ("humidity", "low"): "too dry for too long in all",
    },
    "rate": {
        ("temperature", "high"): "warming too fast",
        ("temperature", "low"): "cooling too fast",
        ("humidity", "high"): "humidity rising too fast",
        ("humidity", "low"): "humidity falling too fast",
    },
}
_ALONE = {
    "mkt": "too warm on average",
    "cooling": "not cooled in time",
    "life": "too little shelf life left",
    "unstudied": "outside what shelf life was studied for",
    "dew": "close to condensation",
    "silence": "silent",
    "gap": "unknown for too long",
}
_OF_A_QUANTITY = {
    "silence": "no {quantity} heard",
    "gap": "{quantity} unknown for too long",
    "stuck": "{quantity} does not change",
    "spread": "sensors disagree on {quantity}",
    "plausible": "impossible {quantity}",
    "faulty": "{quantity} not to be trusted",
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
    """Return it in words that go with a place: `too warm`, `sensors disagree on temperature`."""
    kind, _, rest = topic_of(fired, quantity, direction).partition("_")
    if kind in _BY_SIDE:
        return _BY_SIDE[kind].get((quantity, direction)) or f"{quantity} too {direction}"
    said = _OF_A_QUANTITY[kind] if rest or kind not in _ALONE else _ALONE[kind]
    return said.format(quantity=quantity or "value")


def whole(sentence: str, of: Fields, places: Sequence[str]) -> str:
    """Return the sentence of what fired with whom it is of, and where: `…, peak 9.6 °C, unit PALLET-7 in ROOM-1`.

    `of` names a unit, or a location; `places` are those whose sensors spoke, as far as they may be told.
    """
    who = "" if of.get("product") is None else f"unit {of['unit']}" if of.get("unit") else "the whole lot"
    where = f"in {' and '.join(places)}" if places else ""
    told = " ".join(part for part in (who, where) if part)
    return f"{sentence}, {told}" if told else sentence
