"""One JSON object of a line: its fields are asked for one by one, and what is left over is unknown.

A field that is null is absent, whatever its name. Numbers stay decimals, so that no quantity is rounded.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Self

from batches.names import Names
from domain.errors import InvalidError
from domain.model import BatchKey, UnitKey
from domain.numbers import SCALE
from domain.times import parse_instant

LIMIT = 1_000_000_000  # of quantities: below it
MOST_DECIMALS = 60  # as written; after conversion at most 6
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_TOO_FINE = re.compile(r"[.,]\d{7}")  # beyond microseconds, in which an instant is kept


def read_json(line: str) -> dict[str, Any]:
    """Return the object of a line. Raises InvalidError for anything else, and for a key that is given twice."""
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice.extend(name for name in found if names.count(name) > 1)
        return found

    try:
        read = json.loads(
            line, object_pairs_hook=once, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number
        )
    except json.JSONDecodeError as error:
        raise InvalidError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except (InvalidOperation, RecursionError) as error:
        raise InvalidError("not JSON that can be read: too deep, or a number too long") from error
    if not isinstance(read, dict):
        raise InvalidError("must be a JSON object")
    if twice:
        raise DoubleError(f'"{twice[0]}" is given twice', read)
    return read


def elements(text: str) -> list[str]:
    """Return the objects of a JSON list as they are written; of anything else, itself alone.

    Raises InvalidError for a list that is none.
    """
    start = _space_after(text, 0)
    if text[start : start + 1] != "[":
        return [text]
    found, end = list[str](), _space_after(text, start + 1)
    is_open = text[end : end + 1] != "]"
    while is_open:
        try:
            _, after = _DECODER.raw_decode(text, end)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InvalidError(f"not JSON: element {len(found) + 1} of the list cannot be read") from error
        found.append(text[end:after])
        end = _space_after(text, after)
        is_open = text[end : end + 1] == ","
        end = _space_after(text, end + 1) if is_open else end
    if text[end:].rstrip() != "]":
        raise InvalidError("not JSON: the list has no end, or something follows it")
    return found


def _space_after(text: str, end: int) -> int:
    match = _SPACE.match(text, end)
    assert match is not None
    return match.end()


class DoubleError(InvalidError):
    """A key is given twice; `read` is the object nevertheless, so that the line can be named by its id."""

    def __init__(self, text: str, read: dict[str, Any]) -> None:
        super().__init__(text)
        self.read = read


def _no_number(word: str) -> Any:
    raise InvalidError(f"{word} is not a number")


class Fields:
    """The fields of one object. Every method raises InvalidError naming the field and the value."""

    def __init__(self, given: dict[str, Any], names: Names, where: str = "") -> None:
        self._given = {name: value for name, value in given.items() if value is not None}
        self._nulls = given.keys() - self._given.keys()
        self.names = names
        self._where = where
        self._asked: set[str] = set()

    def wrong(self, name: str, text: str) -> InvalidError:
        """Return the error of a field."""
        return InvalidError(f"{self._where}{name} {text}")

    def take(self, name: str) -> Any:
        """Return the value as JSON gives it, None if it is absent."""
        self._asked.add(name)
        return self._given.get(name)

    def has(self, name: str) -> bool:
        """Tell whether the field is there, null included."""
        return name in self._given or name in self._nulls

    def done(self) -> None:
        """Raise InvalidError for a field that nobody asked for."""
        for name in self._given:
            if name not in self._asked:
                raise self.wrong(f'"{name}"', f"is an unknown field; known: {', '.join(sorted(self._asked))}")

    def text(self, name: str) -> str | None:
        """Return a text that is not empty."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(name, f"must be a text, not {shown(value)}")
        if not value:
            raise self.wrong(name, "must not be empty")
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise self.wrong(name, f"is no text: {shown(value)}")
        return value

    def needed(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            raise self.wrong(name, "is missing")
        return value

    def word(self, name: str, known: tuple[str, ...]) -> str | None:
        """Return one of some words."""
        value = self.text(name)
        if value is not None and value not in known:
            raise self.wrong(name, f"must be one of {', '.join(known)}, not {shown(value)}")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false; absent: false."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, f"must be true or false, not {shown(value)}")
        return bool(value)

    def instant(self, name: str) -> int | None:
        """Return an instant, of whole microseconds."""
        value = self.text(name)
        if value is None:
            return None
        if _TOO_FINE.search(value):
            raise self.wrong(name, f"has more than 6 decimals of a second: {shown(value)}")
        try:
            return parse_instant(value)
        except InvalidError as error:
            raise self.wrong(name, f"is {error}") from error

    def location(self, name: str) -> str | None:
        """Return a location of the site."""
        return self._known(name, self.names.locations, "location")

    def party(self, name: str) -> str | None:
        """Return a party of the site."""
        return self._known(name, self.names.parties, "party")

    def product(self) -> str | None:
        """Return a product of the site."""
        return self._known("product", self.names.products, "product")

    def batch(self) -> BatchKey:
        """Return a lot of the site, which must be there."""
        product = self.product()
        if product is None:
            raise self.wrong("product", "is missing")
        lot = self.needed("lot")
        if (product, lot) not in self.names.batches:
            raise self.wrong("lot", f'{shown(lot)} is not one of product "{product}"')
        return product, lot

    def known_lot(self, product: str | None, lot: str | None) -> None:
        """Raise InvalidError for a lot that the product, or without one the site, does not have."""
        products = self.names.products if product is None else [product]
        if lot is not None and not any((each, lot) in self.names.batches for each in products):
            of = "of the site" if product is None else f'of product "{product}"'
            raise self.wrong("lot", f"{shown(lot)} is none {of}")

    def unit(self) -> UnitKey:
        """Return a unit; without `unit` it is the lot's unit without a name."""
        return UnitKey(*self.batch(), self.text("unit"))

    def quantity(self, product: str, name: str = "quantity", or_none: bool = False) -> int | None:
        """Return a quantity in the product's unit of measure, converted from `uom`. `or_none`: it may be 0."""
        value, uom = self.take(name), self.text("uom")
        if value is None:
            if uom is not None:
                raise self.wrong("uom", f"is given without {name}")
            return None
        if not isinstance(value, Decimal) or value < 0 or (value == 0 and not or_none) or value >= LIMIT:
            bound = "from 0" if or_none else "above 0"
            raise self.wrong(name, f"must be a number {bound} and below 10⁹, not {shown(value)}")
        return self._converted(name, value, product, uom)

    def difference(self, product: str, name: str) -> int:
        """Return a quantity that may be negative, but not 0."""
        value, uom = self.take(name), self.text("uom")
        if not isinstance(value, Decimal) or value == 0 or value.copy_abs() >= LIMIT:
            raise self.wrong(name, f"must be a number above or below 0 and nearer than 10⁹, not {shown(value)}")
        return self._converted(name, value, product, uom)

    def objects(self, name: str, least: int = 0) -> list[Self] | None:
        """Return the fields of each object of a list."""
        return self._list(name, least, lambda value, where: self._inner(value, where))

    def list_of_names(self, name: str, least: int) -> list[str | None] | None:
        """Return the names of units of a list; null is the unit without a name."""
        return self._list(name, least, self._unit_name)

    def _list(self, name: str, least: int, read: Any) -> list[Any] | None:
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) < least:
            wanted = f"a list of at least {least}" if least else "a list"
            raise self.wrong(name, f"must be {wanted}, not {shown(value)}")
        return [read(each, f"{self._where}{name}[{i}]") for i, each in enumerate(value)]

    def _inner(self, value: Any, where: str) -> Self:
        if not isinstance(value, dict):
            raise InvalidError(f"{where} must be an object, not {shown(value)}")
        return type(self)(value, self.names, f"{where}.")

    def _unit_name(self, value: Any, where: str) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            raise InvalidError(f"{where} must be the name of a unit, not {shown(value)}")
        return value

    def _known(self, name: str, known: Any, what: str) -> str | None:
        value = self.text(name)
        if value is not None and value not in known:
            raise self.wrong(name, f"{shown(value)} is no {what} of the site")
        return value

    def _converted(self, name: str, value: Decimal, product: str, uom: str | None) -> int:
        exact = self._exact(name, value) * self._factor(product, uom) * SCALE
        if exact.denominator != 1:
            raise self.wrong(name, f"has more than 6 decimals in the product's unit of measure: {shown(value)}")
        if abs(exact) >= LIMIT * SCALE:
            raise self.wrong(name, f"must be below 10⁹ in the product's unit of measure: {shown(value)}")
        return exact.numerator

    def _exact(self, name: str, value: Decimal) -> Fraction:
        sign, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)
        significant = "".join(map(str, digits)).rstrip("0")
        exponent += len(digits) - len(significant)
        if exponent < -MOST_DECIMALS:
            raise self.wrong(name, f"has more than 6 decimals: {shown(value)[:80]}")
        whole = int(significant or "0") * (-1 if sign else 1)
        return whole * Fraction(10) ** (exponent if significant else 0)

    def _factor(self, product: str, uom: str | None) -> Fraction:
        if uom is None:
            return Fraction(1)
        terms = self.names.products[product]
        if uom == terms.uom:
            return Fraction(1)
        if uom not in terms.uoms:
            known = [*([] if terms.uom is None else [terms.uom]), *terms.uoms]
            raise self.wrong("uom", f'{shown(uom)} is none of product "{product}"; known: {", ".join(known) or "none"}')
        return terms.uoms[uom]


def shown(value: Any) -> str:
    """Return a value as it stood in JSON."""
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
