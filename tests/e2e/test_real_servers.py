"""Real loggers' records in order through mosquitto, PostgreSQL and InfluxDB: what `judge` says comes out.

For shuffled ones see test_draining.py.
"""

import pytest

from tests.e2e import said
from tests.e2e.installation import Installation
from tests.e2e.real_records import Records

pytestmark = pytest.mark.e2e


def test_in_order_the_live_system_says_what_judge_says(installation: Installation, records: Records) -> None:
    installation.replay(records)
    installation.wait_caught_up(records)
    said.check(installation, records)
