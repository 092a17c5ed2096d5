"""How long life is at a temperature: the models of shelf life, and how a rule's fields say one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from domain.errors import InvalidError
from domain.numbers import SCALE, parse_value
from domain.times import DAY, parse_duration
from rules.kinds.common.fields import Fields, nearest
from rules.messages.words import describe_value
from rules.series.kinetics import GAS_CONSTANT, kelvins

WHOLE = 1 << 128  # of a life
_ENTRY = re.compile(r"(\S+)\s*=\s*(\S+)")
_C = 1_000_000
VVM = {
    "VVM2": ((5 * _C, 225 * DAY), (37 * _C, 2 * DAY)),
    "VVM7": ((25 * _C, 45 * DAY), (37 * _C, 7 * DAY)),
    "VVM14": ((25 * _C, 90 * DAY), (37 * _C, 14 * DAY)),
    "VVM30": ((25 * _C, 193 * DAY), (37 * _C, 30 * DAY)),
}
_VVM_RANGE = (5 * _C, 37 * _C)
_LARGEST_EXPONENT = 500.0  # beyond any life; keeps it finite
_TEMPERATURES = (-200 * _C, 200 * _C)  # between which anybody has studied anything


@dataclass(frozen=True, slots=True)
class Model:
    """How long life is at a temperature: a table with Arrhenius between, or one entry with an energy or a Q10."""

    table: tuple[tuple[int, int], ...]  # 10⁻⁶ °C, µs; sorted
    energy: int | None = None  # 10⁻⁶ kJ/mol
    q10: int | None = None  # 10⁻⁶

    def life(self, value: int) -> float:
        """Return the life in µs at a constant temperature in 10⁻⁶ °C."""
        reference, life = self.table[0]
        if self.q10 is not None:
            return life * float((self.q10 / SCALE) ** ((reference - value) / (10 * SCALE)))
        if self.energy is not None:
            slope = self.energy / 1000 / GAS_CONSTANT
        else:
            i = min(max(1, sum(entry[0] <= value for entry in self.table)), len(self.table) - 1)
            (reference, life), (other, shorter) = self.table[i - 1 : i + 1]
            slope = log(life / shorter) / (1 / kelvins(reference) - 1 / kelvins(other))
        return life * exp(min(slope * (1 / kelvins(value) - 1 / kelvins(reference)), _LARGEST_EXPONENT))


@lru_cache(maxsize=256)
def using(model: Model, low: int, high: int) -> Callable[[int], int]:
    """Return how much is used per µs, in 2⁻¹²⁸ of a life, as a function of the value; nothing outside the range."""

    @lru_cache(maxsize=65536)
    def used(value: int) -> int:
        return -(-WHOLE // max(round(model.life(value)), 1)) if low <= value <= high else 0

    return used


def degrees(value: int) -> str:
    """Return e.g. `37.0 °C`."""
    return describe_value("temperature", value)


def read_model(fields: Fields) -> tuple[Model, int | None, int | None]:
    """Return the model, and the range that it was studied in where that is known."""
    texts = fields.texts("table")
    if len(texts) == 1 and "=" not in texts[0]:
        if texts[0] not in VVM:
            near = nearest(texts[0], list(VVM))
            fields.wrong("table", f"unknown table {texts[0]!r}; known: {', '.join(VVM)}, or [37 = 7d, 25 = 45d]{near}")
        return Model(VVM.get(texts[0], VVM["VVM2"])), *_VVM_RANGE
    if texts:
        return _read_table(fields, texts)
    entry = (fields.required_value("reference"), fields.positive_duration("life"))
    check_temperature(fields, "reference", entry[0])
    if fields.text("q10") is not None:
        if fields.text("activation_energy_kj_mol") is not None:
            fields.wrong("q10", "goes without activation_energy_kj_mol")
        q10 = fields.positive_value("q10")
        if not SCALE <= q10 <= 100 * SCALE:
            fields.wrong("q10", "must be from 1 to 100: life is not longer where it is warmer")
        return Model((entry,), q10=q10), None, None
    return Model((entry,), energy=fields.energy()), None, None


def check_temperature(fields: Fields, field: str, value: int | None) -> None:
    """Note a value at which nobody has studied anything."""
    if value is not None and not _TEMPERATURES[0] <= value <= _TEMPERATURES[1]:
        fields.wrong(field, f"must be from {degrees(_TEMPERATURES[0])} to {degrees(_TEMPERATURES[1])}")


def _read_table(fields: Fields, texts: Sequence[str]) -> tuple[Model, int, int]:
    table = []
    for text in texts:
        try:
            match = _ENTRY.fullmatch(text)
            if match is None:
                raise InvalidError(f"not an entry such as 37 = 7d: {text!r}")
            table.append((parse_value(match[1]), parse_duration(match[2])))
            check_temperature(fields, "table", table[-1][0])
        except InvalidError as error:
            fields.wrong("table", str(error))
    table.sort()
    lives = [life for _, life in table]
    if len(table) < 2:
        fields.wrong("table", "needs at least two entries")
    elif len({value for value, _ in table}) < len(table) or sorted(set(lives), reverse=True) != lives or not lives[-1]:
        fields.wrong("table", "life must be shorter at every warmer entry")
    if fields.problems:
        return Model(VVM["VVM2"]), *_VVM_RANGE
    return Model(tuple(table)), table[0][0], table[-1][0]
