"""Verdicts as rows: of every unit what is said of it at an instant, why in a sentence, and as structure."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from domain.model import BatchKey, Site
from ledger.exports.reasons import Row, reason_columns, sentence
from ledger.exports.selection import Wanted
from ledger.histories import Histories
from rules.batch_judge import judge_batch
from rules.messages.verdict import first_of_the_worst, reason_of
from rules.report import unit_report, why_report
from rules.unit_verdict import UnitVerdict
from store.columns import load_arrays
from store.series import SeriesKey

_OF_UNIT = ("verdict", "coverage", "unknown_minutes", "longest_gap_minutes")
Load = Callable[[str, str], tuple[Sequence[int], Sequence[int | None]]]


def verdict_rows(connection: Connection, wanted: Wanted) -> Generator[Row]:
    """Yield the units of the lots asked for, judged at the end of the time asked for."""
    site = Histories.load(connection).part(wanted.product, wanted.lot)
    load = _loading(connection, site, wanted.until)
    for batch in sorted(site.batches):
        if wanted.product in (None, batch[0]) and wanted.lot in (None, batch[1]):
            for unit in judge_batch(site, batch, load, wanted.until).units:
                yield _row(site, batch, unit)


def _loading(connection: Connection, site: Site, until: int) -> Load:
    def load(sensor: str, quantity: str) -> tuple[Sequence[int], Sequence[int | None]]:
        probe = site.sensors[sensor]
        return load_arrays(connection, SeriesKey(probe.device, probe.probe or "", quantity), until + 1)

    return load


def _row(site: Site, batch: BatchKey, unit: UnitVerdict) -> Row:
    whom = {"product": batch[0], "lot": batch[1], "unit": unit.unit}
    report = unit_report(unit, explained=True)
    first = first_of_the_worst(unit)
    worst = {} if first is None else _fired(why_report(first), whom)
    return {
        **whom,
        **{name: report[name] for name in _OF_UNIT},
        "reason": reason_of(site, batch[0], unit),
        "rule": worst.get("rule"),
        "fired_at": worst.get("at"),
        **{name: worst.get(name) for name in ("from", "to", "profile", "version", "places", "sentence")},
        **reason_columns(worst.get("kind"), None if first is None else first.why),
        "fired": [_fired(why, whom) for why in report["why"]],
    }


def _fired(why: Row, whom: Mapping[str, Any]) -> Row:
    return {**why, "sentence": sentence(why["sentence"], whom, why["places"])}
