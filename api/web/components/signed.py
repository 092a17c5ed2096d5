"""A decision in words: the numbers that were signed, what a release allows beyond them, and how much of it is used."""

from collections.abc import Iterator

from api.web.frame.formats import minutes, number, value
from api.web.frame.texts import text
from ledger.models import Hold
from ledger.models.decision import Allowance, Decision


def signed_words(hold: Hold, decision: Decision) -> list[str]:
    """Return what a release or a rejection was signed on; nothing of other decisions."""
    if decision.state not in ("released", "rejected"):
        return []
    return list(_words(hold, decision))


def _words(hold: Hold, decision: Decision) -> Iterator[str]:
    said = numbers_of(decision.minutes, decision.degree_minutes, decision.peak, hold.why.quantity)
    version = {"profile": decision.profile, "version": decision.version}
    if said:
        yield text("signed.numbers", numbers=said, **version)
    else:
        yield text("signed.version", **version)
    if decision.allow is not None:
        yield _allowed(hold, decision.allow)


def _allowed(hold: Hold, allow: Allowance) -> str:
    quantity = hold.why.quantity or "temperature"
    said = text("signed.allowed", length=minutes(allow.minutes), value=value(allow.up_to, quantity))
    if allow.used_minutes is None:
        return said
    return text("signed.used", allowed=said, used=minutes(allow.used_minutes))


def numbers_of(length: float | None, degree_minutes: float | None, peak: int | None, quantity: str) -> str:
    """Return e.g. `1 h 15 min · 90.5 °C·min · peak 9.6 °C`."""
    said = [minutes(length)] if length else []
    said += [f"{number(round(degree_minutes, 1))} °C·min"] if degree_minutes and quantity == "temperature" else []
    said += [text("signed.peak", value=value(peak, quantity))] if peak is not None else []
    return " · ".join(said)
