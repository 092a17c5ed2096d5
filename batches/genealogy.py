"""What units came from and what came of them: each once, with the least number of steps."""

from collections.abc import Callable, Iterable

from batches.stock import Unit


def sources(units: Iterable[Unit]) -> dict[Unit, int]:
    """Return the units and every one that they came from, each with its number of steps."""
    return _walk(units, lambda unit: unit.sources)


def outcomes(units: Iterable[Unit]) -> dict[Unit, int]:
    """Return the units and every one that came from them, each with its number of steps."""
    return _walk(units, lambda unit: unit.became)


def _walk(units: Iterable[Unit], further: Callable[[Unit], Iterable[Unit]]) -> dict[Unit, int]:
    found = dict.fromkeys(units, 0)
    waiting = list(found)
    for unit in waiting:  # grows while it is walked, nearest first
        for each in further(unit):
            if each not in found:
                found[each] = found[unit] + 1
                waiting.append(each)
    return found
