"""What can be asked of stock, and what is wrong with a question in itself (CONTRACTS, section 6)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from batches.fields import Fields, read_json
from batches.history import History
from batches.movements import Count
from batches.names import Names
from domain.errors import InvalidError, Refused
from domain.model import BatchKey, Strategy, UnitKey
from domain.times import format_instant

STRATEGIES: tuple[Strategy, ...] = ("fefo", "fifo", "lifo", "stability")


@dataclass(frozen=True, slots=True)
class Which:
    """Units that are asked about: all of a lot, or one."""

    batch: BatchKey
    unit: UnitKey | None  # None: all of the lot


@dataclass(frozen=True, slots=True)
class AskStock:
    """What is in stock; each narrows it."""

    product: str | None
    lot: str | None
    location: str | None
    unit: UnitKey | None = None


@dataclass(frozen=True, slots=True)
class AskBalance:
    """The sums over a lot."""

    batch: BatchKey


@dataclass(frozen=True, slots=True)
class AskTrace:
    """What units came from, or what came of them."""

    direction: Literal["back", "forward"]
    of: Which


@dataclass(frozen=True, slots=True)
class AskRecall:
    """Where units and all that came from them are."""

    units: tuple[Which, ...]


@dataclass(frozen=True, slots=True)
class AskCount:
    """What a count found."""

    movement: str


@dataclass(frozen=True, slots=True)
class AskPick:
    """What to take; `unit`: of this one alone."""

    product: str
    quantity: int
    strategy: Strategy
    party: str | None
    location: str | None
    unit: UnitKey | None = None


What: TypeAlias = AskStock | AskBalance | AskTrace | AskRecall | AskCount | AskPick


@dataclass(frozen=True, slots=True)
class Question:
    """A question about the stock at an instant."""

    at: int
    what: What


def read_questions(lines: Iterable[str], names: Names, history: History, file: str) -> list[Question]:
    """Return the questions of a file, blank lines skipped. Raises Refused with every line that is wrong."""
    found, problems = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(_question(Fields(read_json(line), names), history))
            except InvalidError as error:
                problems.append(f"{file}:{number}: {error}")
    if problems:
        raise Refused(problems)
    return found


def read_what(given: dict[str, Any], names: Names) -> What:
    """Return what a question without an instant asks. Raises InvalidError naming the field and the value."""
    fields = Fields(given, names)
    what = _what(fields)
    fields.done()
    return what


def _what(fields: Fields) -> What:
    ask = fields.word("ask", tuple(_READERS))
    if ask is None:
        raise fields.wrong("ask", "is missing")
    return _READERS[ask](fields)


def _question(fields: Fields, history: History) -> Question:
    at, last = fields.instant("at"), history.last
    preset = history.now if last is None else last
    question = Question(preset if at is None else at, _what(fields))
    fields.done()
    if isinstance(question.what, AskCount):
        _check_count(fields, history, question.what.movement, question.at)
    return question


def _check_count(fields: Fields, history: History, name: str, at: int) -> None:
    movement = history.find(name)
    if movement is None or not isinstance(movement.done, Count):
        raise fields.wrong("movement", f'"{name}" is no count that happened')
    if movement.at > at:
        raise fields.wrong("movement", f'"{name}" happened at {format_instant(movement.at)}, later than is asked about')


def _stock(fields: Fields) -> AskStock:
    product, lot = fields.product(), fields.text("lot")
    fields.known_lot(product, lot)
    return AskStock(product, lot, fields.location("location"))


def _balance(fields: Fields) -> AskBalance:
    return AskBalance(fields.batch())


def _which(fields: Fields) -> Which:
    batch = fields.batch()
    unit = UnitKey(*batch, fields.text("unit")) if fields.has("unit") else None
    fields.take("unit")
    return Which(batch, unit)


def _trace(fields: Fields) -> AskTrace:
    direction = fields.word("direction", ("back", "forward"))
    if direction is None:
        raise fields.wrong("direction", "is missing")
    return AskTrace(cast(Literal["back", "forward"], direction), _which(fields))


def _recall(fields: Fields) -> AskRecall:
    listed = fields.objects("units", 1)
    if listed is None:
        raise fields.wrong("units", "is missing")
    found = []
    for each in listed:
        found.append(_which(each))
        each.done()
    return AskRecall(tuple(found))


def _count(fields: Fields) -> AskCount:
    return AskCount(fields.needed("movement"))


def _pick(fields: Fields) -> AskPick:
    product = fields.product()
    if product is None:
        raise fields.wrong("product", "is missing")
    quantity = fields.quantity(product)
    if quantity is None:
        raise fields.wrong("quantity", "is missing")
    preset = fields.names.products[product].strategy
    strategy = fields.word("strategy", STRATEGIES) or preset
    if strategy == "stability" and preset != strategy:
        raise fields.wrong("strategy", f'stability is not what product "{product}" may be picked by')
    return AskPick(product, quantity, cast(Strategy, strategy), fields.party("for"), fields.location("location"))


_READERS: dict[str, Callable[[Fields], What]] = {
    "stock": _stock,
    "balance": _balance,
    "trace": _trace,
    "recall": _recall,
    "count": _count,
    "pick": _pick,
}
