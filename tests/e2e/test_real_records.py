"""Real loggers' records through the program whole, on embedded defaults: the live system says what `judge` says."""

from pathlib import Path

import pytest

from tests.e2e import said
from tests.e2e.installation import Installation
from tests.e2e.real_records import Records
from tests.notify.receiver import receiving

pytestmark = pytest.mark.e2e


def test_records_in_order_are_judged_as_judge_does_and_so_they_stay(tmp_path: Path, records: Records) -> None:
    with receiving() as receiver, Installation(tmp_path, receiver) as installation:
        installation.start()
        installation.replay(records)
        installation.wait_caught_up(records)
        said.check(installation, records)
        told = list(receiver.heard)

        installation.stop()
        installation.start()
        installation.wait_compacted()
        said.check(installation, records)
        assert receiver.heard == told


def test_records_shuffled_are_judged_as_judge_does(tmp_path: Path, short_records: Records) -> None:
    with receiving() as receiver, Installation(tmp_path, receiver) as installation:
        installation.start()
        installation.replay(short_records, shuffle=7)
        installation.wait_caught_up(short_records)
        said.check(installation, short_records)
