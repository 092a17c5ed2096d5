"""Running a back-test on the stored readings, within one read transaction."""

from collections.abc import Callable

from sqlalchemy import Connection

from domain.offsets import offset_of
from ledger.backtest.judging import Judging, Readings
from ledger.backtest.outcome import Report, report
from ledger.backtest.trial import Trial
from rules.series.calibrated import as_judged
from rules.series.series import Series
from store.columns import load_arrays
from store.compaction import horizon
from store.series import SeriesKey

Reached = Callable[[int, int], None]  # so many subjects of so many are judged


def _nobody_asks(done: int, whole: int) -> None:
    pass


def backtest(connection: Connection, tried: Trial, reached: Reached = _nobody_asks) -> Report:
    """Judge what is stored by both sites and return what differs. Nothing is written."""

    def load(sensor: str, quantity: str) -> Series:
        probe = tried.before.sensors[sensor]
        key = SeriesKey(probe.device, probe.probe or "", quantity)
        return as_judged(offset_of(probe, quantity), *load_arrays(connection, key, tried.until + 1))

    readings = Readings(load)
    judging = Judging(tried, readings)
    found = []
    for compared in judging.compared():
        found.append(compared)
        reached(len(found), len(judging.subjects))
    return report(tried, found, readings.count, horizon(connection))
