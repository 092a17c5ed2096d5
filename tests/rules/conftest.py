"""The judges that are asked the same questions."""

from collections.abc import Sequence

import pytest

from rules import batch_judge
from rules.engine import Engine
from tests.oracle import brute
from tests.oracle.described import Description
from tests.oracle.notation import Answer, Judge
from tests.oracle.product import to_site
from tests.oracle.world import Row


def _plainly(site: Description, rows: Sequence[Row], until: int | None = None) -> Answer:
    return dict(batch_judge.judge(to_site(site), rows, until))


def _as_received(site: Description, rows: Sequence[Row], until: int | None = None) -> Answer:
    """Feed the rows one by one in file order, as the live system would."""
    until = max(row.measured_at for row in rows) if until is None else until
    engine = Engine(to_site(site), lambda sensor, quantity: ((), ()), min([until, *(row.measured_at for row in rows)]))
    now = 0
    for row in rows:
        engine.add(*row)
        now = max(now, min(row.measured_at, until))
        engine.settle(now)
    engine.settle(until)
    return dict(engine.report(until))


_JUDGES: dict[str, Judge] = {"oracle": brute.judge, "plain": _plainly, "engine": _as_received}


@pytest.fixture(params=_JUDGES)
def judge(request: pytest.FixtureRequest) -> Judge:
    """Return each judge in turn: the oracle of the tests, the plain definitions, the streaming engine."""
    return _JUDGES[request.param]
