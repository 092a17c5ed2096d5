"""Rows of the page Expiry, and the steps by which it is narrowed. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from api.reads.expiry import Expiring
from api.web.frame.texts import text
from batches.expiry import EXPIRED, IN_USE
from domain.model import Site
from domain.numbers import SCALE

LATER = "later"
_PLACES_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class ExpiryRow:
    """Units that expire together. `left`: how many whole days are left; `tone`: of its step, hold, warn or plain."""

    found: Expiring
    left: int
    step: str
    tone: str
    quantity: str
    places: tuple[str, ...]
    more_places: int


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A step and how many rows have reached it as their last one."""

    key: str
    words: str
    count: int
    tone: str


def rows_of(found: Sequence[Expiring], site: Site, now: int) -> list[ExpiryRow]:
    """Return the rows, in their order."""
    return [
        ExpiryRow(
            row,
            row.days_left(now),
            step_words(row.step) if row.step else "",
            tone_of(row.step),
            _quantity(row, site),
            row.locations[:_PLACES_AT_MOST],
            max(0, len(row.locations) - _PLACES_AT_MOST),
        )
        for row in found
    ]


def ladder_of(found: Sequence[Expiring]) -> list[LadderStep]:
    """Return the steps that anything has reached, the most urgent first, and what has reached none last."""
    counts = Counter(row.step or LATER for row in found)
    first: dict[str, int] = {}
    for row in found:  # in order of expiry: the first of a step says how urgent it is
        first.setdefault(row.step or LATER, len(first))
    order = sorted(counts, key=lambda key: (key == LATER, key not in (EXPIRED, IN_USE), first[key]))
    return [LadderStep(key, step_words(key), counts[key], tone_of(key)) for key in order]


def step_words(step: str) -> str:
    """Return a step in words: `30 days or less`, `expired`."""
    if step in (EXPIRED, IN_USE, LATER):
        return text(f"expiry.step_{step}")
    if step.endswith("%"):
        return text("expiry.step_share", share=step.removesuffix("%"))
    return text("expiry.step_days", count=int(step.removesuffix("d")))


def tone_of(step: str) -> str:
    """Return the tone of a step."""
    return "hold" if step in (EXPIRED, IN_USE) else "plain" if step in ("", LATER) else "warn"


def _quantity(row: Expiring, site: Site) -> str:
    if row.quantity is None:
        return ""
    product = site.products.get(row.product)
    number = f"{row.quantity / SCALE:g}" if row.quantity % SCALE else str(row.quantity // SCALE)
    return f"{number} {product.uom}" if product and product.uom else number
