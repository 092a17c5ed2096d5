"""What somebody scanned or typed, as much of a unit's name as it says: a GS1 symbol, or the unit as people write it."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from batches.orders import Scan
from domain.errors import InvalidError
from domain.gs1 import Scanned, read_gs1
from domain.model import UnitKey

LookUp = Callable[[str], Sequence[UnitKey]]  # the units that are called so, or that the serial is in, of any lot
FindSerial = Callable[[str, str], UnitKey | None]  # of a product and a serial: the unit that it is in


def no_serial(_product: str, _serial: str) -> UnitKey | None:
    """Find no serial: none is on record."""
    return None


def read_scan(text: str, gtins: Mapping[str, str], look_up: LookUp, find_serial: FindSerial = no_serial) -> Scan:
    """Return what a label says. `gtins`: products by their GTIN of 14 digits.

    A serial means the unit that it is in; one that is not on record is taken for a unit's name. A text that is no GS1
    symbol is what `look_up` knows, or product, lot and unit with spaces between, or a lot.
    Raises InvalidError for an empty text, and for a GTIN that no product has.
    """
    text = text.strip()
    if not text:
        raise InvalidError("nothing was scanned")
    scanned = read_gs1(text)
    if scanned is not None:
        if scanned.gtin not in gtins:
            raise InvalidError(f"no product has the GTIN {scanned.gtin}")
        return _of_label(gtins[scanned.gtin], scanned, find_serial)
    found = look_up(text)
    if len(found) == 1:
        return Scan(*found[0])
    if found:
        return Scan(None, None, text)
    words = text.split()
    if len(words) == 3:
        return Scan(words[0], words[1], words[2])
    if len(words) == 2:
        return Scan(words[0], words[1], None)
    return Scan(None, text, None)


def _of_label(product: str, scanned: Scanned, find_serial: FindSerial) -> Scan:
    unit = None if scanned.serial is None else find_serial(product, scanned.serial)
    if unit is None:
        return Scan(product, scanned.lot, scanned.serial)
    if scanned.lot is not None and scanned.lot != unit.lot:
        raise InvalidError(f"serial {scanned.serial} is of lot {unit.lot}; the label says {scanned.lot}")
    return Scan(*unit)


def expiry_on_label(text: str) -> str | None:
    """Return the expiry date that a GS1 symbol tells; None: it tells none, or is none.

    Raises InvalidError for a date that cannot be. Day 00 is the last of the month.
    """
    scanned = read_gs1(text)
    if scanned is None or scanned.expiry is None:
        return None
    wrong = InvalidError(f"the label tells the expiry {scanned.expiry}, which is no date (YYMMDD)")
    if not re.fullmatch(r"[0-9]{6}", scanned.expiry):
        raise wrong
    year, month, day = 2000 + int(scanned.expiry[:2]), int(scanned.expiry[2:4]), int(scanned.expiry[4:])
    try:
        return date(year, month, day or monthrange(year, month)[1]).isoformat()
    except ValueError:
        raise wrong from None


def by_gtin(gtins: Mapping[str, str | None]) -> dict[str, str]:
    """Return products by GTIN of 14 digits; given: the GTIN of each product, if it has one."""
    return {gtin.zfill(14): product for product, gtin in gtins.items() if gtin is not None}
