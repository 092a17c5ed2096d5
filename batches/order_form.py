"""An order as somebody gives it: the fields of a JSON object, read and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from batches.fields import Fields
from batches.names import Names
from batches.orders import OrderLine
from batches.questions import STRATEGIES
from domain.errors import InvalidError
from domain.model import Strategy

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is wanted, for whom. `id` None: it is given one."""

    id: str | None
    party: str
    document: str | None
    lines: Sequence[OrderLine]


def read_order(given: dict[str, Any], names: Names) -> NewOrder:
    """Return the order. Raises InvalidError naming the field and the value."""
    fields = Fields(given, names)
    party = fields.party("for")
    if party is None:
        raise fields.wrong("for", "is missing: the party that the order is for")
    listed = fields.objects("lines", 1)
    if listed is None:
        raise fields.wrong("lines", "is missing")
    if len(listed) > MOST_LINES:
        raise fields.wrong("lines", f"has {len(listed)} entries; an order has at most {MOST_LINES}")
    order = NewOrder(
        fields.text("id"),
        party,
        fields.text("document"),
        [_line(i, each, names) for i, each in enumerate(listed, 1)],
    )
    fields.done()
    if order.id is not None and (order.id != order.id.strip() or not order.id.isprintable()):
        raise InvalidError(f"id {order.id!r} begins or ends with a space, or holds a control character")
    return order


def _line(number: int, fields: Fields, names: Names) -> OrderLine:
    product = fields.product()
    if product is None:
        raise fields.wrong("product", "is missing")
    quantity = fields.quantity(product)
    if quantity is None:
        raise fields.wrong("quantity", "is missing")
    preset = names.products[product].strategy
    strategy = fields.word("strategy", STRATEGIES) or preset
    if strategy == "stability" and preset != strategy:
        raise fields.wrong("strategy", f'stability is not what product "{product}" may be picked by')
    line = OrderLine(number, product, quantity, cast(Strategy, strategy), fields.location("location"))
    fields.done()
    return line
