"""What a recipient may read of an alert: the one filter for API, pages and mails.

A client reads of its own lots only, and a place's name only if its goods stood in that very place.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from domain.intervals import clip
from domain.language import gettext
from domain.times import NEVER, format_instant
from domain.topics import HOLD_STATES, OF_STOCK
from ledger.models.alert import Alert, AlertLot, UnknownLot, Without
from rules.alarms.out_of_reach import Out
from rules.messages.problem import silence, unknown_since


def alert_for_client(
    alert: Alert, client: str, is_own: Callable[[AlertLot | UnknownLot], bool], own_places: Container[str] = ()
) -> Alert | None:
    """Return the alert as a client may read it; None if it is none of its business.

    `is_own`: whether a lot is the client's; `own_places`: the locations where units of the client itself stood.
    """
    lots, gone = (_own(lots, client, is_own, own_places) for lots in (alert.lots, alert.gone))
    concerned = lots or gone
    if not concerned:
        return None
    since, until = _interval(alert, concerned)
    told = Alert(
        id=alert.id,
        place=alert.place if alert.place in own_places else "",
        quantity=alert.quantity,
        direction=alert.direction,
        since=since,
        until=until,
        severity=alert.severity,
        rules=tuple(sorted({rule for lot in concerned for rule in lot.rules})),
        lots=lots,
        gone=gone,
        sentence="",
        founded=alert.founded and bool(lots),
        revision=0,  # it counts what happened to others
        raised_at=max(alert.raised_at, since),
        ended_at=alert.ended_at if until == alert.until else until,
        acknowledged_at=alert.acknowledged_at,
        product=alert.product,
        lot=alert.lot,
        no_data=alert.no_data and alert.no_data._replace(sensor=None),
        unknown=tuple(replace(lot, client=client) for lot in alert.unknown if is_own(lot)),
        because=alert.because and {"kind": alert.because["kind"]},
        pauses=tuple(Without(*each) for each in clip(alert.pauses, since, NEVER if until is None else until)),
        recipient=client,
    )
    return replace(told, sentence=sentence_for(told))


def sentence_for(told: Alert) -> str:
    """Say what happened from the fields alone, so that it cannot say more than they do.

    E.g. `ROOM-1: too warm (2026-01-01 00:00 to 2026-01-01 02:00 UTC). VAX A1 PALLET-7 on hold.`
    """
    if not told.is_measured:
        return " ".join(f"{lot.name} {lot.phrase}." for lot in (told.lots or told.gone))
    place = told.place or gettext("Storage location of your stock")
    if told.until is None:
        when = gettext("since {since} UTC", since=_moment(told.since))
    else:
        when = gettext("{since} to {until} UTC", since=_moment(told.since), until=_moment(told.until))
    if told.no_data is not None:
        when = f"{when}, {silence(told.no_data, told.quantity, None)}"
    said = [gettext("{place}: {what} ({when}).", place=place, what=told.what_is_wrong, when=when)]
    if told.lots:
        said.append(", ".join(lot.name + _state(lot) + _out_of_reach(lot) for lot in told.lots) + ".")
    if told.unknown:
        said.append(unknown_since([(lot.key, lot.since, lot.until) for lot in told.unknown], None) + ".")
    if told.gone:
        said.append(gettext("No longer affected: {units}.", units=", ".join(lot.name for lot in told.gone)))
    return " ".join(said)


def _moment(instant: int) -> str:
    """Return e.g. `2026-01-01 09:38`, in UTC."""
    return format_instant(instant)[:16].replace("T", " ")


def _own(
    lots: Sequence[AlertLot], client: str, is_own: Callable[[AlertLot], bool], own_places: Container[str]
) -> tuple[AlertLot, ...]:
    return tuple(_for_client(lot, client, own_places) for lot in lots if is_own(lot))


def _for_client(lot: AlertLot, client: str, own_places: Container[str]) -> AlertLot:
    """Return a lot without who decided on it and when it fired, and without places where its goods never stood."""
    places = tuple(place for place in lot.places if place in own_places)
    out = lot.out and _out(lot.out, own_places)
    why = None if lot.kind in OF_STOCK else lot.why  # by whom and why is the house's own business
    return replace(lot, client=client, disposed_by=None, at=None, places=places, out=out, why=why)


def _out(out: Out, own_places: Container[str]) -> Out:
    place, to = (name if name in own_places else None for name in (out.place, out.to))
    return replace(out, place=place, to=to, by=None)


def _interval(alert: Alert, lots: Sequence[AlertLot]) -> tuple[int, int | None]:
    """From the first own lot's start to the last one's end."""
    since = max(alert.since, min(lot.since for lot in lots))
    ends = [lot.until for lot in lots if lot.until is not None]
    return since, max(ends) if len(ends) == len(lots) else alert.until


def _out_of_reach(lot: AlertLot) -> str:
    if not lot.out:
        return ""
    at = _moment(lot.out.at)
    return gettext(", released {at} UTC", at=at) if lot.out.how == "released" else gettext(", left {at} UTC", at=at)


def _state(lot: AlertLot) -> str:
    return "" if lot.hold is None else f" {gettext(HOLD_STATES[lot.state or 'held'])}"
