"""Each kind of rule through the writer and its database: no order, repetition, correction or crash changes the record.

Crashes come at any statement of a step, before its commit and right after it; what was not confirmed comes again.
COLDCHAIN_EXAMPLES=500 makes a long run of it.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.gate import PRESETS
from domain.numbers import show_value
from domain.readings import Reading
from domain.times import HOUR, MINUTE, format_instant
from ledger.inputs import Batch
from ledger.requests import Correct, EntryName, Item
from rules import batch_judge
from rules.kinds.base import KINDS
from sites.entries import entry
from store.database import Database
from store.tables import excursions, exposures, firings, holds, inbox
from tests.ledger.stage import Stage, message
from tests.ledger.test_crashes import Crash, Plug
from tests.oracle.corrections import perturbed
from tests.oracle.described import instant
from tests.oracle.product import to_site
from tests.oracle.sites import START, Case, Entries, cases, without_conflicts
from tests.oracle.world import Row
from tests.thrift import examples, migrated

_SECTIONS = {
    "sensors": "sensor",
    "locations": "location",
    "mounts": "mount",
    "products": "product",
    "batches": "batch",
    "placements": "placement",
    "profiles": "profile",
}
_thorough = settings(
    max_examples=examples(6),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
        HealthCheck.function_scoped_fixture,
    ],
)
every_kind = pytest.mark.parametrize("kind", KINDS.names())
Known_ = dict[tuple[str, str], dict[str, Any]]


# --- sites that the product takes ---


def taken(site: Entries, final: Entries | None = None) -> Entries:
    """Return a site as the product takes one: a key once, a sensor at one place, the rules of a version for good."""

    site = deepcopy(site)
    for section in _SECTIONS:
        site[section] = list({_key(section, each): each for each in site[section]}.values())
    site["mounts"] = _apart(site["mounts"])
    if final is not None:
        site["profiles"] = list(_versions(site["profiles"], final["profiles"]))
    return site


def _key(section: str, fields: dict[str, Any]) -> tuple[str, str]:
    return _SECTIONS[section], entry(_SECTIONS[section], fields).key


def _apart(mounts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what would have a sensor at two places at once."""
    kept: list[dict[str, Any]] = []
    for each in mounts:
        others = (other for other in kept if other["sensor"] == each["sensor"])
        if not any(_since(each) < _until(other) and _since(other) < _until(each) for other in others):
            kept.append(each)
    return kept


def _since(mount: dict[str, Any]) -> int:
    return instant(mount["from"])


def _until(mount: dict[str, Any]) -> int:
    return instant(mount["to"]) if "to" in mount else 1 << 62


def _versions(believed: list[dict[str, Any]], final: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Some versions may not be known yet; of those known nothing but the date was believed otherwise."""
    dates = {(each["id"], each["version"]): each["effective_from"] for each in believed}
    for each in final:
        others = {(date, name) for (name, version), date in dates.items() if version != each["version"]}
        date = dates.get((each["id"], each["version"]))
        if date is not None and (date, each["id"]) not in others:
            yield each | {"effective_from": date}
        elif each["version"] == "1" or date is not None:
            yield each


def known(site: Entries) -> Known_:
    return {_key(section, each): each for section in _SECTIONS for each in site[section]}


def change(before: Known_, after: Known_) -> Correct:
    """Return the request that makes one site of another."""
    put = [Item(key[0], fields) for key, fields in after.items() if before.get(key) != fields]
    return Correct(put=put, remove=[EntryName(*key) for key in before if key not in after])


# --- a writer that dies now and then ---


class Dying:
    """Lets a step die at some statement, and has another writer do it again."""

    def __init__(self, stage: Stage, data: st.DataObject) -> None:
        self.stage = stage
        self._data = data
        self.crashes = 0

    def step(self, batch: Batch, now: int) -> None:
        for left in self._data.draw(st.lists(st.integers(1, 60), max_size=2)):
            plug = Plug(self.stage.database, left)
            self.stage.writer._database = plug  # type: ignore[assignment]
            try:
                self.stage.writer.step(batch, now)
            except Crash:
                self.crashes += 1
                self.stage.restart()
            self.stage.writer._database = self.stage.database
        self.stage.writer.step(batch, now)


def batches(rows: Sequence[Row], data: st.DataObject) -> list[Batch]:
    """Return all rows in some order, cut into batches, some of which come again."""
    rows = (
        data.draw(st.permutations(rows)) if data.draw(st.booleans()) else sorted(rows, key=lambda row: row.measured_at)
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(rows) - 1)), max_size=4)))
    parts = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True) if a < b]
    parts += data.draw(st.lists(st.sampled_from(parts), max_size=1))
    return [Batch([message(_said(row), at=row.measured_at) for row in part]) for part in parts]


def _said(row: Row) -> Reading:
    return Reading(row.sensor, "", row.quantity, row.value, row.measured_at)


# --- what is on record, and what is so ---


def recorded(stage: Stage) -> dict[str, Any]:
    in_force = [stage.rows(table, table.c.superseded_at.is_(None)) for table in (exposures, excursions, firings)]
    intervals = [[(*_name(row), *_interval(row)) for row in rows] for rows in in_force[:2]]
    fired = [row for row in in_force[2] if row.location is None]
    return {
        "exposures": sorted(intervals[0], key=str),
        "excursions": sorted(intervals[1], key=str),
        "fired": sorted(((*_name(row), row.rule, format_instant(row.at), row.action) for row in fired), key=str),
        # what is said of an exposure that goes on may lag behind
        "why": {(*_name(row), row.at, row.because["sentence"]) for row in fired if row.because["until"] is not None},
        "holds": sorted(
            ((*_name(row), row.rule, format_instant(row.fired_at)) for row in stage.rows(holds, holds.c.founded)),
            key=str,
        ),
    }


def _name(row: Any) -> tuple[Any, ...]:
    return (row.location,) if getattr(row, "location", None) is not None else (row.product, row.lot, row.unit)


def _interval(row: Any) -> tuple[Any, ...]:
    ends = [None if each is None else format_instant(each) for each in (row.since, row.until, row.fired_at)]
    peak = None if row.peak is None else show_value(row.peak)
    return row.rule, *ends, *(() if row.until is None else (row.minutes, row.degree_minutes, peak))


def _is_stopped_at_the_gate(row: Row) -> bool:
    """Tell whether the ledger takes a number for a fault, which plain judgement of the rows does not know of."""
    return row.value is not None and PRESETS[row.quantity].fault(row.value) is not None


def judged(site: Entries, rows: Sequence[Row], until: int) -> dict[str, Any]:
    answer = batch_judge.judge(to_site(site), rows, until, explained=True)
    units = [
        ((batch["product"], batch["lot"], unit["unit"]), unit) for batch in answer["batches"] for unit in batch["units"]
    ]
    fired = [((*name, each["rule"], each["at"]), each["action"]) for name, unit in units for each in unit["fired"]]
    return {
        "exposures": sorted(((*name, *_told(each)) for name, unit in units for each in unit["exposures"]), key=str),
        "excursions": sorted(((each["location"], *_told(each)) for each in answer["excursions"]), key=str),
        "fired": sorted(((*name, action) for name, action in fired), key=str),
        "why": {(*name, instant(each["at"]), each["sentence"]) for name, unit in units for each in unit["why"]},
        "holds": sorted((name for name, action in fired if action == "hold"), key=str),
    }


def _told(each: dict[str, Any]) -> tuple[Any, ...]:
    ends = each["rule"], each["from"], each["to"], each["fired_at"]
    return ends if each["to"] is None else (*ends, each["minutes"], each["degree_minutes"], each["peak"])


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The file of a database with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("bare") / "coldchain.db"
    opened = migrated(path)
    opened.close()
    return path


@pytest.mark.long
@every_kind
def test_no_crash_and_nothing_else_on_the_way_changes_the_record(
    bare: Any, fresh: Callable[..., Database], kind: str
) -> None:
    crashes = 0

    @_thorough
    @given(cases(kind), st.data())
    def check(case: Case, data: st.DataObject) -> None:
        nonlocal crashes
        final = taken(case.site)
        rows = [row for row in without_conflicts(case.rows) if not _is_stopped_at_the_gate(row)]
        if not rows:
            return
        until = max(row.measured_at for row in rows) + data.draw(st.sampled_from((0, MINUTE, HOUR)))
        believed = [taken(data.draw(perturbed(final)), final) for _ in range(data.draw(st.integers(1, 2)))]
        sites = [*map(known, believed), known(final)]
        stage = Stage(fresh(bare), site="")
        dying = Dying(stage, data)
        steps: list[Batch | Correct] = list(batches(rows, data))
        places = sorted(data.draw(st.integers(0, len(steps))) for _ in sites[1:])
        changes = [change(a, b) for a, b in pairwise(sites)]
        for place, correction in zip(reversed(places), reversed(changes), strict=True):
            steps.insert(place, correction)
        now = START - HOUR
        for each in [change({}, sites[0]), *steps]:
            if isinstance(each, Correct):
                stage.submit(each, now)
                dying.step(Batch(), now)
            else:
                now = max(now, *(said.received_at for said in each.messages))
                dying.step(each, now)
        dying.step(Batch(), max(now, until))
        assert {row.state for row in stage.rows(inbox)} <= {"done"}
        crashes += dying.crashes
        expected = judged(final, rows, until)
        found = recorded(stage)
        assert found.pop("why") <= expected.pop("why")
        assert found == expected
        stage.restart()
        stage.writer.start(until)
        assert stage.writer.differed == []
        stage.database.close()

    check()
    assert crashes
