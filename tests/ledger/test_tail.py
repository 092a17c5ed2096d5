"""What a reading in order costs, and writes, does not depend on how often its place was outside before."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import event

from tests.ledger.stage import Stage, series_of
from tests.thrift import migrated
from tests.work import Work

PATTERN = [5.0, 9.0, 9.5]


def _work_after(stage: Stage, past: int) -> list[tuple[int, int]]:
    """Return what each of three readings takes after so many excursions, and how many rows it writes."""
    length = past * len(PATTERN)
    stage.hear(*series_of(PATTERN * past), at=length - 1)  # in one step, all of which the next one looks at
    stage.hear(*series_of(PATTERN, since=length))
    length += len(PATTERN)
    found = []
    for said in series_of(PATTERN, since=length):
        rows: list[int] = []

        def note(connection, cursor, statement, parameters, context, executemany, rows=rows):
            rows.append(len(parameters) if executemany else 1)

        event.listen(stage.database._writer, "before_cursor_execute", note)
        with Work("rules", "ledger") as work:
            stage.hear(said)
        event.remove(stage.database._writer, "before_cursor_execute", note)
        found.append((work.count, sum(rows)))
    return found


def _anew(path: Path) -> Iterator[Stage]:
    with closing(migrated(path)) as database:
        yield Stage(database)


def test_a_reading_after_ten_times_the_excursions_takes_no_more_and_writes_as_many_rows(tmp_path: Path) -> None:
    few, many = (_work_after(stage, past) for past in (30, 300) for stage in _anew(tmp_path / f"after-{past}.db"))
    assert [rows for _, rows in many] == [rows for _, rows in few]
    for (after_few, _), (after_many, _) in zip(few, many, strict=True):
        assert after_many <= 1.1 * after_few, (few, many)
