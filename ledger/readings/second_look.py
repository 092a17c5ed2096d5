"""Refused values that turn out to be outside a limit: their sensor was assigned, a unit placed, a limit set later.

A second value for an instant is refused and asked then whether it is outside where its sensor speaks. Whoever corrects
the site afterwards must not miss it: in the hours that the correction concerns it is asked again.
"""

from collections.abc import Collection, Iterator

from ledger.readings.intake import Intake
from ledger.step import Step
from rules.engine import Engine
from rules.subjects.subjects import Key
from store import series, state
from store.readings import Clash
from store.series import SeriesKey


def look_again(step: Step, engine: Engine, intake: Intake, moved: Collection[Key]) -> None:
    """Count the refused values that are outside a limit of these subjects, and were not so before."""
    if not moved or not intake.conflicting:
        return
    for number, key in series.names_of(step.connection, intake.conflicting).items():
        found = list(_outside(step, engine, intake, number, key, moved))
        for clash, by in found:
            intake.notices.found_outside(clash, key, by)
        state.mark_outside(step.connection, [(number, clash.measured_at, clash.refused) for clash, _ in found])


def _outside(
    step: Step, engine: Engine, intake: Intake, number: int, key: SeriesKey, moved: Collection[Key]
) -> Iterator[tuple[Clash, list[str]]]:
    sensor = intake.sensor_of(key)
    if sensor is None:
        return
    for since, until in engine.hours_of(sensor, key.quantity, moved):
        for row in state.refused_inside(step.connection, number, since, until):
            clash = Clash(row.series, row.measured_at, row.refused, row.kept, row.received_at, row.journal)
            if by := intake.notices.breached(sensor, key.quantity, clash.measured_at, clash.refused, clash.kept):
                yield clash, list(by)
