"""Readings of a file at the gates of their sensors: the numbers that no such sensor can say become faults."""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from domain.faults import Fault
from domain.gating import fault_at, gates_of, tightest
from domain.model import QUANTITIES, Site
from domain.readings import FAULT, LAST_FAULT
from sites.rows import Faults, Rows


def gated(rows: Rows, site: Site, said: Collection[int] | None = None) -> list[Faults]:
    """Make faults of the numbers that are none, and plain faults of all; return what kinds there were.

    `said` are all different values of the rows, where they are known.
    """
    codes = np.frombuffer(rows.codes, np.uint32) if len(rows) else np.zeros(0, np.uint32)
    values = np.frombuffer(rows.values, np.int64) if len(rows) else np.zeros(0, np.int64)
    found: Counter[tuple[int, Fault, int | None]] = Counter()
    first: dict[tuple[int, Fault, int | None], int] = {}
    for place in _doubtful(rows.series, codes, values, site, said).tolist():
        code, value, at = int(codes[place]), int(values[place]), rows.times[place]
        if value <= LAST_FAULT:
            fault, number = Fault(value - FAULT), None
        else:
            name, quantity = rows.series[code]
            stopped = fault_at(gates_of(site.sensors.get(name), quantity), value, at)
            if stopped is None:
                continue
            fault, number = stopped, value
        values[place] = FAULT
        key = code, fault, number
        found[key] += 1
        first[key] = min(first.get(key, at), at)
    return [
        Faults(*rows.series[code], fault, number, count, first[code, fault, number])
        for (code, fault, number), count in found.items()
    ]


def _doubtful(
    series: Sequence[tuple[str, str]],
    codes: "np.ndarray[tuple[int], np.dtype[np.uint32]]",
    values: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    site: Site,
    said: Collection[int] | None,
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the places of what may be a fault: a superset, found by columns."""
    doubted = values <= LAST_FAULT
    for i, quantity in enumerate(QUANTITIES):
        quick = [tightest(gates_of(sensor, quantity)) for sensor in (None, *site.sensors.values())]
        numbers = {number for gate in quick for number in gate.faults}
        present = list(numbers if said is None else numbers.intersection(said))
        outside = (values < max(gate.low for gate in quick)) | (values > min(gate.high for gate in quick))
        doubted |= (outside | np.isin(values, present)) & (codes % len(QUANTITIES) == i)
    return np.flatnonzero(doubted)
