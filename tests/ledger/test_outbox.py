"""What is put into the outbox while others take from it."""

import threading
from types import SimpleNamespace

from sqlalchemy import func, insert, select

from domain.times import MINUTE
from ledger.alerts.outbox import put, tell
from notify.outbox import claim
from store.tables import alerts, outbox

NOW = 1_767_225_600_000_000
ALERT = {
    **{
        "id": 1,
        "place": "ROOM-1",
        "quantity": "temperature",
        "direction": "high",
        "since": NOW,
        "severity": "critical",
    },
    **{"rules": [], "lots": [], "sentence": "", "founded": True, "revision": 1, "raised_at": NOW},
}


def step_of(connection):
    docs = [{"id": "erp", "min_severity": "info"}]
    return SimpleNamespace(connection=connection, now=NOW, histories=SimpleNamespace(docs=lambda kind: docs))


def test_a_message_that_makes_an_update_unnecessary_is_taken_only_after_the_commit(database):
    happened = []

    def take():
        with database.begin() as connection:
            assert claim(connection, "erp", NOW, MINUTE) is not None
        happened.append("taken")

    with database.begin() as connection:
        connection.execute(insert(alerts).values(ALERT))
        put(step_of(connection), "erp", "raised", 1)
    taker = threading.Thread(target=take)
    with database.begin() as connection:
        tell(step_of(connection), 1, "updated", "critical", "critical")
        assert connection.scalar(select(func.count()).select_from(outbox)) == 1
        taker.start()
        taker.join(0.5)  # time enough, if it were not held back
        happened.append("to be committed")
    taker.join(60)
    assert happened == ["to be committed", "taken"]
