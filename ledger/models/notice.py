"""A notice of a device in words: what it is, how often, and its newest samples."""

from collections.abc import Mapping
from typing import Any

from domain.language import gettext
from domain.moments import moment
from domain.notices import FORMS, Notice, about
from rules.messages.words import describe_value, quantity_word
from store.notices import NoticeRow


def sentence_of(row: NoticeRow) -> str:
    """Return `freezer: Refused value outside a limit. temperature 12.0 °C at 2026-01-03 09:38 UTC was refused; …`."""
    who = row.device or row.source or gettext("topics without a source")
    said = [f"{who}: {about(row.kind).title}."]
    if row.samples and row.kind not in FORMS:
        said.append(sample_of(row.kind, row.samples[-1]))
    return " ".join(part for part in said if part)


def sample_of(kind: str, sample: Mapping[str, Any]) -> str:
    """Return what a sample says, in a sentence; "" if nothing beside its message."""
    if "measured_at" not in sample:
        return str(sample.get("text", ""))
    at, quantity = moment(sample["measured_at"]), sample["quantity"]
    value = gettext("no value") if sample["value"] is None else describe_value(quantity, sample["value"])
    if kind not in (Notice.CONFLICT, Notice.CONFLICT_OUTSIDE):
        return gettext("{quantity} {value} at {at}.", quantity=quantity_word(quantity), value=value, at=at)
    kept = describe_value(quantity, sample["kept"])
    said = gettext(
        "{quantity} {value} at {at} was refused; {kept}, received first, counts.",
        quantity=quantity_word(quantity),
        value=value,
        at=at,
        kept=kept,
    )
    limits = ", ".join(sample.get("limits", ()))
    return f"{said} {gettext('Outside: {rules}.', rules=limits)}" if limits else said
