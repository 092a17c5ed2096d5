"""Units and lots by name, as short as can be said."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from api.web.frame.sentences import listed, say

UnitName = tuple[str, str, str | None]  # product, lot, unit

_LOTS_AT_MOST = 3
_UNITS_AT_MOST = 3


def unit_of(row: Mapping[str, Any]) -> UnitName:
    """Return the unit that a row names."""
    return row["product"], row["lot"], row["unit"]


def in_order(name: UnitName) -> tuple[object, ...]:
    """Return what units are sorted by: PALLET-9 comes before PALLET-10."""
    return tuple(_numbered(part or "") for part in name)


def _numbered(words: str) -> tuple[object, ...]:
    parts = re.split(r"([0-9]+)", words)
    return tuple((part.zfill(20) if part.isdecimal() else part) for part in parts)


def batch_address(product: str, lot: str) -> str:
    """Return the address of a batch's page."""
    return f"/batches/{quote(product, safe='')}/{quote(lot, safe='')}"


def name_units(units: Iterable[UnitName]) -> Markup:
    """Return e.g. `PALLET-7 and PALLET-8 of VAX A1 and INS 77`; many are counted."""
    lots: dict[tuple[str, str], list[str]] = {}
    for product, lot, unit in sorted(set(units), key=in_order):
        lots.setdefault((product, lot), []).append(unit or "")
    if len(lots) > _LOTS_AT_MOST:
        return say("units.of_lots", count=sum(map(len, lots.values())), lots=len(lots))
    return listed([_of_lot(*lot, members) for lot, members in lots.items()])


def _of_lot(product: str, lot: str, units: list[str]) -> Markup:
    if units == [""]:
        return say("units.lot", product=product, lot=lot)
    if len(units) > _UNITS_AT_MOST or "" in units:
        return say("units.counted", count=len(units), product=product, lot=lot)
    return say("units.named", units=listed(units), product=product, lot=lot)
