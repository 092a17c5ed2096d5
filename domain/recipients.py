"""What a recipient may read of an alert: the one filter that the API and the channels share.

A client reads of its own lots only, and a place's name only if its goods stood in that very place.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from domain.times import format_instant
from domain.topics import what_is_wrong, whole

# What an alert says of the place and of everybody's lots together; the rest is replaced for a client. Not `revision`:
# it counts what happened to others.
_COMMON = ("id", "quantity", "direction", "severity", "acknowledged_at")
_LOTS = ("lots", "gone")
_OF_A_BATCH = ("product", "lot")  # of stock out of reach, which the alert is of alone
_LOT_OF_A_CLIENT = (
    *("product", "lot", "unit", "client", "hold", "state", "rules", "since", "until"),
    *("limit", "minutes", "peak", "kind", "profile", "version", "sentence", "why", "out"),
)


def alert_for(alert: Mapping[str, Any], client: str | None, own_places: Container[str] = ()) -> dict[str, Any] | None:
    """Return the alert as the client may read it, None if it is none of its business; everything without a client.

    `alert` has the columns of the table; its lots may carry `rules`, `since` and `until` of their own, which a client
    gets instead of the place's. `own_places`: the locations where units of the client itself stood.
    """
    if client is None:
        told: dict[str, Any] = {name: [_whole(lot) for lot in alert[name]] for name in _LOTS if alert.get(name)}
        return {**alert, **told, **({"worst": _whole(alert["worst"])} if alert.get("worst") else {})}
    lots, gone = (_own(alert.get(name), client, own_places) for name in _LOTS)
    if not lots and not gone:
        return None
    told = {name: alert[name] for name in _COMMON if name in alert}
    if alert.get("lot"):
        told |= {name: alert[name] for name in _OF_A_BATCH}
        told["because"] = alert["because"] and {"kind": alert["because"]["kind"]}
    told["founded"] = bool(alert["founded"] and lots)
    told["place"] = alert["place"] if alert["place"] in own_places else None
    told["lots"], told["gone"] = lots, gone
    told["rules"] = sorted({rule for lot in lots or gone for rule in lot.get("rules") or ()})
    told["since"], told["until"] = _interval(alert, lots or gone)
    told["raised_at"] = max(alert["raised_at"], told["since"])
    told["ended_at"] = alert["ended_at"] if told["until"] == alert["until"] else told["until"]
    told["sentence"] = sentence_for(told)
    return told


def sentence_for(told: Mapping[str, Any]) -> str:
    """Say what happened from the fields alone, so that it cannot say more than they do."""
    place = told["place"] or "the place of your goods"
    lots = told["lots"] or told.get("gone") or [{}]
    worst = next((lot for lot in lots if lot.get("hold") is not None), lots[0])
    what = f"{what_is_wrong(worst, told['quantity'], told['direction'])} at {place}"
    since = f"since {format_instant(told['since'])}"
    until = "" if told["until"] is None else f" until {format_instant(told['until'])}"
    those = ", ".join(_name(lot) + _state(lot) + _out_of_reach(lot) for lot in told["lots"])
    gone = ", ".join(_name(lot) for lot in told.get("gone") or ())
    no_longer = f"no longer {gone}" if gone else ""
    return f"{what} {since}{until}: {'; '.join(part for part in (those, no_longer) if part)}"


def _own(lots: Sequence[Mapping[str, Any]] | None, client: str, own_places: Container[str]) -> list[dict[str, Any]]:
    own = [_whole(lot, own_places) for lot in lots or () if lot.get("client") == client]
    told = [{name: lot[name] for name in _LOT_OF_A_CLIENT if name in lot} for lot in own]
    return [{**lot, "out": _out(lot["out"], own_places)} if lot.get("out") else lot for lot in told]


def _out(out: Mapping[str, Any], own_places: Container[str]) -> dict[str, Any]:
    """Return since when a unit is out of reach; who released it is not told."""
    places = {name: out[name] if out[name] in own_places else None for name in ("place", "to")}
    return {"how": out["how"], "at": out["at"], "then": out["then"], **places}


def _whole(lot: Mapping[str, Any], own_places: Container[str] | None = None) -> dict[str, Any]:
    """Return the lot with whom its sentence is of, and where: for a client as far as its own goods stood there."""
    if not lot.get("sentence"):
        return dict(lot)
    places = [place for place in lot.get("places") or () if own_places is None or place in own_places]
    return {**lot, "sentence": whole(lot["sentence"], lot, places)}


def _interval(alert: Mapping[str, Any], lots: list[dict[str, Any]]) -> tuple[int, int | None]:
    """From the first own lot's start to the last one's end; the place's where a lot has none of its own."""
    since = max(alert["since"], min(lot.get("since") or alert["since"] for lot in lots))
    ends = [lot.get("until", alert["until"]) for lot in lots]
    if None not in ends:
        return since, max(ends)
    return since, alert["until"]


def _name(lot: Mapping[str, Any]) -> str:
    unit = f" {lot['unit']}" if lot.get("unit") else ""
    return f"{lot['product']} {lot['lot']}{unit}"


def _out_of_reach(lot: Mapping[str, Any]) -> str:
    out = lot.get("out")
    return f", {out['how']} {format_instant(out['at'])}" if out else ""


def _state(lot: Mapping[str, Any]) -> str:
    return "" if lot.get("hold") is None else f" {lot.get('state') or 'held'}"
