"""A file judged by columns is judged as it is row by row: in any order, with repeats, faults and conflicts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.readings import FAULT
from domain.times import MINUTE, parse_instant
from rules import batch_judge
from rules.series.arrays.sorting import sort_series
from sites.build import build
from sites.file import load
from sites.rows import Rows
from tests.thrift import examples

SITE = build(
    load(
        """
sensors: [{id: S1}, {id: S2}]
locations: [{id: ROOM, profile: p}]
mounts:
  - {sensor: S1, location: ROOM, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM, from: 2026-01-01T00:00:00Z}
products: [{id: VAX, profile: p}]
batches: [{product: VAX, lot: A}]
placements: [{product: VAX, lot: A, location: ROOM, from: 2026-01-01T00:00:00Z}]
profiles:
  - id: p
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: warm, kind: limit, above: 8, for: 2min, deadband: 0.5, action: hold}
      - {id: damp, kind: limit, quantity: humidity, above: 8}
      - {id: sum, kind: cumulative, above: 8, total: 5min}
      - {id: mean, kind: mkt, above: 8, window: 10min}
      - {id: silent, kind: silence, after: 3min}
""",
        "S.yaml",
    )
)
START = parse_instant("2026-01-01T00:00:00Z")
SERIES = [(sensor, quantity) for sensor in SITE.sensors for quantity in ("temperature", "humidity")]
rows = st.tuples(st.integers(0, 3), st.integers(0, 15), st.sampled_from([FAULT, 5_000_000, 7_800_000, 8_100_000]))


def table(said: list[tuple[int, int, int]]) -> Rows:
    found = Rows(SERIES)
    for code, minute, value in said:
        found.codes.append(code)
        found.times.append(START + minute * MINUTE)
        found.values.append(value)
    return found


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(rows, max_size=60), st.integers(0, 20))
def test_columns_are_judged_as_rows_are(said: list[tuple[int, int, int]], until: int) -> None:
    found, asked = table(said), START + until * MINUTE
    assert batch_judge.judge_table(SITE, found, asked) == batch_judge.judge(SITE, found, asked)


def test_of_several_at_one_instant_the_first_value_counts_and_others_are_refused() -> None:
    found = table([(0, 1, FAULT), (0, 1, 6), (1, 0, 7), (0, 1, 5), (0, 0, 3), (0, 1, 6), (1, 0, FAULT)])
    columns = (np.array(column) for column in (found.codes, found.times, found.values))
    series, refused = sort_series(*columns)
    assert [(each.code, each.values.tolist()) for each in series] == [(0, [3, 6]), (1, [7])]
    assert [(each.code, each.kept, each.refused) for each in refused] == [(0, 6, 5)]
