"""Quantities, as people and JSON read them: exact, without exponent and needless zeros."""

from decimal import Decimal

from domain.numbers import SCALE


def number_of(quantity: int) -> int | Decimal:
    """Return a quantity in its unit of measure, whole where it is."""
    whole, rest = divmod(quantity, SCALE)
    return whole if not rest else Decimal(show_quantity(quantity))


def show_quantity(quantity: int) -> str:
    """Return e.g. `12`, `0.5` or `-0.000001`."""
    whole, rest = divmod(abs(quantity), SCALE)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    return ("-" if quantity < 0 else "") + str(whole) + fraction
